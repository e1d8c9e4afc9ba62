"""Turn a run of a segmenter into a model that ships, measured as the app uses it."""

from __future__ import annotations

import colorsys
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from pipelines import Segmenter
from pipelines.cards import Card, Loaded, Measurement, Segmenting, load
from training.cli import SettingError
from training.descriptions import Segments, describe
from training.runs import CHECKPOINT, CONFIG, repeating
from training.segment_config import SegmentConfig
from training.segment_data import Labelled, load_labelled
from training.segment_metrics import accuracy, confusion, iou, mean_iou
from training.segment_trainer import build_unet
from training.shipping import Model, ship
from training.state import load_checkpoint

log = logging.getLogger(__name__)

ENLARGED = 6  # times: labels should not depend on how many pixels a camera has
ENLARGED_PICTURES = 20


@dataclass(frozen=True)
class SegmentRun:
    """What a run of training.segment has made so far; the averaged network, on the CPU."""

    config: SegmentConfig
    classes: tuple[str, ...]
    network: torch.nn.Module
    images: int
    minutes: float
    device: str


def is_segmenter(folder: Path) -> bool:
    """Whether a run is one of training.segment; False for a folder that holds none."""
    path = folder / CONFIG
    return path.is_file() and '"decoder"' in path.read_text(encoding="utf-8")


def read_segment_run(folder: Path) -> SegmentRun:
    """Read settings and network of a run. Raises FileNotFoundError or SettingError."""
    entries: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    classes = tuple(entries.pop("classes"))
    entries |= {"run": folder} | {key: tuple(entries[key]) for key in ("decoder", "losses")}
    try:
        config = SegmentConfig(**entries)
    except TypeError as error:
        raise SettingError(f"{folder / CONFIG} is not the configuration of a run") from error
    if not (folder / CHECKPOINT).exists():
        raise FileNotFoundError(f"{folder} has no {CHECKPOINT} yet: train it first")
    # Its encoder comes out of the checkpoint, whatever it began with.
    unstarted = SegmentConfig(**{**entries, "backbone": "", "start": ""})
    network = build_unet(unstarted, len(config.outputs(len(classes))))
    progress = load_checkpoint(folder / CHECKPOINT, {"average": network})
    network.eval().requires_grad_(False)
    before = progress.get("before", {"images": 0, "seconds": 0.0})
    images = before["images"] + progress["shown"]
    minutes = (before["seconds"] + progress["seconds"]) / 60
    return SegmentRun(config, classes, network, images, minutes, progress["device"])


def command(config: SegmentConfig) -> str:
    """The command that repeats a run, without folders and without what changes no weight."""
    silent = {"measure_every", "save_every", "threads", "device", "workers"}
    return repeating("training.segment", config, silent)


def palette(count: int) -> tuple[str, ...]:
    """Colours far from each other, for a person's own classes."""
    steps = [(i * 0.618034) % 1 for i in range(count)]  # the golden ratio never repeats itself
    colors = [colorsys.hsv_to_rgb(hue, 0.65, 0.92) for hue in steps]
    return tuple("#" + "".join(f"{round(255 * x):02x}" for x in color) for color in colors)


