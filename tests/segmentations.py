"""Small segmentations of three classes, drawn by hand."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipelines import Segmentation

CLASSES = ("ground", "cell", "dust")
COLORS = ("#000000", "#ff8000", "#00ff00")


def segmentation(
    labels: np.ndarray, counts: str | None = None, confidence: float = 0.75
) -> Segmentation:
    height, width = labels.shape
    return Segmentation(
        image=Image.new("RGB", (width, height), (9, 99, 199)),
        labels=labels.astype(np.uint8),
        confidence=np.full(labels.shape, confidence, np.float32),
        classes=CLASSES,
        colors=COLORS,
        model="tiny-seg",
        weights="0" * 64,
        counts=counts,
        parameters={"scale": 1.0},
    )


def cells() -> Segmentation:
    """Two cells that touch nothing, one grain of dust, and a pixel nobody is sure of."""
    labels = np.zeros((20, 30))
    labels[2:8, 3:9] = 1
    labels[10:18, 15:25] = 1
    labels[12, 20] = 0
    labels[0, 29] = 2
    labels[19, 0] = 255
    return segmentation(labels, counts="cell")
