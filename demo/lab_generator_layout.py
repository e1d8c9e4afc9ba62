"""The Lab's parts for generators, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import SMALL, Choice, Options, Range, Whole
from .lab_layout import Layers, make_layers, shown_picture, tiles
from .menus import ANY, class_choices, spelled
from .shown import Picture, Pictures
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

MOST_OFF = 64  # units that the slider silences at most
FIRST_OFF = 16  # units that are silent when a place is clicked first
# What is looked at, and what each is called.
VIEWS = {"units": "view_units", "reach": "view_reach", "critic": "view_critic"}


@dataclass(frozen=True)
class Controls:
    """Left column: which picture."""

    model: Choice
    label: Choice
    seed: Whole
    dice: gr.Button
    truncation: Range
    path: gr.JSON
    go: gr.Button

    @property
    def settings(self) -> list[Any]:
        return [self.model, self.label, self.seed, self.truncation, self.path]


@dataclass(frozen=True)
class View:
    """Right column: the picture, what becomes of it, and what made it."""

    kind: Options
    picture: Picture
    result: Picture
    heat: Picture
    status: gr.Markdown
    inner: gr.Column
    """Layers and units; not shown where gradients are looked at."""
    off: Range
    everywhere: gr.Button
    link: gr.Button
    save: gr.DownloadButton
    layers: Layers
    others: Pictures
    scene: gr.State
    """What is on the page, a ``Scene``; None before the first picture."""

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that looks inside."""
        return [
            self.picture, self.result, self.heat, self.status, self.inner, self.off,
            self.everywhere, self.save, self.layers.layers, self.layers.about,
            self.layers.units, self.others, self.scene,
        ]  # fmt: skip


def make_controls(cards: Sequence[Card], default: str) -> Controls:
    """Lay out the left column."""
    first = next((card for card in cards if card.id == default), None)
    names = first.classes if first else ()
    gr.Markdown(label("inside.generator_hint"), elem_classes="hint")
    with gr.Group():
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=first.id if first else None,
            label=label("generate.model"),
            elem_id="inside-model",
        )
        klass = Choice(
            class_choices(names), value=ANY, label=label("generate.class"), elem_id="inside-class"
        )
    with gr.Group(), gr.Row(elem_classes="seed-row"):
        seed = Whole(0, label=label("generate.seed"), elem_id="inside-seed", min_width=90)
        dice = gr.Button("⚄", elem_id="inside-dice", elem_classes="dice", scale=0, min_width=48)
    truncation = Range(
        0,
        1,
        1.0,
        step=0.05,
        label=label("generate.truncation"),
        info=label("generate.truncation_info"),
        elem_id="inside-truncation",
        buttons=[],
    )
    path = gr.JSON([], label=label("generate.path"), visible=False)
    with gr.Row(elem_classes="actions"):
        go = gr.Button(label("inside.go"), variant="primary", elem_id="inside-go")
    return Controls(model, klass, seed, dice, truncation, path, go)


def views_of(card: Card | None) -> dict[str, str]:
    """What of VIEWS there is to look at in a model."""
    critic = card is None or "critic" in card.networks
    return {view: key for view, key in VIEWS.items() if view != "critic" or critic}


def make_view(card: Card | None) -> View:
    """Lay out the right column. ``card``: the model that is looked at first."""
    kind = Options(
        spelled("inside", views_of(card)),
        value=next(iter(VIEWS)),
        show_label=False,
        label=label("inside.view"),
        elem_id="inside-view",
    )
    with gr.Row(elem_id="inside-pictures"):
        picture = shown_picture(label("inside.picture"), "inside-picture", buttons=[])
        result = shown_picture(label("inside.without"), "inside-result", buttons=["fullscreen"])
        heat = shown_picture(label("inside.change"), "inside-heat", buttons=["fullscreen"])
    status = gr.Markdown(label("inside.start"), elem_id="inside-status", elem_classes="hint")
    with gr.Column(visible=False) as inner:
        off = Range(
            0,
            MOST_OFF,
            0,
            step=1,
            label=label("inside.off"),
            info=label("inside.off_info"),
            elem_id="inside-off",
            buttons=[],
        )
        with gr.Row(elem_classes="tools"):
            everywhere = gr.Button(
                label("inside.everywhere"), elem_id="inside-everywhere", interactive=False, **SMALL
            )
            link = gr.Button(label("generate.link"), elem_id="inside-link", **SMALL)
            save = gr.DownloadButton(
                label("generate.download"), elem_id="inside-save", interactive=False, **SMALL
            )
        layers = make_layers("inside")
        gr.Markdown(label("inside.others"), elem_classes="hint")
        others = tiles(label("inside.others"), "inside-others", 6)
    return View(
        kind, picture, result, heat, status, inner, off, everywhere, link, save, layers, others,
        gr.State(None),
    )  # fmt: skip
