"""The averaged weights that ship: smoother than those of any single step."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def follow(average: nn.Module, live: nn.Module, count: int, half_life: float) -> None:
    """Move ``average`` towards ``live``, batch-norm statistics included.

    ``count``: pictures since the last call; ``half_life``: in pictures, 0 copies.
    """
    keep = 0.5 ** (count / half_life) if half_life else 0.0
    state = live.state_dict()
    for key, mean in average.state_dict().items():
        if mean.is_floating_point():
            mean.lerp_(state[key], 1 - keep)
        else:
            mean.copy_(state[key])
