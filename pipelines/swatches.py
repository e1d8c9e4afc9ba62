"""Pictures to make textures of: drawn by code, or out of what scikit-image brings along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Swatch:
    """``make``: a picture in RGB. ``box``: left, top, right and bottom of the part of it that is
    the texture, None for all. ``source``: where it is from, and its terms."""

    id: str
    make: Callable[[], Image.Image]
    source: str
    box: Box | None = None


def gravel() -> Image.Image:
    """Gravel in the colours of sandstone."""
    from skimage import data

    part = Image.fromarray(data.gravel()).crop((128, 128, 384, 384))
    return ImageOps.colorize(part, "#241a14", "#fff3df", "#b08a66")


def grass() -> Image.Image:
    """Grass and clover."""
    from skimage import data

    part = Image.fromarray(data.grass()).crop((0, 256, 256, 512))
    return ImageOps.colorize(part, "#0c1a08", "#eef5c0", "#5d8a36")


def table() -> Image.Image:
    """A cup of coffee on a table of wood."""
    from skimage import data

    return Image.fromarray(data.coffee())


def tissue() -> Image.Image:
    """Stained tissue."""
    from skimage import data

    return Image.fromarray(data.immunohistochemistry())


def cloth(side: int = 192, seed: int = 3) -> Image.Image:
    """Tweed: threads of four colours, each a little uneven, two over and two under."""
    random = np.random.default_rng(seed)
    wide = 6  # pixels of a thread
    count = side // wide
    colors = np.array([(52, 74, 92), (121, 134, 138), (205, 190, 158), (158, 74, 60)], float)
    at = np.arange(side)
    thread = at // wide % count
    lit = np.sin(np.pi * (at % wide + 0.5) / wide) ** 0.7  # brightest in its middle
    warp, weft = (
        (colors[random.choice(4, count, p=(0.4, 0.3, 0.2, 0.1))])[thread] * lit[:, None]
        for _ in range(2)
    )
    over = ((thread[:, None] - thread) % 4 < 2)[..., None]
    fluff = random.normal(1.05, 0.07, (side, side, 1))
    pixels = np.where(over, warp[None], weft[:, None]) * fluff
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def terrazzo(side: int = 256, seed: int = 5) -> Image.Image:
    """Chips of stone in cement: the nearest of scattered points, with joints between them."""
    random = np.random.default_rng(seed)
    points = random.uniform(0, side, (170, 2))
    reach = random.uniform(0.8, 1.25, len(points))
    colors = np.array(
        [(196, 120, 90), (92, 122, 118), (222, 190, 150), (70, 66, 70), (238, 232, 222)], float
    )
    dye = colors[random.integers(0, len(colors), len(points))]
    dye = dye * random.uniform(0.85, 1.1, (len(points), 1))
    rows, columns = np.mgrid[:side, :side]
    apart = np.abs(np.stack([rows, columns], -1)[:, :, None] - points)  # (h, w, points, 2)
    apart = np.hypot(*np.moveaxis(np.minimum(apart, side - apart), -1, 0)) * reach
    near = np.partition(apart, 1, 2)[..., :2]
    chip = ((near[..., 1] - near[..., 0] - 3) / 1.5).clip(0, 1)[..., None]
    speckle = random.normal(0, 5, (side, side, 1))
    pixels = dye[apart.argmin(2)] * chip + np.array([214, 208, 198.0]) * (1 - chip) + speckle
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


SWATCHES = (
    Swatch("gravel", gravel, "part of data.gravel of scikit-image, coloured; CC0"),
    Swatch("terrazzo", terrazzo, "drawn by pipelines/swatches.py"),
    Swatch(
        "table", table, "data.coffee of scikit-image; Rachel Michetti, CC0", (430, 200, 600, 400)
    ),
    Swatch("cloth", cloth, "drawn by pipelines/swatches.py"),
    Swatch("grass", grass, "part of data.grass of scikit-image, coloured; CC0"),
    Swatch(
        "tissue",
        tissue,
        "data.immunohistochemistry of scikit-image; no known copyright restrictions",
        (0, 40, 190, 240),
    ),
)
