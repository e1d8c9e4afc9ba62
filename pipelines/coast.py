"""A town by the sea from above, drawn by code: to try the segmenter of satellite pictures on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from .roofs import SHADE, SUN, hall, house
from .sheet import Sheet

# Lengths are in pixels, and points are complex: x + iy, so that a product turns them.
# Labels of the model: its classes in their order.
WATER, LAND, ROAD, BUILDING, VEGETATION = range(5)
SLOPE = np.exp(-0.42j)  # where the coast leads
OCTAGON = np.exp(0.25j * np.pi * np.arange(8))
VERGE = 4  # beside a road
# Roads along the coast: how far inland, how wide; and those across, every so many pixels.
ALONG, ACROSS, EVERY = ((40, 13), (124, 9), (206, 9), (300, 13), (320, 13)), 9, 152
# What lies from so far to so far inland, by column, again and again.
ROWS = (
    (50, 118, ("villas", "park", "villas", "villas")),
    (130, 200, ("park", "villas", "villas", "halls")),
    (216, 288, ("sand", "villas", "sand", "sand")),
    (344, 416, ("halls", "sand", "halls", "sand")),
)
TRACKS = ((245, 3), (262, 2), (276, 2), (440, 2), (470, 4))  # how far inland, half the width
ALLEYS = (30, 51, 291, 310, 330)  # lines of trees
SAND, KERB, SHORE = (200.0, 197.0, 202.0), (140.0, 140.0, 146.0), (214.0, 214.0, 214.0)
WET, SEA, ASPHALT = (62.0, 62.0, 62.0), (14.0, 42.0, 27.0), (88.0, 78.0, 77.0)
YARD, GRASS, TREE, LINE = (90.0, 92.0, 90.0), (80.0, 86.0, 68.0), (44.0, 49.0, 40.0), 106


class Place:
    """Where things are: ``along`` the coast, which bends, and so far ``inland``."""

    def __init__(self, width: int, height: int, random: np.random.Generator) -> None:
        self.turns = random.uniform(0, 2 * np.pi, 3)
        self.origin = 0.32 * width + 0.27j * height
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        straight = (columns + 1j * rows - self.origin) / SLOPE
        self.inland = straight.imag - self._bay(straight.real)
        self.along = straight.real + self._bend(self.inland)

    def _bay(self, right: np.ndarray) -> np.ndarray:
        return 22 * np.sin(right / 95 + self.turns[0]) + 9 * np.sin(right / 41 + self.turns[1])

    def _bend(self, inland: np.ndarray) -> np.ndarray:
        return 14 * np.sin(inland / 60 + self.turns[2])

    def at(self, along: np.ndarray | float, inland: np.ndarray | float) -> np.ndarray:
        """Points of the picture: complex, shaped like the arguments."""
        right = np.asarray(along - self._bend(np.asarray(inland)))
        return (right + 1j * (inland + self._bay(right))) * SLOPE + self.origin

    def frame(self, along: float, inland: float) -> tuple[complex, complex]:
        """A point, and the way along the coast there, of length 1."""
        before, here, after = self.at(along + np.array((-1, 0, 1)), inland)
        return complex(here), complex((after - before) / abs(after - before))


class Cell(NamedTuple):
    """What one kind of thing is built on: bool (h, w), and how far it reaches."""

    mask: np.ndarray
    left: int
    right: int
    low: int
    high: int


def coast(width: int = 640, height: int = 512, seed: int = 5) -> tuple[Image.Image, np.ndarray]:
    """The picture, RGB, and uint8 (h, w) labels of the classes of ``aerial``.

    As the model has learnt them, a block of houses is one area of buildings, with its yards.
    ``width`` and ``height``: at least 400 and 320 pixels; houses stay as large as they are.
    """
    import cv2

    sheet = Sheet(width, height, seed)
    place = Place(width, height, sheet.random)
    _land(sheet, place)
    for kind, cell in _cells(place, _roads(sheet, place)):
        {"villas": _villas, "park": _park, "halls": _halls}[kind](sheet, place, cell)
    for inland in ALLEYS:
        for along in np.arange(-width, width, 9):
            if sheet.random.random() < 0.7:
                aside, off = sheet.random.uniform(-2, 2, 2)
                _tree(sheet, place.at(along + aside, inland + off), sheet.random.uniform(1.2, 2.4))
    seen = cv2.GaussianBlur(sheet.image, (0, 0), 0.8)
    seen += 0.6 * (seen - cv2.GaussianBlur(seen, (0, 0), 1.5))  # such pictures are sharpened
    seen += 3 * sheet.noise(height, width, 0.6)[..., None]
    return Image.fromarray(seen.clip(0, 255).round().astype(np.uint8)), sheet.truth


def _rounded(mask: np.ndarray, size: float) -> np.ndarray:
    """The mask, bool (h, w), with round corners."""
    import cv2

    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), size) > 0.5


def _land(sheet: Sheet, place: Place) -> None:
    """Sand with patches and tracks, and the sea with its shore."""
    shape = sheet.truth.shape
    sheet.lay(np.ones(shape, bool), SAND, LAND, 4, 1)
    wide = sheet.noise(*shape, 24)
    rough = np.clip(wide - 0.3, 0, 1) * np.clip(sheet.noise(*shape, 2.5) + 0.3, 0, 2)
    # Machines have scraped it along the coast, not quite in lines.
    lines = sheet.noise(1, 8 * shape[0], 2)[0]
    scraped = lines[(place.inland + 3 * wide).astype(int) % len(lines)] * np.clip(wide + 0.7, 0, 1)
    sheet.image += wide[..., None] * np.array((9, 7, 4), np.float32)
    sheet.image += (5 * scraped - 20 * rough)[..., None]
    for inland, half in TRACKS:
        off = np.abs(place.inland - inland - 16 * np.sin(place.along / 50 + inland))
        sheet.image[off < half + 1.5] += 14
        sheet.image[off < half] -= 36
    beach = place.inland + 1.5 * sheet.noise(*shape, 8)
    sheet.lay(place.inland < 18, KERB, LAND, 6)
    sheet.lay(beach < 14, SHORE, LAND, 8)
    sheet.lay(beach < 2.5, WET, LAND, 10)
    sea = beach < 0
    sheet.lay(sea, SEA, WATER, 1)
    shallow = np.exp(np.minimum(beach, 0) / 40) + 0.2 * sheet.noise(*shape, 9)
    sheet.image[sea] += shallow[sea][:, None] * np.array((12, 20, 10), np.float32)


def _roads(sheet: Sheet, place: Place) -> np.ndarray:
    """Roads with verges, a fine line in the middle and cars: (h, w), how far the next road is."""
    import cv2

    off = [np.abs(place.inland - inland) for inland, _ in ALONG]
    road = np.any([away < wide / 2 for away, (_, wide) in zip(off, ALONG, strict=True)], 0)
    between = (place.inland > ALONG[0][0]) & (place.inland < ALONG[-2][0])
    road |= between & (np.abs((place.along + EVERY / 2) % EVERY - EVERY / 2) < ACROSS / 2)
    road = _rounded(road, 2.5)
    away = cv2.distanceTransform((~road).astype(np.uint8), cv2.DIST_L2, 5)
    sheet.lay(away < VERGE, KERB, LAND, 9)
    sheet.lay(road, ASPHALT, ROAD, 5, 2)
    sheet.image[road & (np.min(off, 0) < 0.6)] = LINE
    places = np.argwhere(road)
    for y, x in places[sheet.random.integers(len(places), size=60)]:
        sheet.image[y : y + 2, x : x + 3] = sheet.random.choice((30, 150, 225, 235))
    return away


def _cells(place: Place, away: np.ndarray) -> Iterator[tuple[str, Cell]]:
    """What is built, and where; ``away``: how far the next road is."""
    for low, high, kinds in ROWS:
        for column in range(-len(away) // EVERY - 2, len(away[0]) // EVERY + 2):
            kind, left, right = kinds[column % len(kinds)], column * EVERY, (column + 1) * EVERY
            mask = (place.inland > low) & (place.inland < high) & (away > VERGE)
            mask &= (place.along > left + 8) & (place.along < right - 8)
            if kind != "sand" and mask.sum() > 100:
                yield kind, Cell(_rounded(mask, 3), left, right, low, high)


def _villas(sheet: Sheet, place: Place, cell: Cell) -> None:
    """Two rows of houses, back to back, with trees between them."""
    random = sheet.random
    sheet.lay(cell.mask, YARD, BUILDING, 18)
    paved = np.clip(sheet.noise(*sheet.truth.shape, 2.5) - 0.8, 0, 0.8)
    sheet.image[cell.mask] += 60 * paved[cell.mask][:, None]
    for inland in (cell.low + 19, cell.high - 19):
        along = cell.left + 20.0
        while along < cell.right - 16:
            half = complex(random.uniform(7, 10), random.uniform(8, 12))
            house(sheet, *place.frame(along, inland + random.uniform(-3, 3)), half)
            along += half.real + random.uniform(11, 15)
    for _ in range(40):
        at = random.uniform((cell.left + 12, cell.low), (cell.right - 12, cell.high))
        _tree(sheet, place.at(*at), random.uniform(1.2, 2.4))


def _halls(sheet: Sheet, place: Place, cell: Cell) -> None:
    """Three large roofs side by side on sand."""
    middle, way = place.frame((cell.left + cell.right) / 2, (cell.low + cell.high) / 2)
    half = 16 + 0.5j * (cell.high - cell.low - 20)
    for aside in (-42, 0, 42):
        hall(sheet, middle + way * aside, way, half, BUILDING)


def _park(sheet: Sheet, place: Place, cell: Cell) -> None:
    """Mottled grass with trees, most of them at its rim."""
    random = sheet.random
    sheet.lay(cell.mask, GRASS, VEGETATION, 9, 5)
    sheet.image[cell.mask] += 7 * sheet.noise(*sheet.truth.shape, 1)[cell.mask][:, None]
    for _ in range(200):
        along, inland = random.uniform((cell.left, cell.low), (cell.right, cell.high))
        rim = min(along - cell.left, cell.right - along, inland - cell.low, cell.high - inland)
        if rim > 10 and random.random() < 5 / (rim - 8):
            _tree(sheet, place.at(along, inland), random.uniform(2, 4))


def _tree(sheet: Sheet, at: np.ndarray, radius: float) -> None:
    sheet.fill(at + radius * OCTAGON + SUN / 2, SHADE)
    sheet.fill(at + radius * OCTAGON, TREE)
