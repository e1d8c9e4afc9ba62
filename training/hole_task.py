"""What filling holes is about, for ``training.loop``: data, judge, and grids to look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from training import loop
from training.cli import SettingError
from training.hole_config import HoleConfig
from training.hole_data import Holes, Photos, load_photos
from training.hole_metrics import Judge
from training.stream import batches

GRID = 12  # held-out pictures in a grid


class HoleTrainer(loop.Trainer, Protocol):
    """A trainer that can be asked to fill holes."""

    def fill(self, pictures: Tensor, masks: Tensor) -> Tensor:
        """What the averaged network makes of pictures (b, 3, s, s) in [-1, 1]."""
        ...


def load_sets(config: HoleConfig) -> tuple[list[Photos], list[Photos]]:
    """The training and the held-out part of every data set."""
    pairs = [load_photos(source, config.size).split(config.holdout) for source in config.data]
    if not all(len(train) for train, _ in pairs):
        raise SettingError("--holdout leaves no picture to train on: make it smaller")
    return [train for train, _ in pairs], [held for _, held in pairs]


def train(config: HoleConfig, trainer: HoleTrainer) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step."""
    sets, held_out = load_sets(config)
    holes = Holes(sets, config.size, config.seed, config.images + config.batch, power=config.mix)
    device = str(trainer.device)
    network = config.judge if trainer.team.first else ""  # nobody else measures
    judge = Judge.of(held_out, config.size, network, config.judge_heads, device)
    x, m = judge.sample(GRID)

    def draw() -> Tensor:
        known = x * (1 - m)
        return torch.cat([known, trainer.fill(x, m) * m + known, x])

    task = loop.Task(
        stream=lambda first: batches(holes, config.batch, first, config.workers, trainer.team),
        measure=(lambda: judge.measure(trainer.fill)) if config.judge else None,
        draw=draw,
        columns=len(x),
        pictures=sum(map(len, sets)),
    )
    yield from loop.train(config, trainer, task)
