"""Micrographs in stains that the data has not.

Most microscope pictures that come with labels glow on black, and few are stained, each set in a
stain of its own. What glows can be painted as a stain would: dark nuclei of some colour on ground
of other colours that vary from place to place, as tissue does, with fibres and with the walls of
cells in it (all drawn more widely than tissue is, as in domain randomisation, Tobin et al. 2017).
"""

from __future__ import annotations

import colorsys

import numpy as np
from PIL import Image
from scipy.spatial import KDTree

FAINT = 0.05  # a picture with less contrast than that is left as it is
STAINED = 3  # so is what is stained already: mean difference between red and green, of 255
COARSE, FINE = (3, 8), (20, 60)  # knots each way of ground's two patterns
BLUE = (0.55, 0.8)  # hues of most stains of nuclei, from blue to purple
WARM = (0.0, 0.13)  # hues of ground that is stained pink or brown
PALE = 0.5  # share of pictures whose nuclei are no darker than warm ground, only blue
WALLS, FIBRES = 0.5, 0.4  # shares of pictures with walls of cells and with fibres
STEP = 2  # pixels from one place to the next where walls are worked out


def stained(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A micrograph uint8 (h, w, 3) in another stain, nuclei where they were: uint8 (h, w, 3)."""
    levels = picture.astype(np.float32)
    grey = levels.mean(2) / 255
    low, high = np.percentile(grey, (1, 99.5))
    if high - low < FAINT or np.abs(levels[..., 0] - levels[..., 1]).mean() > STAINED:
        return picture
    shown = ((grey - low) / (high - low)).clip(0, 1)
    if np.median(shown) > 0.5:  # already dark on light
        shown = 1 - shown
    dense = shown ** np.exp(rng.uniform(-0.6, 0.3)) * rng.uniform(0.6, 1)
    h, w = grey.shape
    pale = rng.random() < PALE
    grounds = [_ground(rng, pale and rng.random() < 0.75) for _ in range(3)]
    inside = _edged(_pattern(rng, (h, w), COARSE), rng)
    ground = _between(grounds[0], grounds[1], inside)
    ground = _between(ground, grounds[2], rng.uniform(0, 0.5) * _pattern(rng, (h, w), FINE))
    if rng.random() < FIBRES:
        ground *= (1 - rng.uniform(0.05, 0.35) * _fibres(rng, (h, w)))[..., None]
    if rng.random() < WALLS:
        walls = rng.uniform(0.3, 1) * _walls(rng, (h, w)) * inside * (1 - dense)
        ground = _between(ground, rng.uniform(0.2, 0.7) * grounds[1], walls)
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


def _edged(pattern: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``pattern`` with anything between its own slopes and hard edges, from 0 to 1."""
    steep = np.exp(rng.uniform(0, 3))
    return (0.5 + steep * (pattern - rng.uniform(0.3, 0.7))).clip(0, 1)


def _fibres(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Bent streaks side by side in some places of (h, w), from 0 to 1."""
    y, x = np.indices(size, np.float32)
    angle, apart = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(4), np.log(24)))
    along = (np.cos(angle) * x + np.sin(angle) * y) / apart
    bends = rng.uniform(1, 6) * _pattern(rng, size, COARSE) + _pattern(rng, size, FINE)
    streaks = 0.5 + 0.5 * np.sin(2 * np.pi * (along + bends))
    return streaks * _pattern(rng, size, COARSE)


def _walls(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Walls between cells that fill (h, w), wide or long (Voronoi, stretched): from 0 to 1."""
    h, w = size
    angle, long = rng.uniform(0, np.pi), rng.uniform(1, 4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    squeeze = turn * np.array([[1.0], [1 / long]])
    wide = rng.uniform(20, 80)  # pixels, about two cells
    count = int(np.ceil(4 * h * w / wide**2)) + 2
    middles = rng.uniform(-0.2, 1.2, (count, 2)) * (h, w)
    coarse = -(-h // STEP), -(-w // STEP)
    places = STEP * np.indices(coarse).reshape(2, -1).T
    near = KDTree(middles @ squeeze.T).query(places @ squeeze.T, k=2)[0]
    gap = (near[:, 1] - near[:, 0]).reshape(coarse)
    wall = np.exp(-((gap / rng.uniform(1, 5)) ** 2)).astype(np.float32)
    return np.asarray(Image.fromarray(wall).resize((w, h), Image.Resampling.BILINEAR))
