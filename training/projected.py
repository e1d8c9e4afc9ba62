"""Projected discriminator: small critics on the frozen features of an ImageNet network.

Sauer et al. 2021, "Projected GANs Converge Faster". A trunk is read at four strides; random 1x1
mixtures of its channels, summed from coarse to fine, keep the critics from leaning on a few
channels. Two trunks see more than one (Sauer et al. 2022, StyleGAN-XL, section 3.2). Only the
heads are trained, and they are no part of what is exported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from training.augment import diff_augment, taken
from training.draws import Again, Draw
from training.eyes import Eye, MobileNetEye


class Trunk(nn.Module):
    """Frozen features of pictures (b, 3, h, w) in [-1, 1], seen at ``resolution`` pixels."""

    def __init__(self, eye: Eye, resolution: int, width: int = 64) -> None:
        super().__init__()
        self.resolution = resolution
        self.eye = eye
        # Fixed random mixing; drawn once, from a seed of its own, so that a resumed run has it.
        rng = torch.Generator().manual_seed(0)
        mix = [nn.Conv2d(c, width, 1, bias=False) for c in eye.channels]
        across = [nn.Conv2d(width, width, 1, bias=False) for _ in eye.channels]
        for conv in (*mix, *across):
            weight = torch.randn(conv.weight.shape, generator=rng)
            conv.weight.data = weight * (1 / weight.shape[1]) ** 0.5
        self.mix, self.across = nn.ModuleList(mix), nn.ModuleList(across)
        self.requires_grad_(False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def train(self, mode: bool = True) -> Trunk:  # noqa: ARG002
        """Stays in eval mode, whatever the mode of what holds it."""
        return super().train(False)

    def forward(self, x: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The network's own maps, and their mixtures of ``width`` channels; fine first."""
        taps = self.eye(x, self.resolution)
        maps = [mix(tap) for mix, tap in zip(self.mix, taps, strict=True)]
        mixed = [maps[-1]]
        for level in reversed(range(len(maps) - 1)):
            up = F.interpolate(mixed[0], maps[level].shape[-2:], mode="bilinear")
            mixed.insert(0, self.across[level](maps[level] + up))
        return taps, mixed


GROUP = 4  # neighbours in a batch, mostly of one class, whose variety is measured together


def deviation(x: Tensor) -> Tensor:
    """Mean standard deviation inside groups of neighbours: (b, c, h, w) -> (b, 1, 1, 1)."""
    group = GROUP if len(x) % GROUP == 0 else len(x)
    spread = x.unflatten(0, (-1, group)).var(1, unbiased=False).add(1e-6).sqrt()
    return spread.mean((1, 2, 3)).repeat_interleave(group)[:, None, None, None]


