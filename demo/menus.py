"""Menus of generators, of their classes and of ways to do something, in the person's language.

A page is built in English, which is ``request`` None, and what is English stays as it is: whoever
reads another language is sent the choices anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipelines.limits import EASING_NAMES

from .inputs import Choice
from .words import class_name, say

if TYPE_CHECKING:
    import gradio as gr

    from pipelines.cards import Card

ANY = "any"  # the class is drawn from the seed
Choices = list[tuple[str, str]]
"""What a person reads, and what it stands for."""


def spelled(tab: str, keys: Mapping[str, str], request: gr.Request | None = None) -> Choices:
    """What can be chosen in ``tab``, whose strings are named by ``keys``."""
    return [(say(f"{tab}.{key}", request), name) for name, key in keys.items()]


def easing_choices(request: gr.Request | None = None) -> Choices:
    """The ways to ease a film, which have the names of their strings."""
    return spelled("morph", {name: name for name in EASING_NAMES}, request)


def class_choices(names: Sequence[str], request: gr.Request | None = None) -> Choices:
    """These classes, after "any"."""
    any_class = say("generate.any", request), ANY
    return [any_class, *((class_name(name, request), name) for name in names)]


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
    return Choice(choices=class_choices(names, request), value=chosen if chosen in names else ANY)
