"""Draws textures of any size from noise.

A fully convolutional generator (Bergmann et al. 2017, PSGAN): local noise, waves whose lengths
depend on the texture, and a code that says which texture. On a torus nothing knows where it is:
noise that repeats gives a texture that repeats.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 16  # pixels of the picture that one place of the coarsest noise stands for
NOISE = 8  # channels of noise at every resolution
# Places within which all lies that a pixel depends on: two rings per resolution, one to make it
# twice as large, and the last one; (16 + 8 + 4 + 2 + 1) * 2 + (16 + 8 + 4 + 2) + 1 pixels.
REACH = 6


@dataclass(frozen=True)
class TexturistConfig:
    """``widths``: channels from the coarsest resolution, a sixteenth, to the whole one."""

    code: int = 64
    widths: tuple[int, ...] = (96, 96, 64, 48, 32)
    waves: int = 6


Affines = list[tuple[Tensor, Tensor]]
"""Gain and offset, (b, c, 1, 1) or as wide as the canvas, of every normalisation in order."""


class PlaceNorm(nn.Module):
    """Instance normalisation whose gain and offset come from the code."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.style = nn.Conv2d(code, 2 * channels, 1)
        nn.init.normal_(self.style.weight, 0.0, 0.02)
        nn.init.zeros_(self.style.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, code: Tensor, given: Iterator, found: Affines) -> Tensor:
        """``given``: what to multiply with and to add, instead of what x and its code ask for."""
        affine = next(given, None)
        if affine is None:
            wide = x.float()
            mean = wide.mean((2, 3), keepdim=True)
            spread = (wide - mean).square().mean((2, 3), keepdim=True).add(1e-4).rsqrt()
            gain, offset = self.style(code[..., None, None]).float().chunk(2, dim=1)
            scale = (1 + gain) * spread
            affine = scale, offset - mean * scale
        found.append(affine)
        return torch.addcmul(affine[1].to(x.dtype), x, affine[0].to(x.dtype))


class Level(nn.Module):
    """Two convolutions on a torus, each with noise before and a norm behind it."""

    def __init__(self, c: int, d: int, code: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(c + NOISE, d, 3, bias=False)
        self.norm = PlaceNorm(d, code)
        self.second = nn.Conv2d(d, d, 3, bias=False)
        self.last = PlaceNorm(d, code)

    def forward(
        self, x: Tensor, noise: Tensor, code: Tensor, given: Iterator, found: Affines
    ) -> Tensor:
        x = self.first(around(torch.cat([x, noise], 1)))
        x = F.leaky_relu(self.norm(x, code, given, found), 0.2)
        return F.leaky_relu(self.last(self.second(around(x)), code, given, found), 0.2)


class Texturist(nn.Module):
    """Draws textures on a torus.

    ``noise``: one tensor per resolution, coarse first, (b, NOISE, h 2^i, w 2^i), standard normal;
    ``phases``: (b, waves) in [0, 1); ``code``: (b, code). Returns (b, 3, 16 h, 16 w) in [-1, 1]
    whose edges fit each other.
    """

    def __init__(self, config: TexturistConfig) -> None:
        super().__init__()
        if len(config.widths) != 1 + round(math.log2(STRIDE)):
            raise ValueError(f"five widths, not {config.widths}")
        self.config = config
        w = config.widths
        self.wavelength = nn.Conv2d(config.code, 2 * config.waves, 1)
        inputs = (2 * config.waves, *w[:-1])
        self.levels = nn.ModuleList(
            Level(c, d, config.code) for c, d in zip(inputs, w, strict=True)
        )
        self.paint = nn.Conv2d(w[-1], 3, 3)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, noise: list[Tensor], phases: Tensor, code: Tensor) -> Tensor:
        h, w = noise[0].shape[-2:]
        return self.drawn(self.waves((h, w), phases, code, (h, w)), noise, code)[0]

    def drawn(
        self,
        waves: Tensor,
        noise: list[Tensor],
        code: Tensor,
        affines: Affines | None = None,
    ) -> tuple[Tensor, Affines]:
        """The picture out of ``waves``, and what its normalisations multiplied with and added.

        ``affines``: those of another pass, to be used instead: then nothing depends on what is
        farther than REACH places away.
        """
        given, found = iter(affines or ()), Affines()
        x = waves.to(noise[0].dtype)
        for i, level in enumerate(self.levels):
            if i:
                x = _twice(x)
            x = x.contiguous(memory_format=torch.channels_last)
            x = level(x, noise[i], code, given, found)
        return torch.tanh(self.paint(around(x)).float()), found

    def waves(
        self, size: tuple[int, int], phases: Tensor, code: Tensor, period: tuple[int, int]
    ) -> Tensor:
        """Sines across a canvas of ``size`` places, (b, 2 waves, h, w): the two directions of each
        wave. Their lengths come from the code; a whole number of them fits the ``period``, places
        down and right."""
        (h, w), (high, wide) = size, period
        # Cycles per place, at most a half.
        cycles = torch.sigmoid(self.wavelength(code[..., None, None]).float()).flatten(1) / 2
        down, right = cycles.chunk(2, dim=1)  # (b, waves)
        y = torch.arange(h, device=code.device) / high
        x = torch.arange(w, device=code.device) / wide
        down, right = _whole(down * high), _whole(right * wide)
        turn = 2 * math.pi
        a = turn * (down[..., None, None] * y[:, None] + phases[..., None, None])
        b = turn * (right[..., None, None] * x + phases[..., None, None])
        return torch.cat([a.sin().expand(-1, -1, h, w), b.sin().expand(-1, -1, h, w)], 1)


def _whole(x: Tensor) -> Tensor:
    """The nearest whole number, through which gradients pass as if it were none."""
    return x + (x.round() - x).detach()


def around(x: Tensor) -> Tensor:
    """One more pixel on every side, from the other end: (b, c, h, w) -> (b, c, h + 2, w + 2)."""
    if not x.requires_grad or min(x.shape[-2:]) < 3:
        return F.pad(x, (1, 1, 1, 1), mode="circular")
    # Backwards the above clears and copies whole maps several times: this is twice as fast or more.
    for side in (-1, -2):
        first, middle, last = x.split([1, x.shape[side] - 2, 1], side)
        x = torch.cat([last, first, middle, last, first], side)
    return x


def _twice(x: Tensor) -> Tensor:
    """Twice as large, bilinearly, on a torus."""
    large = F.interpolate(around(x), scale_factor=2, mode="bilinear", align_corners=False)
    return large[..., 2:-2, 2:-2]


@dataclass(frozen=True)
class TextureCodesConfig:
    """``each``: codes per class; ``code``: their length."""

    classes: int = 10
    each: int = 32
    code: int = 64


class TextureCodes(nn.Module):
    """Codes of textures that a model knows: (classes, each, code)."""

    def __init__(self, config: TextureCodesConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("codes", torch.zeros(config.classes, config.each, config.code))
