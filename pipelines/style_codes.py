"""Styles: pictures as the network looks at them, and those that a model brings along as codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from .errors import InputError
from .media import checked, to_rgb, to_tensor
from .styling import OWN

if TYPE_CHECKING:
    from torch import Tensor

    from .cards import Card, Loaded

ELONGATED = 4  # how many times longer than wide a style is looked at


@dataclass(frozen=True, eq=False)
class Style:
    """A style that was asked for: a picture in RGB, or the ``index`` of a built-in one."""

    id: str
    name: str
    picture: Image.Image | None = None
    index: int = -1


def seen(picture: Image.Image, side: int) -> Image.Image:
    """A style as the app looks at it: its shorter side at ``side`` pixels; whole, but for the
    ends of what is more than ELONGATED times as long as wide."""
    most = min(picture.size) * ELONGATED
    left, top = ((length - most) // 2 if length > most else 0 for length in picture.size)
    width, height = (min(length, most) for length in picture.size)
    if (width, height) != picture.size:
        picture = picture.crop((left, top, left + width, top + height))
    scale = side / min(width, height)
    size = max(side, round(width * scale)), max(side, round(height * scale))
    return to_rgb(picture).resize(size, Image.Resampling.LANCZOS)


def built_in(card: Card) -> tuple[tuple[str, str], ...]:
    """Id and name of every style that a model brings along."""
    spec = card.networks.get("styles")
    names = spec.config.get("names", ()) if spec else ()
    found: dict[str, str] = {}
    for index, name in enumerate(map(str, names), 1):
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        id = re.sub("[^a-z0-9]+", "-", plain).strip("-") or f"style-{index}"
        found[f"{id}-{index}" if id in found or id == OWN else id] = name
    return tuple(found.items())


def wanted(style: Any, card: Card | None) -> tuple[Style, ...]:
    """The one or two styles that are asked for: a picture, an id, None, or a pair of these.

    None is the first of the card's, and without a card there are none but pictures. Raises
    InputError and PictureError.
    """
    entries = list(style) if isinstance(style, tuple | list) else [style]
    if len(entries) not in (1, 2):
        raise InputError("styles", found=len(entries))
    known = dict(built_in(card)) if card else {}
    return tuple(_one(entry, known, card) for entry in entries)


def _one(style: Any, known: dict[str, str], card: Card | None) -> Style:
    if isinstance(style, Image.Image):
        return Style(OWN, "", picture=checked(style))
    if card is None:
        raise InputError("style_picture", found=style)
    id = next(iter(known), None) if style is None else style
    if not isinstance(id, str) or id not in known:
        raise InputError("style", found=style, known=", ".join(known) or "none")
    return Style(id, known[id], index=list(known).index(id))


def ids(styles: Sequence[Style]) -> str | list[str]:
    """What settings say of them; a picture is no part of settings."""
    found = [style.id for style in styles]
    return found if len(found) > 1 else found[0]


def code_of(style: Style, loaded: Loaded) -> Tensor:
    """The code of a style: (1, code)."""
    if style.picture is None:
        return loaded.networks["styles"].get_buffer("codes")[style.index][None]
    return code_of_picture(style.picture, loaded)


def code_of_picture(picture: Image.Image, loaded: Loaded) -> Tensor:
    """The code of a picture: (1, code)."""
    how = loaded.card.styling
    assert how  # read_card has seen to it
    network: Any = loaded.networks["style"]
    return network.encode(to_tensor([seen(picture, how.side)]).to(loaded.device))
