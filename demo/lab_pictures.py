"""Small pictures made large enough to look at, and to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.insight import Unit

Place = tuple[float, float] | None
"""x and y in [0, 1] of a picture, or none."""
SIDE = 384  # pixels of the long side that small pictures are brought to


def large(image: Image.Image, at: Place = None) -> Image.Image:
    """The picture at ``SIDE`` pixels or more, with a ring around a place (x, y in [0, 1])."""
    scale = max(1, SIDE // max(image.size))
    size = (image.width * scale, image.height * scale)
    picture = image.resize(size, Image.Resampling.BICUBIC)
    if at:
        x, y, r = at[0] * size[0], at[1] * size[1], max(size) / 40
        pen = ImageDraw.Draw(picture)
        # White on black: seen on whatever is there.
        for color, width in (("black", 5), ("white", 2)):
            pen.ellipse((x - r, y - r, x + r, y + r), outline=color, width=width)
    return picture


def units_captioned(
    units: Sequence[Unit], off: Sequence[int] = (), word: str = ""
) -> list[tuple[Image.Image, str]]:
    """Maps with the number of the unit and how much it matters; ``word`` marks those that are
    off."""
    return [
        (unit.map, f"{unit.index} · " + (word if unit.index in off else f"{unit.matters:.1f}"))
        for unit in units
    ]
