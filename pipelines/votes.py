"""What a network filled in, said again with what the picture really has.

A network knows what belongs into a hole better than it can draw it: fine texture comes out as a
pattern of its own. So each small patch of what it drew is looked up among the known ones, and all
that cover a pixel vote for its colour: one step of completion by patches (Wexler, Shechtman and
Irani 2007), with the network's picture in the place of their first guess.
"""

from __future__ import annotations

import numpy as np

SIDE = 5  # pixels of a patch; odd
PLACES = 4096  # known patches compared at most, about
BYTES = 2**26  # of distances held at a time
SHARE = 0.5  # of the vote in what comes out; the rest is what the network drew
OWN = 0.5  # of the difference in mean colour stays what the network drew
STRICT = 0.5  # usual unlikeness at which a vote counts for 1/e**2 of a perfect one's


def voted(found: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The picture with its hole filled by a vote of known patches.

    ``found``: float32 (h, w, 3), filled; of any range. ``hole``: bool (h, w). Known pixels come
    back as they are. Where nothing or too little is known, all does.
    """
    half = SIDE // 2
    if min(hole.shape) < SIDE or not hole.any():
        return found
    near = _spread(hole, half)
    keys = _known(~near, half)
    if not len(keys):
        return found
    framed = np.pad(found, ((half, half), (half, half), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(framed, (SIDE, SIDE), axis=(0, 1))
    asked = np.argwhere(near)
    theirs, ours = (_rows(windows, at) for at in (keys, asked))
    best, unlike = _nearest(ours, theirs)
    votes = theirs[best].reshape(len(asked), 3, SIDE, SIDE)
    shift = ours.reshape(votes.shape).mean((2, 3)) - votes.mean((2, 3))
    votes += OWN * shift[..., None, None]
    weight = np.exp(-2 * unlike / (STRICT * max(float(unlike.mean()), 1e-6)))
    total, weights = np.zeros_like(framed), np.zeros(framed.shape[:2], np.float32)
    for y, x in np.ndindex(SIDE, SIDE):
        # One pixel of each patch at a time: no place is met twice.
        at = asked[:, 0] + y, asked[:, 1] + x
        total[at] += weight[:, None] * votes[:, :, y, x]
        weights[at] += weight
    inside = (slice(half, -half), slice(half, -half))
    mean = total[inside][hole] / np.maximum(weights[inside][hole], 1e-12)[:, None]
    result = found.copy()
    result[hole] += SHARE * (mean - result[hole])
    return result


def _spread(hole: np.ndarray, half: int) -> np.ndarray:
    """Where the middle of a patch is that touches the hole."""
    import cv2

    return cv2.dilate(hole.astype(np.uint8), np.ones((2 * half + 1,) * 2, np.uint8)).astype(bool)


def _known(free: np.ndarray, half: int) -> np.ndarray:
    """Middles of known patches, every so many pixels: int (n, 2)."""
    inner = free[half:-half, half:-half]
    stride = max(1, int(np.ceil(np.sqrt(inner.sum() / PLACES))))
    return np.argwhere(inner[::stride, ::stride]) * stride + half


def _rows(windows: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The patches with these middles as vectors, (n, 3 * SIDE * SIDE)."""
    return windows[tuple(at.T)].reshape(len(at), -1)


def _nearest(asked: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which key is the most like each patch, and how unlike it is: the mean squared difference."""
    # The squared length of the key, less twice its product: the distance but for a constant.
    turned, lengths = np.ascontiguousarray(-2 * keys.T), np.square(keys).sum(1)
    best = np.empty(len(asked), int)
    least = np.empty(len(asked), np.float32)
    rows = max(1, BYTES // (4 * len(keys)))
    for i in range(0, len(asked), rows):
        distance = asked[i : i + rows] @ turned
        distance += lengths
        best[i : i + rows] = found = distance.argmin(1)
        least[i : i + rows] = distance[np.arange(len(found)), found]
    return best, np.maximum(least + np.square(asked).sum(1), 0) / asked.shape[1]
