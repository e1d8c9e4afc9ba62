"""A segmentation network made elsewhere, behind the same face as our own."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEAST = 128  # pixels of a side: some decoders pool coarse features further


class Wrapped(nn.Module):
    """Pictures (b, 3, h, w) in [-1, 1] to logits (b, c, h, w), of any size.

    ``net``: a model of ``segmentation_models_pytorch`` for RGB pictures. ``mean``, ``std``: what
    its encoder expects, of RGB in [0, 1]. A single output, the logit of one class against the
    ground, becomes two.
    """

    gain: Tensor
    offset: Tensor

    def __init__(self, net: Any, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.net = net
        self.STRIDE = math.lcm(32, int(net.encoder.output_stride))
        mean_, std_ = torch.tensor(mean), torch.tensor(std)
        # (x + 1) / 2 brought to the encoder's mean and deviation, in one step.
        self.register_buffer("gain", (0.5 / std_)[:, None, None], persistent=False)
        self.register_buffer("offset", ((0.5 - mean_) / std_)[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        h, w = x.shape[-2:]
        below, right = (max(LEAST, side + -side % self.STRIDE) - side for side in (h, w))
        logits = self.net(F.pad(x * self.gain + self.offset, (0, right, 0, below), "replicate"))
        if isinstance(logits, tuple):  # with what a head for whole pictures says
            logits = logits[0]
        if logits.shape[1] == 1:
            logits = torch.cat([torch.zeros_like(logits), logits], 1)
        return logits[..., :h, :w]