class Head(nn.Module):
    """Conditional patch critic on one feature map: (b, c, h, w) -> logits (b, h', w').

    It also sees how much neighbours in the batch vary (minibatch deviation, Karras et al. 2018),
    so that sameness can be punished.
    """

    def __init__(self, channels: int, classes: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = spectral_norm(nn.Conv2d(channels, width, 3, stride, 1))
        self.norm = nn.BatchNorm2d(width)
        self.vary = nn.Conv2d(1, width, 1, bias=False)
        self.second = spectral_norm(nn.Conv2d(width, width, 3, 1, 1))
        self.score = spectral_norm(nn.Conv2d(width, 1, 1))
        self.match = spectral_norm(nn.Linear(classes, width, bias=False))

    def forward(self, x: Tensor, label: Tensor) -> Tensor:
        x = F.leaky_relu(self.norm(self.first(x)), 0.2)
        x = x + self.vary(deviation(x))
        x = F.leaky_relu(self.second(x), 0.2)
        match = self.match(label)[:, :, None, None]  # (b, c, 1, 1)
        return self.score(x).squeeze(1) + (match * x).sum(1)


class ProjectedCritic(nn.Module):
    """One head per scale on the trunk's mixtures; returns their logits, (b, h, w) each."""

    def __init__(self, classes: int, width: int = 128, channels: int = 64) -> None:
        super().__init__()
        strides = (2, 2, 1, 1)
        self.heads = nn.ModuleList(Head(channels, classes, width, s) for s in strides)

    def forward(self, maps: list[Tensor], label: Tensor) -> list[Tensor]:
        return [head(x, label).float() for head, x in zip(self.heads, maps, strict=True)]


@dataclass(frozen=True)
class Seen:
    """What the trunks made of pictures: per view (whole, and crop if any, of each) the mixtures.

    ``taps``: the first network's own maps of the whole pictures. ``pooled``: per view the means
    of the network's own maps over the picture, of all strides in a row: (b, d).
    """

    taps: list[Tensor]
    views: list[list[Tensor]]
    pooled: list[Tensor] = field(default_factory=list)


class Looks(Protocol):
    """The settings of a training that say how its projected critic looks."""

    @property
    def backbone(self) -> str: ...
    @property
    def backbone_size(self) -> int: ...
    @property
    def crops(self) -> bool: ...
    @property
    def augment(self) -> tuple[str, ...]: ...


class Projector:
    """The trunks, and heads for each of their views of a picture.

    ``further``: a network that looks beside MobileNetV2, as the first one does.
    """

    def __init__(
        self, config: Looks, classes: int, device: torch.device, further: Eye | None = None
    ) -> None:
        self._augment, self._crop, self._crops = config.augment, config.backbone_size, config.crops
        eyes: list[Eye] = [MobileNetEye(config.backbone), *([further] if further else [])]
        self.trunks = [Trunk(eye, config.backbone_size).to(device) for eye in eyes]
        per_eye = 2 if config.crops else 1
        views = len(eyes) * per_eye
        self.pooled = [sum(eye.channels) for eye in eyes for _ in range(per_eye)]
        """Length of what ``Seen.pooled`` holds of every view."""
        self.heads = nn.ModuleList(ProjectedCritic(classes) for _ in range(views)).to(device)
        self.heads.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def look(self, pictures: Tensor, view: Again) -> Seen:
        """Pictures (b, 3, s, s) as the trunks see them, shifted and cropped as ``view`` draws."""
        view.rewind()
        whole = diff_augment(pictures, self._augment, view)
        crops = random_crops(pictures, self._crop, view) if self._crops else None
        taps: list[Tensor] = []
        views: list[list[Tensor]] = []
        pooled: list[Tensor] = []
        for trunk in self.trunks:
            for seen in (whole,) if crops is None else (whole, crops):
                maps, mixed = trunk(seen)
                taps = taps or maps
                views.append(mixed)
                pooled.append(torch.cat([m.float().mean((2, 3)) for m in maps], 1))
        return Seen(taps, views, pooled)

    def logits(self, seen: Seen, label: Tensor) -> list[Tensor]:
        """The logits of every scale of every view, (b, h, w) each."""
        pairs = zip(self.heads, seen.views, strict=True)
        return [logits for head, maps in pairs for logits in head(maps, label)]


def random_crops(x: Tensor, side: int, draw: Draw) -> Tensor:
    """A square of ``side`` pixels out of each picture, anywhere: (b, c, h, w) -> (b, c, s, s)."""
    count, _, height, width = x.shape
    top = draw(lambda rng: torch.randint(height - side + 1, (count, 1), generator=rng))
    left = draw(lambda rng: torch.randint(width - side + 1, (count, 1), generator=rng))
    along = torch.arange(side, device=x.device)
    return taken(x, top + along, left + along)


def feature_distance(a: Seen, b: Seen, count: int) -> Tensor:
    """Mean difference of the first ``count`` pictures' mixtures, relative to those of ``b``."""
    terms = [
        F.l1_loss(x[:count], y[:count]) / y[:count].abs().mean().clamp(min=1e-6)
        for left, right in zip(a.views, b.views, strict=True)
        for x, y in zip(left, right, strict=True)
    ]
    return torch.stack(terms).mean()
