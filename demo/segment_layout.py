"""The Segment tab's components, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SCALE, MIN_SCALE

from .inputs import SMALL, Options, Range
from .legend import make_legend
from .menus import spelled
from .photo import Photo, photo_input
from .sending import make_sending
from .shown import Picture, offered
from .words import class_name, label, say

if TYPE_CHECKING:
    from pipelines.cards import Card

DEFAULTS: dict[str, Any] = {"scale": 1.0, "threshold": 0.0, "opacity": 0.55}
KEPT = 7200  # seconds that a result stays after it was last looked at in another way
# How a result is looked at, and as what files it can be taken along: what each is called.
VIEWS = {
    "overlay": "view_overlay",
    "classes": "view_classes",
    "confidence": "view_confidence",
    "cutout": "view_cutout",
}
KINDS = {
    "overlay": "save_overlay",
    "index": "save_index",
    "painted": "save_painted",
    "mask": "save_mask",
    "cutout": "save_cutout",
    "coco": "save_coco",
    "geojson": "save_geojson",
    "csv": "save_csv",
}
# What a person calls what the shipped models are for; any other model goes by its card's name.
PLAIN = {"road": "of_road", "aerial": "of_aerial", "nuclei": "of_nuclei"}
HINTS = {"road": "hint_road", "aerial": "hint_aerial", "nuclei": "hint_nuclei"}


@dataclass(frozen=True)
class Controls:
    """Left column: a photo, what it is of, and where to find one."""

    drop: Photo
    """Where photos are dropped: emptied at once, so that the next one can be dropped too."""
    photo: Photo
    """The photo that is worked on."""
    model: Options
    hint: gr.Markdown
    scale: Range
    go: gr.Button
    stop: gr.Button
    tries: gr.Column
    examples: gr.Gallery
    offers: gr.State
    """What each picture of ``examples`` is."""
    example: gr.State
    """The offer that ``photo`` came from, if any."""


@dataclass(frozen=True)
class View:
    """Right column: what was found, and how it is looked at."""

    empty: gr.HTML
    panel: gr.Column
    main: gr.Column
    """Where the picture is, and what belongs below it."""
    kind: Options
    slider: gr.ImageSlider
    status: gr.Markdown
    legend: gr.HTML
    opacity: Range
    threshold: Range
    sizes: gr.HTML
    result: gr.State

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that finds or looks at something."""
        return [self.slider, self.result, self.status, self.legend, self.sizes]


@dataclass(frozen=True)
class Files:
    """What can be taken along: a button for each of KINDS."""

    buttons: dict[str, gr.Button]
    sending: dict[str, gr.Button]
    link: gr.Button
    file: gr.DownloadButton


@dataclass(frozen=True)
class Answer:
    """What the API gets: on the page these are not seen."""

    call: gr.Button
    overlay: gr.Image
    index: gr.File
    details: gr.JSON


def title(card: Card, request: gr.Request | None = None) -> str:
    """What a model is for, in the person's language; its own name where that is not known."""
    key = PLAIN.get(card.id)
    return say(f"segment.{key}", request) if key else card.name


def hint_for(card: Card, request: gr.Request | None = None) -> str:
    """What to drop for a model."""
    key = HINTS.get(card.id, "hint_other")
    names = ", ".join(class_name(name, request) for name in card.classes[:12])
    return say(f"segment.{key}", request, names=names)


def make_controls(cards: list[Card], default: str) -> Controls:
    """Lay out the left column."""
    drop = photo_input(
        label=label("segment.drop"),
        show_label=False,
        format="png",
        height=190,
        elem_id="segment-drop",
        elem_classes="takes-drops",
        buttons=[],
    )
    photo = photo_input(label=label("segment.photo"), format="png", visible=False)
    card = next((card for card in cards if card.id == default), None)
    with gr.Group():
        model = Options(
            [(title(card), card.id) for card in cards],
            value=default or None,
            label=label("segment.model"),
            elem_id="segment-model",
        )
        text = hint_for(card) if card else ""
        hint = gr.Markdown(text, elem_id="segment-hint", elem_classes="note")
    scale = Range(
        MIN_SCALE,
        MAX_SCALE,
        DEFAULTS["scale"],
        step=0.05,
        label=label("segment.scale"),
        info=label("segment.scale_info"),
        elem_id="segment-scale",
        visible=scalable(card),
        buttons=[],
    )
    with gr.Row(elem_id="segment-actions", elem_classes="actions"):
        go = gr.Button(
            label("segment.go"), variant="primary", elem_id="segment-go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"),
            elem_id="segment-stop",
            min_width=80,
            interactive=False,
            scale=1,
        )
    with gr.Column(visible=False) as tries:
        gr.Markdown(label("segment.examples"), elem_classes="hint")
        examples = offered(label("segment.examples"), 3, elem_id="segment-examples")
    return Controls(
        drop, photo, model, hint, scale, go, stop, tries, examples, gr.State([]), gr.State(None)
    )


