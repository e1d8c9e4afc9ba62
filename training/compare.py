"""Compare losses and tricks of GANs at one budget: ``python -m training.compare --data CIFAR10
--judge squeezenet1_1 --backbone mobilenet_v2 --run runs/compare``.

Each recipe is a run of ``training.gan`` in a folder of its own; the same command goes on where a
killed one was, and leaves what is finished as it is.
"""

from __future__ import annotations

import csv
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from pipelines.device import describe_device, pick_device
from pipelines.media import grid, to_images
from training.cli import SettingError, run
from training.comparison import COMMON, FIGURES, RECIPES, Comparison, Outcome, Recipe, read
from training.data import load_pictures
from training.gan import NotFinite, train
from training.gan_config import GanConfig
from training.gan_networks import draw
from training.metrics import squeezenet_features
from training.protocol import Protocol, eight_bit, input_size
from training.runs import LOG, measured, read_run

log = logging.getLogger(__name__)

EACH = 10  # samples of every class in a grid
POINTS = 6  # of a curve


@dataclass(frozen=True)
class CompareConfig:
    """One budget for every recipe."""

    data: str
    """Zip, folder of class folders, or torchvision data set name (CIFAR10)."""
    judge: str
    """Feature network that measures: a safetensors file of SqueezeNet 1.1, or 'squeezenet1_1'."""
    backbone: str
    """Frozen network of the projected critic: a safetensors file, or 'mobilenet_v2'."""
    run: Path = Path("runs/compare")
    out: Path = Path("weights/comparison")
    """Where the table's figures and the sample grids go."""
    images: int = 150_000
    """Pictures that the generator of every recipe is trained on."""
    size: int = 32
    width: int = 32
    """Channels of generator and critic at their widest resolution."""
    batch: int = 32
    holdout: float = GanConfig.holdout
    """Fraction of every class that is never trained on and serves for measuring."""
    only: tuple[str, ...] = ()
    """Names of recipes; all when empty."""
    seed: int = 0
    device: str = "auto"
    threads: int = 0


def recipes(config: CompareConfig) -> list[Recipe]:
    """Those that are asked for. Raises SettingError for a name that is none."""
    known = [recipe.name for recipe in RECIPES]
    if unknown := [name for name in config.only if name not in known]:
        raise SettingError(f"--only knows {', '.join(known)}, not {unknown[0]!r}")
    return [r for r in RECIPES if not config.only or r.name in config.only]


def settings(config: CompareConfig, recipe: Recipe) -> GanConfig:
    """The training run of one recipe."""
    c = config
    own: dict[str, Any] = {**COMMON, **recipe.settings}
    if own.get("backbone"):
        own |= {"backbone": c.backbone, "backbone_size": 48}
    return GanConfig(
        data=c.data,
        run=c.run / recipe.name,
        images=c.images,
        size=c.size,
        width=c.width,
        critic_width=c.width,
        batch=c.batch,
        holdout=c.holdout,
        ema=c.images / 20,
        judge=c.judge,
        measure_every=max(1, c.images // POINTS),
        seed=c.seed,
        device=c.device,
        threads=c.threads,
        **own,
    )


def protocol(config: CompareConfig, samples: int) -> str:
    """What the figures mean, in words."""
    c = config
    data = "CIFAR-10" if "cifar10" in c.data.lower() else Path(c.data).stem
    return (
        f"{data}, {c.images:,} pictures for the generator of every recipe in batches of"
        f" {c.batch}, one seed, the same generator and critic with {c.width} channels at their"
        " widest resolution, conditional on the class, the generator averaged with a half-life of"
        f" {c.images // 20:,} pictures, {_common()} where a recipe says nothing else. Recipes with"
        " five critic steps show the critic five times as many pictures. Figures as in the cards"
        f" above: {samples:,} samples against as many held-out pictures, pooled features of"
        f" SqueezeNet 1.1 at {input_size(c.size)} px input; one seed each, so small differences"
        " mean nothing. The projected critic has seen ImageNet, as has, in another network, the"
        " judge."
    )


def _common() -> str:
    return (
        f"batch normalisation in the critic, Adam with rate {COMMON['lr']:g} and betas"
        f" {COMMON['beta1']:g} and {COMMON['beta2']:g}, falling over the last"
        f" {COMMON['anneal']:.0%} of the pictures,"
    )


def trained(config: GanConfig) -> int:
    """Train to the end. Returns the pictures after which the losses were no longer finite, or 0."""
    try:
        for _ in train(config):
            pass
    except NotFinite as error:
        return error.images
    return 0


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a run's log, none where there is no log."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def outcome(config: GanConfig, judge: Protocol, name: str, failed: int) -> Outcome:
    """What has come of a run."""
    curve = [(images, round(ratio, 3)) for images, ratio in measured(config.run)]
    # What breaks down in its first steps has logged nothing.
    seconds = max((float(row["seconds"]) for row in rows(config.run / LOG)), default=0.0)
    figures: dict[str, float] = {}
    if not failed:
        generator = read_run(config.run).generator
        samples = eight_bit(draw(generator, judge.labels, torch.device("cpu")))
        found = {figure.measure: figure.value for figure in judge.measure(samples, {})}
        figures = {measure: found[measure] for measure in FIGURES if measure in found}
    device = describe_device(pick_device(config.device))
    return Outcome(name, figures, tuple(curve), round(seconds / 60, 1), device, failed)


def samples(config: GanConfig, classes: int) -> Image.Image:
    """What a run draws: a row for every class, seeds 0, 1, 2 ... from left to right."""
    generator = read_run(config.run).generator
    labels = torch.arange(classes).repeat_interleave(EACH)
    drawn = to_images(draw(generator, labels, torch.device("cpu")))
    return grid(drawn, EACH, gap=1)


def compare(config: CompareConfig) -> Comparison:
    """Train and judge every recipe that is not finished. Raises SettingError or
    FileNotFoundError."""
    chosen = recipes(config)
    pictures, held_out = load_pictures(config.data, config.size).split(config.holdout)
    features = squeezenet_features(config.judge, input_size(config.size), "cpu")
    judge = Protocol(pictures, held_out, features)
    config.out.mkdir(parents=True, exist_ok=True)
    text = protocol(config, len(judge.labels))
    found = read(config.out) or Comparison(text)
    if found.protocol != text:
        found = Comparison(text)
    for recipe in chosen:
        run_config = settings(config, recipe)
        log.info("%s", recipe.name)
        failed = trained(run_config)
        found = found.with_outcome(outcome(run_config, judge, recipe.name, failed))
        if not failed:
            picture = samples(run_config, len(pictures.classes))
            picture.save(config.out / f"{recipe.name}.webp", quality=88, method=6)
        found.write(config.out)
        log.info("%s: %s", recipe.name, found.outcomes[-1].figures or "not finite")
    return found


def main(config: CompareConfig) -> None:
    if config.threads:
        torch.set_num_threads(config.threads)
    compare(config)


if __name__ == "__main__":
    run("training.compare", CompareConfig, main)
