"""How fast every training loop is beside what its operations would take: ``python -m
training.speed --vgg FILE --backbone FILE``.

Each loop takes a few steps on random pictures, with its default sizes. The operations of one step
are counted, and so is how many this machine does a second in a convolution of usual size, forward
and backward: no loop can be faster than that floor, and what is far below it wastes something.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

from pipelines.device import pick_device
from training.cli import run
from training.complete import CompleteConfig, CompleteTrainer
from training.data import Pictures
from training.diffuse import DiffuseConfig, DiffuseTrainer
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.precision import autocast
from training.replay import WARM
from training.segment_config import SegmentConfig
from training.segment_data import Labelled
from training.segment_trainer import SegmentTrainer
from training.style import StyleConfig, StyleTrainer
from training.texture import TextureConfig, TextureTrainer

CLASSES = 10
NOWHERE = Path("runs")  # no loop is run that would write there


@dataclass(frozen=True)
class SpeedConfig:
    """Measure every loop, or some."""

    vgg: str
    """VGG-19 of losses: a safetensors file of the distilled one."""
    backbone: str
    """Frozen network of projected critics: a safetensors file, or 'mobilenet_v2'."""
    loops: tuple[str, ...] = ()
    """Names of loops; all when empty."""
    steps: int = 4
    """Steps behind a median, after one that does not count."""
    batch: int = 0
    """Pictures a step; 0 for what each loop takes."""
    size: int = 0
    """Side of the pictures; 0 for what each loop takes."""
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    threads: int = 0
    replay: bool = True
    """Whether steps on a GPU are recorded and played back; segment has no such steps."""


@dataclass(frozen=True)
class Speed:
    """``second``: pictures a second; ``floor``: what the operations of a step would allow."""

    loop: str
    second: float
    floor: float

    @property
    def share(self) -> float:
        """Of what is possible."""
        return self.second / self.floor


def loops(c: SpeedConfig) -> dict[str, Callable[[], tuple[Callable[[], Any], int]]]:
    """By name, what makes a step to be called and says how many pictures it takes."""
    common: dict[str, Any] = {"device": c.device, "precision": c.precision}
    common |= {"batch": c.batch} if c.batch else {}
    common |= {"size": c.size} if c.size else {}
    recorded = {**common, "replay": c.replay}
    sets = ("random",)

    def noise(config: Any) -> torch.Tensor:
        return torch.rand(config.batch, 3, config.size, config.size) * 2 - 1

    def gan(**settings: Any) -> tuple[Callable[[], Any], int]:
        config = GanConfig("random", NOWHERE, **{**recorded, **settings})
        images = torch.randint(256, (100, 3, config.size, config.size), dtype=torch.uint8)
        labels = torch.arange(100) % CLASSES
        pictures = Pictures(images, labels, tuple(map(str, range(CLASSES))))
        return Trainer(config, pictures).step, config.batch

    def holes(trainer: Any, config: Any) -> tuple[Callable[[], Any], int]:
        x, mask = noise(config), torch.zeros(config.batch, 1, config.size, config.size)
        mask[..., : config.size // 2] = 1
        return lambda: trainer.step(x, mask), config.batch

    def segment() -> tuple[Callable[[], Any], int]:
        config = SegmentConfig("random", NOWHERE, **common)
        side = config.size
        label = np.random.default_rng(0).integers(0, CLASSES, (side, side)).astype(np.uint8)
        names = tuple(map(str, range(CLASSES)))
        data = Labelled((np.zeros((side, side, 3), np.uint8),), (label,), names)
        y = torch.from_numpy(label.astype(np.int64)).expand(config.batch, -1, -1)
        trainer, x = SegmentTrainer(config, data), noise(config)
        return lambda: trainer.step(x, y), config.batch

    def complete() -> tuple[Callable[[], Any], int]:
        config = CompleteConfig(
            sets, NOWHERE, vgg=c.vgg, backbone=c.backbone, critic_after=0, **recorded
        )
        return holes(CompleteTrainer(config), config)

    def diffuse() -> tuple[Callable[[], Any], int]:
        config = DiffuseConfig(sets, NOWHERE, vgg=c.vgg, **recorded)
        return holes(DiffuseTrainer(config), config)

    def style() -> tuple[Callable[[], Any], int]:
        config = StyleConfig(sets, NOWHERE, styles=sets, vgg=c.vgg, **recorded)
        trainer, x = StyleTrainer(config), noise(config)
        return lambda: trainer.step(x, x.flip(0, -1)), config.batch

    def texture() -> tuple[Callable[[], Any], int]:
        config = TextureConfig(
            sets, NOWHERE, vgg=c.vgg, backbone=c.backbone, critic_after=0, **recorded
        )
        trainer, x = TextureTrainer(config), noise(config)
        return lambda: trainer.step(x), config.batch

    return {
        "dcgan": gan,
        "projected": lambda: gan(backbone=c.backbone),
        "scenes": lambda: gan(
            generator="glu", encoder=1.0, critic_width=0, backbone=c.backbone,
            **({} if c.size else {"size": 64}),
        ),
        "segment": segment,
        "complete": complete,
        "diffuse": diffuse,
        "style": style,
        "texture": texture,
    }  # fmt: skip


def possible(device: torch.device, precision: str, seconds: float = 0.5) -> float:
    """Operations a second in a 3x3 convolution of 64 channels, forward and backward."""
    conv = torch.nn.Conv2d(64, 64, 3, padding=1).to(device)
    conv.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    x = torch.rand(16, 64, 64, 64, device=device).to(memory_format=torch.channels_last)
    x.requires_grad_(True)

    def step() -> None:
        with autocast(precision, device):
            F.relu(conv(x)).float().sum().backward()

    with FlopCounterMode(display=False) as counter:
        step()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        _wait(device)
        count += 1
    return count * counter.get_total_flops() / (time.perf_counter() - start)


def measure(config: SpeedConfig) -> list[Speed]:
    """All loops that are asked for, on this machine."""
    device = pick_device(config.device)
    found = []
    for name, make in loops(config).items():
        if config.loops and name not in config.loops:
            continue
        step, batch = make()
        with FlopCounterMode(display=False) as counter:
            step()
        if device.type == "cuda" and config.replay:
            for _ in range(WARM):  # until it is played back
                step()
        most = possible(device, config.precision)
        times = []
        for _ in range(config.steps):
            start = time.perf_counter()
            step()
            _wait(device)
            times.append(time.perf_counter() - start)
        floor = most / (counter.get_total_flops() / batch)
        found.append(Speed(name, batch / statistics.median(times), floor))
    return found


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def table(found: list[Speed]) -> str:
    """Markdown, the most wasteful first."""
    lines = ["| loop | pictures a second | floor | share |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {speed.loop} | {speed.second:.3g} | {speed.floor:.3g} | {speed.share:.0%} |"
        for speed in sorted(found, key=lambda speed: speed.share)
    ]
    return "\n".join(lines)


def main(config: SpeedConfig) -> None:
    if config.threads:
        torch.set_num_threads(config.threads)
    print(table(measure(config)))


if __name__ == "__main__":
    run("training.speed", SpeedConfig, main)
