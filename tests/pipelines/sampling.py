"""How near two results of the Sampler are."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipelines import Samples


def apart(a: Image.Image, b: Image.Image) -> int:
    """The largest difference of any channel, in 255ths."""
    return int(np.abs(np.asarray(a, dtype=int) - np.asarray(b, dtype=int)).max())


def distance(a: Image.Image, b: Image.Image) -> float:
    """Root mean squared difference, in 255ths."""
    return float(np.sqrt(np.square(np.asarray(a, float) - np.asarray(b, float)).mean()))


def same(a: Samples, b: Samples) -> bool:
    """Equal in everything that is said, and within a rounding of every pixel."""
    return (
        (a.points, a.labels, a.model, a.truncation) == (b.points, b.labels, b.model, b.truncation)
        and all(apart(x, y) <= 1 for x, y in zip(a.images, b.images, strict=True))
    )  # fmt: skip
