"""Arbitrary style transfer in one pass.

A style is what the layers of VGG-19 find in a picture on average, whatever stands where: mean and
covariance of the channels at four depths. A photo is seen by the same layers; what they find is
given the style's moments (``colouring``), deepest first, and a decoder makes a picture of it,
given the style's moments anew at every depth (after Li et al. 2017 and Sheng et al. 2018, in one
pass and trained whole). The moments that are taken away can be given: then tiles of a large
picture agree with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .colouring import Stats, colour, length, moments, packed, unpacked
from .roots import root

# Channels of the distilled VGG-19 (Wang et al. 2020) up to relu4_4, and after which layers a
# style is read.
LAYERS = {
    **{"conv11": 16, "conv12": 16, "conv21": 32, "conv22": 32},
    **{"conv31": 64, "conv32": 64, "conv33": 64, "conv34": 64},
    **{"conv41": 128, "conv42": 128, "conv43": 128, "conv44": 128},
}
# There, and by what the maps are divided: their usual deviation.
READ = {"conv12": 8.0, "conv22": 4.0, "conv34": 2.0, "conv44": 1.25}
DEPTHS = tuple(LAYERS[name] for name in READ)
CODE = sum(map(length, DEPTHS))


@dataclass(frozen=True)
class StylizerConfig:
    """``blocks``: residual ones at a quarter of the resolution; ``deep``: at an eighth."""

    blocks: int = 2
    deep: int = 3


class Eye(nn.Module):
    """Frozen layers of VGG-19: pictures (b, 3, h, w) in [-1, 1] to maps at four depths."""

    def __init__(self) -> None:
        super().__init__()
        self.conv0 = nn.Conv2d(3, 3, 1)
        channels = 3
        for name, width in LAYERS.items():
            self.add_module(name, nn.Conv2d(channels, width, 3))
            channels = width
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        maps: list[Tensor] = []
        x = self.conv0((x / 2 + 0.5).contiguous(memory_format=torch.channels_last))
        for name in LAYERS:
            if name.endswith("1") and name != "conv11":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.get_submodule(name)(F.pad(x, (1, 1, 1, 1), mode="replicate")))
            if name in READ:
                maps.append(x / READ[name])
        return maps


class Conv(nn.Conv2d):
    """3x3 on repeated edges."""

    def __init__(self, c: int, d: int) -> None:
        super().__init__(c, d, 3)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(F.pad(input, (1, 1, 1, 1), mode="replicate"))


class Stylizer(nn.Module):
    """``encode``: pictures to codes. Called: pictures and codes to stylised pictures.

    Pictures (b, 3, h, w) in [-1, 1], sides multiples of STRIDE; codes (b, CODE).
    """

    STRIDE = 8

    def __init__(self, config: StylizerConfig) -> None:
        super().__init__()
        a, b, c, d = DEPTHS
        self.config = config
        self.eye = Eye()
        self.deep = nn.ModuleList(
            nn.ModuleList([Conv(d, d // 2), Conv(d // 2, d)]) for _ in range(config.deep)
        )
        self.leave4 = Conv(d, c)
        self.meet3, self.skip3 = Conv(c, c), nn.Conv2d(c, c, 1, bias=False)
        self.blocks = nn.ModuleList(
            nn.ModuleList([Conv(c, c), Conv(c, c)]) for _ in range(config.blocks)
        )
        self.leave3 = Conv(c, b)
        self.meet2, self.skip2 = Conv(b, b), nn.Conv2d(b, b, 1, bias=False)
        self.leave2 = Conv(b, a)
        self.meet1, self.skip1 = Conv(a, a), nn.Conv2d(a, a, 1, bias=False)
        self.paint = Conv(a, 3)
        for _, second in (*self.deep, *self.blocks):  # type: ignore[misc]
            nn.init.zeros_(second.weight)
            nn.init.zeros_(second.bias)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, style: Tensor) -> Tensor:
        """The code of a style: pictures of any size from 16 pixels on -> (b, CODE)."""
        rows = []
        for maps in self.eye(style):
            with torch.autocast(maps.device.type, enabled=False):
                mean, covariance = moments(maps)
                rows.append(packed(mean, root(covariance)))
        return torch.cat(rows, 1)

    def forward(self, picture: Tensor, code: Tensor) -> Tensor:
        return self.styled(picture, code)[0]

    def styled(
        self, picture: Tensor, code: Tensor, stats: Sequence[tuple[Tensor, Tensor]] | None = None
    ) -> tuple[Tensor, Stats]:
        """The stylised picture, and the moments that were taken away.

        ``stats``: those of another pass, to be used instead of the picture's own.
        """
        given, found = iter(stats or ()), Stats()
        s1, s2, s3, s4 = by_depth(code)
        one, two, three, x = self.eye(picture)
        x = F.relu(colour(x, s4, given, found))
        for first, second in self.deep:  # type: ignore[misc]
            x = F.relu(colour(x + second(F.relu(first(x))), s4, given, found))
        x = F.relu(self.leave4(x))
        x = self.meet3(_twice(x)) + self.skip3(three)
        x = F.relu(colour(x, s3, given, found))
        for first, second in self.blocks:  # type: ignore[misc]
            x = F.relu(colour(x + second(F.relu(first(x))), s3, given, found))
        x = F.relu(self.leave3(x))
        x = F.relu(colour(self.meet2(_twice(x)) + self.skip2(two), s2, given, found))
        x = F.relu(self.leave2(x))
        x = F.relu(colour(self.meet1(_twice(x)) + self.skip1(one), s1, given, found))
        return torch.tanh(self.paint(x).float()), found


def by_depth(code: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Of codes (b, CODE): mean (b, c) and root of the covariance (b, c, c) at every depth."""
    parts = code.float().split([length(c) for c in DEPTHS], 1)
    return [unpacked(part, c) for part, c in zip(parts, DEPTHS, strict=True)]


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


@dataclass(frozen=True)
class StyleCodesConfig:
    """``names``: of the styles, in order."""

    names: tuple[str, ...] = ()
    code: int = CODE


class StyleCodes(nn.Module):
    """Codes of styles that ship with a model: (styles, code)."""

    def __init__(self, config: StyleCodesConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("codes", torch.zeros(len(config.names), config.code))
