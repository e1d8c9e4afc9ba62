"""A lean class-conditional generator for photographs, with latents on a sphere.

Per resolution: a 3x3 convolution, bilinear upsampling (transposed convolutions leave a
checkerboard), batch normalisation and a gated linear unit (Dauphin et al. 2017; used so by Liu et
al. 2021, FastGAN), then a residual convolution at the new resolution. The class sets the gain and
offset of every normalisation (Dumoulin et al. 2017); the latent enters at the start only, where it
has places to decide about: given to the normalisations too, it learnt colours and no layouts.
Every resolution adds to the picture (skip generator, Karras et al. 2020), so a trained generator
can be given a further resolution. Noise at every resolution (Karras et al. 2019, StyleGAN, section
3.2) is what leaves and gravel are made of: without it fine texture repeats itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASS_GAIN = 5.0  # of class weights beside a latent whose entries are about 1
BASE = 4  # height and width of the first feature map


@dataclass(frozen=True)
class GluGeneratorConfig:
    """``detail``: channels times side, the same at all resolutions; ``widest``: at most so many,
    ``least``: at least so many. ``grain``: noise at every resolution. ``mirror``: feature maps of
    this side or more are mirrored at their borders, all others, and with 0 all, end in zeros."""

    latent_dim: int = 128
    classes: int = 5
    size: int = 64
    detail: int = 2048
    widest: int = 384
    least: int = 16
    grain: bool = False
    mirror: int = 0

    def channels(self, side: int) -> int:
        return max(self.least, min(self.widest, self.detail // side))


class ClassNorm(nn.Module):
    """Batch normalisation whose gain and offset are linear in the class weights."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.style = nn.Linear(classes, 2 * channels)
        nn.init.normal_(self.style.weight, 0.0, 0.02)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        gain, offset = self.style(label)[:, :, None, None].chunk(2, dim=1)  # (b, c, 1, 1) each
        return torch.addcmul(offset, self.norm(x), 1 + gain)


class Stage(nn.Module):
    """Doubles the side: (b, c, s, s) -> (b, d, 2s, 2s), and adds to the picture of that side.

    ``mirror``: whether what is beyond the border is what is inside, mirrored, instead of zero.
    """

    def __init__(
        self, c: int, d: int, classes: int, grain: bool = False, mirror: bool = False
    ) -> None:
        super().__init__()
        edge = "reflect" if mirror else "zeros"
        # How much noise every channel wants.
        self.gain = nn.Parameter(0.1 * torch.randn(1, d, 1, 1)) if grain else None
        self.gated = nn.Conv2d(c, 2 * d, 3, 1, 1, bias=False, padding_mode=edge)
        self.norm = ClassNorm(2 * d, classes)
        self.more = nn.Conv2d(d, d, 3, 1, 1, bias=False, padding_mode=edge)
        self.more_norm = ClassNorm(d, classes)
        self.paint = nn.Conv2d(d, 3, 3, 1, 1, padding_mode=edge)
        self.heard = nn.Identity()  # see ``GluGenerator.layers``

    def forward(
        self, x: Tensor, label: Tensor, noise: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        x = F.glu(self.norm(self.gated(x), label), dim=1)
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
        if self.gain is not None and noise is not None:
            x = x + (self.gain * noise).to(x.dtype)
        x = self.heard(x + F.leaky_relu(self.more_norm(self.more(x), label), 0.2))
        return x, self.paint(x)


class GluGenerator(nn.Module):
    """Maps a latent and class weights to a picture.

    ``z``: (b, latent_dim) on the sphere of radius sqrt(latent_dim), or inside it for truncated
    samples. ``label``: (b, classes), rows sum to one. Returns (b, 3, size, size) in [-1, 1].
    ``grain``: standard normal noise of the shapes that ``grains`` says, as in training; without it
    every picture has the same.
    """

    sphere = True

    @staticmethod
    def prior(e: Tensor) -> Tensor:
        """Standard normal noise (n, latent_dim) -> uniform on the sphere of radius sqrt(d)."""
        return F.normalize(e, dim=1) * math.sqrt(e.shape[1])

    def __init__(self, config: GluGeneratorConfig) -> None:
        super().__init__()
        count = int(math.log2(config.size / BASE)) if config.size >= 2 * BASE else 0
        if count < 1 or BASE * 2**count != config.size:
            raise ValueError(f"size must be 8, 16, 32, 64 ..., not {config.size}")
        widths = [config.channels(BASE * 2**i) for i in range(count + 1)]
        self.config = config
        entries = config.latent_dim + config.classes
        self.start = nn.Linear(entries, widths[0] * BASE * BASE)
        # Where one can listen to the units, or silence some (``pipelines.units``).
        self.heard = nn.Identity()
        self.stages = nn.ModuleList(
            Stage(c, d, config.classes, config.grain, 0 < config.mirror <= BASE * 2**i)
            for i, (c, d) in enumerate(pairwise(widths))
        )
        # Always the same, and no part of the weights: equal latents, equal pictures.
        fixed = torch.Generator().manual_seed(0)
        for i in range(count if config.grain else 0):
            noise = torch.randn(1, 1, BASE * 2 ** (i + 1), BASE * 2 ** (i + 1), generator=fixed)
            # Rounded as weights are when they ship, so that both precisions have the same.
            self.register_buffer(f"noise{i}", noise.half().float(), persistent=False)

    def grains(self, count: int) -> list[tuple[int, ...]]:
        """Shapes of the noise of every resolution for ``count`` pictures; none without grain."""
        stages = range(len(self.stages) if self.config.grain else 0)
        return [(count, *self.get_buffer(f"noise{i}").shape[1:]) for i in stages]

    def forward(self, z: Tensor, label: Tensor, grain: Sequence[Tensor] | None = None) -> Tensor:
        # A one-hot label has norm 1 and z sqrt(d): enlarged, so that classes are learnt as fast.
        both = torch.cat([z, CLASS_GAIN * label], 1)  # (b, latent_dim + classes)
        x = self.heard(self.start(both).unflatten(1, (-1, BASE, BASE)))
        x = x.contiguous(memory_format=torch.channels_last)
        picture = None
        for i, stage in enumerate(self.stages):
            noise = None
            if self.config.grain:
                noise = grain[i] if grain else self.get_buffer(f"noise{i}")
            x, paint = stage(x, label, noise)
            if picture is not None:
                picture = F.interpolate(picture, scale_factor=2, mode="bilinear")
            picture = paint if picture is None else picture + paint
        return torch.tanh(picture)  # type: ignore[arg-type]

    def layers(self) -> list[nn.Module]:
        """Modules whose outputs (b, c, h, w) are the units of a layer, from coarse to fine."""
        stages: list[Any] = list(self.stages)
        return [self.heard, *(stage.heard for stage in stages)]
