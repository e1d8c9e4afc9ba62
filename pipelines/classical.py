"""Filling holes without a model, by OpenCV: Telea (2004), and Navier-Stokes (Bertalmio 2001)."""

from __future__ import annotations

import numpy as np

RADIUS = 4  # pixels around a missing one that it is made from


def fill(picture: np.ndarray, mask: np.ndarray, method: str) -> np.ndarray:
    """A picture uint8 (h, w, 3) filled where the bool ``mask`` (h, w) is true.

    ``method``: ``telea`` or ``navier-stokes``.
    """
    import cv2

    if mask.all():  # there is nothing to make it from
        return picture
    how = cv2.INPAINT_TELEA if method == "telea" else cv2.INPAINT_NS
    return cv2.inpaint(np.ascontiguousarray(picture), mask.astype(np.uint8), RADIUS, how)
