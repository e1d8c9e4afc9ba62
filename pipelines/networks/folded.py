"""The style network as it is used, not trained: the same function in a fraction of the time.

Almost all of the time goes into passes over what convolutions have found, and into memory for
them. Here everything is done in place; with given statistics the normalisations become part of
the convolutions; and the picture is not made twice as large before its last convolution, but by
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .stylizer import Stats, StyledConv, Stylizer

ROUNDING = 1e-10  # variance of what is the same everywhere, at most


@dataclass(frozen=True)
class _Conv:
    """``gain`` and ``offset``, (1, d, 1, 1), of a normalisation whose statistics are yet to be
    found, and are added to ``found``."""

    weight: Tensor
    bias: Tensor | None = None
    stride: int = 1
    gain: Tensor | None = None
    offset: Tensor | None = None
    found: Stats | None = None

    def __call__(self, x: Tensor) -> Tensor:
        x = F.pad(x, (1, 1, 1, 1), mode="replicate")
        x = F.conv2d(x, self.weight, self.bias, self.stride)
        if self.found is None:
            return x
        assert self.gain is not None
        assert self.offset is not None
        mean = x.mean((2, 3), keepdim=True)
        x.sub_(mean)
        # Many times faster than var; and rounding alone, in a picture of one colour, is nothing
        # to be made a hundred times larger by layer after layer.
        variance = x.square().mean((2, 3), keepdim=True)
        spread = (variance + 1e-4).rsqrt() * (variance > ROUNDING)
        self.found.append((mean, spread))
        return torch.addcmul(self.offset, x, self.gain * spread, out=x)


class Folded:
    """Called: pictures (1, 3, h, w) in [-1, 1] to stylised ones, as ``Stylizer.styled``.

    ``code``: (1, code). ``stats``: of another pass; without them each picture's own, which are
    then in ``stats`` until the next. To be used in inference mode.
    """

    def __init__(
        self,
        network: Stylizer,
        code: Tensor,
        stats: Sequence[tuple[Tensor, Tensor]] | None = None,
    ) -> None:
        self.stats: Stats = list(stats or ())
        given = iter(self.stats)

        def fold(layer: StyledConv) -> _Conv:
            gain, offset = layer.norm.style(code)[:, :, None, None].chunk(2, dim=1)
            weight, stride = layer.conv.weight, layer.conv.stride[0]
            if stats is None:
                return _Conv(weight, None, stride, 1 + gain, offset, self.stats)
            mean, spread = next(given)
            scale = (1 + gain) * spread
            return _Conv(weight * scale.mT.movedim(1, 0), (offset - mean * scale).flatten(), stride)

        # In the order in which the network meets them.
        n = network
        self._start, self._down1, self._down2 = fold(n.start), fold(n.down1), fold(n.down2)
        self._blocks = [(fold(a), fold(b)) for a, b in n.blocks]  # type: ignore[misc]
        self._up2, self._up1, self._fine = fold(n.up2), fold(n.up1), fold(n.fine)
        self._paint = _enlarging(n.paint.weight, n.paint.bias)
        self._grain, self._sharpen = fold(n.grain), _Conv(n.sharpen.weight)

    def __call__(self, picture: Tensor) -> Tensor:
        x = F.pixel_unshuffle(picture, 2).contiguous(memory_format=torch.channels_last)
        if self._start.found is not None:
            self.stats.clear()
        half = self._start(x).relu_()
        quarter = self._down1(half).relu_()
        x = self._down2(quarter).relu_()
        for first, second in self._blocks:
            x = second(first(x).relu_()).add_(x)
        x = self._up2(_twice(x)).relu_().add_(quarter)
        x = self._up1(_twice(x)).relu_().add_(half)
        x = self._fine(x).relu_()
        x = F.pixel_shuffle(self._paint(x), 2)
        grain = self._grain(picture.contiguous(memory_format=torch.channels_last)).relu_()
        return x.add_(self._sharpen(grain)).tanh_()


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def _enlarging(weight: Tensor, bias: Tensor | None) -> _Conv:
    """A 3x3 convolution (d, c, 3, 3) of what was made twice as large, bilinearly, as one of what
    it was made of: 4d channels, to be shuffled into pixels."""
    # For both rows that one becomes, and for each of three rows of the kernel: how much of the
    # row it came from and of the neighbours is in it.
    near, far = 0.75, 0.25
    rows = weight.new_tensor(
        [
            [[near, far, 0], [far, near, 0], [0, near, far]],
            [[far, near, 0], [0, near, far], [0, far, near]],
        ]
    )
    found = torch.einsum("dcij,yir,xjs->dyxcrs", weight, rows, rows)
    found = found.reshape(-1, weight.shape[1], 3, 3).contiguous(memory_format=torch.channels_last)
    return _Conv(found, None if bias is None else bias.repeat_interleave(4))
