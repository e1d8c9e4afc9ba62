"""What both parts of the Lab that look inside a network are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from .shown import Picture, Pictures
from .words import label


@dataclass(frozen=True)
class Layers:
    """A gallery of layers to choose one from, and the units of the chosen one."""

    layers: Pictures
    about: gr.Markdown
    units: Pictures


def shown_picture(text: Any, id: str, **arguments: Any) -> Picture:
    """A picture that can be clicked."""
    return Picture(
        label=text,
        type="pil",
        interactive=False,
        elem_id=id,
        elem_classes="seen",
        min_width=150,
        **arguments,
    )


def tiles(text: Any, id: str, columns: int) -> Pictures:
    """Small pictures that can be clicked."""
    return Pictures(
        label=text,
        show_label=False,
        columns=columns,
        allow_preview=False,
        object_fit="contain",
        height="auto",
        elem_id=id,
        elem_classes="thumbs",
        interactive=False,
        buttons=[],
        type="pil",
    )


def make_layers(name: str) -> Layers:
    """Lay out layers and units; ``name`` begins their elem_ids."""
    gr.Markdown(label("inside.layers"), elem_classes="hint")
    layers = tiles(label("inside.layers"), f"{name}-layers", 6)
    about = gr.Markdown("", elem_id=f"{name}-about", elem_classes="hint")
    return Layers(layers, about, tiles(label("inside.units"), f"{name}-units", 8))
