"""Which judge measures a generator, and when one that is still learning is measured."""

from __future__ import annotations

import time
from pathlib import Path

import torch

from training.data import Pictures
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.metrics import squeezenet_features
from training.protocol import Protocol, eight_bit, input_size
from training.segmenter_judge import SegmenterProtocol

SHARE = 0.1  # of the time, that measuring may take when nobody says how often


def make_protocol(
    training: Pictures, held_out: Pictures, size: int, judge: str, device: str = "cpu"
) -> Protocol | SegmenterProtocol:
    """The protocol of ``judge``: the card of a segmenter, or see ``squeezenet_features``.

    ``training``, ``held_out``: the two parts of ``Pictures.split``, pictures of ``size`` pixels.
    Raises FileNotFoundError, SettingError or CardError.
    """
    if judge.endswith(".json"):
        return SegmenterProtocol(training, held_out, Path(judge), size, device)
    return Protocol(training, held_out, squeezenet_features(judge, input_size(size), device))


class Judge:
    """Measures a run in progress, as its ``--judge`` and ``--measure-every`` say.

    Calling it gives what ``training.evaluate`` would of the averaged generator, but for its
    rounding. Raises what ``make_protocol`` does.
    """

    def __init__(
        self, config: GanConfig, training: Pictures, held_out: Pictures, device: torch.device
    ) -> None:
        self._config = config
        start = time.monotonic()
        self._protocol = make_protocol(training, held_out, config.size, config.judge, str(device))
        self._rest(start)

    def _rest(self, start: float) -> None:
        """Not again before what took since ``start`` is a small share of the time."""
        now = time.monotonic()
        self._again = now + (now - start) / SHARE

    def due(self, shown: int, finished: bool, stopped: bool) -> bool:
        """Whether to measure now, after ``shown`` pictures.

        Counted in pictures, it is met once at each multiple whatever the batch, and at the end.
        Counted in time, it never holds up who wants to stop.
        """
        if every := self._config.measure_every:
            return shown % every < self._config.batch or finished or stopped
        return finished or (not stopped and time.monotonic() >= self._again)

    def __call__(self, trainer: Trainer) -> float:
        """Frechet distance over its floor."""
        start = time.monotonic()
        samples = eight_bit(trainer.samples(self._protocol.labels))
        ratio = self._protocol.frechet_over_floor(samples)
        self._rest(start)
        return ratio
