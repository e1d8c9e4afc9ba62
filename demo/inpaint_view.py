"""The Inpaint tab's right column: where masks are painted, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from .inputs import SMALL, Options
from .menus import spelled
from .painter import make_painter
from .photo import photo_input
from .sending import make_sending
from .shown import Picture, Pictures, offered
from .words import label

KEPT = 7200  # seconds that results stay after they were last looked at
# What is seen in the right column, and what each is called.
VIEWS = {"paint": "view_paint", "result": "view_result"}
PAINT, RESULT = VIEWS


@dataclass(frozen=True)
class View:
    """Right column; on one spot the photo with its mask, or the result."""

    empty: gr.HTML
    panel: gr.Column
    kind: Options
    back: gr.Button
    painter: gr.HTML
    known: gr.State
    """The mask that was sent rather than painted, a ``painter.Known``."""
    earlier: gr.State
    """Photos that results took the place of, the last one last."""
    slider: gr.ImageSlider
    status: gr.Markdown
    gallery: Pictures
    results: gr.State
    tries: gr.Column
    examples: Pictures
    offers: gr.State
    """What each picture of ``examples`` is."""

    @property
    def opened(self) -> list[Any]:
        """Outputs of everything that brings a photo."""
        return [self.painter, self.known, self.kind, self.status, self.panel, self.empty]

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that fills a mask."""
        return [self.slider, self.gallery, self.status, self.results, self.kind]


@dataclass(frozen=True)
class Files:
    """What can be done with a result."""

    save: gr.Button
    mask: gr.Button
    proceed: gr.Button
    sending: dict[str, gr.Button]
    link: gr.Button
    file: gr.DownloadButton


@dataclass(frozen=True)
class Answer:
    """What the API takes and gives beside the settings: on the page these are not seen."""

    call: gr.Button
    photo: gr.Image
    mask: gr.Image
    image: gr.Image
    images: gr.Gallery
    details: gr.JSON


def make_view() -> tuple[View, Files]:
    """Lay out painter and result."""
    empty = gr.HTML(label("inpaint.empty"), elem_id="inpaint-empty", elem_classes="invitation")
    with gr.Column(visible=False, elem_id="inpaint-panel") as panel:
        with gr.Row(elem_id="inpaint-head", elem_classes="tools"):
            kind = Options(
                spelled("inpaint", VIEWS),
                value=PAINT,
                label=label("inpaint.view"),
                show_label=False,
                container=False,
                interactive=True,
                visible=False,
                elem_id="inpaint-view",
            )
            back = gr.Button(label("inpaint.back"), elem_id="inpaint-back", visible=False, **SMALL)
        painter = make_painter(elem_id="inpaint-painter")
        with gr.Column(elem_id="inpaint-result"):
            gallery = Pictures(
                label=label("inpaint.gallery"),
                show_label=False,
                format="png",
                columns=4,
                allow_preview=False,
                object_fit="contain",
                height="auto",
                elem_id="inpaint-gallery",
                elem_classes="thumbs",
                interactive=False,
                visible=False,
                buttons=[],
                type="pil",
            )
            slider = gr.ImageSlider(
                label=label("inpaint.result"),
                show_label=False,
                type="filepath",
                format="png",
                interactive=False,
                slider_position=6,
                max_height=680,
                elem_id="inpaint-slider",
                buttons=["fullscreen"],
            )
            with gr.Row(elem_id="inpaint-files", elem_classes="tools"):
                save = gr.Button(
                    label("generate.download"), elem_id="inpaint-save", variant="primary", **SMALL
                )
                proceed = gr.Button(label("inpaint.proceed"), elem_id="inpaint-proceed", **SMALL)
                mask = gr.Button(label("inpaint.save_mask"), elem_id="inpaint-mask", **SMALL)
                link = gr.Button(label("generate.link"), elem_id="inpaint-link", **SMALL)
            sending = make_sending(
                {tab: f"inpaint-{tab}" for tab in ("morph", "style", "segment", "texture")}
            )
        status = gr.Markdown("", elem_id="inpaint-status", elem_classes="status", label="Summary")
    with gr.Column(visible=False) as tries:
        gr.Markdown(label("inpaint.examples"), elem_classes="hint")
        examples = offered(label("inpaint.examples"), 6, elem_id="inpaint-examples")
    view = View(
        empty,
        panel,
        kind,
        back,
        painter,
        gr.State(None, time_to_live=KEPT),
        gr.State(()),
        slider,
        status,
        gallery,
        # Large pictures are kept: not for ever.
        gr.State(None, time_to_live=KEPT),
        tries,
        examples,
        gr.State([]),
    )
    # What hands over a file; not in the panel: when that appears, Gradio shows all that is in it.
    file = gr.DownloadButton("ZIP", elem_id="inpaint-file", visible="hidden")
    return view, Files(save, mask, proceed, sending, link, file)


def make_answer() -> Answer:
    """What only the API sees."""
    with gr.Row(visible=False):
        return Answer(
            gr.Button(label("inpaint.go")),
            photo_input(label=label("inpaint.photo"), format="png"),
            photo_input(label=label("inpaint.mask"), format="png"),
            Picture(label=label("inpaint.result"), format="png", type="pil"),
            Pictures(label=label("inpaint.gallery"), format="png", type="pil"),
            gr.JSON(label=label("inpaint.details")),
        )
