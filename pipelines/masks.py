"""Masks: which pixels are meant, from pictures of any kind; grown, shrunk and feathered.

A mask is a bool array (H, W), true where the area meant is. The picture's border is no rim of it:
what touches the border goes on beyond.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from .errors import PictureError
from .limits import MAX_PIXELS
from .media import to_rgb

MEANT = 128  # grey level from which a pixel of a mask is meant


def to_mask(mask: Any, size: tuple[int, int]) -> np.ndarray:
    """A picture or array as a mask of ``size`` (width, height), resized to nearest if it differs.

    Grey levels, and colours by their brightness, count from 128; arrays of bool as they are. Where
    a picture is partly transparent it is a layer that somebody painted: it counts where it is
    opaque, whatever the colour. Raises PictureError for what is no mask.
    """
    if isinstance(mask, np.ndarray):
        mask = _pictured(mask)
    if not isinstance(mask, Image.Image) or 0 in mask.size:
        raise PictureError("mask", found=getattr(mask, "size", type(mask).__name__))
    if mask.width * mask.height > MAX_PIXELS:
        found = -(-mask.width * mask.height // 10**6)
        raise PictureError("pixels", found=found, most=MAX_PIXELS // 10**6)
    levels = _layer(mask)
    if levels is None:
        levels = mask if mask.mode in ("1", "L") else to_rgb(mask).convert("L")
    if levels.size != size:
        levels = levels.resize(size, Image.Resampling.NEAREST)
    return np.asarray(levels.convert("L")) >= MEANT


def _layer(mask: Image.Image) -> Image.Image | None:
    """How opaque every pixel is, if not all of them are."""
    if mask.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in mask.info:
        return None
    alpha = mask.convert("RGBA").getchannel("A")
    return alpha if alpha.getextrema()[0] != 255 else None


def _pictured(mask: np.ndarray) -> Image.Image:
    """An array as a picture. Raises PictureError."""
    array = mask[..., 0] if mask.ndim == 3 and mask.shape[2] == 1 else mask
    try:
        if array.ndim not in (2, 3) or not array.size or array.dtype.kind not in "buif":
            raise ValueError
        if array.dtype == bool:
            array = array.astype(np.uint8) * 255
        elif array.dtype.kind == "f":
            array = array.astype(np.float32)
        elif array.dtype != np.uint8:
            array = array.clip(0, 65535).astype(np.int32)
        return Image.fromarray(array)
    except (TypeError, ValueError, KeyError) as error:
        raise PictureError("mask", found=f"{mask.dtype} {mask.shape}") from error


def grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    """The mask with everything within ``pixels`` of it; below 0 without its rim of that width."""
    if not pixels or not mask.any() or mask.all():
        return mask
    if pixels < 0:
        return distances(mask) > -pixels
    top, bottom, left, right = _bounds(mask, pixels)
    result = mask.copy()
    part = mask[top:bottom, left:right]
    result[top:bottom, left:right] = distances(~part) <= pixels
    return result


def feather(mask: np.ndarray, pixels: int) -> np.ndarray:
    """How much of the repaired picture counts: float32 in [0, 1].

    0 outside the mask; inside it rises smoothly from its rim, over that many pixels, to 1.
    """
    if not pixels or not mask.any() or mask.all():
        return mask.astype(np.float32)
    share = np.clip(distances(mask) / (pixels + 1), 0, 1)
    return share * share * (3 - 2 * share)


def distances(mask: np.ndarray) -> np.ndarray:
    """How far every pixel is from the nearest outside the mask, in pixels: float32, 0 outside."""
    import cv2

    if mask.all():  # there is no outside
        return np.full(mask.shape, np.inf, np.float32)
    result = np.zeros(mask.shape, np.float32)
    if mask.any():
        top, bottom, left, right = _bounds(mask, 1)
        part = np.ascontiguousarray(mask[top:bottom, left:right]).view(np.uint8)
        exact = cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        result[top:bottom, left:right] = exact
    return result


def bounds(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Box (left, top, right, bottom) of a mask that is not empty."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _bounds(mask: np.ndarray, room: int) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of a mask with some room around it."""
    left, top, right, bottom = bounds(mask)
    height, width = mask.shape
    return (
        max(0, top - room),
        min(height, bottom + room),
        max(0, left - room),
        min(width, right + room),
    )
