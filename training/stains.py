"""Micrographs in stains that the data has not.

Most microscope pictures that come with labels glow on black, and few are stained, each set in a
stain of its own. What glows can be painted as a stain would: dark nuclei of some colour on ground
of other colours that vary from place to place, as tissue does (colours are drawn more widely than
stains are, as in domain randomisation, Tobin et al. 2017).
"""

from __future__ import annotations

import colorsys

import numpy as np
from PIL import Image

FAINT = 0.05  # a picture with less contrast than that is left as it is
COARSE, FINE = (3, 8), (20, 60)  # knots each way of ground's two patterns
BLUE = (0.55, 0.8)  # hues of most stains of nuclei, from blue to purple
WARM = (0.0, 0.13)  # hues of ground that is stained pink or brown
PALE = 0.5  # share of pictures whose nuclei are no darker than warm ground, only blue


def stained(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A micrograph uint8 (h, w, 3) in another stain, nuclei where they were: uint8 (h, w, 3)."""
    grey = picture.astype(np.float32).mean(2) / 255
    low, high = np.percentile(grey, (1, 99.5))
    if high - low < FAINT:
        return picture
    shown = ((grey - low) / (high - low)).clip(0, 1)
    if np.median(shown) > 0.5:  # already dark on light
        shown = 1 - shown
    dense = shown ** np.exp(rng.uniform(-0.6, 0.3)) * rng.uniform(0.6, 1)
    h, w = grey.shape
    pale = rng.random() < PALE
    grounds = [_ground(rng, pale) for _ in range(3)]
    ground = _between(grounds[0], grounds[1], _pattern(rng, (h, w), COARSE))
    ground = _between(ground, grounds[2], rng.uniform(0, 0.5) * _pattern(rng, (h, w), FINE))
    nucleus = _nucleus(rng, ground.mean() if pale else ground.mean(2).min(), pale)
    painted = _between(ground, nucleus, dense)
    return (255 * painted).clip(0, 255).astype(np.uint8)


def _between(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    return a + (b - a) * share[..., None]


def _ground(rng: np.random.Generator, warm: bool) -> np.ndarray:
    """Of any colour, or pink to dark brown."""
    if warm:
        rgb = colorsys.hsv_to_rgb(rng.uniform(*WARM), rng.uniform(0.1, 0.7), rng.uniform(0.35, 1))
    else:
        rgb = colorsys.hsv_to_rgb(rng.uniform(), rng.uniform(0, 0.5), rng.uniform(0.65, 1))
    return np.array(rgb, np.float32)


def _nucleus(rng: np.random.Generator, light: float, pale: bool) -> np.ndarray:
    """Clearly darker than ``light``, or about as light but blue."""
    hue = rng.uniform(*BLUE) if pale or rng.random() < 0.85 else rng.uniform()
    rgb = np.array(colorsys.hsv_to_rgb(hue, rng.uniform(0.1, 0.7), 1), np.float32)
    return rgb * (rng.uniform(0.75, 1.25) if pale else rng.uniform(0.3, 0.8)) * light / rgb.mean()


def _pattern(rng: np.random.Generator, size: tuple[int, int], knots: tuple[int, int]) -> np.ndarray:
    """Smooth noise over (h, w), from 0 to 1."""
    count = int(rng.integers(*knots))
    noise = Image.fromarray(rng.random((count, count), np.float32))
    smooth = np.asarray(noise.resize((size[1], size[0]), Image.Resampling.BICUBIC))
    return (0.5 + 1.5 * (smooth - 0.5)).clip(0, 1)
