"""The Style tab's controls, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import (
    DEFAULT_STROKES,
    MAX_FEATHER,
    MAX_ITERATIONS,
    MAX_STRENGTH,
    MAX_STYLE_STEPS,
    MAX_STYLED_SIDE,
    MIN_ITERATIONS,
    MIN_STYLED_SIDE,
    REFINE,
)

from .inputs import Choice, Options, Range, Whole
from .menus import spelled
from .photo import Photo, photo_input
from .style_chooser import Chooser, make_chooser
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

TAB_ID = "style"
FAST, SLOW = "fast", "slow"
# Names of what STROKES offers: words of the page.
STROKES = {"fine": "strokes_fine", "medium": "strokes_medium", "broad": "strokes_broad"}
# What a person calls each way, and what is said about it.
METHODS = {FAST: ("of_fast", "hint_fast"), SLOW: ("of_slow", "hint_slow")}
DEFAULTS: dict[str, Any] = {
    "blend": 0.5,
    "strength": 1.0,
    "keep_colors": False,
    "outside": False,
    "feather": 0,
    "size": None,
    "refine": REFINE,
    "strokes": DEFAULT_STROKES,
    "iterations": 300,
}


@dataclass(frozen=True)
class Controls:
    """Left column: a photo, one or two styles, and how they are applied."""

    drop: Photo
    """Where photos are dropped: emptied at once, so that the next one can be dropped too."""
    photo: Photo
    """The photo that is worked on."""
    method: Options
    hint: gr.Markdown
    first: Chooser
    mix: gr.Checkbox
    mixing: gr.Column
    second: Chooser
    blend: Range
    strength: Range
    strokes: Options
    keep: gr.Checkbox
    go: gr.Button
    stop: gr.Button
    outside: gr.Checkbox
    feather: Range
    upload: Photo
    """A mask from a file: emptied at once."""
    size: Whole
    refine: Range
    iterations: Range
    model: Choice
    tick: gr.Number
    """Changes when something has changed that goes by itself."""
    tiles: gr.State
    """What can be clicked in both galleries, as ``style_tiles.Tile``."""

    @property
    def settings(self) -> list[Any]:
        """Everything that a result is made of beside photo, mask and pictures of styles."""
        return [
            self.method, self.model, self.first.chosen, self.second.chosen, self.mix, self.blend,
            self.strength, self.keep, self.outside, self.feather, self.size, self.refine,
            self.strokes, self.iterations,
        ]  # fmt: skip

    @property
    def marked(self) -> list[Any]:
        """The galleries, and what is chosen in them."""
        first, second = self.first, self.second
        return [first.gallery, second.gallery, first.chosen, second.chosen]

    @property
    def fitted(self) -> list[Any]:
        """What follows the method: hint, model, iterations, strokes."""
        return [self.hint, self.model, self.iterations, self.strokes]


def methods_of(cards: Sequence[Card]) -> dict[str, str]:
    """The strings that name METHODS, of which only the slow one needs no model."""
    return {method: key for method, (key, _) in METHODS.items() if method == SLOW or cards}


def make_controls(cards: Sequence[Card], default: str) -> Controls:
    """Lay out the left column; without ``cards`` only the slow way is offered."""
    drop = photo_input(
        label=label("inpaint.drop"),
        show_label=False,
        format="png",
        height=110,
        elem_id="style-drop",
        elem_classes="takes-drops",
        buttons=[],
    )
    photo = photo_input(label=label("inpaint.photo"), format="png", visible=False)
    methods = methods_of(cards)
    first_method = next(iter(methods))
    with gr.Group():
        method = Options(
            spelled("style", methods),
            value=first_method,
            label=label("style.method"),
            elem_id="style-method",
        )
        key = METHODS[first_method][1] if cards else "hint_none"
        hint = gr.Markdown(label(f"style.{key}"), elem_id="style-hint", elem_classes="note")
    with gr.Column(elem_id="style-choose", elem_classes="chooser"):
        gr.Markdown(label("style.first"), elem_classes="choose")
        first = make_chooser("style-first")
    mix = gr.Checkbox(False, label=label("style.mix"), elem_id="style-mix")
    with gr.Column(elem_classes="chooser", visible=False) as mixing:
        blend = Range(
            0,
            1,
            DEFAULTS["blend"],
            step=0.05,
            label=label("style.blend"),
            info=label("style.blend_info"),
            elem_id="style-blend",
            buttons=[],
        )
        second = make_chooser("style-second")
    with gr.Group():
        strength = Range(
            0,
            MAX_STRENGTH,
            DEFAULTS["strength"],
            step=0.05,
            label=label("inpaint.strength"),
            info=label("style.strength_info"),
            elem_id="style-strength",
            buttons=[],
        )
        strokes = Options(
            spelled("style", STROKES),
            value=DEFAULTS["strokes"],
            label=label("style.strokes"),
            info=label("style.strokes_info"),
            elem_id="style-strokes",
            visible=bool(cards),
        )
        keep = gr.Checkbox(DEFAULTS["keep_colors"], label=label("style.keep"), elem_id="style-keep")
    iterations = Range(
        MIN_ITERATIONS,
        MAX_ITERATIONS,
        DEFAULTS["iterations"],
        step=10,
        label=label("style.iterations"),
        info=label("inpaint.sampling_info"),
        elem_id="style-iterations",
        visible=not cards,
        buttons=[],
    )
    with gr.Row(elem_id="style-actions", elem_classes="actions"):
        go = gr.Button(
            label("style.go"), variant="primary", elem_id="style-go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="style-stop", min_width=80, interactive=False, scale=1
        )
    outside, feather, upload = _make_part()
    with gr.Accordion(label("style.more"), open=False, elem_id="style-more"):
        size = Whole(
            DEFAULTS["size"],
            minimum=MIN_STYLED_SIDE,
            maximum=MAX_STYLED_SIDE,
            step=64,
            label=label("style.size"),
            info=label("style.size_info"),
            elem_id="style-size",
        )
        refine = Range(
            0,
            MAX_STYLE_STEPS,
            DEFAULTS["refine"],
            step=1,
            label=label("style.refine"),
            info=label("style.refine_info"),
            elem_id="style-refine",
            buttons=[],
        )
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=default or None,
            label=label("generate.model"),
            elem_id="style-model",
            visible=len(cards) > 1,
        )
    return Controls(
        drop,
        photo,
        method,
        hint,
        first,
        mix,
        mixing,
        second,
        blend,
        strength,
        strokes,
        keep,
        go,
        stop,
        outside,
        feather,
        upload,
        size,
        refine,
        iterations,
        model,
        gr.Number(0, label=label("style.go"), visible="hidden"),
        gr.State(()),
    )


def _make_part() -> tuple[gr.Checkbox, Range, Photo]:
    """Where the style goes: what becomes of the mask, and a mask from a file."""
    with gr.Accordion(label("style.part"), open=False, elem_id="style-part"):
        gr.Markdown(label("style.part_hint"), elem_classes="hint")
        outside = gr.Checkbox(
            DEFAULTS["outside"], label=label("style.outside"), elem_id="style-outside"
        )
        feather = Range(
            0,
            MAX_FEATHER,
            DEFAULTS["feather"],
            step=1,
            label=label("inpaint.feather"),
            info=label("style.feather_info"),
            elem_id="style-feather",
            buttons=[],
        )
        gr.Markdown(label("style.upload"), elem_classes="hint")
        upload = photo_input(
            label=label("style.upload"),
            show_label=False,
            height=96,
            elem_id="style-upload",
            buttons=[],
        )
    return outside, feather, upload
