"""Differentiable augmentation of what the critic sees (Zhao et al. 2020, DiffAugment)."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from training.draws import Draw

Augmentation = Callable[[Tensor, Draw], Tensor]


def _uniform(x: Tensor, draw: Draw) -> Tensor:
    """(b, 1, 1, 1) uniform in [0, 1)."""
    count = len(x)
    return draw(lambda rng: torch.rand(count, 1, 1, 1, generator=rng)).to(x.dtype)


def _offsets(x: Tensor, draw: Draw, ratio: float) -> tuple[Tensor, Tensor]:
    count, reach = len(x), max(1, round(x.shape[-1] * ratio))
    shift = draw(lambda rng: torch.randint(-reach, reach + 1, (2, count, 1), generator=rng))
    return shift[0], shift[1]  # each (b, 1)


def color(x: Tensor, draw: Draw) -> Tensor:
    """Brightness by up to 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5."""
    x = x + (_uniform(x, draw) - 0.5)
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (2 * _uniform(x, draw)) + grey
    mean = x.mean((1, 2, 3), keepdim=True)
    return (x - mean) * (_uniform(x, draw) + 0.5) + mean


def translation(x: Tensor, draw: Draw, ratio: float = 0.125) -> Tensor:
    """Shift by up to an eighth of the side; what comes in is zero (mid grey)."""
    _, _, height, width = x.shape
    dy, dx = _offsets(x, draw, ratio)
    rows = (torch.arange(height, device=x.device) + dy + 1).clamp(0, height + 1)  # (b, h)
    columns = (torch.arange(width, device=x.device) + dx + 1).clamp(0, width + 1)  # (b, w)
    return taken(F.pad(x, (1, 1, 1, 1)), rows, columns)


def taken(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Other rows (b, h') and columns (b, w') of each picture: (b, c, h, w) -> (b, c, h', w').

    Two gathers, whose gradients scatter; those of an index of pixels are sorted first on a GPU.
    """
    count, channels, _, width = x.shape
    down = rows[:, None, :, None].expand(count, channels, -1, width)
    across = columns[:, None, None, :].expand(count, channels, rows.shape[1], -1)
    return x.gather(2, down).gather(3, across)


def cutout(x: Tensor, draw: Draw, ratio: float = 0.5) -> Tensor:
    """Blank a square of half the side somewhere in the picture."""
    count, _, height, width = x.shape
    half = max(1, round(height * ratio / 2))
    corner = draw(lambda rng: torch.rand(2, count, 1, generator=rng))
    y = (corner[0] * height).long() - torch.arange(height, device=x.device)  # (b, h)
    c = (corner[1] * width).long() - torch.arange(width, device=x.device)
    inside = (y.abs() < half)[:, None, :, None] & (c.abs() < half)[:, None, None, :]
    return x.masked_fill(inside, 0)


AUGMENTATIONS: dict[str, Augmentation] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}


def diff_augment(x: Tensor, policy: tuple[str, ...], draw: Draw) -> Tensor:
    """Apply the named augmentations in order. ``x``: (b, 3, h, w) in [-1, 1]; differentiable."""
    for name in policy:
        x = AUGMENTATIONS[name](x, draw)
    return x
