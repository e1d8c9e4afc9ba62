"""How good compared models were while they learnt, as far as their cards say."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import gradio as gr

from .words import say

if TYPE_CHECKING:
    from pipelines.cards import Card, Measurement

MEASURE = "frechet_over_floor"
AFTER = re.compile(r"after (\d[\d,]{0,14}) pictures")
# One per model; each is seen on light paper and on dark.
COLORS = (
    "#d4553a", "#3f7fb5", "#4b9b62", "#c98a1b", "#8d6bb8", "#2a9a9a", "#c4608d", "#8a7a6a",
)  # fmt: skip


def figure_of(card: Card, measure: str = MEASURE) -> Measurement | None:
    """What was measured of a model, or None."""
    return next((figure for figure in card.quality if figure.measure == measure), None)


def curve(card: Card) -> list[tuple[int, float]]:
    """Pictures shown so far, and the figure then; empty if it was measured at the end only.

    Entries of ``compare`` named "after 50,000 pictures" are points of the training itself; others
    are of something else. The end is the card's own figure.
    """
    figure = figure_of(card)
    if figure is None:
        return []
    found = ((AFTER.fullmatch(name), value) for name, value in figure.compare.items())
    points = {int(match[1].replace(",", "")): value for match, value in found if match}
    if points:
        points[card.recipe.images] = figure.value
    return sorted(points.items())


def colors(cards: Sequence[Card]) -> dict[str, str]:
    """The colour of each model that has a curve, by its id."""
    return {card.id: color for card, color in zip(cards, COLORS, strict=False) if curve(card)}


def plot(cards: Sequence[Card], request: gr.Request | None) -> gr.LinePlot:
    """The curves of these models; not shown where there is none."""
    import pandas as pd

    inks, names = colors(cards), _names(cards)
    points = [
        {"images": images, "value": value, "model": names[card.id]}
        for card in cards
        if card.id in inks
        for images, value in curve(card)
    ]
    return gr.LinePlot(
        value=pd.DataFrame(points, columns=["images", "value", "model"]),
        color_map={names[id]: ink for id, ink in inks.items()},
        x_title=say("lab.shown", request),
        y_title=" ",
        visible=bool(points),
    )


def legend(cards: Sequence[Card]) -> str:
    """Which curve is whose, as HTML."""
    inks, names = colors(cards), _names(cards)
    entries = (
        f"<span><i style='background:{ink}'></i>{html.escape(names[id])}</span>"
        for id, ink in inks.items()
    )
    return "".join(entries)


def _names(cards: Sequence[Card]) -> dict[str, str]:
    """Names by id; two models of one name are told apart by it."""
    count = Counter(card.name for card in cards)
    return {
        card.id: card.name if count[card.name] == 1 else f"{card.name} ({card.id})"
        for card in cards
    }
