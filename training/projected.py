"""Projected discriminator: small critics on the frozen features of an ImageNet network.

Sauer et al. 2021, "Projected GANs Converge Faster". The trunk is MobileNetV2, read at four
strides; random 1x1 mixtures of its channels, summed from coarse to fine, keep the critics from
leaning on a few channels. Only the heads are trained. None of this is part of what is exported.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.nn.utils.parametrizations import spectral_norm

from training.cli import SettingError
from training.metrics import MEAN, STD

TAPS = {3: 24, 6: 32, 13: 96, 17: 320}  # layer of torchvision's features -> channels


def _fold_batch_norms(module: nn.Module) -> None:
    """Fold every frozen batch norm into its convolution: the same output in fewer passes."""
    for child in module.children():
        _fold_batch_norms(child)
    if isinstance(module, nn.Sequential):
        names = list(module._modules)
        for a, b in pairwise(names):
            conv, norm = module._modules[a], module._modules[b]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module._modules[a] = fuse_conv_bn_eval(conv, norm)
                module._modules[b] = nn.Identity()


class Trunk(nn.Module):
    """Frozen features: (b, 3, h, w) in [-1, 1] -> four maps of ``width`` channels, fine first.

    ``source``: a safetensors file with torchvision's key names of MobileNetV2, or
    ``mobilenet_v2`` for torchvision's own ImageNet weights (downloaded).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, source: str, resolution: int, width: int = 64) -> None:
        super().__init__()
        if Path(source).is_file():
            network = torchvision.models.mobilenet_v2()
            missing, unexpected = network.load_state_dict(load_file(source), strict=False)
            if unexpected or any(not key.startswith("classifier") for key in missing):
                raise SettingError(f"{Path(source).name} does not hold torchvision's MobileNetV2")
        elif source == "mobilenet_v2":
            network = torchvision.models.mobilenet_v2(weights="IMAGENET1K_V1")
        else:
            raise FileNotFoundError(
                f"{source!r} is neither a safetensors file nor the name mobilenet_v2"
            )
        self.resolution = resolution
        self.layers = nn.Sequential(*list(network.features)[: max(TAPS) + 1]).eval()
        _fold_batch_norms(self.layers)
        # Fixed random mixing; drawn once, from a seed of its own, so that a resumed run has it.
        rng = torch.Generator().manual_seed(0)
        mix = [nn.Conv2d(c, width, 1, bias=False) for c in TAPS.values()]
        across = [nn.Conv2d(width, width, 1, bias=False) for _ in TAPS]
        for conv in (*mix, *across):
            weight = torch.randn(conv.weight.shape, generator=rng)
            conv.weight.data = weight * (1 / weight.shape[1]) ** 0.5
        self.mix, self.across = nn.ModuleList(mix), nn.ModuleList(across)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("std", torch.tensor(STD)[:, None, None])
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def train(self, mode: bool = True) -> Trunk:  # noqa: ARG002
        """Stays in eval mode, whatever the mode of what holds it."""
        return super().train(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        size = (self.resolution, self.resolution)
        x = F.interpolate(x, size, mode="bilinear", align_corners=False)
        x = ((x / 2 + 0.5 - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        maps: list[Tensor] = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in TAPS:
                maps.append(self.mix[len(maps)](x))
        mixed = [maps[-1]]
        for level in reversed(range(len(maps) - 1)):
            up = F.interpolate(mixed[0], maps[level].shape[-2:], mode="bilinear")
            mixed.insert(0, self.across[level](maps[level] + up))
        return mixed


class Head(nn.Module):
    """Conditional patch critic on one feature map: (b, c, h, w) -> logits (b, h', w')."""

    def __init__(self, channels: int, classes: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(channels, width, 3, stride, 1))
        self.norm = nn.BatchNorm2d(width)
        self.second = spectral_norm(nn.Conv2d(width, width, 3, 1, 1))
        self.score = spectral_norm(nn.Conv2d(width, 1, 1))
        self.match = spectral_norm(nn.Linear(classes, width, bias=False))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        x = F.leaky_relu(self.norm(self.first(x)), 0.2)
        x = F.leaky_relu(self.second(x), 0.2)
        match = self.match(label)[:, :, None, None]  # (b, c, 1, 1)
        return self.score(x).squeeze(1) + (match * x).sum(1)


class ProjectedCritic(nn.Module):
    """One head per scale on the trunk's maps; returns all their logits: (b, patches)."""

    def __init__(self, classes: int, width: int = 128, channels: int = 64) -> None:
        super().__init__()
        strides = (2, 2, 1, 1)
        self.heads = nn.ModuleList(Head(channels, classes, width, s) for s in strides)

    def forward(self, maps: list[Tensor], label: Tensor) -> Tensor:
        return torch.cat(
            [head(x, label).flatten(1) for head, x in zip(self.heads, maps, strict=True)], 1
        )
