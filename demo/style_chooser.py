"""Where a style is chosen on the Style tab: those that there are, and a place to drop one's own."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from .photo import Photo
from .shown import Pictures
from .words import label


@dataclass(frozen=True)
class Chooser:
    """Styles to click, and where a picture of one's own becomes one more of them."""

    gallery: Pictures
    drop: Photo
    """Emptied at once, so that the next one can be dropped too."""
    chosen: gr.Textbox
    """Key of the chosen one; empty for the first of those that the model brings along."""


def make_chooser(id: str) -> Chooser:
    gallery = Pictures(
        label=label("style.first"),
        show_label=False,
        columns=4,
        allow_preview=False,
        object_fit="cover",
        height="auto",
        elem_id=id,
        elem_classes=["thumbs", "styles"],
        interactive=False,
        buttons=[],
    )
    drop = Photo(
        type="filepath",
        image_mode=None,
        sources=["upload"],
        label=label("style.own_drop"),
        show_label=False,
        placeholder=label("style.own_drop"),
        format="png",
        height=64,
        elem_id=f"{id}-drop",
        elem_classes="own-style",
        buttons=[],
    )
    return Chooser(gallery, drop, gr.Textbox("", label=label("style.first"), visible=False))
