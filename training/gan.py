"""Train a GAN, or a VAE, of classes: ``python -m training.gan --data pictures.zip --run runs/one``.

Every step draws its pictures and its noise from the seed and its own number alone, so a run that
was killed goes on exactly where an undisturbed one would be. A file in its folder holds it or ends
it: see ``training.control``. Several processes may share the work: see ``training.team``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from pipelines.cards import Loaded, load
from training.cli import SettingError, run
from training.control import Control
from training.data import load_pictures
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.grid import save_grid
from training.judges import Judge
from training.runs import (
    CHECKPOINT,
    LOG,
    QUALITY,
    append_row,
    read_config,
    rewind,
    write_config,
)
from training.schedule import clock, finished
from training.state import load_checkpoint, read_checkpoint, save_checkpoint, take_matching
from training.team import join, leave
from training.vae import VaeTrainer

log = logging.getLogger(__name__)

LEAST_SAMPLES = 32  # pictures in a sample grid


class NotFinite(SettingError):
    """Losses are no longer finite after ``images`` pictures."""

    def __init__(self, images: int, losses: dict[str, float]) -> None:
        super().__init__(
            f"the losses are no longer finite after {images} pictures ({losses}):"
            " go on from the last checkpoint with a lower --lr and --critic-lr"
        )
        self.images = images


def train(config: GanConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for settings or data that cannot be
    used, and NotFinite as soon as a loss is not.
    """
    config.check()
    team = join(config)
    pictures, held_out = load_pictures(config.data, config.size).split(config.holdout)
    if not len(pictures):
        raise SettingError("--holdout leaves no picture to train on: make it smaller")
    trainer = (VaeTrainer if config.loss == "elbo" else Trainer)(config, pictures)
    if team.first:
        config.run.mkdir(parents=True, exist_ok=True)
        write_config(config, pictures.classes)
    checkpoint = config.run / CHECKPOINT
    seconds, ratio = 0.0, float("inf")
    before = {"images": 0, "seconds": 0.0}  # what the weights of --start had behind them
    if checkpoint.exists():
        progress = load_checkpoint(checkpoint, trainer.modules, trainer.optimizers)
        trainer.steps, seconds = progress["steps"], progress["seconds"]
        ratio = progress.get("ratio") or ratio
        before = progress.get("before") or before
        log.info("resumed at %d pictures", trainer.shown)
    elif config.start:
        before = begin(Path(config.start), trainer)
    team.level(trainer.modules.values(), trainer.shown)
    if team.first:
        for name in (LOG, QUALITY):
            rewind(config.run / name, trainer.shown)
    each = 8 * -(-LEAST_SAMPLES // (8 * len(pictures.classes)))  # whole rows of every class
    grid_labels = torch.arange(len(pictures.classes)).repeat_interleave(each)
    judge = None
    if config.judge and team.first:
        judge = Judge(config, pictures, held_out, trainer.device)

    def done() -> bool:
        return finished(config, trainer) or ratio <= config.target

    def save() -> None:
        progress = {
            "steps": trainer.steps,
            "seconds": seconds,
            "device": team.machine,
            "ratio": ratio if ratio < float("inf") else None,
            "before": before,
        }
        save_checkpoint(checkpoint, trainer.modules, trainer.optimizers, progress)

    def draw() -> None:
        save_grid(trainer.samples(grid_labels), config.run / f"grid-{trainer.shown:08d}.png")

    control = Control(config.run, config.tethered, team)

    saved = drawn = last = time.monotonic()
    clock(config, trainer, seconds)
    over = done()
    while not over:
        losses = trainer.step()
        if not all(abs(value) < float("inf") for value in losses.values()):
            raise NotFinite(trainer.shown, losses)
        now = time.monotonic()
        seconds, last = seconds + now - last, now
        clock(config, trainer, seconds)
        if control.paused():
            if team.first:
                save()
                draw()
            control.wait()
            saved = drawn = last = now = time.monotonic()  # waiting is no training
        stopped = control.stopped()
        due = bool(judge and judge.due(trainer.shown, done(), stopped))
        if config.judge and team.told(due):
            ratio = team.told(judge(trainer) if judge else ratio)
            if team.first:
                log.info("%d pictures: Frechet over floor %.2f", trainer.shown, ratio)
                row = {"images": trainer.shown, "seconds": seconds, "frechet_over_floor": ratio}
                append_row(config.run / QUALITY, row)
        over = done() or stopped
        if not team.first:  # all that is left to do is to write
            yield trainer.shown, losses
            continue
        if trainer.steps % config.log_every == 0 or over:
            row = {"images": trainer.shown, "seconds": seconds, **losses}
            append_row(config.run / LOG, row)
        if now - saved > config.save_every or over:
            save()
            saved = now
        if now - drawn > config.grid_every or over:
            draw()
            drawn = now
        yield trainer.shown, losses
    control.obeyed()
    team.wait()


def begin(start: Path, trainer: Trainer) -> dict[str, float]:
    """Take over what fits of another run's weights, or of a shipped model's (its card).

    Returns the pictures and seconds behind them.

    A resolution that the other run lacks adds nothing to the picture at first.
    """
    if start.suffix == ".json":
        shipped = load(start, torch.device("cpu"))
        tensors, recipe = shipped_tensors(shipped), shipped.card.recipe
        before = {"images": recipe.images, "seconds": 60 * recipe.minutes}
    else:
        other, _ = read_config(start)
        if not (start / CHECKPOINT).exists():
            raise FileNotFoundError(f"{start} has no {CHECKPOINT}: choose another --start")
        tensors, progress = read_checkpoint(start / CHECKPOINT)
        before = progress.get("before") or {"images": 0, "seconds": 0.0}
        before = {
            "images": before["images"] + progress["steps"] * other.batch,
            "seconds": before["seconds"] + progress["seconds"],
        }
    left = take_matching(tensors, trainer.modules)
    if len(left) == sum(len(module.state_dict()) for module in trainer.modules.values()):
        raise SettingError(f"{start} holds no weights that fit this run: choose another --start")
    for name in left:
        module, _, key = name.partition("/")
        if ".paint." in key:
            nn.init.zeros_(trainer.modules[module].get_parameter(key))
    log.info("began with the weights of %s; new: %d tensors", start, len(left))
    return before


def shipped_tensors(shipped: Loaded) -> dict[str, Tensor]:
    """The weights of a shipped generator and its encoder, under the names of a run's modules.

    A critic starts anew: it ships without the normalisation that it was trained with.
    """
    generator = shipped.networks["generator"]
    parts = {"generator": generator, "average": generator}
    if encoder := shipped.networks.get("encoder"):  # its frozen layers are the backbone's
        parts["encoder"] = parts["average_encoder"] = encoder.get_submodule("head")
    return {
        f"{name}/{key}": tensor
        for name, part in parts.items()
        for key, tensor in part.state_dict().items()
    }


def main(config: GanConfig) -> None:
    if config.threads:
        torch.set_num_threads(config.threads)
    start = last = time.monotonic()
    first, shown = -1, 0
    for shown, losses in train(config):
        first = shown if first < 0 else first
        if time.monotonic() - last > 15:
            last = time.monotonic()
            speed = (shown - first) / (last - start)
            figures = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
            log.info("%d pictures, %.0f a second, %s", shown, speed, figures)
    leave()
    log.info("ended: %s", f"{shown} pictures were shown" if shown else "it already had")


if __name__ == "__main__":
    run("training.gan", GanConfig, main)
