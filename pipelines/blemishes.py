"""Pictures with something in them that should go, to try the Inpainter on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw

Blemished = tuple[Image.Image, Image.Image]
Outline = Sequence[tuple[int, int]]

FINE = 4  # drawn so many times larger, then reduced: smooth edges


@dataclass(frozen=True)
class Example:
    """``make``: the picture in RGB, and its mask in mode L. ``source``: its origin and terms."""

    id: str
    make: Callable[[], Blemished]
    source: str


def towers() -> Blemished:
    """Two masts against the evening sky beside a rocket."""
    from skimage import data

    # Around the lamps, which stay.
    left = [
        (195, 115), (207, 115), (209, 200), (207, 364), (184, 370), (176, 392), (172, 427),
        (154, 427), (163, 370), (175, 262), (183, 180),
    ]  # fmt: skip
    right = [
        (440, 115), (453, 115), (463, 185), (474, 300), (482, 400), (485, 427), (468, 427),
        (464, 396), (448, 394), (443, 378), (436, 370), (436, 200),
    ]  # fmt: skip
    return _masked(data.rocket(), left, right)


def spoon() -> Blemished:
    """A spoon beside a cup of coffee."""
    from skimage import data

    # Behind the rim of the cup the handle comes out again. Its shadow on the saucer goes as well,
    # or a shadow without a spoon would be left.
    handle = [
        (394, 71), (400, 63), (410, 61), (421, 63), (430, 74), (428, 90), (422, 107), (414, 131),
        (409, 148), (406, 147), (408, 130), (408, 117), (406, 102), (402, 90), (397, 79),
    ]  # fmt: skip
    bowl = [
        (394, 184), (398, 186), (392, 214), (398, 226), (420, 240), (428, 275), (412, 320),
        (372, 346), (330, 344), (308, 320), (300, 290), (296, 246), (322, 235), (345, 230),
        (362, 225), (372, 216), (381, 205), (388, 195),
    ]  # fmt: skip
    return _masked(data.coffee(), handle, bowl)


def shuttle() -> Blemished:
    """The model of a space shuttle on a table behind an astronaut."""
    from skimage import data

    outline = [
        (396, 0), (439, 0), (448, 28), (462, 46), (466, 185), (476, 222), (468, 242), (466, 262),
        (480, 270), (480, 282), (444, 294), (362, 294), (358, 276), (362, 256), (372, 240),
        (348, 236), (345, 218), (362, 190), (374, 176), (376, 52),
    ]  # fmt: skip
    return _masked(data.astronaut(), outline)


def _masked(pixels: np.ndarray, *outlines: Outline) -> Blemished:
    image = Image.fromarray(pixels).convert("RGB")
    mask = Image.new("L", image.size)
    for outline in outlines:
        ImageDraw.Draw(mask).polygon(list(outline), fill=255)
    return image, mask


def ball(image: Image.Image, seed: int = 0) -> Blemished:
    """A picture with a striped ball floating in it, and where the ball is."""
    random = np.random.default_rng(seed)
    side = min(image.size)
    radius = side * random.uniform(0.1, 0.14)
    x = image.width * random.uniform(0.3, 0.7)
    y = image.height * random.uniform(0.3, 0.65)
    rows, columns = np.mgrid[: image.height, : image.width].astype(np.float32)
    across, down = (columns + 0.5 - x) / radius, (rows + 0.5 - y) / radius
    distance = np.hypot(across, down)
    height = np.sqrt(np.clip(1 - distance**2, 0, 1))  # of the ball's surface
    # Six stripes along meridians, lit from the upper left.
    turned = np.arctan2(across * 0.8 + down * 0.6, height + 1e-6)
    stripe = (np.floor(turned / np.pi * 6).astype(int) % 2)[..., None]
    color = np.where(stripe, (240, 236, 228), (206, 46, 52)).astype(np.float32)
    light = np.clip(0.55 - 0.45 * across - 0.5 * down + 0.45 * height, 0.25, 1.2)[..., None]
    opacity = np.clip((1 - distance) * radius + 0.5, 0, 1)[..., None]
    mixed = np.asarray(image) * (1 - opacity) + (color * light).clip(0, 255) * opacity
    mask = (distance * radius < radius + max(2.0, side / 128)).astype(np.uint8) * 255
    return Image.fromarray(mixed.round().astype(np.uint8)), Image.fromarray(mask)


def scratched(image: Image.Image, seed: int = 0, count: int = 7) -> Blemished:
    """A picture with scratches, as old photographs have them, and where they are."""
    random = np.random.default_rng(seed)
    size = image.width * FINE, image.height * FINE
    lines, mask = Image.new("L", size), Image.new("L", size)
    unit = max(1.0, min(image.size) / 200) * FINE
    for _ in range(count):
        at = random.uniform(0, 1, 2) * size
        way = random.uniform(-0.25, 0.25) + np.pi / 2 * random.integers(0, 2)
        points = [at]
        for _ in range(random.integers(10, 22)):
            way += random.normal(0, 0.12)
            points.append(points[-1] + np.array([np.cos(way), np.sin(way)]) * unit * 9)
        path = [(float(px), float(py)) for px, py in points]
        wide = random.uniform(0.8, 2.2) * unit
        ImageDraw.Draw(lines).line(path, fill=235, width=round(wide), joint="curve")
        ImageDraw.Draw(mask).line(path, fill=255, width=round(wide + 3 * unit), joint="curve")
    lines = lines.resize(image.size, Image.Resampling.BOX)
    mask = mask.resize(image.size, Image.Resampling.BOX)
    paper = Image.new("RGB", image.size, (244, 238, 226))
    return Image.composite(paper, image, lines), ImageChops.lighter(
        mask.point([0] * 64 + [255] * 192), lines.point([0] + [255] * 255)
    )


EXAMPLES = (
    Example("towers", towers, "data.rocket of scikit-image; SpaceX, public domain"),
    Example("shuttle", shuttle, "data.astronaut of scikit-image; NASA, public domain"),
    Example("spoon", spoon, "data.coffee of scikit-image; Rachel Michetti, CC0"),
)
