"""The table of speeds is made of steps that were really taken."""

from __future__ import annotations

from pathlib import Path

import torch

from training.speed import Speed, SpeedConfig, loops, measure, possible, table


def test_every_loop_takes_a_step(vgg: str, backbone: Path) -> None:
    config = SpeedConfig(vgg, str(backbone), batch=4, size=32, steps=1, device="cpu")
    found = measure(config)
    assert [speed.loop for speed in found] == list(loops(config))
    for speed in found:
        assert speed.second > 0
        assert speed.floor > 0
    assert [s.loop for s in measure(SpeedConfig(**{**vars(config), "loops": ("dcgan",)}))] == [
        "dcgan"
    ]


def test_the_most_wasteful_stands_first() -> None:
    lines = table([Speed("good", 90.0, 100.0), Speed("bad", 3.0, 30.0)]).split("\n")
    assert lines[2] == "| bad | 3 | 30 | 10% |"
    assert lines[3] == "| good | 90 | 100 | 90% |"


def test_what_is_possible_is_measured() -> None:
    assert possible(torch.device("cpu"), "fp32", seconds=0.05) > 1e8
