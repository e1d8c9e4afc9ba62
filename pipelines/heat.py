"""Numbers as colours: dark is little, bright is much."""

from __future__ import annotations

import numpy as np
from PIL import Image

STOPS = np.array([(24, 15, 61), (122, 28, 109), (212, 72, 66), (251, 155, 40), (252, 255, 190)])


def heat(levels: np.ndarray) -> Image.Image:
    """Levels (h, w) in [0, 1], clipped to that, on a ramp from dark violet over orange to pale
    yellow: RGB."""
    at = np.linspace(0, len(STOPS) - 1, 256)
    ramp = np.stack([np.interp(at, np.arange(len(STOPS)), stop) for stop in STOPS.T], 1)
    index = (np.clip(levels, 0, 1) * 255).round().astype(np.uint8)
    return Image.fromarray(ramp.round().astype(np.uint8)[index])
