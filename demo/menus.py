"""Menus of generators and of their classes, as several tabs offer them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .inputs import Choice
from .words import class_name, say

if TYPE_CHECKING:
    import gradio as gr

    from pipelines.cards import Card

ANY = "any"  # the class is drawn from the seed


def generator_menu(cards: Sequence[Card], chosen: str | None = None) -> Choice:
    """The generators that there are by now: some are made in the Lab while the page is open.

    Without ``chosen``, what was chosen stays.
    """
    choices = [(card.name, card.id) for card in cards]
    return Choice(choices=choices, value=chosen) if chosen else Choice(choices=choices)


def class_menu(
    cards: Sequence[Card], model: str, chosen: str, request: gr.Request | None
) -> Choice:
    """The classes of a model in the person's language; what was chosen stays if it has it."""
    names = next((card.classes for card in cards if card.id == model), ())
    return named_classes(names, chosen, request)


def named_classes(names: Sequence[str], chosen: str, request: gr.Request | None) -> Choice:
    """A menu of these classes and "any" in the person's language; what was chosen stays if it is
    there."""
    choices = [(say("generate.any", request), ANY)]
    choices += [(class_name(name, request), name) for name in names]
    return Choice(choices=choices, value=chosen if chosen in names else ANY)
