"""Units of a layer: what they show, which of them paint a place, and a picture without some.

A unit is a channel of a layer's output. What it does is seen by taking it away (Bau et al. 2019,
"GAN Dissection"); which ones to take away is estimated from gradients, to the first order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from .device import generator

PROJECTIONS = 16  # random signs that stand for all pixels of a place
Run = Callable[[], Tensor]
"""Passes something through the network, and returns the picture or logits (b, c, h, w)."""


@torch.no_grad()
def activations(run: Run, layers: Sequence[nn.Module]) -> list[Tensor]:
    """What the layers put out while ``run`` is run: (b, c, h, w) each."""
    found: dict[nn.Module, Tensor] = {}

    def keep(module: nn.Module, _: object, out: Tensor) -> None:
        found[module] = out.detach().float()

    hooks = [layer.register_forward_hook(keep) for layer in layers]
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    return [found[layer] for layer in layers]


@contextmanager
def silenced(layer: nn.Module, units: Sequence[int]) -> Iterator[None]:
    """Inside, these units of ``layer`` put out 0 everywhere."""
    off = list(units)

    def silence(_: nn.Module, __: object, out: Tensor) -> Tensor:
        out = out.clone()
        out[:, off] = 0
        return out

    hook = layer.register_forward_hook(silence)
    try:
        yield
    finally:
        hook.remove()


def matters(run: Run, layer: nn.Module, place: Tensor) -> Tensor:
    """How much each unit changes the picture at a place, to the first order: (c,).

    ``run``: makes one picture, (1, 3, h, w). ``place``: (h, w), how much each pixel counts. The
    answer is in units of the picture: the weighted root mean square over pixels and colours of
    the change that taking the unit away would make, were the network linear in it. The squares
    are estimated with random signs (Hutchinson 1989), since a gradient per pixel would take too
    long.
    """
    taken: list[Tensor] = []

    def take(_: nn.Module, __: object, out: Tensor) -> Tensor:
        taken.append(out.detach().requires_grad_(True))
        return taken[-1]

    hook = layer.register_forward_hook(take)
    try:
        with torch.enable_grad():
            picture = run()
    finally:
        hook.remove()
    out = taken[-1]
    rng = generator(0)
    weight = (place / place.sum() / picture.shape[1]).sqrt().to(picture)  # (h, w)
    total = torch.zeros(out.shape[1], device=out.device)
    for i in range(PROJECTIONS):
        signs = torch.randint(2, picture.shape, generator=rng).to(picture) * 2 - 1
        score = (picture * weight * signs).sum()
        (slope,) = torch.autograd.grad(score, out, retain_graph=i + 1 < PROJECTIONS)
        total += (slope * out.detach()).sum((0, 2, 3)).square()
    return (total / PROJECTIONS).sqrt()
