"""The brightness of one picture in the colours of another."""

from __future__ import annotations

import numpy as np

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green and blue (ITU-R BT.601)
ROWS = 1_000_000  # pixels that are worked on at a time


def recolored(bright: np.ndarray, colors: np.ndarray) -> np.ndarray:
    """Brightness of the first, hue and colourfulness of the second: all uint8 (h, w, 3).

    Colourfulness is that of the differences from grey, Cb and Cr, and is taken back as far as it
    must be where a screen has no such colour so dark or so bright; clipping would change the hue.
    """
    result = np.empty_like(colors)
    step = max(1, ROWS // colors.shape[1])
    for top in range(0, len(colors), step):
        rows = slice(top, top + step)
        result[rows] = _recolored(bright[rows], colors[rows])
    return result


def _recolored(bright: np.ndarray, colors: np.ndarray) -> np.ndarray:
    luma = (bright @ LUMA)[..., None]
    away = colors - (colors @ LUMA)[..., None]
    # How far each channel may go from grey before it leaves the range.
    room = np.where(away > 0, 255 - luma, luma)
    share = (room / np.maximum(np.abs(away), 1e-3)).min(2, keepdims=True).clip(0, 1)
    return (luma + share * away).round().clip(0, 255).astype(np.uint8)
