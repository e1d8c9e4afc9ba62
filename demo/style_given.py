"""What is to be restyled, and how, as the page sends it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.errors import InputError

from . import painter
from .style_layout import FAST
from .style_tiles import Tile, meant, style_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from .style_files import Results

# When the newest request was made, its "tick": changed in place, so that work under way sees it.
Newest = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Given:
    """The inputs of everything that restyles, in their order.

    ``tick``: when it was wanted; ``newest`` holds more than that once something else is.
    ``settings``: as ``Controls.settings``.
    """

    photo: str | None
    value: dict[str, Any]
    known: painter.Known | None
    tiles: tuple[Tile, ...]
    results: Results | None
    newest: Newest
    tick: Any
    settings: tuple[Any, ...]

    @classmethod
    def of(cls, inputs: tuple[Any, ...]) -> Given:
        return cls(*inputs[:7], settings=inputs[7:])

    @property
    def name(self) -> str:
        """What files are called."""
        return Path(self.photo or "").stem

    @property
    def key(self) -> str:
        """All that a result is made of, in short: the same request needs no second answer."""
        mask = self.value.get("mask", "") if isinstance(self.value, dict) else ""
        return hashlib.sha256(repr((self.photo, mask, self.settings)).encode()).hexdigest()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do that goes by itself."""
        if not self.photo or self.settings[0] != FAST:
            return True
        return self.results is not None and self.results.key == self.key

    @property
    def outdated(self) -> bool:
        """Whether something else is wanted by now."""
        return ((self.newest or {}).get("tick") or 0) > (self.tick or 0)

    def asked(self) -> tuple[Any, ...]:
        """Photo, styles, mask, method, model, and all other settings.

        Raises InputError, PictureError.
        """
        from pipelines.media import read_picture

        method, model, first, second, mix, *rest = self.settings
        if not self.photo:
            raise InputError("no_photo")
        image = read_picture(self.photo)
        styles = [style_of(meant(first, self.tiles, method), self.tiles)]
        other = meant(second, self.tiles, method, 1)
        if mix and other:
            styles.append(style_of(other, self.tiles))
        return image, styles, self._mask(image.size), method, model, *rest

    def _mask(self, size: tuple[int, int]) -> Image | None:
        """The mask; None where nothing is painted, which is everywhere."""
        mask = painter.whole(self.value, self.known, size)
        return mask if mask is not None and mask.getbbox() else None
