"""The styles that can be clicked: those that a model brings along, and pictures of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.settings import save_png

from .page import Page, Settings
from .shown import Pictures
from .style_layout import SLOW, TAB_ID
from .tab import spoken
from .words import class_name, say

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Studio

THUMB = 160  # pixels
MOST = 8  # pictures of one's own
OWN = "#"  # how their keys begin; ids of built-in styles are letters, digits and hyphens

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Tiles = tuple[Any, ...]


@dataclass(frozen=True)
class Tile:
    """A style to click. ``thumb`` and ``picture`` are files; a built-in style is no picture, but
    belongs to a ``model``."""

    key: str
    name: str
    thumb: str
    picture: str = ""
    model: str = ""


def offered(tiles: Sequence[Tile], method: str) -> list[Tile]:
    """Those that a method can use: the slow way needs pictures."""
    return [tile for tile in tiles if tile.picture or method != SLOW]


def meant(key: str, tiles: Sequence[Tile], method: str, place: int = 0) -> str:
    """The key that counts: where ``key`` is not offered, that of the tile at ``place``."""
    keys = [tile.key for tile in offered(tiles, method)]
    return keys[place] if key not in keys and place < len(keys) else key


def style_of(key: str, tiles: Sequence[Tile]) -> Image | str | None:
    """What the Stylizer takes: a picture, an id, or None for the first. Raises PictureError."""
    from pipelines.media import read_picture

    for tile in tiles:
        if tile.key == key and tile.picture:
            return read_picture(tile.picture)
    return key or None


class TileHandlers:
    """The listeners of both galleries of styles."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def offer(self, tiles: Tiles, model: str) -> Tiles:
        """The styles of a model, each on a sample of our own, beside what there is of one's own.

        A model that cannot be used says so when it is used.
        """
        from pipelines import PipelineError, Stylizer

        stylizer = self._studio.get(Stylizer)
        own, brought = [tile for tile in tiles if tile.picture], []
        try:
            for id, name in stylizer.built_in(model):
                thumb = self._downloads.place(f"{id}.png")
                save_png(stylizer.thumbnail(id, model), thumb, effort=3)
                brought.append(Tile(id, name, str(thumb), model=model))
        except PipelineError:
            pass
        return (*own, *brought)

    def open(self, tiles: Tiles, model: str) -> Any:
        """The same when the tab is opened, once.

        Styles that are there already stay: a link may have brought those of another model while
        this request, which knows nothing of it, was on its way.
        """
        known = any(tile.model for tile in tiles)
        return gr.skip() if known or not model else self.offer(tiles, model)

    def restore(self, tiles: Tiles, model: str, settings: Settings) -> Any:
        """The same when settings come back, which may be those of another model."""
        known = model in [tile.model for tile in tiles]
        ours = (settings or {}).get("tab") == TAB_ID
        return self.offer(tiles, model) if ours and model and not known else gr.skip()

    def mark(
        self, tiles: Tiles, method: str, first: str, second: str, request: gr.Request
    ) -> Shown:
        """Both galleries, with what is chosen in each, and that."""
        seen = offered(tiles, method)
        own = say("style.own", request)
        pictures = [(tile.thumb, class_name(tile.name, request) or own) for tile in seen]
        keys = [tile.key for tile in seen]
        chosen = [meant(key, tiles, method, place) for place, key in enumerate((first, second))]
        galleries = (
            Pictures(
                value=pictures,
                visible=bool(pictures),
                selected_index=keys.index(key) if key in keys else None,
            )
            for key in chosen
        )
        return *galleries, *chosen

    def pick(self, tiles: Tiles, method: str, event: gr.SelectData) -> Any:
        """The key of the clicked tile."""
        seen = offered(tiles, method)
        return seen[event.index].key if event.index < len(seen) else gr.skip()

    def add(self, tiles: Tiles, picture: str, request: gr.Request) -> Shown:
        """A picture of one's own becomes a style, and is chosen: tiles, key."""
        with spoken(request):
            from pipelines.media import read_picture

            if not picture:
                raise InputError("style_picture", found=None)
            small = read_picture(picture)
            small.thumbnail((THUMB * 2, THUMB * 2), reducing_gap=2)
            number = 1 + max((int(t.key[1:]) for t in tiles if t.picture), default=0)
            new = Tile(f"{OWN}{number}", "", self._downloads.preview(small, "style"), picture)
            own = [new, *(tile for tile in tiles if tile.picture)][:MOST]
            return (*own, *(tile for tile in tiles if not tile.picture)), new.key
