"""How a segmentation is judged: the confusion of classes, and what follows from it."""

from __future__ import annotations

import numpy as np


def confusion(found: np.ndarray, label: np.ndarray, classes: int) -> np.ndarray:
    """Pixels by (labelled class, found class): int64 (classes, classes).

    ``found``, ``label``: equal shapes; pixels whose label is not a class do not count.
    """
    known = label < classes
    pairs = label[known].astype(np.int64) * classes + found[known]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def iou(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of every class, float64 (classes,); NaN for a class never seen."""
    hits = np.diag(matrix).astype(float)
    union = matrix.sum(0) + matrix.sum(1) - hits
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(union > 0, hits / union, np.nan)


def mean_iou(matrix: np.ndarray) -> float:
    """Mean over the classes that were labelled or found (Everingham et al. 2015)."""
    return float(np.nanmean(iou(matrix)))


def accuracy(matrix: np.ndarray) -> float:
    """Share of pixels given their class."""
    return float(np.trace(matrix) / max(1, matrix.sum()))
