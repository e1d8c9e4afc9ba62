"""Arbitrary style transfer in one pass.

A style is what the layers of VGG-19 find in a picture on average, whatever stands where: mean and
deviation of every channel at four depths, and which channels go together, made into a short code
(after Ghiasi et al. 2017). The code
sets gain and offset of every instance normalisation of a transformer network (Dumoulin et al.
2017), whose statistics can be given: then tiles of a large picture agree with each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Stats = list[tuple[Tensor, Tensor]]
"""Mean and inverse deviation, (b, c, 1, 1) each, of every normalisation in order."""

# Channels of the distilled VGG-19 (Wang et al. 2020) up to relu4_1, and after which layers a
# style is read.
LAYERS = {
    **{"conv11": 16, "conv12": 16, "conv21": 32, "conv22": 32},
    **{"conv31": 64, "conv32": 64, "conv33": 64, "conv34": 64, "conv41": 128},
}
READ = ("conv12", "conv22", "conv34", "conv41")
GRAIN = 8  # channels at the whole resolution
MIXED = 16  # mixtures of the channels of each depth, whose correlations are looked at
PAIRS = len(READ) * MIXED * (MIXED + 1) // 2
MOMENTS = 2 * sum(LAYERS[name] for name in READ)


@dataclass(frozen=True)
class StylizerConfig:
    """``widths``: channels at a half, a quarter and an eighth of the resolution."""

    code: int = 128
    widths: tuple[int, int, int] = (24, 48, 80)
    blocks: int = 5
    hidden: int = 256


class Eye(nn.Module):
    """Frozen layers of VGG-19: what they find in pictures (b, 3, h, w) in [-1, 1] on average.

    Returns (b, MOMENTS): logarithms, for what is found varies a hundredfold. ``seen`` also returns
    the correlations of the channels at every depth, (b, c, c) each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 3, 1)
        channels = 3
        for name, width in LAYERS.items():
            self.add_module(name, nn.Conv2d(channels, width, 3))
            channels = width
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return self.seen(x, False)[0]

    def seen(self, x: Tensor, correlations: bool = True) -> tuple[Tensor, list[Tensor]]:
        moments: list[Tensor] = []
        together: list[Tensor] = []
        x = self.conv0((x / 2 + 0.5).contiguous(memory_format=torch.channels_last))
        for name in LAYERS:
            if name.endswith("1") and name != "conv11":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.get_submodule(name)(F.pad(x, (1, 1, 1, 1), mode="replicate")))
            if name in READ:
                flat = x.float().flatten(2)
                mean, spread = flat.mean(2), flat.var(2, unbiased=False).add(1e-8).sqrt()
                moments += [mean, spread]
                if correlations:
                    even = (flat - mean[..., None]) / (spread + 1e-3)[..., None]
                    together.append(even @ even.mT / even.shape[2])
        return torch.cat(moments, 1).add(1e-2).log(), together


