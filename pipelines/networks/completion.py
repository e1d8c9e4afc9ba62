"""Fills a hole in one pass: a U-Net of gated convolutions with a look at the whole picture.

Gated convolutions (Yu et al. 2019) let every layer weigh what it takes from where, which a hole's
rim needs. In the middle, at an eighth of the resolution, dilated convolutions and convolutions of
the spectrum (Chi et al. 2020; Suvorov et al. 2022, LaMa) see across any hole. The network gets a
smooth fill and says how the picture differs from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .contextual import ContextualAttention
from .fill import smooth_fill

DILATIONS = (1, 2, 5)  # without a common divisor, or a hole gets patterns of its cells


@dataclass(frozen=True)
class CompletionConfig:
    """``width``: channels at half the resolution; ``blocks``: residual blocks in the middle."""

    width: int = 32
    blocks: int = 6
    spectral: int = 32
    """Channels whose spectrum is convolved, in every second block; 0: none."""
    attention: int = 0
    """Channels by which cells are compared, to fetch fine maps of known ones; 0: none."""
    finer: int = 0
    """Residual blocks at a quarter of the resolution, and as many at half of it."""
    finest: int = 0
    """Residual blocks at the full resolution."""


class Gated(nn.Module):
    """Convolution, batch normalisation, gated linear unit: (b, c, h, w) -> (b, d, h', w')."""

    def __init__(self, c: int, d: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c, 2 * d, kernel, stride, (kernel - 1) // 2, bias=False)
        self.norm = nn.BatchNorm2d(2 * d)

    def forward(self, x: Tensor) -> Tensor:
        return F.glu(self.norm(self.conv(x)), dim=1)


class Spectral(nn.Module):
    """A 1x1 convolution of the spectrum: every place hears of every other."""

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.into = nn.Conv2d(channels, inner, 1, bias=False)
        self.mix = nn.Conv2d(2 * inner, 2 * inner, 1, bias=False)
        self.norm = nn.BatchNorm2d(2 * inner)
        self.back = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.into(x)
        size = y.shape[-2:]
        # No transform knows bf16.
        spectrum = torch.fft.rfft2(y.float(), norm="ortho")  # (b, c, h, w // 2 + 1)
        parts = torch.cat([spectrum.real, spectrum.imag], 1)
        parts = F.relu(self.norm(self.mix(parts))).float()
        real, imag = parts.chunk(2, dim=1)
        y = torch.fft.irfft2(torch.complex(real, imag), size, norm="ortho")
        return self.back(y)


class Block(nn.Module):
    """Residual block whose first convolution is dilated."""

    def __init__(self, channels: int, dilation: int, spectral: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, 1, dilation, dilation, bias=False)
        self.spectral = Spectral(channels, spectral) if spectral else None
        self.norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.last = nn.BatchNorm2d(channels)
        # At first a block changes nothing (Goyal et al. 2017), so a network can be given more.
        nn.init.zeros_(self.last.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        if self.spectral is not None:
            y = y + self.spectral(x)
        y = self.second(F.leaky_relu(self.norm(y), 0.2))
        return x + self.last(y)


class Completion(nn.Module):
    """Completes pictures.

    ``picture``: (b, 3, h, w) in [-1, 1], sides multiples of STRIDE; ``mask``: (b, 1, h, w),
    1 = missing. What the picture holds there is not looked at. Returns (b, 3, h, w) in [-1, 1],
    near the picture where that is known.
    """

    STRIDE = 16

    def __init__(self, config: CompletionConfig) -> None:
        super().__init__()
        if config.width < 8 or config.blocks < 1:
            raise ValueError(f"at least 8 channels and 1 block, not {config}")
        self.config = config
        w = config.width
        self.stem = nn.Conv2d(4, 8, 3, 1, 1)
        self.down1 = Gated(8, w, 4, 2)
        self.down2 = Gated(w, 2 * w, 4, 2)
        self.down3 = Gated(2 * w, 4 * w, 4, 2)
        self.middle = nn.Sequential(
            *(
                Block(4 * w, DILATIONS[i % len(DILATIONS)], config.spectral if i % 2 else 0)
                for i in range(config.blocks)
            )
        )
        self.attention = (
            ContextualAttention(4 * w, config.attention, (2 * w, w)) if config.attention else None
        )
        self.up3 = Gated(6 * w, 2 * w)
        self.fine4 = nn.Sequential(*(Block(2 * w, 1, 0) for _ in range(config.finer)))
        self.up2 = Gated(3 * w, w)
        self.fine2 = nn.Sequential(*(Block(w, 1, 0) for _ in range(config.finer)))
        self.fine = nn.Conv2d(w, 16, 3, 1, 1)
        self.up1 = nn.Conv2d(16 + 8, 16, 3, 1, 1)
        self.fine1 = nn.Sequential(*(Block(16, 1, 0) for _ in range(config.finest)))
        self.paint = nn.Conv2d(16, 3, 3, 1, 1)
        nn.init.normal_(self.paint.weight, 0.0, 0.02)  # at first the smooth fill
        nn.init.zeros_(self.paint.bias)  # type: ignore[arg-type]
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, picture: Tensor, mask: Tensor) -> Tensor:
        filled = smooth_fill(picture, mask)
        x = torch.cat([filled, mask], 1).contiguous(memory_format=torch.channels_last)
        x0 = F.leaky_relu(self.stem(x), 0.2)
        x1 = self.down1(x0)
        x2 = self.down2(x1)
        x3 = self.middle(self.down3(x2))
        if self.attention is not None:
            found2, found1 = self.attention(x3, mask, [x2, x1])
            x2, x1 = x2 + found2, x1 + found1
        x = self.fine4(self.up3(torch.cat([_twice(x3), x2], 1)))
        x = self.fine2(self.up2(torch.cat([_twice(x), x1], 1)))
        # Unfolding channels into pixels would leave a checkerboard.
        x = F.leaky_relu(self.up1(torch.cat([_twice(self.fine(x)), x0], 1)), 0.2)
        change = self.paint(self.fine1(x))
        completed = filled + change.float()
        # Where it is clamped nothing can be learnt.
        return completed if self.training else completed.clamp(-1, 1)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
