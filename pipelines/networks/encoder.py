"""An encoder: the latent with which a generator comes closest to a photo.

MobileNetV2 (Sandler et al. 2018), kept as ImageNet training left it, and a small head trained
along with the generator. Its feature maps also serve as a perceptual distance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

MEAN = (0.485, 0.456, 0.406)  # of ImageNet, which the frozen layers were trained on
STD = (0.229, 0.224, 0.225)
TAPS = {3: 24, 6: 32, 13: 96, 17: 320}  # layer of torchvision's features -> channels


def mobilenet_layers(network: nn.Module | None = None) -> nn.Sequential:
    """MobileNetV2 up to its last tap, frozen, batch norms folded into the convolutions.

    ``network``: torchvision's MobileNetV2 with the weights to use, left unusable; None: random.
    """
    network = network or torchvision.models.mobilenet_v2()
    features: nn.Sequential = network.features  # type: ignore[assignment]
    layers = nn.Sequential(*list(features)[: max(TAPS) + 1]).eval()
    _fold_batch_norms(layers)
    return layers.requires_grad_(False)


def _fold_batch_norms(module: nn.Module) -> None:
    """Fold every batch norm into the convolution before it: the same output in fewer passes."""
    for child in module.children():
        _fold_batch_norms(child)
    if isinstance(module, nn.Sequential):
        names = list(module._modules)
        for a, b in pairwise(names):
            conv, norm = module._modules[a], module._modules[b]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module._modules[a] = fuse_conv_bn_eval(conv, norm)
                module._modules[b] = nn.Identity()


def seen_at(x: Tensor, size: int) -> Tensor:
    """Pictures (b, c, h, w) brought to ``size`` pixels, bilinearly."""
    if x.shape[-2:] == (size, size):
        return x
    # Antialiased only where pixels would be skipped.
    smaller = x.shape[-1] > size
    return F.interpolate(x, (size, size), mode="bilinear", antialias=smaller)


def tapped(layers: nn.Sequential, x: Tensor, size: int) -> list[Tensor]:
    """Feature maps at the taps, fine first. ``x``: (b, 3, h, w) in [-1, 1], seen at ``size``."""
    x = seen_at(x, size)
    # Written by the device itself, which need not wait for the CPU then.
    mean, std = (torch.stack([x.new_full((1, 1), v) for v in of]) for of in (MEAN, STD))
    x = ((x / 2 + 0.5 - mean) / std).contiguous(memory_format=torch.channels_last)
    maps: list[Tensor] = []
    for i, layer in enumerate(layers):
        x = layer(x)
        if i in TAPS:
            maps.append(x)
    return maps


class EncoderHead(nn.Module):
    """The trained part: feature maps of ``tapped`` at 64 px -> (b, latent_dim) on the sphere."""

    def __init__(self, latent_dim: int, width: int = 64) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.BatchNorm2d(c) for c in list(TAPS.values())[1:])
        self.narrow = nn.ModuleList(
            nn.Conv2d(c, d, 1) for c, d in ((32, width // 4), (96, width), (320, 2 * width))
        )
        # Maps of side 8, 4 and 2.
        features = width // 4 * 64 + width * 16 + 2 * width * 4
        self.hidden = nn.Linear(features, 512)
        self.latent = nn.Linear(512, latent_dim)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        parts = [
            F.leaky_relu(narrow(norm(x)), 0.2).flatten(1)
            for narrow, norm, x in zip(self.narrow, self.norms, maps[1:], strict=True)
        ]
        x = F.leaky_relu(self.hidden(torch.cat(parts, 1)), 0.2)
        z = self.latent(x)
        return F.normalize(z, dim=1) * math.sqrt(z.shape[1])


@dataclass(frozen=True)
class EncoderConfig:
    """Length of the latent."""

    latent_dim: int = 128


class Encoder(nn.Module):
    """Maps a photo to a latent: (b, 3, h, h) in [-1, 1] -> (b, latent_dim), norm sqrt(d)."""

    SIZE = 64  # pixels that photos are seen at

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = mobilenet_layers()
        self.head = EncoderHead(config.latent_dim)

    def features(self, x: Tensor) -> list[Tensor]:
        """Feature maps, fine first, whose differences tell how unlike two pictures look."""
        return tapped(self.layers, x, self.SIZE)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))
