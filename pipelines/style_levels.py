"""From coarse to fine: the sizes at which a picture is painted one after the other.

What layers of a network call a stroke has a size in pixels, so the larger a photo is, the finer are
the strokes that it gets, until nothing but its colours have changed. Painted small first, and then
at twice the size on top of that, it has broad strokes as well as fine ones at any size (Gatys et
al. 2017, Controlling Perceptual Factors in Neural Style Transfer, section 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from .limits import MAX_POLISHED

# Side in pixels of a square as large as the coarsest level.
STROKES = {"fine": 512, "medium": 256, "broad": 128}
KEPT = 0.5  # share of what was painted coarsely that a finer pass leaves
SLACK = 0.25  # octaves by which the coarsest level may be larger


@dataclass(frozen=True)
class Level:
    """Width and height, and the steps on the pixels there."""

    size: tuple[int, int]
    steps: int


def levels(size: tuple[int, int], refine: int, strokes: str) -> list[Level]:
    """Coarse to fine, at most twice as large each time; the last has the photo's ``size``.

    ``refine``: steps at the coarsest, and as many less as the others are larger, so that each
    costs about twice as much as the one before; none where there are more than MAX_POLISHED
    pixels. ``strokes``: one of STROKES. Without ``refine`` there is but one level.
    """
    base, side = STROKES[strokes], math.sqrt(size[0] * size[1])
    count = max(0, math.ceil(math.log2(side / base) - SLACK)) if refine else 0
    sides = [base * (side / base) ** (i / count) for i in range(count)]
    return [
        *(Level(_scaled(size, x / side), _steps(refine, base, x)) for x in sides),
        Level(size, _steps(refine, base, side)),
    ]


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _steps(refine: int, base: int, side: float) -> int:
    if not refine or side**2 > MAX_POLISHED:
        return 0
    return max(1, round(refine * min(1.0, base / side)))


def resized(photo: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A copy of ``size``, or the photo if it has that."""
    if photo.size == size:
        return photo
    return photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def finer(painted: np.ndarray, copy: Image.Image, photo: Image.Image) -> Image.Image:
    """What was painted on a small ``copy`` of a photo, uint8 (h, w, 3), at the photo's size, with
    what the photo has of brightness that the copy has not: RGB."""
    large = Image.fromarray(painted).resize(photo.size, Image.Resampling.BICUBIC)
    smooth = copy.convert("L").resize(photo.size, Image.Resampling.BICUBIC)
    detail = np.asarray(photo.convert("L")).astype(np.int16) - np.asarray(smooth)
    found = np.asarray(large) + detail[..., None]
    return Image.fromarray(found.clip(0, 255).astype(np.uint8))
