"""The canvas of an inpainting: a photo, margins around it, and what of both is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from .checks import whole
from .errors import InputError
from .limits import MAX_MARGIN, MAX_PIXELS
from .masks import grown, to_mask

GREY = (128, 128, 128)  # of margins that are yet to be filled

Mask = Image.Image | np.ndarray


def checked_margins(margins: Any) -> list[int]:
    """Pixels to add to the left, top, right and bottom. Raises InputError."""
    if isinstance(margins, str) or not isinstance(margins, Sequence) or len(margins) != 4:
        raise InputError("margins", found=margins, most=MAX_MARGIN)
    return [whole("margins", margin, 0, MAX_MARGIN) for margin in margins]


def prepared(
    photo: Image.Image, mask: Mask | None, given: dict[str, Any]
) -> tuple[Image.Image, np.ndarray, np.ndarray]:
    """The canvas, what of it is missing, bool (h, w), and what of it the photo covers.

    Raises PictureError and InputError.
    """
    left, top, right, bottom = given["margins"]
    if mask is None:
        painted = np.zeros((photo.height, photo.width), bool)
    else:
        painted = to_mask(mask, photo.size)
        painted = grown(~painted if given["invert"] else painted, given["grow"])
    width, height = left + photo.width + right, top + photo.height + bottom
    if not any(given["margins"]):
        if not painted.any():
            raise InputError("mask_empty")
        return photo, painted, np.ones_like(painted)
    if width * height > MAX_PIXELS:
        found = -(-width * height // 10**6)
        raise InputError("canvas", found=found, most=MAX_PIXELS // 10**6)
    canvas = Image.new("RGB", (width, height), GREY)
    canvas.paste(photo, (left, top))
    missing = np.ones((height, width), bool)
    missing[top : top + photo.height, left : left + photo.width] = painted
    covered = np.zeros_like(missing)
    covered[top : top + photo.height, left : left + photo.width] = True
    return canvas, missing, covered
