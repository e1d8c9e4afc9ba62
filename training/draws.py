"""What a step draws at random, brought to where it computes.

All of it is drawn outside of what ``training.replay`` records, in the order in which the step asks
for it, which is the same in every step of a kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

What = Callable[[torch.Generator], Tensor]
"""Draws a tensor. It may hold numbers and sizes; a tensor it held would never be let go."""


class Draw(Protocol):
    """Brings what is drawn to the device."""

    def __call__(self, what: What) -> Tensor: ...


@dataclass(frozen=True)
class Drawn:
    """Something a recorded step draws, and where it expects it."""

    what: What
    place: Tensor


class Draws:
    """The draws of one step after another, from the generator that each ``start`` gives."""

    def __init__(self, device: torch.device, rng: torch.Generator | None = None) -> None:
        self._device, self._rng = device, rng
        self._places: Iterator[Tensor] | None = None
        self._drawn: list[Drawn] = []

    def start(self, rng: torch.Generator) -> None:
        """Begin a step."""
        self._rng, self._places, self._drawn = rng, None, []

    def __call__(self, what: What) -> Tensor:
        if self._places is not None:
            return next(self._places)
        if self._rng is None:
            raise ValueError("nothing to draw from: call start first")
        tensor = what(self._rng).to(self._device, non_blocking=True)
        self._drawn.append(Drawn(what, tensor))
        return tensor

    def normal(self, *shape: int) -> Tensor:
        """Standard normal noise, drawn on the device: a CPU would take longer than a GPU's step."""
        device = self._device

        def what(rng: torch.Generator) -> Tensor:
            if device.type == "cuda":
                seed = int(torch.randint(2**62, (), generator=rng))
                rng = torch.Generator(device).manual_seed(seed)
            return torch.randn(*shape, generator=rng, device=rng.device)

        return self(what)

    def places(self) -> list[Drawn]:
        """What the last step drew, with places of their own, for ``read``."""
        return [Drawn(each.what, torch.empty_like(each.place)) for each in self._drawn]

    def read(self, drawn: Sequence[Drawn]) -> None:
        """Have the coming step take what stands in the places of ``drawn``."""
        self._places = iter([each.place for each in drawn])


def refill(drawn: Sequence[Drawn], rng: torch.Generator) -> None:
    """Draw everything anew, as the next step would have."""
    for each in drawn:
        each.place.copy_(each.what(rng), non_blocking=True)


class Again:
    """The same draws over and over: ``rewind`` goes back to the first."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._found: list[Tensor] = []
        self._next = 0

    def rewind(self) -> None:
        self._next = 0

    def __call__(self, what: What) -> Tensor:
        if self._next == len(self._found):
            self._found.append(self._draw(what))
        self._next += 1
        return self._found[self._next - 1]