def scalable(card: Card | None) -> bool:
    """Whether it makes sense to say how large objects are: a fixed working size knows it."""
    return bool(card and card.segmenting and card.segmenting.long_side is None)


def make_view() -> View:
    """Lay out the result: picture, legend, and the sliders that change both at once."""
    empty = gr.HTML(label("segment.empty"), elem_id="segment-empty")
    with gr.Column(visible=False, elem_id="segment-panel") as panel, gr.Row():
        with gr.Column(scale=13, min_width=300) as main:
            kind = Options(
                spelled("segment", VIEWS),
                value=next(iter(VIEWS)),
                label=label("segment.view"),
                show_label=False,
                container=False,
                elem_id="segment-view",
            )
            slider = gr.ImageSlider(
                label=label("segment.result"),
                show_label=False,
                type="filepath",
                format="png",
                interactive=False,
                slider_position=15,
                max_height=620,
                elem_id="segment-slider",
                elem_classes="overlay",
                buttons=["fullscreen"],
            )
            status = gr.Markdown(
                "", elem_id="segment-status", elem_classes="status", label="Summary"
            )
        with gr.Column(scale=6, min_width=264):
            legend = make_legend(elem_id="segment-legend")
            with gr.Group():
                opacity = Range(
                    0,
                    1,
                    DEFAULTS["opacity"],
                    step=0.05,
                    label=label("segment.opacity"),
                    elem_id="segment-opacity",
                    buttons=[],
                )
                threshold = Range(
                    0,
                    1,
                    DEFAULTS["threshold"],
                    step=0.01,
                    label=label("segment.threshold"),
                    info=label("segment.threshold_info"),
                    elem_id="segment-threshold",
                    buttons=[],
                )
            sizes = gr.HTML("", elem_id="segment-sizes", visible=False)
    # Labels and confidence of a large photo are hundreds of megabytes: not kept for ever.
    result = gr.State(None, time_to_live=KEPT)
    return View(empty, panel, main, kind, slider, status, legend, opacity, threshold, sizes, result)


def make_files() -> tuple[dict[str, gr.Button], dict[str, gr.Button], gr.Button]:
    """Lay out the rows of files and of other tabs; they belong below the picture."""
    with gr.Row(elem_id="segment-files", elem_classes="tools"):
        gr.Markdown(label("segment.save"), elem_classes="hint")
        buttons = {
            kind: gr.Button(label(f"segment.{key}"), elem_id=f"segment-{kind}", **SMALL)
            for kind, key in KINDS.items()
        }
        link = gr.Button(label("generate.link"), elem_id="segment-link", **SMALL)
    sending = make_sending(
        {tab: f"segment-{tab}" for tab in ("style", "inpaint")}, key="send.masked"
    )
    # These two have no use for a mask.
    sending |= make_sending({tab: f"segment-{tab}" for tab in ("morph", "texture")})
    return buttons, sending, link


def make_download() -> gr.DownloadButton:
    """What hands over a file. Not in the panel: when it appears, Gradio shows all that is in it."""
    return gr.DownloadButton("ZIP", elem_id="segment-file", visible="hidden")


def make_answer() -> Answer:
    """What only the API sees."""
    with gr.Row(visible=False):
        return Answer(
            gr.Button(label("segment.go")),
            Picture(label=label("segment.view_overlay"), format="png", type="pil"),
            gr.File(label=label("segment.save_index")),
            gr.JSON(label=label("segment.details")),
        )
