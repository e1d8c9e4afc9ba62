"""How like a filled picture is to the true one in the eyes of VGG-19, a loss of both trainings."""

from __future__ import annotations

import torch
from torch import Tensor

from training.hole_config import HoleConfig
from training.vgg import NAMES, Vgg, directions, perceptual

SIZES = ("conv12", "conv22", "conv32", "conv42")
DIRECTIONS = ("conv12", "conv22", "conv34", "conv44", "conv51")


def perceived(config: HoleConfig, vgg: Vgg, filled: Tensor, x: Tensor) -> dict[str, Tensor]:
    """The losses that ``config`` has weights for, by the names of those; (b, 3, s, s) in [-1, 1].

    No gradient flows into ``x``.
    """
    wanted = {*SIZES, *(DIRECTIONS if config.directions else ())}
    names = [name for name in NAMES if name in wanted]
    with torch.no_grad():
        there = dict(zip(names, vgg(x, names), strict=True))
    here = dict(zip(names, vgg(filled, names), strict=True))
    losses = {"perceptual": perceptual([here[n] for n in SIZES], [there[n] for n in SIZES])}
    if config.directions:
        pairs = [[maps[name] for name in DIRECTIONS] for maps in (here, there)]
        losses["directions"] = directions(*pairs)
    return losses
