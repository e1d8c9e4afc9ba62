"""Pictures drawn by code with the label of what lies where, to try segmenters on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Color = tuple[float, float, float]
Point = tuple[float, float]  # x, y as shares of the picture


class Sheet:
    """Shapes in colours, each with its grain, and the label of what lies where."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.image = np.zeros((height, width, 3), np.float32)
        self.truth = np.zeros((height, width), np.uint8)

    def noise(self, height: int, width: int, size: float) -> np.ndarray:
        """Normal noise without what is finer than ``size`` pixels: float32 (height, width)."""
        import cv2

        drawn = self.random.normal(0, 1, (height, width)).astype(np.float32)
        # As strong as before it was smoothed, for a Gaussian much wider than a pixel.
        return cv2.GaussianBlur(drawn, (0, 0), size) * (2 * size * np.pi**0.5)

    def lay(
        self, mask: np.ndarray, color: Color, label: int, grain: float = 4, size: float = 1.5
    ) -> None:
        """Colour what ``mask``, bool (h, w), says, with grain of so many levels and pixels."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        inside = mask[box]
        height, width = inside.shape
        shade = np.array(color, np.float32) + grain * self.noise(height, width, size)[..., None]
        self.image[box][inside] = shade[inside]
        self.truth[mask] = label

    def polygon(self, points: Sequence[Point]) -> np.ndarray:
        """What lies inside the corners: bool (h, w)."""
        import cv2

        height, width = self.truth.shape
        canvas = np.zeros((height, width), np.uint8)
        corners = np.round(np.array(points) * (width, height)).astype(np.int32)
        cv2.fillPoly(canvas, [corners], (1,))
        return canvas > 0

    def blob(self, x: float, y: float, across: float, down: float, rough: float) -> np.ndarray:
        """An ellipse with radii ``across`` and ``down`` and an uneven rim: bool (h, w)."""
        height, width = self.truth.shape
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        far = np.hypot((columns / width - x) / across, (rows / height - y) / down)
        return far + rough / 2 * self.noise(height, width, 4) < 1

    def fill(
        self, corners: np.ndarray, color: Color | np.ndarray, label: int | None = None
    ) -> None:
        """Colour a small convex shape evenly; ``corners``: complex (n,), x + iy in pixels."""
        import cv2

        points = np.round(np.stack([np.real(corners), np.imag(corners)], -1) * 16).astype(np.int32)
        # The last argument says that points are in sixteenths of a pixel.
        cv2.fillConvexPoly(self.image, points, tuple(map(float, color)), cv2.LINE_8, 4)
        if label is not None:
            cv2.fillConvexPoly(self.truth, points, (label,), cv2.LINE_8, 4)
