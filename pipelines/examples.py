"""Pictures to try a segmenter on: drawn by code, or out of what scikit-image brings along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .coast import coast
from .street import street

Picture = tuple[Image.Image, np.ndarray | None]


@dataclass(frozen=True)
class Example:
    """A picture that fits a model.

    ``make``: the picture in RGB, and uint8 (H, W) labels of the model's classes where they are
    known, else None. ``source``: where it is from, and its terms.
    """

    id: str
    model: str
    make: Callable[[], Picture]
    source: str


def cells(side: int = 512, count: int = 110, seed: int = 7) -> Picture:
    """Nuclei as a fluorescence microscope shows them, some of them touching, and where they are.

    Ellipses of uneven outline, bright on black, blurred by the lens, with shot noise.
    """
    import cv2

    random = np.random.default_rng(seed)
    light = np.zeros((side, side), np.float32)
    truth = np.zeros((side, side), np.uint8)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    texture = random.normal(0, 1, (side, side)).astype(np.float32)
    texture = 5 * cv2.GaussianBlur(texture, (0, 0), 3)
    centres: list[np.ndarray] = []
    while len(centres) < count:
        # One in three lies against another one.
        near = len(centres) > 5 and random.random() < 0.35
        at = centres[random.integers(len(centres))] if near else random.uniform(0, side, 2)
        at = at + (random.normal(0, 1, 2) * 12 if near else 0)
        if centres and min(np.hypot(*(at - other)) for other in centres) < 15:
            continue
        centres.append(at)
        long, turn = random.uniform(8, 13), random.uniform(0, np.pi)
        short = long * random.uniform(0.7, 1.0)
        y, x = rows - at[0], columns - at[1]
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        bumps = 1 + 0.05 * np.sin(3 * np.arctan2(across, along) + random.uniform(0, 6))
        inside = np.hypot(along / long, across / short) < bumps
        truth[inside] = 1
        glow = random.uniform(0.35, 1.0) * (1 + 0.25 * texture)
        light = np.where(inside, np.maximum(light, glow), light)
    seen = 0.03 + 0.8 * cv2.GaussianBlur(light, (0, 0), 1.5)
    seen += 0.08 * cv2.GaussianBlur(light, (0, 0), 12)  # light from out of focus
    counted = random.poisson(seen.clip(0) * 600) / 600
    gray = (255 * counted.clip(0, 1)).round().astype(np.uint8)
    return Image.fromarray(gray).convert("RGB"), truth


def tissue() -> Picture:
    """Stained tissue, part of one of scikit-image's own files; nothing is downloaded."""
    from skimage import data

    part = Image.fromarray(data.immunohistochemistry()).crop((128, 128, 512, 512))
    # Enlarged a little: nuclei are a few pixels wide in it.
    return part.resize((512, 512), Image.Resampling.BICUBIC), None


EXAMPLES = (
    Example("cells", "nuclei", cells, "drawn by pipelines/examples.py"),
    Example(
        "tissue",
        "nuclei",
        tissue,
        "part of data.immunohistochemistry of scikit-image; no known copyright restrictions",
    ),
    Example("street", "road", street, "drawn by pipelines/street.py"),
    Example("coast", "aerial", coast, "drawn by pipelines/coast.py"),
)
