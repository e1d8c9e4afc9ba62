"""How style transfer is judged: beside what optimising each picture reaches (Gatys et al. 2016).

Both see contents and styles that no training saw, through the same layers of VGG-19. More style
always costs content, so the network's strength is tuned until it keeps as much content as the
optimisation did; then their Gram losses are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.gatys import gram, gram_distance
from training.style import CONTENT_LAYER, STYLE_LAYERS
from training.vgg import Vgg

ITERATIONS = 300
STYLE_WEIGHT = 4.0
STRONGEST = 1.5  # what the app offers

Paint = Callable[[Tensor, Tensor, float], Tensor]
"""Contents and styles (n, 3, s, s), and a strength, to stylised contents."""


@dataclass(frozen=True)
class Against:
    """``style``, ``content``: losses, means over all pairs. ``strength``: at which the network
    kept as much content as the optimisation, or STRONGEST if it keeps more at any."""

    style: float
    content: float
    style_optimised: float
    content_optimised: float
    strength: float

    @property
    def ratio(self) -> float:
        return self.style / self.style_optimised


def losses(vgg: Vgg, painted: Tensor, content: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """Content and Gram loss of every picture, relative as in the training: (n,) each."""
    wanted = [gram(maps) for maps in vgg(style, STYLE_LAYERS)]
    (there,) = vgg(content, (CONTENT_LAYER,))
    maps = vgg(painted, STYLE_LAYERS)
    here = maps[STYLE_LAYERS.index(CONTENT_LAYER)]
    moved = (here - there).square().mean((1, 2, 3))
    kept = moved / there.square().mean((1, 2, 3)).clamp(min=1e-6)
    return kept, gram_distance([gram(m) for m in maps], wanted)


def optimised(vgg: Vgg, content: Tensor, style: Tensor, iterations: int = ITERATIONS) -> Tensor:
    """Gatys et al. 2016, from the content on, by L-BFGS; all pictures at once but apart."""
    found = []
    for x, s in zip(content.split(1), style.split(1), strict=True):
        painted = x.clone().requires_grad_(True)
        solver = torch.optim.LBFGS([painted], max_iter=iterations, max_eval=iterations * 5 // 4)

        def closure(painted=painted, x=x, s=s, solver=solver) -> Tensor:
            solver.zero_grad()
            kept, away = losses(vgg, painted, x, s)
            loss = (kept + STYLE_WEIGHT * away).sum()
            loss.backward()
            return loss

        solver.step(closure)
        found.append(painted.detach().clamp(-1, 1))
    return torch.cat(found)


def against_optimisation(
    vgg: Vgg, paint: Paint, content: Tensor, style: Tensor, best: Tensor
) -> Against:
    """Compare with what is ``optimised``, on pairs; all (n, 3, s, s) in [-1, 1]."""
    with torch.no_grad():
        kept, away = (float(x.mean()) for x in losses(vgg, best, content, style))
        low, high = 0.0, STRONGEST
        strength = STRONGEST
        for _ in range(8):
            ours = losses(vgg, paint(content, style, strength), content, style)
            if float(ours[0].mean()) > kept:
                high = strength
            else:
                low = strength
            if low >= STRONGEST:
                break
            strength = (low + high) / 2
        here, style_loss = losses(vgg, paint(content, style, strength), content, style)
    return Against(float(style_loss.mean()), float(here.mean()), away, kept, strength)


def pairs(contents: Sequence[Tensor], styles: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Every content with every style."""
    x = torch.stack([content for content in contents for _ in styles])
    return x, torch.stack([style for _ in contents for style in styles])
