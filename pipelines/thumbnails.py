"""What a model's built-in styles make of one photo, as small pictures that ship with the model.

They are painted as the tool paints when it takes its time, which is too long to wait for when a
tab opens.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from .cards import Card

SIDE = 160  # pixels
SUFFIX = ".thumbnails.webp"


def strip(pictures: Sequence[Image.Image]) -> bytes:
    """Squares of SIDE pixels in the order of the styles, one below another, as a file."""
    sheet = Image.new("RGB", (SIDE, SIDE * len(pictures)))
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (0, SIDE * place))
    file = io.BytesIO()
    sheet.save(file, "WEBP", quality=60, method=6)  # shown at half of SIDE
    return file.getvalue()


def shipped(path: Path, card: Card, styles: Sequence[str]) -> dict[str, Image.Image]:
    """The thumbnails of a model, by the ids of its ``styles``; ``path``: of its ``card``.

    Empty if it has none, or if what is there is not what the card says: they can be made anew.
    """
    known = card.styling.thumbnails if card.styling else ""
    if not known:
        return {}
    try:
        raw = path.with_suffix(SUFFIX).read_bytes()
        if hashlib.sha256(raw).hexdigest() != known:
            return {}
        sheet = Image.open(io.BytesIO(raw)).convert("RGB")
    except OSError:
        return {}
    if sheet.size != (SIDE, SIDE * len(styles)):
        return {}
    return {
        style: sheet.crop((0, SIDE * place, SIDE, SIDE * (place + 1)))
        for place, style in enumerate(styles)
    }
