"""Fine maps for the cells of a hole, fetched from known cells that resemble them.

Contextual attention (Yu et al. 2018) whose weights are found on the coarsest maps and used on the
finer ones as well (attention transfer: Zeng et al. 2019, PEN-Net; Yi et al. 2020, HiFill). What a
U-Net hands across inside a hole has only seen a smooth fill; this gives it texture of the picture.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SHARPNESS = 20.0  # of the softmax over cosines, at first
UNKNOWN = -7.0  # logit of keys that a hole touches: taken where no other resembles


class ContextualAttention(nn.Module):
    """What to add to finer maps inside the hole, as it was found elsewhere in the picture.

    ``channels``, of the coarse map; ``inner``, of the projections that are compared; ``finer``,
    channels of each finer map. Called with the coarse map (b, c, h, w), a mask (b, 1, s, s),
    1 = missing, and finer maps (b, c', n h, n w); returns one map like each of those, 0 where
    nothing is missing. At first it returns zeros.
    """

    def __init__(self, channels: int, inner: int, finer: tuple[int, ...]) -> None:
        super().__init__()
        self.key = nn.Conv2d(channels, inner, 1, bias=False)
        self.query = nn.Conv2d(channels, inner, 1, bias=False)
        # Likeness of the maps themselves is what to begin with.
        self.query.weight.data.copy_(self.key.weight.data)
        self.sharpness = nn.Parameter(torch.tensor(math.log(SHARPNESS)))
        self.bring = nn.ModuleList(nn.Conv2d(c, c, 1) for c in finer)
        for conv in self.bring:
            nn.init.zeros_(conv.weight)  # type: ignore[arg-type]
            nn.init.zeros_(conv.bias)  # type: ignore[arg-type]

    def forward(self, coarse: Tensor, mask: Tensor, finer: list[Tensor]) -> list[Tensor]:
        weights = self._weights(coarse, mask)  # (b, n, n)
        added = []
        for conv, x in zip(self.bring, finer, strict=True):
            times = x.shape[-1] // coarse.shape[-1]
            cells = F.pixel_unshuffle(x, times)
            found = torch.bmm(weights, cells.flatten(2).transpose(1, 2))
            found = found.transpose(1, 2).unflatten(2, coarse.shape[-2:])
            hole = F.adaptive_max_pool2d(mask, x.shape[-2:])
            added.append(conv(F.pixel_shuffle(found, times)) * hole)
        return added

    def _weights(self, coarse: Tensor, mask: Tensor) -> Tensor:
        query = F.normalize(self.query(coarse).float().flatten(2), dim=1)
        key = F.normalize(self.key(coarse).float().flatten(2), dim=1)
        touched = F.adaptive_max_pool2d(mask, coarse.shape[-2:]).flatten(2)  # (b, 1, n)
        cosine = torch.bmm(query.transpose(1, 2), key)
        return (self.sharpness.exp() * cosine + UNKNOWN * touched).softmax(2)
