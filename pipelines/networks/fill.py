"""A smooth first guess for missing pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def smooth_fill(picture: Tensor, mask: Tensor) -> Tensor:
    """Missing pixels from ever coarser averages of the known ones (push-pull, Gortler et al. 1996).

    ``picture``: (b, c, h, w); ``mask``: (b, 1, h, w), 1 = missing. Known pixels stay as they are;
    where nothing is known at all the result is 0.
    """
    known = 1 - mask
    return picture * known + _pulled(picture * known, known) * mask


def _pulled(weighted: Tensor, weight: Tensor) -> Tensor:
    """Averages by ``weight``; where it is below 1, the rest comes from half the resolution."""
    mean = weighted / weight.clamp(min=1e-6)
    if max(weight.shape[-2:]) == 1:
        return mean
    halves = [F.avg_pool2d(x, 2, ceil_mode=True) for x in (weighted, weight)]
    # Wherever a quarter is known, the average may be trusted.
    scale = 1 / halves[1].clamp(min=0.25)
    coarse = _pulled(halves[0] * scale, halves[1] * scale)
    size = weight.shape[-2:]
    coarse = F.interpolate(coarse, size, mode="bilinear", align_corners=False)
    return torch.lerp(coarse, mean, weight)
