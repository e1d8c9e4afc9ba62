"""The Texture tab's right column: a texture, how good it is, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from .inputs import SMALL, Options
from .photo import photo_input
from .sending import make_sending
from .shown import Picture
from .texture_handlers import Wish
from .words import label

KEPT = 7200  # seconds that results stay after they were last looked at
TILES = (1, 2, 3)  # times that a texture is seen beside and below itself


@dataclass(frozen=True)
class View:
    """Right column."""

    tiles: Options
    image: Picture
    status: gr.Markdown
    scores: gr.HTML
    results: gr.State
    wish: gr.State
    """A ``texture_handlers.Wish``."""
    offers: gr.State
    """What each example is; empty before they were drawn."""

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that makes a texture, but for Stop."""
        return [self.image, self.status, self.scores, self.results]


@dataclass(frozen=True)
class Files:
    """What can be done with a texture."""

    save: gr.Button
    proceed: gr.Button
    link: gr.Button
    sending: dict[str, gr.Button]
    file: gr.DownloadButton


@dataclass(frozen=True)
class Answer:
    """What the API takes and gives beside the settings: on the page these are not seen."""

    call: gr.Button
    sample: gr.Image
    second: gr.Textbox
    image: gr.Image
    details: gr.JSON


def make_view() -> tuple[View, Files]:
    """Lay out texture, scores and buttons."""
    # The style sheet shows one or the other, for what Gradio is told to show while it is laying out
    # the page, it forgets now and then.
    gr.HTML(label("texture.empty"), elem_id="texture-empty", elem_classes="invitation")
    with gr.Column(elem_id="texture-panel"), gr.Row():
        with gr.Column(scale=5, min_width=300, elem_id="texture-look"):
            image = Picture(
                label=label("texture.result"),
                show_label=False,
                type="filepath",
                interactive=False,
                elem_id="texture-image",
                buttons=["fullscreen"],
            )
            status = gr.Markdown(
                "", elem_id="texture-status", elem_classes="status", label="Summary"
            )
        with gr.Column(scale=3, min_width=240, elem_id="texture-about"):
            with gr.Group():
                tiles = Options(
                    [(f"{n} × {n}", str(n)) for n in TILES],
                    value=str(TILES[0]),
                    label=label("texture.tiles"),
                    info=label("texture.tiles_info"),
                    interactive=True,
                    elem_id="texture-tiles",
                )
            scores = gr.HTML("", elem_id="texture-scores", padding=False)
            with gr.Row(elem_id="texture-files", elem_classes="tools"):
                save = gr.Button(
                    label("generate.download"), elem_id="texture-save", variant="primary", **SMALL
                )
                link = gr.Button(label("generate.link"), elem_id="texture-link", **SMALL)
                proceed = gr.Button(label("texture.proceed"), elem_id="texture-proceed", **SMALL)
            sending = make_sending(
                {tab: f"texture-to-{tab}" for tab in ("style", "inpaint")}, "texture.send"
            )
            sending |= make_sending({tab: f"texture-to-{tab}" for tab in ("morph", "segment")})
    view = View(
        tiles,
        image,
        status,
        scores,
        # Large pictures are kept: not for ever.
        gr.State(None, time_to_live=KEPT),
        gr.State(Wish()),
        gr.State([]),
    )
    # What hands over a file; not in the panel: when that appears, Gradio shows all that is in it.
    file = gr.DownloadButton("ZIP", elem_id="texture-file", visible="hidden")
    return view, Files(save, proceed, link, sending, file)


def make_answer() -> Answer:
    """What only the API sees."""
    with gr.Row(visible=False):
        return Answer(
            gr.Button(label("texture.go")),
            photo_input(label=label("texture.sample"), format="png"),
            gr.Textbox("", label=label("texture.mix")),
            Picture(label=label("texture.result"), format="png", type="pil"),
            gr.JSON(label=label("inpaint.details")),
        )