def export_segmenter(run: Path, id: str, data: str, weights: Path, notes: str = "") -> Card:
    """Write the model and its card, measured on the val part of ``data``; returns the card.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    trained = read_segment_run(run)
    training = load_labelled(data, "train")
    if training.classes != trained.classes:
        raise SettingError(f"{data} has other classes than the run: give the run's data")
    words = describe(id, Path(data).name)
    how = words.segments or Segments(palette(len(trained.classes)))
    model = Model(
        id=id,
        tool="segmenter",
        networks={"segmenter": trained.network},
        size=trained.config.size,
        classes=trained.classes,
        pictures=len(training),
        holdout=0,
        command=command(trained.config),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=notes,
    )
    segmenting = Segmenting(
        colors=how.colors,
        outputs=trained.config.outputs(len(trained.classes)),
        long_side=how.long_side,
        zoom=trained.config.zoom * how.larger,
        closer=trained.config.zoom * how.closer if how.closer else None,
        counts=how.counts,
    )

    def judged(path: Path) -> tuple[Measurement, ...]:
        return measure_segmenter(load(path, torch.device("cpu")), data)

    return ship(model, words, weights, judged, segmenting=segmenting)


def measure_segmenter(loaded: Loaded, data: str) -> tuple[Measurement, ...]:
    """The figures of a loaded model on the val part of ``data``, used as the app uses it.

    Raises SettingError when model and data know different classes.
    """
    card = loaded.card
    held_out = load_labelled(data, "val")
    if held_out.classes != card.classes:
        raise SettingError(
            f"{card.id} knows the classes {', '.join(card.classes)}, the data"
            f" {', '.join(held_out.classes)}: give the data it was trained on"
        )
    segmenter = Segmenter(lambda _: loaded)
    count = len(card.classes)
    matrix = np.zeros((count, count), np.int64)
    for image, label in zip(held_out.images, held_out.labels, strict=True):
        found = segmenter(Image.fromarray(image), model=card.id).labels
        matrix += confusion(found, label, count)
    constant = np.zeros_like(matrix)  # what the most frequent class everywhere would give
    constant[:, matrix.sum(1).argmax()] = matrix.sum(1)
    each = {
        name: round(float(value), 4)
        for name, value in zip(card.classes, iou(matrix), strict=True)
        if np.isfinite(value)
    }
    on = (
        f"over the {len(held_out)} pictures of the data's val part, none of which was trained on,"
        " at their own size, one pass without mirror image, float16 weights, pixels without a"
        " label left out"
    )
    figures = [
        _figure(
            "mean_iou",
            mean_iou(matrix),
            f"Intersection over union of each of {count} classes, pooled {on}; their mean.",
            {"one class everywhere": mean_iou(constant), **each},
        ),
        _figure(
            "pixel_accuracy",
            accuracy(matrix),
            f"Share of pixels given their class {on}.",
            {"one class everywhere": accuracy(constant)},
        ),
    ]
    if card.segmenting and card.segmenting.counts:
        figures.insert(
            0,
            _figure(
                f"iou_{card.segmenting.counts}",
                each[card.segmenting.counts],
                f"Intersection over union of {card.segmenting.counts}, pooled {on}.",
                {},
            ),
        )
    if card.segmenting and card.segmenting.long_side:
        figures.append(_enlarged(segmenter, card, held_out))
    return tuple(figures)


def _enlarged(segmenter: Segmenter, card: Card, held_out: Labelled) -> Measurement:
    """Whether labels survive that a picture has more pixels."""
    count = len(card.classes)
    matrix = np.zeros((count, count), np.int64)
    for image in held_out.images[:: max(1, len(held_out) // ENLARGED_PICTURES)]:
        picture = Image.fromarray(image)
        large = picture.resize(
            (ENLARGED * picture.width, ENLARGED * picture.height), Image.Resampling.BICUBIC
        )
        before = segmenter(picture, model=card.id).labels
        after = Image.fromarray(segmenter(large, model=card.id).labels)
        again = np.asarray(after.resize(picture.size, Image.Resampling.NEAREST))
        matrix += confusion(again, before, count)
    return _figure(
        "agreement_enlarged",
        accuracy(matrix),
        f"Share of pixels that keep their label when the picture is enlarged {ENLARGED} times,"
        f" over every {max(1, len(held_out) // ENLARGED_PICTURES)}th picture of the val part.",
        {},
    )


def _figure(measure: str, value: float, protocol: str, compare: dict[str, float]) -> Measurement:
    rounded = {name: round(x, 4) for name, x in compare.items()}
    return Measurement(
        measure=measure, value=round(value, 4), better="higher", protocol=protocol, compare=rounded
    )
