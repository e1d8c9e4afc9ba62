"""The Generate tab's components, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_BEST_OF, MAX_COUNT

from .generate_handlers import DEFAULTS
from .inputs import SMALL, Choice, Range, Whole
from .menus import ANY, class_choices
from .sending import make_sending
from .shown import Picture, Pictures
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

TARGETS = ("morph", "style", "inpaint", "segment", "texture", "lab")  # where pictures can be sent


@dataclass(frozen=True)
class Controls:
    """Left column: what to draw."""

    model: Choice
    label: Choice
    seed: Whole
    count: Range
    truncation: Range
    best_of: Range
    path: gr.JSON
    lock: gr.Checkbox
    dice: gr.Button
    go: gr.Button
    stop: gr.Button

    @property
    def settings(self) -> list[Any]:
        """Inputs of /generate, in order."""
        return [
            self.model,
            self.label,
            self.seed,
            self.count,
            self.truncation,
            self.best_of,
            self.path,
        ]


@dataclass(frozen=True)
class Results:
    """Right column: the pictures and what can be done with all of them."""

    gallery: Pictures
    details: gr.JSON
    status: gr.Markdown
    history: gr.State
    back: gr.Button
    link: gr.Button
    zip: gr.Button
    zip_file: gr.DownloadButton

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that draws."""
        return [self.gallery, self.details, self.status, self.history]


@dataclass(frozen=True)
class Picked:
    """One picture seen large, with the settings that made it and what can be done with it."""

    image: Picture
    about: gr.Markdown
    save: gr.DownloadButton
    model: gr.Textbox
    label: gr.Textbox
    seed: Whole
    truncation: Whole
    path: gr.JSON
    use: gr.Button
    sending: dict[str, gr.Button]
    vary: gr.Button
    radius: Range
    compare: gr.Button
    models: Pictures
    compared: gr.JSON
    rows: gr.State
    """Samples of what ``models`` shows, one picture each."""

    @property
    def settings(self) -> list[Any]:
        return [self.model, self.label, self.seed, self.truncation, self.path]

    @property
    def shown(self) -> list[Any]:
        buttons = [self.use, self.vary, self.compare, *self.sending.values()]
        return [self.image, self.about, self.save, *self.settings, *buttons]


def make_controls(cards: list[Card], default: str) -> Controls:
    """Lay out the left column."""
    first = next((card for card in cards if card.id == default), None)
    names = first.classes if first else ()
    with gr.Group():
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=first.id if first else None,
            label=label("generate.model"),
            elem_id="model",
        )
        klass = Choice(
            class_choices(names), value=ANY, label=label("generate.class"), elem_id="class"
        )
    with gr.Group(elem_id="seed-group"):
        with gr.Row(elem_id="seed-row"):
            seed = Whole(
                DEFAULTS["seed"], label=label("generate.seed"), elem_id="seed", min_width=90
            )
            dice = gr.Button("⚄", elem_id="dice", scale=0, min_width=48)
        lock = gr.Checkbox(False, label=label("generate.lock"), elem_id="lock")
    with gr.Group():
        count = Range(
            1,
            MAX_COUNT,
            DEFAULTS["count"],
            step=1,
            label=label("generate.count"),
            elem_id="count",
            buttons=[],
        )
        truncation = Range(
            0,
            1,
            DEFAULTS["truncation"],
            step=0.05,
            label=label("generate.truncation"),
            info=label("generate.truncation_info"),
            elem_id="truncation",
            buttons=[],
        )
        best_of = Range(
            1,
            MAX_BEST_OF,
            DEFAULTS["best_of"],
            step=1,
            label=label("generate.best_of"),
            info=label("generate.best_of_info"),
            elem_id="best-of",
            interactive=first is not None and "critic" in first.networks,
            buttons=[],
        )
    path = gr.JSON([], label=label("generate.path"), visible=False)
    with gr.Row(elem_id="actions", elem_classes="actions"):
        go = gr.Button(
            label("generate.go"), variant="primary", elem_id="go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="stop", min_width=80, interactive=False, scale=1
        )
    return Controls(model, klass, seed, count, truncation, best_of, path, lock, dice, go, stop)


def make_results() -> Results:
    """Lay out the grid and what stands below it."""
    gallery = Pictures(
        label=label("generate.pictures"),
        show_label=False,
        columns=8,
        allow_preview=False,
        object_fit="contain",
        height="auto",
        elem_id="grid",
        elem_classes="thumbs",
        interactive=False,
        buttons=[],
        type="pil",
    )
    with gr.Row(elem_id="under-grid"):
        status = gr.Markdown("", elem_id="status", label="Summary")
        back = gr.Button(label("generate.back"), elem_id="back", **SMALL)
        link = gr.Button(label("generate.link"), elem_id="link", **SMALL)
        zip_button = gr.Button(label("generate.zip"), elem_id="zip", **SMALL)
        zip_file = gr.DownloadButton("ZIP", elem_id="zip-file", visible="hidden")
    details = gr.JSON(label=label("generate.details"), visible=False)
    return Results(gallery, details, status, gr.State(()), back, link, zip_button, zip_file)


def make_picked(default: str) -> Picked:
    """Lay out the panel of one picture."""
    with gr.Row(elem_id="picked"):
        with gr.Column(scale=1, min_width=220):
            image = Picture(
                label=label("generate.picked"),
                show_label=False,
                type="pil",
                height=264,
                interactive=False,
                buttons=["fullscreen"],
                elem_id="large",
            )
        with gr.Column(scale=2, min_width=260):
            about = gr.Markdown(label("generate.pick_hint"), elem_id="about")
            with gr.Row(elem_classes="tools"):
                save = gr.DownloadButton(
                    label("generate.download"),
                    interactive=False,
                    elem_id="save",
                    **SMALL,
                )
                use = gr.Button(
                    label("generate.use"),
                    interactive=False,
                    elem_id="use",
                    **SMALL,
                )
            sending = make_sending({tab: f"send-{tab}" for tab in TARGETS}, interactive=False)
            with gr.Group():
                radius = Range(
                    0.05,
                    1,
                    0.3,
                    step=0.05,
                    label=label("generate.radius"),
                    info=label("generate.radius_info"),
                    elem_id="radius",
                    buttons=[],
                )
                with gr.Row():
                    vary = gr.Button(
                        label("generate.variations"), interactive=False, elem_id="vary", size="md"
                    )
                    compare = gr.Button(
                        label("generate.compare"), interactive=False, elem_id="compare", size="md"
                    )
    models = Pictures(
        label=label("generate.comparison"),
        show_label=False,
        columns=4,
        allow_preview=False,
        object_fit="contain",
        height="auto",
        elem_id="models",
        elem_classes="thumbs",
        interactive=False,
        visible=False,
        buttons=[],
        type="pil",
    )
    compared = gr.JSON(label=label("generate.details"), visible=False)
    with gr.Row(visible=False):
        # The picture that /variations starts from, filled when a person picks one.
        model = gr.Textbox(default, label=label("generate.model"))
        klass = gr.Textbox(ANY, label=label("generate.class"))
        seed = Whole(DEFAULTS["seed"], label=label("generate.seed"))
        truncation = Whole(DEFAULTS["truncation"], label=label("generate.truncation"))
        path = gr.JSON([], label=label("generate.path"))
    return Picked(
        image,
        about,
        save,
        model,
        klass,
        seed,
        truncation,
        path,
        use,
        sending,
        vary,
        radius,
        compare,
        models,
        compared,
        gr.State(()),
    )
