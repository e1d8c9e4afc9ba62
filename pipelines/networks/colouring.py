"""Whitening and colouring: maps with the mean and the correlations of others.

What a style is to a network are the means of its channels and which of them go together (Gatys et
al. 2016). Both can be given to any maps by one matrix: first the maps' own correlations are taken
away, then the style's are put in their place (Li et al. 2017). It holds for every style, whether
or not any training has seen it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .roots import inverse_root

Stats = list[tuple[Tensor, Tensor]]
"""Mean (b, c) and inverse root of the covariance (b, c, c) of every colouring in order."""

SOFT = 1e-2  # of the mean variance, is added to all: channels that say nothing are not blown up
FLAT = 1e-5  # the least variance
ROUNDING = 1e-8  # variance of what is the same everywhere, at most


def moments(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (b, c) and covariance (b, c, c), never singular, of maps (b, c, h, w)."""
    flat = maps.float().flatten(2)
    mean = flat.mean(2)
    flat = flat - mean[..., None]
    covariance = flat @ flat.mT / flat.shape[2]
    least = SOFT * covariance.diagonal(dim1=-2, dim2=-1).mean(-1) + FLAT
    eye = torch.eye(flat.shape[1], device=maps.device)
    return mean, covariance + least[:, None, None] * eye


def own(maps: Tensor) -> tuple[Tensor, Tensor]:
    """What is to be taken away from maps (b, c, h, w): their mean and the inverse root of their
    covariance; 0 for maps that are the same everywhere, whose rounding would else be made visible
    by one colouring after another."""
    mean, covariance = moments(maps)
    most = maps.detach().float().var((2, 3), unbiased=False).amax(1)
    return mean, inverse_root(covariance) * (most > ROUNDING)[:, None, None]


def packed(mean: Tensor, matrix: Tensor) -> Tensor:
    """Means (b, c) and symmetric matrices (b, c, c) in one row: (b, c + c (c + 1) / 2)."""
    rows, columns = torch.triu_indices(*matrix.shape[-2:], device=matrix.device)
    return torch.cat([mean, matrix[:, rows, columns]], 1)


def unpacked(row: Tensor, channels: int) -> tuple[Tensor, Tensor]:
    """The reverse of ``packed``."""
    rows, columns = torch.triu_indices(channels, channels, device=row.device)
    matrix = row.new_empty(len(row), channels, channels)
    matrix[:, rows, columns] = row[:, channels:]
    matrix[:, columns, rows] = row[:, channels:]
    return row[:, :channels], matrix


def length(channels: int) -> int:
    """Of one row of ``packed``."""
    return channels + channels * (channels + 1) // 2


def change(mean: Tensor, matrix: Tensor, away: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """What maps are multiplied with, (b, c, c), and what is added then, (b, c), so that they have
    another mean (b, c) and root of the covariance (b, c, c).

    ``away``: see ``own``.
    """
    found = matrix @ away[1]
    return found, mean - (found @ away[0][..., None])[..., 0]


def coloured(maps: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:
    """Maps (b, c, h, w) times a matrix (b, c, c), plus an offset (b, c)."""
    b, c, h, w = maps.shape
    # Not in half precision: what is rare among the channels is made much larger.
    flat = maps.float().permute(0, 2, 3, 1).reshape(b, h * w, c)
    found = torch.baddbmm(offset[:, None], flat, matrix.mT).to(maps.dtype)
    return found.view(b, h, w, c).permute(0, 3, 1, 2)


def colour(maps: Tensor, style: tuple[Tensor, Tensor], given: Any, found: Stats) -> Tensor:
    """Maps (b, c, h, w) with the moments that a style has at their depth.

    What is taken away comes from ``given``, an iterator, while it has any, and joins ``found``.
    """
    with torch.autocast(maps.device.type, enabled=False):
        found.append(next(given, None) or own(maps))
        return coloured(maps, *change(*style, found[-1]))
