"""The loop around networks that fill holes or change styles: resume, log, measure, draw, save.

What every step shows follows from the seed and its number alone. Several processes may share the
work: see ``training.team``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pipelines.cards import load
from training.cli import SettingError
from training.grid import save_grid
from training.loop_config import LoopConfig
from training.runs import CHECKPOINT, CONFIG, LOG, QUALITY, append_row, rewind
from training.schedule import clock, finished
from training.state import (
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
    take_matching,
    write_atomically,
)
from training.team import Team, leave

log = logging.getLogger(__name__)

C = TypeVar("C", bound=LoopConfig)
# Settings that change no weight.
SILENT = {"measure_every", "save_every", "grid_every", "threads", "device", "workers", "replay"}
LOG_EVERY = 50  # steps between two rows of log.csv
# What may change between two parts of one run.
FREE = {"images", "minutes", "warmup", "anneal", "judge", "judge_heads", "start", "data", "run"}
FREE |= {"precision"} | SILENT


class Trainer(Protocol):
    """What a run trains."""

    team: Team
    device: torch.device
    modules: dict[str, nn.Module]
    """By name, ``average`` among them: what will ship."""
    optimizers: dict[str, Optimizer]
    shown: int
    seconds: float

    @property
    def step(self) -> Callable[..., dict[str, float]]:
        """One update on a batch of the task's stream; returns the losses."""
        ...


@dataclass(frozen=True)
class Task:
    """What a run is about.

    ``stream(first)``: this process's share of the batches from picture ``first`` on. ``measure()``:
    figures of the averaged network, None where nothing judges it. ``draw()``: pictures (n, 3, s, s)
    to look at, ``columns`` in a row. ``pictures``: how many it learns from.
    """

    stream: Callable[[int], Iterator[tuple[Tensor, ...]]]
    measure: Callable[[], dict[str, float]] | None
    draw: Callable[[], Tensor]
    columns: int
    pictures: int


def train(
    config: LoopConfig, trainer: Trainer, task: Task
) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step."""
    team = trainer.team
    if team.first:
        config.run.mkdir(parents=True, exist_ok=True)
        write_settings(config)
    checkpoint = config.run / CHECKPOINT
    seconds, before = 0.0, {"images": 0, "seconds": 0.0}
    if checkpoint.exists():
        progress = load_checkpoint(checkpoint, trainer.modules, trainer.optimizers)
        trainer.shown, seconds = progress["shown"], progress["seconds"]
        before = progress["before"]
        log.info("resumed at %d pictures", trainer.shown)
    elif config.start:
        before = begin(Path(config.start), trainer.modules)
    team.level(trainer.modules.values(), trainer.shown)
    if team.first:
        for name in (LOG, QUALITY):
            rewind(config.run / name, trainer.shown)

    def save() -> None:
        progress = {
            "shown": trainer.shown,
            "seconds": seconds,
            "device": team.machine,
            "before": before,
            "pictures": task.pictures,
        }
        save_checkpoint(checkpoint, trainer.modules, trainer.optimizers, progress)

    clock(config, trainer, seconds)
    stream = task.stream(trainer.shown)
    saved = drawn = last = time.monotonic()
    while not finished(config, trainer):
        losses = trainer.step(*next(stream))
        if not all(abs(value) < float("inf") for value in losses.values()):
            raise SettingError(
                f"the losses are no longer finite after {trainer.shown} pictures: go on from the"
                " last checkpoint with a lower --lr"
            )
        now = time.monotonic()
        seconds, last = seconds + now - last, now
        clock(config, trainer, seconds)
        if not team.first:  # all that is left to do is to look and to write
            yield trainer.shown, losses
            continue
        over = finished(config, trainer)
        if (trainer.shown // config.batch) % LOG_EVERY == 0 or over:
            append_row(config.run / LOG, {"images": trainer.shown, "seconds": seconds, **losses})
        if task.measure and (trainer.shown % config.measure_every < config.batch or over):
            found = task.measure()
            log.info("%d pictures: %s", trainer.shown, found)
            append_row(config.run / QUALITY, {"images": trainer.shown, "seconds": seconds, **found})
        if now - drawn > config.grid_every or over:
            path = config.run / f"grid-{trainer.shown:08d}.png"
            save_grid(task.draw().cpu(), path, columns=task.columns, scale=1)
            drawn = now
        if now - saved > config.save_every or over:
            save()
            saved = now
        yield trainer.shown, losses
    team.wait()


def begin(start: Path, modules: Mapping[str, nn.Module]) -> dict[str, float]:
    """Take over what fits of another run, or of a shipped model (its card).

    Returns the pictures and seconds behind those weights.
    """
    if start.suffix == ".json":
        shipped = load(start, torch.device("cpu"))
        network = shipped.networks[shipped.card.tool]
        tensors = {
            f"{name}/{key}": tensor
            for name in ("network", "average")
            for key, tensor in network.state_dict().items()
        }
        recipe = shipped.card.recipe
        before = {"images": recipe.images, "seconds": 60 * recipe.minutes}
    else:
        if not (start / CHECKPOINT).exists():
            raise FileNotFoundError(f"{start} has no {CHECKPOINT}: choose another --start")
        tensors, progress = read_checkpoint(start / CHECKPOINT)
        before = {key: progress["before"][key] for key in ("images", "seconds")}
        before = {
            "images": before["images"] + progress["shown"],
            "seconds": before["seconds"] + progress["seconds"],
        }
    left = take_matching(tensors, modules)
    if len(left) == sum(len(module.state_dict()) for module in modules.values()):
        raise SettingError(f"{start} holds no weights that fit this run: choose another --start")
    log.info("began with the weights of %s; new: %d tensors", start, len(left))
    return before


def write_settings(config: LoopConfig) -> None:
    """Write the settings into the run's folder. Raises SettingError if it holds another run."""
    path = config.run / CONFIG
    entries = json.loads(json.dumps({**asdict(config), "run": str(config.run)}))
    if path.exists() and (config.run / CHECKPOINT).exists():
        old = json.loads(path.read_text(encoding="utf-8"))
        for name in entries.keys() - FREE:
            before, now = old.get(name, entries[name]), entries[name]
            if name in ("backbone", "vgg", "guess"):  # a file may have moved
                before, now = Path(before).name, Path(now).name
            if before != now:
                raise SettingError(
                    f"{config.run} holds a run with {name} {before}, not {now}:"
                    " give another --run folder"
                )
    write_atomically(path, (json.dumps(entries, indent=2) + "\n").encode())


