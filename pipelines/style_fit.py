"""Codes that come true: what is asked of the network, changed until the picture has it.

A network that paints any style in one pass is never quite as told: ask it for the correlations of a
painting, and what it paints has others. The layers that see styles can say by how much, so the code
is corrected by descent, for one photo and one style, on a small copy of the photo. The loss is that
of Gatys et al. (2016), and what clouds the calm parts of the photo; but eleven thousand numbers are
changed instead of every pixel, and a few dozen steps do what takes pixels hundreds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .gatys import gram, gram_distance
from .networks.stylizer import READ, by_depth
from .patches import padded_tensor
from .unrest import unrest

if TYPE_CHECKING:
    from PIL import Image

    from .networks.stylizer import Stylizer

STYLE = 1.75  # weight of the style; that of the content is 1
REST = 24.0  # and of what stays calm
RATE, BETAS = 0.02, (0.8, 0.95)  # of Adam: quicker to forget than usual, for there are few steps
CONTENT = list(READ).index("conv34")


def fit(network: Stylizer, small: Image.Image, code: Tensor, steps: int) -> Iterator[Tensor]:
    """Yields the code (1, CODE) after every step towards a picture that has what ``code`` says."""
    x = padded_tensor(small, network.STRIDE, network.STRIDE, code.device)
    loss = beside(network, x, code, STYLE, REST)
    # A copy: the codes that ship are not to be changed.
    found = code.clone().requires_grad_(True)
    descent = torch.optim.Adam([found], RATE, BETAS)
    for _ in range(steps):
        with torch.enable_grad():
            (found.grad,) = torch.autograd.grad(loss(network(x, found)), found)
        if not found.grad.isfinite().all():
            return
        descent.step()
        yield found.detach().clone()


def beside(
    network: Stylizer, photo: Tensor, code: Tensor, style: float, rest: float
) -> Callable[[Tensor], Tensor]:
    """How far a painting (1, 3, h, w) is from a photo of that size and from what a code says.

    Content counts 1, Gram matrices ``style``, clouds in calm parts ``rest``.
    """
    with torch.no_grad():
        wanted = [root @ root + mean.mT @ mean for mean, root in by_depth(code)]
        there = network.eye(photo)[CONTENT]
    size = there.square().mean().clamp(min=1e-6)

    def loss(painted: Tensor) -> Tensor:
        maps = network.eye(painted)
        moved = (maps[CONTENT] - there).square().mean() / size
        found = moved + style * gram_distance([gram(m) for m in maps], wanted).mean()
        return found + rest * unrest(painted, photo).mean()

    return loss
