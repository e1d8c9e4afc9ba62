"""Making a part of a picture smaller around its hole, and bringing it back repaired, without seams.

What the repaired picture gets wrong along the rim of the hole, where the true one is known, is
carried smoothly into the hole and taken away there: Poisson editing (Perez et al. 2003), in the
form of a membrane of the difference that is solved from coarse to fine.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Seam = Literal["error", "step", "none"]

ROUNDS, MORE = 6, 30  # relaxations at every resolution, and where it costs nothing
CHEAP = 60_000  # pixels that are relaxed for nothing
ALONG = 9  # pixels of a rim over which a step is averaged


def reduced(
    picture: np.ndarray, hole: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Picture uint8 (H, W, 3) and hole bool (H, W) at ``size`` (width, height), no larger.

    Every pixel is the mean of the known ones it stands for, missing where more than half of them
    are. Returns float32 (h, w, 3), 0 to 255, and bool (h, w).
    """
    import cv2

    if size == hole.shape[::-1]:
        return picture.astype(np.float32), hole
    free = (~hole).astype(np.float32)
    known = cv2.resize(free, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(picture * free[..., None], size, interpolation=cv2.INTER_AREA)
    # Where little is known everywhere, specks all over, the best places have to do.
    missing = (known < min(0.5, known.max())) | (known <= 0)
    return sums / np.maximum(known, 1e-6)[..., None], missing


def joined(
    patch: np.ndarray, picture: np.ndarray, hole: np.ndarray, seam: Seam = "error"
) -> np.ndarray:
    """The repaired patch without its error along the rim of the hole: float32 (h, w, 3).

    ``patch``: (h, w, 3), 0 to 255. ``picture``: the true one, known outside ``hole``, bool (h, w);
    there it is returned as it is. ``seam``: ``error`` if the patch was repaired outside the hole
    too; ``step`` if it is but the picture there, so that the error is the step from one side of the
    rim to the other; ``none`` if there is no seam to be mended.
    """
    import cv2

    known = picture.astype(np.float32)
    if seam == "none" or not hole.any() or hole.all():
        return np.where(hole[..., None], patch, known).astype(np.float32)
    near = cv2.dilate(hole.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool)
    rim = near & ~hole
    error = _steps(patch, known, hole, rim) if seam == "step" else known - patch
    surface = membrane(error, rim)
    return np.where(hole[..., None], (patch + surface).clip(0, 255), known)


def _steps(patch: np.ndarray, known: np.ndarray, hole: np.ndarray, rim: np.ndarray) -> np.ndarray:
    """How much brighter the rim is than the hole beside it, averaged along the rim."""
    inside = _mean(patch.astype(np.float32), hole, 3)
    return _mean(known - inside, rim, ALONG)


def _mean(values: np.ndarray, where: np.ndarray, side: int) -> np.ndarray:
    """Mean of the values (h, w, 3) in a square around every pixel, of those that count."""
    import cv2

    share = where.astype(np.float32)
    window, mirror = (side, side), cv2.BORDER_REFLECT
    sums = cv2.blur(values * share[..., None], window, borderType=mirror)
    counts = cv2.blur(share, window, borderType=mirror)
    return sums / np.maximum(counts, 1e-6)[..., None]


def membrane(values: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """A smooth surface through the values (h, w, c) where ``fixed``, bool (h, w): float32.

    Near enough to harmonic: every level is relaxed from what half the resolution says.
    """
    import cv2

    h, w = fixed.shape
    held = np.where(fixed[..., None], values, 0).astype(np.float32)
    if max(h, w) == 1:
        return held
    # Fixed where any of four is, at the mean of those that are.
    sums, counts = _fours(held), _fours(fixed[..., None].astype(np.float32))
    coarse = membrane(sums / np.maximum(counts, 1), counts[..., 0] > 0)
    # At twice the size exactly, and cut: otherwise what is odd would be shifted.
    size = 2 * coarse.shape[1], 2 * coarse.shape[0]
    surface = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)[:h, :w]
    surface = np.ascontiguousarray(surface).reshape(h, w, -1)
    rows, columns = np.nonzero(fixed)
    kept = held[rows, columns]
    surface[rows, columns] = kept
    for _ in range(max(ROUNDS, min(MORE, CHEAP // (h * w)))):
        surface = cv2.blur(surface, (3, 3), borderType=cv2.BORDER_REPLICATE).reshape(h, w, -1)
        surface[rows, columns] = kept
    return surface


def _fours(values: np.ndarray) -> np.ndarray:
    """Sums of two by two: (h, w, c) -> (h / 2, w / 2, c), rounded up."""
    h, w = values.shape[:2]
    even = np.pad(values, ((0, h % 2), (0, w % 2), (0, 0)))
    rows = even[0::2] + even[1::2]
    return rows[:, 0::2] + rows[:, 1::2]


def brought_back(
    found: np.ndarray,
    small: np.ndarray,
    hole: np.ndarray,
    picture: np.ndarray,
    missing: np.ndarray,
    seam: Seam,
    fine: bool,
) -> np.ndarray:
    """What was found at a small size, in the picture it was made from: float32 (H, W, 3).

    ``found``: (h, w, 3), the repaired ``small`` picture whose ``hole`` this is, as ``reduced``
    returned them for ``picture`` and ``missing``. ``fine``: with the grain of the surroundings,
    which takes longer. Where nothing is missing the picture's own values come back.
    """
    import cv2

    if found.shape == picture.shape:
        return joined(found, picture, missing, seam)
    whole = joined(found, small, hole, seam)
    size = hole.shape[::-1]
    if fine:
        from .detail import detail

        touched = cv2.resize(missing.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        return detail(whole, touched, picture, missing)
    large = cv2.resize(whole, missing.shape[::-1], interpolation=cv2.INTER_CUBIC).clip(0, 255)
    return np.where(missing[..., None], large, picture.astype(np.float32))
