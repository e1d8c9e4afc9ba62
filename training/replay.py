"""A step whose kernels are recorded once and then played back, as a CUDA graph.

Small networks leave a GPU waiting: a step asks for thousands of kernels, each of which takes the
CPU longer to ask for than the GPU to run. Played back, all of them are asked for at once.

What a step may do to be recorded: work on the tensors that it is given, on what it draws and on
those of its modules and optimisers, whose shapes never change; nothing that waits for the GPU
(``item``, masks as indices, constants brought from the CPU).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.optim import Adam, AdamW, Optimizer

from training.draws import Drawn, Draws, refill
from training.team import Team

log = logging.getLogger(__name__)

WARM = 3  # steps before one is recorded: they choose algorithms and take memory

Losses = dict[str, Tensor]


class Recorder(Protocol):
    """What keeps a step to play it back."""

    def warm(self, step: Callable[[], Losses]) -> Losses:
        """Take a step as it will be recorded."""
        ...

    def record(self, step: Callable[[], Losses]) -> tuple[Callable[[], None], Losses]:
        """What takes the step whenever it is called, and where its losses are found then."""
        ...


class Graphs:
    """Records steps as CUDA graphs; see PyTorch's notes on "whole-network capture"."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)
        self._pool = torch.cuda.graph_pool_handle()  # recordings share what memory they need

    def warm(self, step: Callable[[], Losses]) -> Losses:
        # Not on the stream that everything else uses.
        usual = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(usual)
        with torch.cuda.stream(self._stream):
            losses = step()
        usual.wait_stream(self._stream)
        return losses

    def record(self, step: Callable[[], Losses]) -> tuple[Callable[[], None], Losses]:
        graph = torch.cuda.CUDAGraph()
        # Threads that bring the next pictures go on meanwhile.
        with torch.cuda.graph(graph, self._pool, capture_error_mode="thread_local"):
            losses = step()
        return graph.replay, losses


@dataclass(frozen=True)
class _Recording:
    play: Callable[[], None]
    given: tuple[Tensor, ...]
    drawn: list[Drawn]
    losses: Losses


class Replay:
    """Calls ``body(draws, *tensors, **kind)``, which returns losses; on a GPU by playing it back.

    Tensors are brought to the device of ``team`` first, and so is what ``draws`` draws. Every kind
    of step, and every shape, has a recording of its own. Losses are valid until the next call.
    ``optimizers``: all whose steps the body takes. ``on``: False calls ``body`` every time, as is
    done on a CPU, by several processes, with optimisers other than Adam, and where a step turns out
    not to be recordable, which is said in the log. ``recorder``: ``Graphs`` unless given.
    """

    def __init__(
        self,
        body: Callable[..., Losses],
        team: Team,
        optimizers: Mapping[str, Optimizer],
        on: bool = True,
        recorder: Recorder | None = None,
    ) -> None:
        self._body, self._device, self._optimizers = body, team.device, optimizers
        self._recorder = recorder
        if on and not recorder and self._device.type == "cuda" and team.size == 1:
            self._recorder = Graphs(self._device)
        self._draws = Draws(self._device)
        self._warm: Counter[Hashable] = Counter()
        self._drawn: dict[Hashable, list[Drawn]] = {}
        self._recordings: dict[Hashable, _Recording] = {}

    @property
    def recorded(self) -> int:
        """How many kinds of step are played back."""
        return len(self._recordings)

    def __call__(self, rng: torch.Generator, *tensors: Tensor, **kind: Hashable) -> Losses:
        key = (tuple(t.shape for t in tensors), tuple(sorted(kind.items())))
        if recording := self._recordings.get(key):
            for place, tensor in zip(recording.given, tensors, strict=True):
                place.copy_(tensor, non_blocking=True)
            refill(recording.drawn, rng)
            recording.play()
            return recording.losses
        given = tuple(tensor.to(self._device, non_blocking=True) for tensor in tensors)

        def step() -> Losses:
            return self._body(self._draws, *given, **kind)

        # Before the first step, but after a run's state was loaded.
        if (
            self._recorder
            and not self._warm
            and not all(map(recordable, self._optimizers.values()))
        ):
            self._recorder = None
        if self._recorder and (drawn := self._drawn.pop(key, None)) is not None:
            given = tuple(tensor.clone() for tensor in given)
            refill(drawn, rng)
            self._draws.read(drawn)
            try:
                play, losses = self._recorder.record(step)
            except RuntimeError as error:
                log.warning("the step cannot be recorded, so it will be slow: %s", error)
                self._recorder = None
                self._draws.read(drawn)
                return step()
            losses = {name: loss.detach() for name, loss in losses.items()}
            self._recordings[key] = _Recording(play, given, drawn, losses)
            play()  # recording took no step
            return losses
        self._draws.start(rng)
        if not self._recorder:
            return step()
        losses = self._recorder.warm(step)
        self._warm[key] += 1
        if self._warm[key] == WARM:
            self._drawn[key] = self._draws.places()
        return losses


def recordable(optimizer: Optimizer) -> bool:
    """Have an Adam whose weights are on a GPU keep its numbers there, learning rates included.

    Returns whether its steps can be recorded there.
    """
    if not isinstance(optimizer, Adam | AdamW):
        return False
    for group in optimizer.param_groups:
        device = group["params"][0].device
        if device.type == "cuda":
            group["lr"] = torch.tensor(float(group["lr"]), device=device)
            group["capturable"] = True
    return True


def set_rates(optimizers: Mapping[str, Optimizer], scale: float, **rates: float) -> None:
    """Set learning rates, in their places if steps were recorded with them.

    ``rates``: at full height, by the names of optimisers, which need not all be there.
    """
    for name, optimizer in optimizers.items():
        rate = scale * rates[name]
        for group in optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
