"""The Compare part of the Lab: its components, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import SMALL, Choice, Options, Range, Several, Whole
from .lab_rivals_menus import first_rivals, shared_classes
from .menus import ANY, class_choices
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

COUNTS = ("4", "8", "16")  # pictures of each model
# What the pictures of a row have to do with each other.
COLUMNS = {"seeds": "columns_seeds", "walk": "columns_walk"}
DEFAULTS: dict[str, Any] = {
    "label": ANY, "seed": 0, "truncation": 1.0, "count": "8", "columns": "seeds",
}  # fmt: skip


@dataclass(frozen=True)
class Controls:
    """Left column: who is compared, and at what."""

    models: Several
    label: Choice
    seed: Whole
    dice: gr.Button
    truncation: Range
    count: Options
    columns: Options
    go: gr.Button
    stop: gr.Button

    @property
    def settings(self) -> list[Any]:
        """Inputs of a comparison, in order."""
        return [self.models, self.label, self.seed, self.truncation, self.count, self.columns]


@dataclass(frozen=True)
class View:
    """Right column: how they learnt, and what they make."""

    plot: gr.LinePlot
    legend: gr.HTML
    status: gr.Markdown
    link: gr.Button
    rows: gr.HTML
    told: gr.JSON
    """What is on the page: ``asked``, by the names that links have."""

    @property
    def shown(self) -> list[Any]:
        """Outputs of a comparison."""
        return [self.rows, self.status, self.plot, self.legend, self.told]


def make_controls(cards: Sequence[Card]) -> Controls:
    """Lay out the left column."""
    chosen = first_rivals(cards)
    gr.Markdown(label("rivals.hint"), elem_classes="hint")
    with gr.Group():
        models = Several(
            [(card.name, card.id) for card in cards],
            value=chosen,
            label=label("rivals.models"),
            elem_id="rivals-models",
        )
        klass = Choice(
            class_choices(shared_classes(cards, chosen)),
            value=DEFAULTS["label"],
            label=label("generate.class"),
            info=label("rivals.class_info"),
            elem_id="rivals-class",
        )
    with gr.Group(), gr.Row(elem_classes="seed-row"):
        seed = Whole(
            DEFAULTS["seed"], label=label("generate.seed"), elem_id="rivals-seed", min_width=90
        )
        dice = gr.Button("⚄", elem_id="rivals-dice", elem_classes="dice", scale=0, min_width=48)
    with gr.Group():
        columns = Options(
            [(label(f"rivals.{key}"), name) for name, key in COLUMNS.items()],
            value=DEFAULTS["columns"],
            label=label("rivals.columns"),
            info=label("rivals.columns_info"),
            elem_id="rivals-columns",
        )
        count = Options(
            [(count, count) for count in COUNTS],
            value=DEFAULTS["count"],
            label=label("rivals.count"),
            elem_id="rivals-count",
        )
    truncation = Range(
        0,
        1,
        DEFAULTS["truncation"],
        step=0.05,
        label=label("generate.truncation"),
        info=label("generate.truncation_info"),
        elem_id="rivals-truncation",
        buttons=[],
    )
    with gr.Row(elem_classes="actions"):
        go = gr.Button(
            label("rivals.go"), variant="primary", elem_id="rivals-go", min_width=110, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="rivals-stop", min_width=70, interactive=False, scale=1
        )
    return Controls(models, klass, seed, dice, truncation, count, columns, go, stop)


def make_view() -> View:
    """Lay out the right column."""
    gr.Markdown(label("rivals.empty"), elem_id="rivals-empty")
    plot = gr.LinePlot(
        x="images",
        y="value",
        color="model",
        colors_in_legend=[],  # Gradio's own is cut off
        label=label("rivals.plot"),
        height=245,
        visible=False,
        buttons=[],
        elem_id="rivals-plot",
    )
    legend = gr.HTML("", elem_id="rivals-legend", padding=False)
    with gr.Row(elem_classes="tools", elem_id="rivals-head"):
        status = gr.Markdown("", elem_id="rivals-status", elem_classes="status", label="Summary")
        link = gr.Button(label("generate.link"), elem_id="rivals-link", **SMALL)
    rows = gr.HTML("", elem_id="rivals-rows", padding=False)
    return View(plot, legend, status, link, rows, gr.JSON(visible=False))
