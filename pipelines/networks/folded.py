"""The style network as it is used, not trained: the same function in less time and memory.

Whatever can be is done in place; the first two layers are one; and with given statistics the
matrices that colour maps become part of the convolutions before them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .colouring import Stats, change, own
from .stylizer import LAYERS, READ, Stylizer, by_depth

Moments = tuple[Tensor, Tensor]


class Folded:
    """Called: pictures (1, 3, h, w) in [-1, 1] to stylised ones, as ``Stylizer.styled``.

    ``code``: (1, code). ``stats``: of another pass; without them each picture's own, which are
    then in ``stats`` until the next. To be used in inference mode.
    """

    def __init__(
        self, network: Stylizer, code: Tensor, stats: Sequence[Moments] | None = None
    ) -> None:
        self.stats: Stats = list(stats or ())
        self._finding = stats is None
        given = iter(self.stats)

        def joint(depth: int, conv: Any = None, side: Any = None) -> _Joint:
            return _Joint(styles[depth], conv, side, None if stats is None else next(given))

        # In the order in which the network meets them.
        n: Any = network
        styles = by_depth(code)
        self._see = _eye(n.eye)
        self._first = joint(3)
        self._deep = [(_Conv.of(a), joint(3, b)) for a, b in n.deep]
        self._leave4 = _Conv.of(n.leave4)
        self._meet3 = joint(2, n.meet3, n.skip3)
        self._blocks = [(_Conv.of(a), joint(2, b)) for a, b in n.blocks]
        self._leave3 = _Conv.of(n.leave3)
        self._meet2 = joint(1, n.meet2, n.skip2)
        self._leave2 = _Conv.of(n.leave2)
        self._meet1 = joint(0, n.meet1, n.skip1)
        self._paint = _Conv.of(n.paint)

    def __call__(self, picture: Tensor) -> Tensor:
        if self._finding:
            self.stats.clear()
        found = self.stats if self._finding else None
        x = picture.contiguous(memory_format=torch.channels_last)
        maps: list[Tensor] = []
        for name, conv in self._see.items():
            if name.endswith("1") and name != "conv11":
                x = F.max_pool2d(x, 2)
            x = conv(x).relu_()
            if name in READ:
                maps.append(x)
        one, two, three, x = (x / scale for x, scale in zip(maps, READ.values(), strict=True))
        del maps
        x = self._first(None, x, found)
        for first, second in self._deep:
            x = second(first(x).relu_(), x, found)
        x = self._leave4(x).relu_()
        x = self._meet3(_twice(x), three, found)
        for first, second in self._blocks:
            x = second(first(x).relu_(), x, found)
        x = self._leave3(x).relu_()
        x = self._meet2(_twice(x), two, found)
        x = self._leave2(x).relu_()
        x = self._meet1(_twice(x), one, found)
        return self._paint(x).tanh_()


class _Conv:
    """3x3 on repeated edges. ``weight``: (d, c, 3, 3), ``bias``: (d,)."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self._weight = weight.contiguous(memory_format=torch.channels_last)
        self._bias = bias

    @classmethod
    def of(cls, conv: nn.Conv2d) -> _Conv:
        assert conv.bias is not None
        return cls(conv.weight, conv.bias)

    def __call__(self, x: Tensor) -> Tensor:
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), self._weight, self._bias)


class _Joint:
    """A convolution of one and a matrix times the other, added up, coloured, nothing below 0.

    ``conv``: 3x3, or None; ``side``: 1x1, or None for the other as it is. ``away``: the
    moments that are taken away; None to find them, and add them to what is ``found``.
    """

    def __init__(
        self, style: Moments, conv: nn.Conv2d | None, side: nn.Conv2d | None, away: Moments | None
    ) -> None:
        self._style = style
        self._conv = _Conv.of(conv) if conv else None
        self._side = side.weight if side else None
        self._bias: Tensor | None = None
        if away is None:
            return
        matrix, offset = (x[0] for x in change(*style, away))
        if conv is not None:
            assert conv.bias is not None
            weight = torch.einsum("dc,cijk->dijk", matrix, conv.weight)
            self._conv = _Conv(weight, matrix @ conv.bias + offset)
        else:
            self._bias = offset
        self._side = (matrix if side is None else matrix @ side.weight[..., 0, 0])[..., None, None]

    def __call__(self, x: Tensor | None, beside: Tensor, found: Stats | None) -> Tensor:
        y = beside if self._side is None else F.conv2d(beside, self._side, self._bias)
        if self._conv is not None and x is not None:
            y = self._conv(x).add_(y)
        if found is not None:
            found.append(own(y))
            matrix, offset = change(*self._style, found[-1])
            y = F.conv2d(y, matrix[0, ..., None, None], offset[0])
        return y.relu_()


def _eye(eye: Any) -> dict[str, _Conv]:
    """The layers that see, the very first as a part of the second."""
    found = {name: _Conv.of(getattr(eye, name)) for name in LAYERS}
    first, second = eye.conv0, eye.conv11
    start = first.weight[..., 0, 0]
    # Pictures are in [-1, 1], the first layer wants [0, 1].
    offset = first.bias + start.sum(1) / 2
    weight = torch.einsum("dcjk,cb->dbjk", second.weight, start / 2)
    found["conv11"] = _Conv(weight, second.bias + second.weight.sum((2, 3)) @ offset)
    return found


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
