"""The sliders of the Morph tab that move a key along latent directions."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from pipelines.limits import MAX_SHIFT

from .inputs import SMALL, Choice, Range
from .morph_keys import SLIDERS
from .shown import Picture
from .words import label


@dataclass(frozen=True)
class Moves:
    """Sliders along latent directions, for the chosen key."""

    key: gr.JSON
    method: Choice
    sliders: list[Range]
    image: Picture
    moved: gr.JSON
    reset: gr.Button
    overview: gr.Button
    legend: gr.Markdown
    spectrum: Picture


def make_moves() -> Moves:
    """Lay out the sliders along latent directions."""
    with gr.Accordion(label("morph.directions"), open=True, elem_id="directions"):
        gr.Markdown(label("morph.directions_hint"), elem_classes="hint")
        key = gr.JSON({"seed": 1}, label=label("morph.key"), visible=False)
        with gr.Row():
            with gr.Column(scale=2, min_width=200):
                image = Picture(
                    label=label("morph.moved"),
                    show_label=False,
                    type="pil",
                    height=264,
                    interactive=False,
                    elem_id="moved",
                    buttons=["fullscreen"],
                )
                with gr.Row(elem_classes="tools"):
                    reset = gr.Button(label("morph.reset"), elem_id="reset", **SMALL)
                    overview = gr.Button(label("morph.overview"), elem_id="overview", **SMALL)
            with gr.Column(scale=3, min_width=260), gr.Group():
                method = Choice(
                    [("GANSpace", "ganspace"), ("SeFa", "sefa")],
                    value="ganspace",
                    label=label("morph.directions_method"),
                    info=label("morph.directions_info"),
                    elem_id="directions-method",
                )
                sliders = [
                    Range(
                        -MAX_SHIFT,
                        MAX_SHIFT,
                        0,
                        step=0.1,
                        label=f"{i + 1}",
                        elem_id=f"direction-{i + 1}",
                        elem_classes="direction",
                        buttons=[],
                    )
                    for i in range(SLIDERS)
                ]
        legend = gr.Markdown(label("morph.spectrum"), visible=False, elem_classes="hint")
        spectrum = Picture(
            label=label("morph.spectrum"),
            show_label=False,
            type="pil",
            interactive=False,
            visible=False,
            elem_id="spectrum",
            buttons=["fullscreen"],
        )
    moved = gr.JSON(label=label("morph.key"), visible=False)
    return Moves(key, method, sliders, image, moved, reset, overview, legend, spectrum)
