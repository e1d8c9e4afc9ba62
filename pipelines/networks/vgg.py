"""VGG-19 (Simonyan and Zisserman 2015) up to relu5_1: what it finds is what a style is made of.

Layers stand where torchvision's do, so that its weights fit. Maxima of four are replaced by means,
as Gatys et al. (2016) recommend for pictures that are optimised, and edges are continued, not
set against grey.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CONVS = (2, 2, 4, 4, 1)  # between two poolings
LEAST = 2 ** (len(CONVS) - 1)  # pixels of the shorter side
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, in [0, 1]


@dataclass(frozen=True)
class VggConfig:
    """``widths``: channels between two poolings."""

    widths: tuple[int, int, int, int, int] = (64, 128, 256, 512, 512)


class Vgg(nn.Module):
    """Pictures (b, 3, h, w) in [-1, 1], no side below LEAST, to maps after ReLUs by their name."""

    def __init__(self, config: VggConfig) -> None:
        super().__init__()
        self.config = config
        self.names: dict[int, str] = {}  # of ReLUs, by their place
        layers: list[nn.Module] = []
        channels = 3
        for block, (count, width) in enumerate(zip(CONVS, config.widths, strict=True), 1):
            if block > 1:
                layers.append(nn.AvgPool2d(2))
            for index in range(1, count + 1):
                conv = nn.Conv2d(channels, width, 3, padding=1, padding_mode="replicate")
                layers += [conv, nn.ReLU()]
                self.names[len(layers) - 1] = f"relu{block}_{index}"
                channels = width
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(STD)[:, None, None], persistent=False)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, picture: Tensor, wanted: Collection[str]) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        x = (picture / 2 + 0.5 - self.get_buffer("mean")) / self.get_buffer("std")
        x = x.contiguous(memory_format=torch.channels_last)
        for index, layer in enumerate(self.features):
            # What a ReLU leaves is all that is asked for, and all that its gradient needs.
            x = F.relu(x, inplace=True) if isinstance(layer, nn.ReLU) else layer(x)
            if self.names.get(index) in wanted:
                found[self.names[index]] = x
                if len(found) == len(wanted):
                    break
        return found
