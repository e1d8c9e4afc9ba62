"""What the Compare part of the Lab offers: which generators, and which classes they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipelines.limits import MAX_RIVALS

if TYPE_CHECKING:
    from pipelines.cards import Card


def first_rivals(cards: Sequence[Card]) -> list[str]:
    """The models that are compared unless asked otherwise: most of those on the same data.

    Where no two learnt from the same, all of them: one alone is no comparison.
    """
    data = Counter(card.data.name for card in cards)
    if not data:
        return []
    name, count = data.most_common(1)[0]
    chosen = [card.id for card in cards if count == 1 or card.data.name == name]
    return chosen[:MAX_RIVALS]


def shared_classes(cards: Sequence[Card], chosen: Sequence[str]) -> list[str]:
    """The classes that all chosen models know, in the order of the first of them."""
    classes = [card.classes for card in cards if card.id in chosen]
    if not classes:
        return []
    return [name for name in classes[0] if all(name in others for others in classes)]
