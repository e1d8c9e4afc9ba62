"""How restless a stylised picture is where its photo is calm: clouds and glows in an empty sky."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

CELLS = (8, 16)  # pixels; brush strokes are finer, clouds and glows are not
CALM = 0.06  # difference of neighbouring cells, in [-1, 1], from which on a photo is not calm


def unrest(painted: Tensor, photo: Tensor) -> Tensor:
    """Mean square of what neighbouring cells of ``painted`` differ by where those of ``photo`` do
    not: (b,), 0 for the photo of one colour that stays of one.

    ``painted``, ``photo``: (b, 3, h, w) in [-1, 1]. Only averages of cells count, so texture is
    free; and where a photo has edges of its own, so is everything. Sides of less than two cells
    count as calm.
    """
    found = torch.zeros(len(painted), device=painted.device)
    for cell in CELLS:
        for dim in (-2, -1):
            if painted.shape[dim] < 2 * cell or min(painted.shape[-2:]) < cell:
                continue
            ours, theirs = (F.avg_pool2d(x.float(), cell).diff(dim=dim) for x in (painted, photo))
            calm = torch.exp(-((theirs.abs().amax(1, keepdim=True) / CALM) ** 2))
            found = found + (calm * ours**2).mean((1, 2, 3))
    return found / (2 * len(CELLS))
