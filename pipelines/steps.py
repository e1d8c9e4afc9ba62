"""Progress of a long piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T")


@dataclass(frozen=True)
class Step(Generic[T]):
    """One report: ``done`` of ``total`` units, something to look at, and the result so far.

    ``partial`` is a valid result at every step, so work that is stopped keeps what it finished.
    """

    done: int
    total: int
    preview: Image | None
    partial: T


def drain(steps: Iterator[Step[T]]) -> T:
    """Run the work to its end and return the last ``partial``."""
    step = next(steps)  # there is always one
    for later in steps:
        step = later
    return step.partial
