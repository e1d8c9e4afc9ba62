"""The Lab's parts for segmenters, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import Choice, Options
from .lab_layout import Layers, make_layers, shown_picture
from .photo import Photo, photo_input
from .shown import Picture
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

FOUND = "found"  # the class that the segmenter finds at the place


@dataclass(frozen=True)
class Controls:
    """Left column: a photo, and who looks at it."""

    drop: Photo
    model: Options
    label: Choice
    stop: gr.Button


@dataclass(frozen=True)
class View:
    """Right column: the photo, what decides a place of it, and the layers."""

    picture: Picture
    result: Picture
    heat: Picture
    status: gr.Markdown
    inner: gr.Column
    layers: Layers
    scene: gr.State
    """What is on the page, a ``PhotoScene``; None before the first photo."""

    @property
    def looked(self) -> list[Any]:
        """Outputs of what looks at the layers."""
        return [
            self.picture, self.inner, self.layers.layers, self.layers.about, self.layers.units,
            self.scene,
        ]  # fmt: skip

    @property
    def decided(self) -> list[Any]:
        """Outputs of what asks which pixels decide."""
        return [self.result, self.heat, self.status]


def make_controls(cards: Sequence[Card], default: str) -> Controls:
    """Lay out the left column."""
    gr.Markdown(label("inside.segmenter_hint"), elem_classes="hint")
    drop = photo_input(
        label=label("segment.drop"),
        show_label=False,
        format="png",
        height=150,
        elem_id="inside-drop",
        elem_classes="takes-drops",
        buttons=[],
    )
    with gr.Group():
        model = Options(
            [(card.name, card.id) for card in cards],
            value=default or None,
            label=label("segment.model"),
            elem_id="inside-segmenter",
        )
        klass = Choice(
            [(FOUND, FOUND)], value=FOUND, label=label("inside.speaks_for"), elem_id="inside-for"
        )
    stop = gr.Button(label("generate.stop"), elem_id="inside-stop", interactive=False)
    return Controls(drop, model, klass, stop)


def make_view() -> View:
    """Lay out the right column."""
    with gr.Row(elem_id="inside-photos"):
        picture = shown_picture(label("inside.photo"), "inside-photo", buttons=[])
        result = shown_picture(label("inside.spotlight"), "inside-decides", buttons=["fullscreen"])
        heat = shown_picture(label("inside.heat"), "inside-decides-heat", buttons=["fullscreen"])
    status = gr.Markdown("", elem_id="inside-photo-status", elem_classes="hint")
    with gr.Column(visible=False) as inner:
        layers = make_layers("inside-photo")
    return View(picture, result, heat, status, inner, layers, gr.State(None))
