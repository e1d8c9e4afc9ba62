"""DCGAN generator and critic (Radford, Metz, Chintala 2015), class-conditional.

Both follow the paper's topology: strided 4x4 convolutions only, batch
normalisation with ReLU in the generator, leaky ReLU in the critic. Classes
enter the generator with the latent, and as per-channel gains and offsets of its batch norms
(de Vries et al. 2017), and the critic as an inner product with its features (Miyato and Koyama
2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

BASE = 4  # height and width of the first feature map


def _stages(size: int) -> int:
    """Number of factor-two steps between a 4x4 map and a picture of ``size`` pixels."""
    stages = int(math.log2(size / BASE)) if size >= 2 * BASE else 0
    if stages < 1 or BASE * 2**stages != size:
        raise ValueError(f"size must be 8, 16, 32, 64 ..., not {size}")
    return stages


@dataclass(frozen=True)
class GeneratorConfig:
    """Shape of a generator: latent length, number of classes, picture size, narrowest width."""

    latent_dim: int = 100
    classes: int = 10
    size: int = 32
    width: int = 64


@dataclass(frozen=True)
class CriticConfig:
    """Shape of a critic; ``norm`` is the normalisation between its convolutions."""

    classes: int = 10
    size: int = 32
    width: int = 64
    norm: Literal["none", "batch"] = "none"


class ClassBatchNorm(nn.Module):
    """Batch normalisation whose gain and offset are linear in the class weights."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Linear(classes, channels, bias=False)
        self.offset = nn.Linear(classes, channels, bias=False)
        nn.init.normal_(self.gain.weight, 1.0, 0.02)
        nn.init.zeros_(self.offset.weight)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        gain = self.gain(label)[:, :, None, None]  # (b, c, 1, 1)
        offset = self.offset(label)[:, :, None, None]
        return self.norm(x) * gain + offset


class Generator(nn.Module):
    """Maps a latent and class weights to a picture.

    ``z``: (b, latent_dim), standard normal. ``label``: (b, classes), rows sum to one; one-hot
    for a single class, anything between for a mixture. Returns (b, 3, size, size) in [-1, 1].
    """

    sphere = False  # latents are free, not bound to a sphere

    @staticmethod
    def prior(e: Tensor) -> Tensor:
        """Standard normal noise (n, latent_dim) -> latents as the generator was trained on."""
        return e

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        stages = _stages(config.size)
        widths = [config.width * 2 ** (stages - 1 - i) for i in range(stages)] + [3]
        self.config = config
        self.project = nn.Linear(config.latent_dim, widths[0] * BASE * BASE, bias=False)
        self.norms = nn.ModuleList(ClassBatchNorm(c, config.classes) for c in widths[:-1])
        self.ups = nn.ModuleList(
            nn.ConvTranspose2d(c, d, 4, 2, 1, bias=d == 3) for c, d in pairwise(widths)
        )
        for layer in (self.project, *self.ups):
            nn.init.normal_(layer.weight, 0.0, 0.02)  # type: ignore[arg-type]
        # Where one can listen to the units, or silence some (``pipelines.units``).
        self.heard = nn.ModuleList(nn.Identity() for _ in self.norms)
        # Gains and offsets alone colour a picture; this lets a class choose its layout too.
        self.layout = nn.Linear(config.classes, widths[0] * BASE * BASE, bias=False)
        nn.init.zeros_(self.layout.weight)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        x = (self.project(z) + self.layout(label)).unflatten(1, (-1, BASE, BASE))  # (b, c, 4, 4)
        for norm, heard, up in zip(self.norms, self.heard, self.ups, strict=True):
            x = up(heard(torch.relu(norm(x, label))))
        return torch.tanh(x)

    def layers(self) -> list[nn.Module]:
        """Modules whose outputs (b, c, h, w) are the units of a layer, from coarse to fine."""
        return list(self.heard)


class Critic(nn.Module):
    """Scores how real a picture of a class looks: the higher, the more real (an unbounded logit).

    ``x``: (b, 3, size, size) in [-1, 1]; ``label``: (b, classes). Returns (b,).
    """

    def __init__(self, config: CriticConfig) -> None:
        super().__init__()
        stages = _stages(config.size)
        widths = [3] + [config.width * 2**i for i in range(stages)]
        self.config = config
        self.downs = nn.ModuleList(nn.Conv2d(c, d, 4, 2, 1) for c, d in pairwise(widths))
        # DCGAN leaves the critic's first layer unnormalised.
        self.norms = nn.ModuleList(
            nn.BatchNorm2d(d) if config.norm == "batch" and i else nn.Identity()
            for i, d in enumerate(widths[1:])
        )
        features = widths[-1] * BASE * BASE
        self.score = nn.Linear(features, 1)
        self.match = nn.Linear(config.classes, features, bias=False)
        for layer in (*self.downs, self.score, self.match):
            nn.init.normal_(layer.weight, 0.0, 0.02)  # type: ignore[arg-type]

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        for down, norm in zip(self.downs, self.norms, strict=True):
            x = nn.functional.leaky_relu(norm(down(x)), 0.2)
        features = x.flatten(1)  # (b, c*4*4)
        return self.score(features).squeeze(1) + (self.match(label) * features).sum(1)