class StyleNorm(nn.Module):
    """Instance normalisation whose gain and offset come from a style's code."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.style = nn.Linear(code, 2 * channels)
        nn.init.normal_(self.style.weight, 0.0, 0.02)
        nn.init.zeros_(self.style.bias)

    def forward(self, x: Tensor, code: Tensor, given: Iterator, found: Stats) -> Tensor:
        stats = next(given, None)
        if stats is None:
            wide = x.float()
            mean = wide.mean((2, 3), keepdim=True)
            # A flat picture has no deviation to divide by.
            spread = (wide - mean).square().mean((2, 3), keepdim=True).add(1e-4).rsqrt()
            stats = mean, spread
        found.append(stats)
        gain, offset = self.style(code)[:, :, None, None].float().chunk(2, dim=1)
        scale = (1 + gain) * stats[1]
        # One multiplication and one addition per value.
        return torch.addcmul((offset - stats[0] * scale).to(x.dtype), x, scale.to(x.dtype))


class StyledConv(nn.Module):
    """Convolution on mirrored edges, then ``StyleNorm``."""

    def __init__(self, c: int, d: int, code: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(c, d, 3, stride, bias=False)
        self.norm = StyleNorm(d, code)

    def forward(self, x: Tensor, code: Tensor, given: Iterator, found: Stats) -> Tensor:
        x = self.conv(F.pad(x, (1, 1, 1, 1), mode="replicate"))
        return self.norm(x, code, given, found)


class Stylizer(nn.Module):
    """``encode``: pictures to codes. Called: pictures and codes to stylised pictures.

    Pictures (b, 3, h, w) in [-1, 1], sides multiples of STRIDE; codes (b, code).
    """

    STRIDE = 8

    def __init__(self, config: StylizerConfig) -> None:
        super().__init__()
        a, b, c = config.widths
        n = config.code
        self.config = config
        self.eye = Eye()
        self.shorten = nn.Sequential(
            nn.Linear(MOMENTS, config.hidden), nn.ReLU(), nn.Linear(config.hidden, n)
        )
        # What correlations add to that; nothing to begin with.
        mixtures = (nn.Linear(LAYERS[name], MIXED, bias=False) for name in READ)
        self.mixtures = nn.ModuleList(mixtures)
        width = 3 * config.hidden // 4
        self.together = nn.Sequential(
            nn.Linear(MOMENTS + PAIRS, width), nn.ReLU(), nn.Linear(width, n)
        )
        nn.init.zeros_(self.together[-1].weight)  # type: ignore[arg-type]
        self.register_buffer("usual", torch.zeros(2, MOMENTS))  # mean and deviation of moments
        self.start = StyledConv(12, a, n)
        self.down1 = StyledConv(a, b, n, stride=2)
        self.down2 = StyledConv(b, c, n, stride=2)
        self.blocks = nn.ModuleList(
            nn.ModuleList([StyledConv(c, c, n), StyledConv(c, c, n)]) for _ in range(config.blocks)
        )
        self.up2 = StyledConv(c, b, n)
        self.up1 = StyledConv(b, a, n)
        self.fine = StyledConv(a, 16, n)
        self.paint = nn.Conv2d(16, 3, 3)
        self.grain = StyledConv(3, GRAIN, n)
        self.sharpen = nn.Conv2d(GRAIN, 3, 3, bias=False)
        nn.init.normal_(self.sharpen.weight, 0.0, 0.02)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, style: Tensor) -> Tensor:
        """The code of a style: pictures of any size from 16 pixels on -> (b, code)."""
        mean, deviation = self.get_buffer("usual")
        moments, together = self.eye.seen(style)
        moments = (moments - mean) / deviation.clamp(min=0.05)
        pairs = [moments]
        rows, columns = torch.triu_indices(MIXED, MIXED, device=moments.device)
        for mixture, found in zip(self.mixtures, together, strict=True):
            weight: Tensor = mixture.weight.float()  # type: ignore[union-attr]
            pairs.append((weight @ found @ weight.mT)[:, rows, columns])
        return self.shorten(moments) + self.together(torch.cat(pairs, 1))

    def forward(self, picture: Tensor, code: Tensor) -> Tensor:
        return self.styled(picture, code)[0]

    def styled(
        self, picture: Tensor, code: Tensor, stats: Sequence[tuple[Tensor, Tensor]] | None = None
    ) -> tuple[Tensor, Stats]:
        """The stylised picture, and the statistics it was normalised with.

        ``stats``: those of another pass, to be used instead of the picture's own.
        """
        given, found = iter(stats or ()), Stats()
        x = F.pixel_unshuffle(picture, 2).contiguous(memory_format=torch.channels_last)
        half = F.relu(self.start(x, code, given, found))
        quarter = F.relu(self.down1(half, code, given, found))
        x = F.relu(self.down2(quarter, code, given, found))
        for first, second in self.blocks:  # type: ignore[misc]
            x = x + second(F.relu(first(x, code, given, found)), code, given, found)
        x = F.relu(self.up2(_twice(x), code, given, found)) + quarter
        x = F.relu(self.up1(_twice(x), code, given, found)) + half
        x = F.relu(self.fine(x, code, given, found))
        x = self.paint(F.pad(_twice(x), (1, 1, 1, 1), mode="replicate"))
        # What is finer than two pixels comes from the picture itself, as far as the style lets it.
        grain = F.relu(self.grain(picture, code, given, found))
        x = x + self.sharpen(F.pad(grain, (1, 1, 1, 1), mode="replicate"))
        return torch.tanh(x.float()), found


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


@dataclass(frozen=True)
class StyleCodesConfig:
    """``names``: of the styles, in order."""

    names: tuple[str, ...] = ()
    code: int = 128


class StyleCodes(nn.Module):
    """Codes of styles that ship with a model: (styles, code)."""

    def __init__(self, config: StyleCodesConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("codes", torch.zeros(len(config.names), config.code))
