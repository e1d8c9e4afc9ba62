"""Progress of a long piece of work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
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


def awaited(work: Callable[[], T], pause: float = 0.5) -> Iterator[T | None]:
    """None every ``pause`` seconds until ``work`` is done, and at last what it returns.

    For what cannot report itself: it runs in a thread of its own, and whoever closes the iterator
    does not wait for it. Raises what it raises.
    """
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # told to whoever waits
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.join(pause) or thread.is_alive():
        yield None
    if failed:
        raise failed[0]
    yield found[0]
