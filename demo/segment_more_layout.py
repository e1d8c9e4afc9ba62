"""Below the result of the Segment tab: families side by side, many pictures, models of the Hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from .inputs import SMALL
from .photo import Photo, photo_input
from .shown import Picture
from .words import label

# What each family is called, and what is said about it.
FAMILIES = {
    "edge": ("family_edge", "about_edge"),
    "texture": ("family_texture", "about_texture"),
    "deep": ("family_deep", "about_deep"),
}


@dataclass(frozen=True)
class Compare:
    """Edge-based, texture-based and deep, side by side."""

    truth: Photo
    go: gr.Button
    stop: gr.Button
    note: gr.Markdown
    row: gr.Row
    images: tuple[gr.Image, ...]
    texts: tuple[gr.Markdown, ...]
    call: gr.Button
    details: gr.JSON

    @property
    def shown(self) -> list[Any]:
        return [self.row, *self.images, *self.texts, self.note]


@dataclass(frozen=True)
class Batch:
    """Many pictures at once, into one ZIP."""

    files: gr.File
    go: gr.Button
    stop: gr.Button
    status: gr.Markdown
    zip: gr.DownloadButton
    target: gr.State

    @property
    def shown(self) -> list[Any]:
        return [self.status, self.zip, self.target]


@dataclass(frozen=True)
class Hub:
    """A model from the Hugging Face Hub: first what it is, then the download."""

    name: gr.Textbox
    look: gr.Button
    about: gr.Markdown
    get: gr.Button
    stop: gr.Button
    described: gr.State
    """The model that ``about`` is about."""


def make_compare() -> Compare:
    """Lay out the three families."""
    with gr.Accordion(label("segment.compare"), open=False, elem_id="segment-compare"):
        with gr.Row():
            with gr.Column(scale=3, min_width=260):
                gr.Markdown(label("segment.compare_hint"), elem_classes="hint")
                with gr.Row(elem_id="compare-tools", elem_classes="tools"):
                    go = gr.Button(
                        label("segment.compare_go"), elem_id="compare-go", size="md", scale=0
                    )
                    stop = gr.Button(
                        label("generate.stop"),
                        elem_id="compare-stop",
                        size="md",
                        scale=0,
                        interactive=False,
                    )
            with gr.Column(scale=2, min_width=240):
                gr.Markdown(label("segment.truth"), elem_classes="hint")
                truth = photo_input(
                    label=label("segment.truth"),
                    show_label=False,
                    height=110,
                    elem_id="segment-truth",
                    buttons=[],
                )
        with gr.Row(visible=False, elem_id="families") as row:
            parts = [_family(name) for name in FAMILIES]
        note = gr.Markdown("", visible=False, elem_classes="hint", elem_id="families-note")
        with gr.Row(visible=False):
            call = gr.Button(label("segment.compare_go"))
            details = gr.JSON(label=label("segment.details"))
    images, texts = zip(*parts, strict=True)
    return Compare(truth, go, stop, note, row, images, texts, call, details)


def _family(name: str) -> tuple[gr.Image, gr.Markdown]:
    with gr.Column(min_width=220):
        image = Picture(
            label=label(f"segment.{FAMILIES[name][0]}"),
            show_label=False,
            format="png",
            type="pil",
            interactive=False,
            elem_id=f"family-{name}",
            elem_classes="family",
            buttons=["fullscreen"],
        )
        text = gr.Markdown("", elem_id=f"family-{name}-text", elem_classes="family-text")
    return image, text


def make_batch() -> Batch:
    """Lay out what takes many pictures."""
    with gr.Accordion(label("segment.batch"), open=False, elem_id="segment-batch"):
        gr.Markdown(label("segment.batch_hint"), elem_classes="hint")
        files = gr.File(
            label=label("segment.batch_files"),
            file_count="multiple",
            type="filepath",
            height=220,
            elem_id="batch-files",
        )
        with gr.Row(elem_classes="tools"):
            go = gr.Button(label("segment.batch_go"), elem_id="batch-go", size="md", scale=0)
            stop = gr.Button(
                label("generate.stop"), elem_id="batch-stop", size="md", scale=0, interactive=False
            )
            archive = gr.DownloadButton(
                label("segment.batch_zip"),
                elem_id="batch-zip",
                size="md",
                scale=0,
                interactive=False,
            )
        status = gr.Markdown("", elem_id="batch-status", elem_classes="hint", label="Summary")
    return Batch(files, go, stop, status, archive, gr.State(None))


def make_hub() -> Hub:
    """Lay out the way to further models."""
    with gr.Accordion(label("segment.hub"), open=False, elem_id="segment-hub"):
        gr.Markdown(label("segment.hub_hint"), elem_classes="hint")
        with gr.Row(elem_classes="tools"):
            name = gr.Textbox(
                label=label("segment.hub_name"),
                show_label=False,
                placeholder=label("segment.hub_example"),
                elem_id="hub-name",
                container=False,
                scale=3,
                min_width=200,
                max_lines=1,
            )
            look = gr.Button(label("segment.hub_look"), elem_id="hub-look", **SMALL)
            get = gr.Button(
                label("segment.hub_get"),
                elem_id="hub-get",
                variant="primary",
                visible=False,
                **SMALL,
            )
            stop = gr.Button(label("generate.stop"), elem_id="hub-stop", interactive=False, **SMALL)
        about = gr.Markdown("", elem_id="hub-about", elem_classes="hint")
    return Hub(name, look, about, get, stop, gr.State(None))
