"""The Texture tab's controls, in the order in which they stand on the page.

What only one of the two ways needs is marked ``of-model`` or ``of-picture``; the style sheet shows
it while that way is chosen, and the settings of a second texture while one is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_BLOCK, MAX_TEXTURE, MIN_BLOCK, MIN_TEXTURE

from .inputs import SMALL, Choice, Options, Range, Whole
from .menus import ANY, class_choices, spelled
from .photo import Photo, photo_input
from .region import make_region
from .shown import Pictures, offered
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

TAB_ID = "texture"
MODEL, PICTURE = "model", "picture"
# What a person calls each way.
WAYS = {MODEL: "of_model", PICTURE: "of_picture"}
PRESETS = (256, 512, 1024, 2048)
DEFAULTS: dict[str, Any] = {
    "width": 512,
    "height": 512,
    "seamless": True,
    "seed": 10,  # what is seen first: light, and plainly a texture
    "block": 0,  # a third of the sample
    "label": ANY,
    "mix": False,
    "second": ANY,
    "second_seed": 1,
    "blend": 0.5,
    "across": False,
}


@dataclass(frozen=True)
class Sample:
    """What only textures out of a picture need."""

    drop: Photo
    """Where pictures are dropped: emptied at once, so that the next one can be dropped too."""
    photo: Photo
    """The picture as it was brought."""
    region: gr.HTML
    """Which part of it is the sample."""
    examples: Pictures
    block: Range


@dataclass(frozen=True)
class Controls:
    """Left column: one of two ways, and its settings."""

    way: Options
    model: Choice
    label: Choice
    sample: Sample
    seed: Whole
    dice: gr.Button
    lock: gr.Checkbox
    mix: gr.Checkbox
    second: Choice
    second_seed: Whole
    second_dice: gr.Button
    across: gr.Checkbox
    blend: Range
    width: Whole
    height: Whole
    presets: tuple[gr.Button, ...]
    seamless: gr.Checkbox
    go: gr.Button
    stop: gr.Button
    tick: gr.Number
    """Changes when something has changed that goes by itself."""

    @property
    def settings(self) -> list[Any]:
        """Everything that a texture is made of beside its way and its sample."""
        return [
            self.width, self.height, self.seamless, self.seed, self.sample.block, self.model,
            self.label, self.mix, self.second, self.second_seed, self.blend, self.across,
        ]  # fmt: skip


def ways_of(cards: Sequence[Card]) -> dict[str, str]:
    """Those of WAYS that there are models for."""
    return {way: key for way, key in WAYS.items() if way == PICTURE or cards}


def make_controls(cards: Sequence[Card], default: str) -> Controls:
    """Lay out the left column; without ``cards`` only pictures are offered."""
    ways = ways_of(cards)
    with gr.Group():
        way = Options(
            spelled("texture", ways),
            value=next(iter(ways)),
            label=label("texture.way"),
            show_label=False,
            elem_id="texture-way",
        )
        if cards:
            gr.Markdown(label("texture.hint_model"), elem_classes=["note", "of-model"])
            gr.Markdown(label("texture.hint_picture"), elem_classes=["note", "of-picture"])
        else:
            gr.Markdown(label("texture.hint_none"), elem_classes="note")
    sample = _make_sample()
    with gr.Group(elem_classes="of-model"):
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=default,
            label=label("generate.model"),
            elem_id="texture-model",
            visible=len(cards) > 1,
        )
        klass = _make_class(cards, default, "texture-class")
    with gr.Group():
        seed, dice = _make_seed(DEFAULTS["seed"], "texture-seed", "texture-dice")
        lock = gr.Checkbox(False, label=label("generate.lock"), elem_id="texture-lock")
    mix, second, second_seed, second_dice, across, blend = _make_second(cards, default)
    width, height, presets, seamless = _make_size()
    with gr.Row(elem_id="texture-actions", elem_classes="actions"):
        go = gr.Button(
            label("texture.go"), variant="primary", elem_id="texture-go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="texture-stop", min_width=80, interactive=False, scale=1
        )
    return Controls(
        way,
        model,
        klass,
        sample,
        seed,
        dice,
        lock,
        mix,
        second,
        second_seed,
        second_dice,
        across,
        blend,
        width,
        height,
        presets,
        seamless,
        go,
        stop,
        gr.Number(0, label=label("texture.go"), visible="hidden"),
    )


def _make_sample() -> Sample:
    # In reach of files that are dropped on the page even while the other way is chosen.
    drop = photo_input(
        label=label("texture.drop"),
        show_label=False,
        placeholder=label("texture.drop"),
        format="png",
        height=66,
        elem_id="texture-drop",
        elem_classes="takes-drops",
        buttons=[],
    )
    photo = photo_input(label=label("texture.sample"), format="png", visible=False)
    with gr.Column(elem_classes="of-picture", elem_id="texture-sample"):
        region = make_region(elem_id="texture-region", visible=False)
        examples = offered(label("texture.examples"), 6, elem_id="texture-examples")
        block = Range(
            0,
            MAX_BLOCK,
            DEFAULTS["block"],
            step=MIN_BLOCK,
            label=label("texture.block"),
            info=label("texture.block_info"),
            elem_id="texture-block",
            buttons=[],
        )
    return Sample(drop, photo, region, examples, block)


def _make_class(cards: Sequence[Card], default: str, id: str) -> Choice:
    names = next((card.classes for card in cards if card.id == default), ())
    return Choice(class_choices(names), value=ANY, label=label("generate.class"), elem_id=id)


def _make_seed(value: int, id: str, dice: str) -> tuple[Whole, gr.Button]:
    with gr.Row(elem_classes="seed-row"):
        seed = Whole(value, label=label("generate.seed"), elem_id=id, min_width=90)
        button = gr.Button("⚄", elem_id=dice, elem_classes="dice", scale=0, min_width=48)
    return seed, button


def _make_second(cards: Sequence[Card], default: str) -> tuple[Any, ...]:
    """A second texture, which is in sight while it is wanted."""
    with gr.Group(elem_classes="of-model"):
        mix = gr.Checkbox(DEFAULTS["mix"], label=label("texture.mix"), elem_id="texture-mix")
        with gr.Column(elem_classes="mixing", elem_id="texture-mixing"):
            second = _make_class(cards, default, "texture-second")
            second_seed, dice = _make_seed(
                DEFAULTS["second_seed"], "texture-second-seed", "texture-second-dice"
            )
            blend = Range(
                0,
                1,
                DEFAULTS["blend"],
                step=0.05,
                label=label("style.blend"),
                info=label("texture.blend_info"),
                elem_id="texture-blend",
                buttons=[],
            )
            across = gr.Checkbox(
                DEFAULTS["across"], label=label("texture.across"), elem_id="texture-across"
            )
    return mix, second, second_seed, dice, across, blend


def _make_size() -> tuple[Whole, Whole, tuple[gr.Button, ...], gr.Checkbox]:
    with gr.Group():
        with gr.Row(elem_id="texture-size"):
            width, height = (
                Whole(
                    DEFAULTS[name],
                    minimum=MIN_TEXTURE,
                    maximum=MAX_TEXTURE,
                    step=1,
                    label=label(f"texture.{name}"),
                    elem_id=f"texture-{name}",
                    min_width=90,
                )
                for name in ("width", "height")
            )
        with gr.Row(elem_id="texture-presets"):
            presets = tuple(
                gr.Button(f"{side:,}", elem_id=f"texture-{side}", **{**SMALL, "scale": 1})
                for side in PRESETS
            )
        seamless = gr.Checkbox(
            DEFAULTS["seamless"], label=label("texture.seamless"), elem_id="texture-seamless"
        )
    return width, height, presets, seamless
