"""A street as seen from a car, drawn by code: something to try the segmenter of roads on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from .sheet import Color, Point, Sheet

WIDTH, HEIGHT, SEED = 640, 480, 3
# Labels of the model: its classes in their order.
SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE = range(6)
CAR = 8
VANISHING: Point = (0.5, 0.46)
GLASS, DARK, LIGHTS = (60.0, 66.0, 74.0), (24.0, 24.0, 26.0), (200.0, 70.0, 50.0)
# From x to x, height of the eaves there, colour, windows in a row.
HOUSES: tuple[tuple[float, float, float, float, Color, int], ...] = (
    (0.0, 0.16, 0.02, 0.10, (120, 92, 78), 4),
    (0.16, 0.29, 0.16, 0.22, (150, 138, 122), 4),
    (0.29, 0.38, 0.27, 0.31, (112, 100, 96), 3),
    (1.0, 0.85, 0.05, 0.12, (142, 120, 104), 4),
    (0.85, 0.66, 0.14, 0.28, (106, 88, 80), 4),
)
TREES = ((0.42, 0.37, 0.06), (0.6, 0.34, 0.075), (0.68, 0.3, 0.09))
CARS: tuple[tuple[float, float, float, Color], ...] = (
    (0.58, 0.535, 0.55, (70, 74, 84)),
    (0.4, 0.56, 0.7, (150, 30, 30)),
    (0.72, 0.66, 1.25, (54, 64, 90)),
)
POLES = ((0.22, 0.08, 0.72, 0.006), (0.79, 0.02, 0.7, 0.007))


def street() -> tuple[Image.Image, np.ndarray]:
    """The picture, RGB, and uint8 (h, w) labels of the classes of ``road``; always the same."""
    import cv2

    sheet = Sheet(WIDTH, HEIGHT, SEED)
    everywhere = np.ones((HEIGHT, WIDTH), bool)
    sheet.lay(everywhere, (225, 232, 238), SKY, 2, 30)
    for house in HOUSES:
        _house(sheet, *house)
    far = [(0.36, 0.4), (0.64, 0.4), (0.64, 0.5), (0.36, 0.5)]
    sheet.lay(sheet.polygon(far), (130, 128, 126), BUILDING, 12, 2)
    for x, y, radius in TREES:
        sheet.lay(sheet.blob(x, y, radius, radius * 1.5, 0.5), (58, 66, 44), TREE, 16)
    _ground(sheet)
    for x, y, scale, color in CARS:
        _car(sheet, x, y, scale, color)
    for x, top, foot, half in POLES:
        pole = [(x - half, top), (x + half, top), (x + half, foot), (x - half, foot)]
        sheet.lay(sheet.polygon(pole), (70, 72, 74), POLE)
    seen = cv2.GaussianBlur(sheet.image, (0, 0), 0.9)  # a lens
    seen += sheet.random.normal(0, 2.5, seen.shape)  # and its sensor
    return Image.fromarray(seen.clip(0, 255).round().astype(np.uint8)), sheet.truth


def _house(
    sheet: Sheet, x0: float, x1: float, top0: float, top1: float, color: Color, windows: int
) -> None:
    """A front along the street, with three rows of windows; lines meet at the vanishing point."""

    def at(along: float, down: float) -> Point:
        x, top = x0 + (x1 - x0) * along, top0 + (top1 - top0) * along
        foot = min(0.7, VANISHING[1] + (0.86 - VANISHING[1]) * abs(x - VANISHING[0]) / 0.62)
        return x, top + (foot - top) * down

    sheet.lay(sheet.polygon([at(0, 0), at(1, 0), at(1, 1), at(0, 1)]), color, BUILDING, 3.5, 6)
    for column in range(windows):
        left, right = (column + 0.25) / windows, (column + 0.7) / windows
        for top in (0.12, 0.38, 0.64):
            low = top + 0.16
            pane = [at(left, top), at(right, top), at(right, low), at(left, low)]
            sheet.lay(sheet.polygon(pane), GLASS, BUILDING, 8, 4)


def _ground(sheet: Sheet) -> None:
    """Pavements, kerbs, the road and its middle line."""
    for outline, color, label in (
        ([(0, 0.69), (0.44, 0.49), (0.56, 0.49), (1, 0.69), (1, 1), (0, 1)], 176, PAVEMENT),
        ([(0.07, 1), (0.462, 0.485), (0.538, 0.485), (0.99, 1)], 72, PAVEMENT),
        ([(0.1, 1), (0.465, 0.485), (0.535, 0.485), (0.96, 1)], 105, ROAD),
    ):
        sheet.lay(sheet.polygon(outline), (color, color * 0.98, color * 0.96), label)
    for dash in range(6):
        near, off = (((dash + part) / 6) ** 2.2 for part in (0.5, 0.0))
        line = [(0.5 + side * 0.012 * t, 0.5 + t / 2) for side, t in
                ((-1, off), (1, off), (1, near), (-1, near))]  # fmt: skip
        sheet.lay(sheet.polygon(line), (190, 190, 188), ROAD)


def _car(sheet: Sheet, x: float, y: float, scale: float, color: Color) -> None:
    """A car from behind, ``scale`` times a sixth of the picture wide, and its shadow."""

    def shape(points: Sequence[Point]) -> np.ndarray:
        return sheet.polygon([(x + across * scale, y + down * scale) for across, down in points])

    sheet.image[sheet.blob(x, y + 0.075 * scale, 0.085 * scale, 0.02 * scale, 0.1)] *= 0.55
    body = [(-0.075, 0.01), (-0.05, -0.06), (0.05, -0.06), (0.075, 0.01), (0.08, 0.07)]
    sheet.lay(shape([*body, (-0.08, 0.07)]), color, CAR, 5, 3)
    rear = [(-0.058, 0), (-0.042, -0.048), (0.042, -0.048), (0.058, 0)]
    sheet.lay(shape(rear), GLASS, CAR, 6, 3)
    for side in (-0.06, 0.06):
        wheel = sheet.blob(x + side * scale, y + 0.072 * scale, 0.014 * scale, 0.022 * scale, 0.05)
        sheet.lay(wheel, DARK, CAR, 3)
        left, right = side - 0.012, side + 0.012
        light = [(left, 0.02), (right, 0.02), (right, 0.036), (left, 0.036)]
        sheet.lay(shape(light), LIGHTS, CAR, 3)
