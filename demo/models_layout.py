"""The Models tab's parts, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import Options
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

TAB_ID = "models"


@dataclass(frozen=True)
class View:
    """A list of models, and the card of the one that is chosen."""

    chosen: Options
    machine: gr.Markdown
    sheet: gr.Image
    card: gr.HTML
    use: gr.Button
    measure: gr.Button
    stop: gr.Button
    time: gr.Markdown
    times: gr.State
    """What was measured since the page was opened, by model: sentences."""

    @property
    def shown(self) -> list[Any]:
        """What follows the choice of a model."""
        return [self.sheet, self.card, self.time]


@dataclass(frozen=True)
class Answer:
    """Seen by scripts only."""

    model: gr.Textbox
    timed: gr.Checkbox
    call: gr.Button
    cards: gr.JSON


def make_view(cards: Sequence[Card]) -> View:
    """Lay out the tab."""
    with gr.Row(elem_id="cards"):
        with gr.Column(scale=3, min_width=260):
            gr.Markdown(label("models.hint"), elem_classes="hint")
            chosen = Options(
                [(card.name, card.id) for card in cards],
                value=cards[0].id if cards else None,
                label=label("models.choose"),
                elem_id="cards-list",
            )
            sheet = gr.Image(
                label=label("models.sheet"),
                show_label=False,
                format="webp",
                interactive=False,
                visible=False,
                buttons=["fullscreen"],
                elem_id="card-sheet",
            )
            machine = gr.Markdown(elem_id="cards-machine", elem_classes="hint")
        with gr.Column(scale=7, min_width=300):
            with gr.Row(elem_classes="tools"):
                use = gr.Button(
                    label("models.use"), elem_id="cards-use", variant="primary", scale=0
                )
                measure = gr.Button(label("models.measure"), elem_id="cards-measure", scale=0)
                stop = gr.Button(
                    label("generate.stop"), elem_id="cards-stop", scale=0, interactive=False
                )
                time = gr.Markdown(elem_id="cards-time", elem_classes="status")
            card = gr.HTML(elem_id="card", padding=False)
    return View(chosen, machine, sheet, card, use, measure, stop, time, gr.State({}))


def make_answer() -> Answer:
    """The components of the named endpoint."""
    model = gr.Textbox("", label=label("models.choose"), visible=False)
    timed = gr.Checkbox(False, label=label("models.measure"), visible=False)
    cards = gr.JSON(label=label("tab.models"), visible=False)
    return Answer(model, timed, gr.Button(visible=False), cards)
