"""How good a texture is: whether its seams are seen, and whether it is like its sample."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SCALES = 4  # halvings of the picture at which it is looked at
TURNS = 4  # directions of the filters
LEAST = 16  # pixels of the shorter side of a scale
RIM = 4  # pixels that the filters reach


def seam_score(image: np.ndarray, origin: np.ndarray, width: int, wraps: bool) -> float:
    """Mean step of brightness across seams over that inside; 1 means that none can be told.

    ``image``: uint8 (H, W, 3). ``origin``: int (H, W), which pixel of a sample of ``width``
    each is: a seam is where neighbours were none in the sample. ``wraps``: the borders meet, and
    are judged as well. 1 if there is no seam.
    """
    from .seams import seams

    gray = image.astype(np.float64) @ [0.299, 0.587, 0.114]
    across, inside = [], []
    for axis, found in enumerate(seams(origin, width, wraps)):
        steps = np.abs(gray - np.roll(gray, 1, axis))
        within = ~found
        if not wraps:
            within[(slice(None),) * axis + (0,)] = False  # there is nothing beyond the border
        across.append(steps[found])
        inside.append(steps[within])
    seam, rest = np.concatenate(across), np.concatenate(inside)
    if not len(seam) or not rest.any():
        return 1.0
    return float(seam.mean() / rest.mean())


def border_score(image: np.ndarray) -> float:
    """Mean step of brightness from each border to the opposite one over that inside.

    ``image``: uint8 (H, W, 3). 1 means that where it meets itself cannot be told.
    """
    gray = image.astype(np.float64) @ [0.299, 0.587, 0.114]
    steps = [np.abs(gray - np.roll(gray, 1, axis)) for axis in (0, 1)]
    border = np.concatenate([steps[0][0], steps[1][:, 0]])
    inside = np.concatenate([steps[0][1:].ravel(), steps[1][:, 1:].ravel()])
    return float(border.mean() / inside.mean()) if inside.size and inside.any() else 1.0


def likeness_score(image: np.ndarray, sample: np.ndarray, other: np.ndarray | None = None) -> float:
    """Distance of a texture to its sample over that of another crop of the same picture.

    1 means that it is as like the sample as the picture itself is elsewhere. ``other``: that
    crop, as large as the sample; without one, opposite halves of the sample are held against each
    other. See ``gram_distance``. All are uint8 (h, w, 3).
    """
    if other is not None:
        base = gram_distance(other, sample)
    else:
        halves = [np.array_split(sample, 2, axis) for axis in (0, 1)]
        base = float(np.mean([gram_distance(*pair) for pair in halves]))
    return gram_distance(image, sample) / max(base, 1e-9)


def gram_distance(image: np.ndarray, sample: np.ndarray) -> float:
    """How far apart the Gram matrices (Gatys et al. 2015) of two textures are, relative to the
    sample's.

    The features are those of fixed filters, no trained network: at four scales of a Gaussian
    pyramid, brightness and two differences of colours through even and odd Gabor filters of
    four directions, each split by its sign; and the colours themselves. What a blur takes away
    counts as much as anything else, for every feature is brought to mean square 1 in the sample.
    """
    total, scales = 0.0, 0
    for ours, theirs in zip(_features(image), _features(sample), strict=False):
        power = np.sqrt(np.square(theirs).mean(1, keepdims=True)) + 1e-3
        a, b = ((f / power) @ (f / power).T / f.shape[1] for f in (ours, theirs))
        total += float(np.square(a - b).sum() / max(np.square(b).sum(), 1e-9))  # of black: nothing
        scales += 1
    return float(np.sqrt(total / scales))


def _features(image: np.ndarray) -> Iterator[np.ndarray]:
    """Features at each scale, float32 (n, pixels)."""
    import cv2

    mix = np.array([[0.299, 0.587, 0.114], [0.5, -0.5, 0], [0.25, 0.25, -0.5]], np.float32)
    opponent = image.astype(np.float32) / 255 @ mix.T
    for scale in range(SCALES):
        if scale and min(opponent.shape[:2]) < 2 * LEAST:
            return
        if scale:
            opponent = cv2.pyrDown(opponent)
        # What filters see beyond the border is not there; of tiny pictures it has to do.
        rim = RIM if min(opponent.shape[:2]) > 2 * LEAST else 0
        height, width = opponent.shape[:2]
        inner = np.s_[rim : height - rim, rim : width - rim]
        found = []
        for channel in range(3):
            plane = np.ascontiguousarray(opponent[..., channel])
            for turn in range(TURNS):
                for phase in (0.0, np.pi / 2):
                    response = cv2.filter2D(plane, -1, _gabor(turn, phase))[inner]
                    found += [np.maximum(response, 0), np.maximum(-response, 0)]
            found.append(np.abs(plane[inner]))
        yield np.stack(found).reshape(len(found), -1)


def _gabor(turn: int, phase: float) -> np.ndarray:
    """A filter for waves of four pixels, without response to even brightness."""
    import cv2

    kernel = cv2.getGaborKernel((9, 9), 1.8, turn * np.pi / TURNS, 4.0, 1.0, phase, cv2.CV_32F)
    kernel -= kernel.mean()
    return kernel / np.abs(kernel).sum()