def read_settings(kind: type[C], folder: Path) -> C:
    """The settings of a run. Raises FileNotFoundError or SettingError."""
    path = folder / CONFIG
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileNotFoundError(f"{folder} holds no training run: it has no {CONFIG}") from error
    tuples = {f.name for f in fields(kind) if str(f.type).startswith("tuple")}
    entries |= {key: tuple(entries[key]) for key in tuples & entries.keys()}
    try:
        return kind(**{**entries, "run": folder})
    except TypeError as error:
        raise SettingError(f"{path} is not the configuration of a run: {error}") from error


@dataclass(frozen=True)
class Trained:
    """What a run has made so far; the averaged network, in eval mode, on the CPU."""

    config: LoopConfig
    network: nn.Module
    images: int
    """Pictures shown, those of the run it began with included; so are the minutes."""
    minutes: float
    device: str
    pictures: int
    """That it learnt from."""


def read_trained(config: LoopConfig, network: nn.Module) -> Trained:
    """Fill a fresh ``network`` with what a run has made.

    Raises FileNotFoundError or SettingError.
    """
    checkpoint = config.run / CHECKPOINT
    if not checkpoint.exists():
        raise FileNotFoundError(f"{config.run} has no {CHECKPOINT} yet: train it first")
    progress = load_checkpoint(checkpoint, {"average": network})
    network.eval().requires_grad_(False)
    before = progress["before"]
    return Trained(
        config,
        network,
        images=int(before["images"] + progress["shown"]),
        minutes=(before["seconds"] + progress["seconds"]) / 60,
        device=progress["device"],
        pictures=progress["pictures"],
    )


def report(steps: Iterator[tuple[int, dict[str, float]]], threads: int) -> None:
    """Run a training to its end, saying every quarter of a minute where it is."""
    if threads:
        torch.set_num_threads(threads)
    start = last = time.monotonic()
    first, shown = -1, 0
    for shown, losses in steps:
        first = shown if first < 0 else first
        if time.monotonic() - last > 15:
            last = time.monotonic()
            figures = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
            speed = (shown - first) / (last - start)
            log.info("%d pictures, %.1f a second, %s", shown, speed, figures)
    leave()
    log.info("finished: %s", f"{shown} pictures were shown" if shown else "it already was")
