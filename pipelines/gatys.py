"""Style by optimisation, slow and best (Gatys et al. 2016).

The picture itself is what is learned: it begins as the photo, and L-BFGS makes it resemble the
photo in what a deep layer of VGG-19 finds where, and the style in which features of five layers
occur together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT_LAYER = "relu4_2"
LAYERS = (*STYLE_LAYERS, CONTENT_LAYER)
STYLE_WEIGHT = 10.0  # of the style beside the content, at strength 1
VARIATION = 0.3  # weight of the total variation: layers that see little let noise pass
HISTORY = 20  # steps that L-BFGS remembers; each takes as much memory as two pictures


def gatys(
    network: Any,
    content: Tensor,
    styles: Sequence[Tensor],
    blend: float = 0.5,
    strength: float = 1.0,
    iterations: int = 300,
) -> Iterator[Tensor]:
    """The picture after each of ``iterations`` steps, (1, 3, h, w) in [-1, 1].

    ``network``: pictures and names of layers to maps, see ``networks.vgg``. ``content`` and one
    or two ``styles``: (1, 3, h, w) in [-1, 1] of any sizes from 16 pixels; ``blend``: in [0, 1],
    1 = the second. ``strength``: the cube of it is the weight of the style. Ends early where a
    step leads out of all numbers.
    """
    with torch.no_grad():
        (there,) = network(content, (CONTENT_LAYER,)).values()
        wanted = _mixed([_grams(network(style, STYLE_LAYERS)) for style in styles], blend)
    scale = there.square().mean().clamp(min=1e-6)
    weight = STYLE_WEIGHT * strength**3

    def loss(painted: Tensor) -> Tensor:
        painted.data.clamp_(-1, 1)  # what no screen shows must not bear what is wanted
        maps = network(painted, LAYERS)
        moved = (maps[CONTENT_LAYER] - there).square().mean() / scale
        found = moved + weight * gram_distance(_grams(maps), wanted).mean()
        return found + VARIATION * variation(painted)

    for painted in descend(content, loss, iterations):
        yield painted.clamp(-1, 1)


def descend(
    start: Tensor,
    loss: Callable[[Tensor], Tensor],
    steps: int,
    history: int = HISTORY,
    first: float = 0.0,
) -> Iterator[Tensor]:
    """Change numbers of any shape so that a ``loss`` of them falls, by L-BFGS.

    Yields them after every step, one evaluation each; ends early where a step leads out of all
    numbers. ``history``: steps that are remembered; ``first``: how far the first of them leads,
    on average, where 0 leaves it to PyTorch, which hardly moves.
    """
    found = start.clone(memory_format=torch.contiguous_format).requires_grad_(True)
    # One evaluation each: what is looked at in between costs nothing.
    solver = torch.optim.LBFGS([found], max_iter=1, history_size=history)

    def evaluated() -> Tensor:
        solver.zero_grad()
        away = loss(found)
        away.backward()
        return away

    (group,) = solver.param_groups
    for step in range(steps):
        group["lr"] = first * found.numel() if first and not step else 1.0
        with torch.enable_grad():  # not while whoever asked does other things
            solver.step(evaluated)  # type: ignore[arg-type]
        if not found.isfinite().all():
            return
        yield found.detach()


def gram(maps: Tensor) -> Tensor:
    """How often features (b, c, h, w) occur together, mean over all places: (b, c, c)."""
    flat = maps.float().flatten(2)
    return flat @ flat.mT / flat.shape[2]


def gram_distance(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
    """Squared distance of Gram matrices (b, c, c) of several layers, relative to ``wanted``.

    Returns the mean over the layers, (b,).
    """
    terms = [
        (a - b).square().sum((1, 2)) / b.square().sum((1, 2)).clamp(min=1e-12)
        for a, b in zip(found, wanted, strict=True)
    ]
    return torch.stack(terms).mean(0)


def variation(x: Tensor) -> Tensor:
    """Mean difference of neighbouring pixels."""
    return sum((x.diff(dim=d).abs().sum() for d in (-1, -2)), x.new_zeros(())) / x.numel()


def _grams(maps: dict[str, Tensor]) -> list[Tensor]:
    return [gram(maps[name]) for name in STYLE_LAYERS]


def _mixed(grams: list[list[Tensor]], blend: float) -> list[Tensor]:
    if len(grams) == 1:
        return grams[0]
    return [torch.lerp(a, b, blend) for a, b in zip(*grams, strict=True)]
