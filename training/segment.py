"""Train a segmenter: ``python -m training.segment --data camvid.zip --run runs/road``.

The same command goes on where a killed run was: what each crop shows follows from the seed and
its number alone. Several processes may share the work: see ``training.team``.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.cli import SettingError, run
from training.loop import begin
from training.runs import CHECKPOINT, CONFIG, LOG, QUALITY, append_row, rewind
from training.schedule import clock, finished
from training.segment_config import SegmentConfig
from training.segment_data import IGNORE, Augmentation, Crops, Labelled, load_labelled
from training.segment_metrics import iou, mean_iou
from training.segment_trainer import SegmentTrainer, found_labels, measure
from training.state import load_checkpoint, save_checkpoint, write_atomically
from training.stream import batches
from training.team import leave

log = logging.getLogger(__name__)

LOG_EVERY = 25  # steps between two rows of log.csv
GRID = 4  # pictures of the val part in a grid
# What cannot change between two parts of one run.
FIXED = ("encoder", "decoder", "size", "batch", "seed", "classes", "rim", "zoom")


def train(config: SegmentConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (crops shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for what cannot be used.
    """
    config.check()
    data, held_out = load_labelled(config.data, "train"), load_labelled(config.data, "val")
    trainer = SegmentTrainer(config, data)
    team = trainer.team
    if team.first:
        config.run.mkdir(parents=True, exist_ok=True)
        write_settings(config, data.classes)
    checkpoint, seconds = config.run / CHECKPOINT, 0.0
    before = {"images": 0, "seconds": 0.0}  # what the weights of --start had behind them
    optimizers = {"network": trainer.optimizer}
    if checkpoint.exists():
        progress = load_checkpoint(checkpoint, trainer.modules, optimizers)
        trainer.shown, seconds = progress["shown"], progress["seconds"]
        before = progress.get("before", before)
        log.info("resumed at %d crops", trainer.shown)
    elif config.start:
        before = begin(Path(config.start), trainer.modules)
    team.level(trainer.modules.values(), trainer.shown)
    if team.first:
        for name in (LOG, QUALITY):
            rewind(config.run / name, trainer.shown)
    c = config
    how = Augmentation(
        c.zoom, c.scale, c.light, c.blur, c.noise, c.tint, c.turns, c.warp, c.stain, c.rare
    )
    crops = Crops(trainer.data, config.size, how, config.seed, config.images + config.batch)

    def save() -> None:
        progress = {
            "shown": trainer.shown,
            "seconds": seconds,
            "device": team.machine,
            "before": before,
        }
        save_checkpoint(checkpoint, trainer.modules, optimizers, progress)

    saved = last = time.monotonic()
    stream = batches(crops, config.batch, trainer.shown, config.workers, team)
    clock(config, trainer, seconds)
    while not finished(config, trainer):
        losses = trainer.step(*next(stream))
        if not np.isfinite(losses["loss"]):
            raise SettingError(
                f"the loss is no longer finite after {trainer.shown} crops: go on from the last"
                " checkpoint with a lower --lr"
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
        if trainer.shown % config.measure_every < config.batch or over:
            report(config, trainer, held_out, seconds)
        if now - saved > config.save_every or over:
            save()
            saved = now
        yield trainer.shown, losses
    team.wait()


def report(
    config: SegmentConfig, trainer: SegmentTrainer, held_out: Labelled, seconds: float
) -> None:
    """Measure the averaged network on the val part, and draw a few pictures of it."""
    matrix = measure(trainer.average, held_out, trainer.outputs, config.zoom, config.flips)
    each = ", ".join(f"{n} {v:.2f}" for n, v in zip(held_out.classes, iou(matrix), strict=True))
    log.info("%d crops: mean IoU %.4f (%s)", trainer.shown, mean_iou(matrix), each)
    row = {"images": trainer.shown, "seconds": seconds, "mean_iou": mean_iou(matrix)}
    append_row(config.run / QUALITY, row)
    chosen = np.linspace(0, len(held_out) - 1, GRID).astype(int)
    rows = []
    for i in chosen:
        image, label = held_out.images[i], held_out.labels[i]
        found = found_labels(trainer.average, image, trainer.outputs, config.zoom)
        sheet = np.concatenate([image, painted(label), painted(found)], 1)
        rows.append(
            Image.fromarray(sheet).resize((960, round(960 * sheet.shape[0] / sheet.shape[1])))
        )
    grid = Image.new("RGB", (960, sum(row.height for row in rows)))
    top = 0
    for row_image in rows:
        grid.paste(row_image, (0, top))
        top += row_image.height
    grid.save(config.run / f"grid-{trainer.shown:08d}.png")


def painted(labels: np.ndarray) -> np.ndarray:
    """Labels (h, w) in colours far from each other, unknown in black: uint8 (h, w, 3)."""
    hues = (np.arange(256) * 0.618034) % 1
    table = np.stack([hues * 255, np.full(256, 150), np.full(256, 230)], 1).astype(np.uint8)
    colours = np.array(Image.fromarray(table[None], "HSV").convert("RGB"))[0]
    colours[IGNORE] = 0
    return colours[labels]


def write_settings(config: SegmentConfig, classes: tuple[str, ...]) -> None:
    """Write the settings into the run's folder. Raises SettingError if it holds another run."""
    path = config.run / CONFIG
    entries = {**asdict(config), "run": str(config.run), "classes": classes}
    entries = json.loads(json.dumps(entries))
    if path.exists() and (config.run / CHECKPOINT).exists():
        old = {
            "rim": 0,
            "zoom": 1.0,
            **json.loads(path.read_text(encoding="utf-8")),
        }  # before there were any
        for name in FIXED:
            if old.get(name) != entries[name]:
                raise SettingError(
                    f"{config.run} holds a run with {name} {old.get(name)}, not {entries[name]}:"
                    " give another --run folder"
                )
    write_atomically(path, (json.dumps(entries, indent=2) + "\n").encode())


def main(config: SegmentConfig) -> None:
    if config.threads:
        torch.set_num_threads(config.threads)
    config = replace(config, losses=tuple(config.losses))
    start = last = time.monotonic()
    first, shown = -1, 0
    for shown, losses in train(config):
        first = shown if first < 0 else first
        if time.monotonic() - last > 15:
            last = time.monotonic()
            figures = ", ".join(f"{name} {value:.3f}" for name, value in losses.items())
            log.info(
                "%d crops, %.1f a second, %s", shown, (shown - first) / (last - start), figures
            )
    leave()
    log.info("finished: %s", f"{shown} crops were shown" if shown else "it already was")


if __name__ == "__main__":
    run("training.segment", SegmentConfig, main)
