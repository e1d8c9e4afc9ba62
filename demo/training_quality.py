"""Whether a training of the Lab can be measured, and with which share of its pictures.

What is measured, and why so many pictures: ``training/segmenter_judge.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.checks import real
from pipelines.limits import MAX_TARGET, MIN_MEASURED, MIN_TARGET

if TYPE_CHECKING:
    from pipelines import Studio
    from pipelines.collection import Collection

JUDGE = Path(__file__).resolve().parent.parent / "weights" / "road.json"
# Of the pictures, what is never trained on: as little as can be measured with.
SHARES = (0.1, 0.2)

State = Literal["measured", "few", "related", ""]
"""few: too few pictures. related: it begins with a model that a relative of the judge trained."""


@dataclass(frozen=True)
class Measuring:
    """``share``: of every class, kept aside. ``held``: how many pictures that is; where they are
    too few, how many the largest share would be."""

    state: State
    share: float = SHARES[0]
    held: int = 0


def measuring(found: Collection, start: str, studio: Studio) -> Measuring:
    """How a training on these pictures, begun with the model ``start`` or none, is measured."""
    if not JUDGE.exists():  # somebody's own choice of models
        return Measuring("")
    if start and _related(start, studio):
        return Measuring("related")
    held = 0
    for share in SHARES:
        held = found.held_out(share)
        if held >= MIN_MEASURED:
            return Measuring("measured", share, held)
    return Measuring("few", held=held)


def _related(model: str, studio: Studio) -> bool:
    """Whether the model, or one that it began with, was trained against a backbone.

    Those are ImageNet MobileNets, as the judge's encoder once was, and a judge must not have
    trained what it judges.
    """
    commands = {card.id: card.recipe.command for card in studio.cards("generator")}
    while command := commands.pop(model, ""):
        if "--backbone" in command:
            return True
        begun = re.search(r"--start (\S+)\.json", command)
        model = begun[1] if begun else ""
    return False


def target_of(value: object) -> float:
    """The quality to stop at; 0, or nothing: never. Raises InputError."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return 0.0
    target = real("target", value, 0, MAX_TARGET)
    return real("target", value, MIN_TARGET, MAX_TARGET) if target else 0.0
