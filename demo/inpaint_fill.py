"""The picture that the Inpaint tab fills holes with, if its method is a texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError

from .inputs import Options
from .photo import Photo, photo_input
from .shown import Picture
from .tab import spoken
from .words import label

if TYPE_CHECKING:
    from .inpaint_menus import MenuHandlers

METHOD = "texture"
THUMB = 240  # pixels of the long side of what is shown

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]


@dataclass(frozen=True)
class Fill:
    """What is seen of the texture, and where another is dropped."""

    group: gr.Group
    shown: Picture
    drop: Photo
    """Emptied at once, so that the next one can be dropped too."""
    picture: Photo
    """The picture itself, as it was brought."""

    @property
    def taken(self) -> list[Any]:
        """Outputs of everything that brings a texture."""
        return [self.picture, self.shown]


def make_fill() -> Fill:
    """What only the method knows that fills with a picture."""
    with gr.Group(visible=False) as group, gr.Row():
        shown = Picture(
            label=label("inpaint.fill"),
            show_label=False,
            format="png",
            type="pil",
            interactive=False,
            height=96,
            min_width=80,
            scale=0,
            visible=False,
            elem_id="inpaint-fill-shown",
            buttons=[],
        )
        drop = photo_input(
            label=label("inpaint.fill_drop"),
            show_label=False,
            format="png",
            height=96,
            min_width=140,
            elem_id="inpaint-fill-drop",
            buttons=[],
        )
    picture = photo_input(label=label("inpaint.fill"), format="png", visible=False)
    return Fill(group, shown, drop, picture)


class FillHandlers:
    """The listeners that take a texture, from wherever it comes."""

    def __init__(self, menus: MenuHandlers) -> None:
        self._menus = menus

    def take(self, picture: str | None, request: gr.Request) -> Shown:
        """A texture out of a file: as ``Fill.taken``."""
        with spoken(request):
            from pipelines.media import read_picture

            if not picture:
                raise InputError("no_fill")
            small = read_picture(picture)
            small.thumbnail((THUMB, THUMB))
            return picture, Picture(small, visible=True)

    def receive(self, picture: str | None, request: gr.Request) -> Shown:
        """A texture out of another tab is what holes are filled with from now on.

        Returns method, what ``MenuHandlers.fit`` returns, and what ``take`` returns.
        """
        taken = self.take(picture, request)
        return Options(value=METHOD), *self._menus.fit(METHOD, request), *taken
