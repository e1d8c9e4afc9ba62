"""The Style tab's right column: the photo with its mask, or what came of it, on one spot."""

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
    """Right column."""

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
    results: gr.State
    newest: gr.State
    """Which request is the newest, see ``style_given``."""
    tries: gr.Column
    examples: Pictures
    offers: gr.State
    """What each picture of ``examples`` is."""

    @property
    def opened(self) -> list[Any]:
        """Outputs of everything that brings a photo."""
        return [self.painter, self.known, self.kind, self.status, self.panel, self.empty]


@dataclass(frozen=True)
class Files:
    """What can be done with a result."""

    save: gr.Button
    proceed: gr.Button
    link: gr.Button
    sending: dict[str, gr.Button]
    file: gr.DownloadButton


@dataclass(frozen=True)
class Answer:
    """What the API takes and gives beside the settings: on the page these are not seen."""

    call: gr.Button
    style: gr.Image
    second: gr.Image
    mask: gr.Image
    image: gr.Image
    details: gr.JSON


def make_view() -> tuple[View, Files]:
    """Lay out painter and result."""
    empty = gr.HTML(label("style.empty"), elem_id="style-empty", elem_classes="invitation")
    with gr.Column(visible=False, elem_id="style-panel") as panel:
        with gr.Row(elem_id="style-head", elem_classes="tools"):
            kind = Options(
                spelled("style", VIEWS),
                value=PAINT,
                label=label("inpaint.view"),
                show_label=False,
                container=False,
                interactive=True,
                visible=False,
                elem_id="style-view",
            )
            back = gr.Button(label("inpaint.back"), elem_id="style-back", visible=False, **SMALL)
        with gr.Column(elem_id="style-paint"):
            painter = make_painter(elem_id="style-painter")
            gr.Markdown(label("style.paint"), elem_classes="hint")
        with gr.Column(elem_id="style-result"):
            slider = gr.ImageSlider(
                label=label("inpaint.result"),
                show_label=False,
                type="filepath",
                format="png",
                interactive=False,
                slider_position=6,
                max_height=680,
                elem_id="style-slider",
                buttons=["fullscreen"],
            )
            with gr.Row(elem_id="style-files", elem_classes="tools"):
                save = gr.Button(
                    label("generate.download"), elem_id="style-save", variant="primary", **SMALL
                )
                proceed = gr.Button(label("style.proceed"), elem_id="style-proceed", **SMALL)
                link = gr.Button(label("generate.link"), elem_id="style-link", **SMALL)
            sending = make_sending(
                {tab: f"style-{tab}" for tab in ("morph", "inpaint", "segment", "texture")}
            )
        status = gr.Markdown("", elem_id="style-status", elem_classes="status", label="Summary")
    with gr.Column(visible=False, elem_id="style-tries") as tries:
        gr.Markdown(label("inpaint.examples"), elem_classes="hint")
        examples = offered(label("inpaint.examples"), 6, elem_id="style-examples")
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
        # Large pictures are kept: not for ever.
        gr.State(None, time_to_live=KEPT),
        gr.State({}),
        tries,
        examples,
        gr.State([]),
    )
    # What hands over a file; not in the panel: when that appears, Gradio shows all that is in it.
    file = gr.DownloadButton("ZIP", elem_id="style-file", visible="hidden")
    return view, Files(save, proceed, link, sending, file)


def make_answer() -> Answer:
    """What only the API sees."""
    with gr.Row(visible=False):
        return Answer(
            gr.Button(label("style.go")),
            photo_input(label=label("style.first"), format="png"),
            photo_input(label=label("style.mix"), format="png"),
            photo_input(label=label("inpaint.mask"), format="png"),
            Picture(label=label("inpaint.result"), format="png", type="pil"),
            gr.JSON(label=label("inpaint.details")),
        )
