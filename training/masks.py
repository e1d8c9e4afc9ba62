"""Random holes: free-form strokes, boxes, and margins that a canvas was extended by."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

TRIES = 60  # strokes until a hole is taken as it is


def free_form(rng: np.random.Generator, side: int, least: float, most: float) -> np.ndarray:
    """Brush strokes over ``least`` to ``most`` of a square (Yu et al. 2019): bool (side, side).

    The share is drawn evenly between the two and met from above by at most one stroke's end.
    """
    target = rng.uniform(least, most)
    mask = np.zeros((side, side), bool)
    for _ in range(TRIES):
        more = mask | _stroke(rng, side)
        if more.mean() <= most:
            mask = more
        if mask.mean() >= target:
            break
    return mask


def _stroke(rng: np.random.Generator, side: int) -> np.ndarray:
    canvas = Image.new("1", (side, side))
    draw = ImageDraw.Draw(canvas)
    width = max(1, round(side * rng.uniform(0.04, 0.15)))
    x, y = rng.uniform(0, side, 2)
    angle = rng.uniform(0, 2 * math.pi)
    points = [(x, y)]
    for _ in range(int(rng.integers(1, 9))):
        # Turns of a hand: mostly onward, sometimes back.
        angle += rng.normal(0, 0.8) + (math.pi if rng.random() < 0.15 else 0)
        length = side * rng.uniform(0.05, 0.3)
        x = float(np.clip(x + length * math.cos(angle), 0, side))
        y = float(np.clip(y + length * math.sin(angle), 0, side))
        points.append((x, y))
    draw.line(points, fill=1, width=width, joint="curve")
    r = width / 2
    for x, y in points:
        draw.ellipse((x - r, y - r, x + r, y + r), fill=1)
    return np.array(canvas)


def boxes(rng: np.random.Generator, side: int) -> np.ndarray:
    """One to three rectangles or ellipses, each up to half the side: bool (side, side)."""
    canvas = Image.new("1", (side, side))
    draw = ImageDraw.Draw(canvas)
    for _ in range(int(rng.integers(1, 4))):
        w, h = side * rng.uniform(0.12, 0.5, 2)
        x, y = rng.uniform(0, side - w), rng.uniform(0, side - h)
        shape = draw.rectangle if rng.random() < 0.5 else draw.ellipse
        shape((x, y, x + w, y + h), fill=1)
    return np.array(canvas)


def margins(rng: np.random.Generator, side: int) -> np.ndarray:
    """A band along one to three sides, as when a canvas is extended: bool (side, side)."""
    mask = np.zeros((side, side), bool)
    for edge in rng.choice(4, int(rng.choice([1, 1, 2, 3])), replace=False):
        # Two opposite bands must leave something between them.
        depth = round(side * rng.uniform(0.06, 0.38))
        np.rot90(mask, edge)[:depth] = True
    return mask


def any_hole(rng: np.random.Generator, side: int) -> np.ndarray:
    """What a network is trained on: mostly strokes, often boxes, sometimes margins."""
    kind = rng.random()
    if kind < 0.62:
        return free_form(rng, side, 0.05, 0.5)
    if kind < 0.72:
        return free_form(rng, side, 0.02, 0.1) | boxes(rng, side)
    return boxes(rng, side) if kind < 0.85 else margins(rng, side)
