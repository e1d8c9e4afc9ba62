"""Measure shipped models as shipped: ``python -m training.evaluate --data ID=PATH --judge FILE``.

Every model of the folder is loaded and used as the app does it, generators judged by
``training.protocol``, segmenters by ``training.segment_export``, what fills holes by
``training.hole_quality``, style networks by ``training.style_quality``, and the figures are written
into its card. Textures keep theirs: the encoder that they need is no part of the model.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from pipelines import Sampler
from pipelines.cards import Loaded, load, read_card
from pipelines.media import grid
from training.cli import SettingError, run
from training.data import load_pictures
from training.export import measure
from training.hole_data import load_photos
from training.hole_quality import filler_grid, measure_filler
from training.judges import make_protocol
from training.segment_export import measure_segmenter
from training.shipping import rewrite_quality
from training.style_quality import measure_style, style_grid
from training.texture_quality import texture_grid

log = logging.getLogger(__name__)

COLUMNS = 10
ROWS = 20  # classes that a sample grid shows at most


@dataclass(frozen=True)
class EvaluateConfig:
    """Measure every shipped model whose data is given, and draw sample grids."""

    weights: Path = Path("weights")
    data: tuple[str, ...] = ()
    """ID=PATH for each model: the very data it was trained on, of which a part was held out.
    Several for one model are used together."""
    judge: str = "squeezenet1_1"
    """SqueezeNet 1.1: a safetensors file, or squeezenet1_1 for torchvision's (downloaded)."""
    baseline: tuple[str, ...] = ()
    """ID=RUN: an untuned run to compare with; else the card keeps the figure it has."""
    grid: Path | None = None
    """PNG of samples: a row per class, or holes, what fills them and what was there. With several
    models the id is put before .png."""
    judge_heads: str = ""
    """The linear heads of LPIPS-squeeze, a safetensors file: for what fills holes."""
    styles: tuple[str, ...] = ()
    """The paintings and textures that the style network was trained on beside its data."""
    vgg: str = ""
    """VGG-19, a safetensors file: for style networks."""
    models: tuple[str, ...] = ()
    """Only these ids; all when empty."""


def evaluate(config: EvaluateConfig) -> None:
    """Measure and draw; cards whose data is not given keep their figures.

    Raises SettingError, FileNotFoundError or CardError with a sentence.
    """
    data, baselines = _pairs("--data", config.data), _pairs("--baseline", config.baseline)
    paths = {path.stem: path for path in sorted(config.weights.glob("*.json"))}
    wanted = config.models or tuple(paths)
    if unknown := [id for id in (*wanted, *data, *baselines) if id not in paths]:
        known = ", ".join(paths) or "none"
        raise SettingError(f"{config.weights} has no model {unknown[0]}; it has: {known}")
    for id in wanted:
        card = read_card(paths[id])
        generator = card.tool == "generator"
        name = config.grid
        if name and len(wanted) > 1:
            name = name.with_suffix(f".{id}.png")
        if name and generator:
            sample_grid(load(paths[id], torch.device("cpu"))).save(name)
        if name and card.tool == "texture":
            texture_grid(load(paths[id], torch.device("cpu"))).save(name)
        if card.tool == "texture":
            log.info("%s keeps its figures: they are measured when it is exported", id)
            continue
        if id not in data:
            log.info("%s keeps its figures: give --data %s=PATH to measure it", id, id)
            continue
        if generator:
            pictures = load_pictures(data[id][0], card.size)
            parts = pictures.split(card.data.holdout)
            protocol = make_protocol(*parts, card.size, config.judge)
            baseline = Path(baselines[id][0]) if id in baselines else None
            quality = measure(paths[id], protocol, baseline, card.quality)
        elif card.completing:
            loaded = load(paths[id], torch.device("cpu"))
            if name:
                held = [load_photos(source, card.size) for source in data[id]]
                parts = [x.split(card.data.holdout)[1] for x in held]
                filler_grid(loaded, parts, 8, config.weights).save(name)
            if not config.judge_heads:
                raise SettingError(f"{id} is measured by LPIPS: give --judge-heads FILE")
            quality = measure_filler(
                loaded, data[id], config.judge, config.judge_heads, weights=config.weights
            )
        elif card.styling:
            loaded = load(paths[id], torch.device("cpu"))
            if not config.styles or not config.vgg:
                raise SettingError(f"{id} is measured with styles: give --styles and --vgg FILE")
            if name:
                style_grid(loaded, data[id], config.styles).save(name)
            quality = measure_style(loaded, data[id], config.styles, config.vgg)
        else:
            quality = measure_segmenter(load(paths[id], torch.device("cpu")), data[id][0])
        rewrite_quality(config.weights, id, quality)
        for figure in quality:
            log.info("%s: %s %g (%s)", id, figure.measure, figure.value, figure.compare)


def sample_grid(loaded: Loaded) -> Image.Image:
    """Ten pictures of every class, a row each, no seed twice; enlarged by whole pixels."""
    sampler = Sampler(lambda _: loaded)
    card = loaded.card
    images = [
        image
        for row, label in enumerate(card.classes[:ROWS])
        for image in sampler(
            range(row * COLUMNS, (row + 1) * COLUMNS), model=card.id, label=label
        ).images
    ]
    picture = grid(images, COLUMNS)
    scale = max(1, round(64 / card.size))
    return picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)


def _pairs(flag: str, values: tuple[str, ...]) -> dict[str, list[str]]:
    pairs: dict[str, list[str]] = {}
    for id, _, path in (value.partition("=") for value in values):
        pairs.setdefault(id, []).append(path)
    if not all(map(all, pairs.values())):
        raise SettingError(f"{flag} takes ID=PATH, for example {flag} cifar10-dcgan=pictures.zip")
    return pairs


if __name__ == "__main__":
    run("training.evaluate", EvaluateConfig, evaluate)
