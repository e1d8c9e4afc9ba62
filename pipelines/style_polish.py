"""The pixels of a restyled picture, changed until they have the style.

A network that paints in one pass is never quite as told, and is timid about strokes. Descent on the
pixels (Gatys et al. 2016) is not, but takes hundreds of steps from the photo on; from what the
network painted on it takes a few dozen. The loss is that of Gatys et al., and what clouds the calm
parts of the photo. L-BFGS and not Adam: that moves what hardly matters as far as what does, which
leaves grain in every sky. What is changed is blurred a little, or the maxima that the layers that
see take of two by two pixels leave a pattern of that size.

L-BFGS without a line search magnifies rounding: after forty steps pictures of two machines, or of
one with another number of threads, differ by tens of 255 here and there. A smooth total variation
delays that by a few steps only; float64 avoids it at three times the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from .gatys import descend, gram, gram_distance, variation
from .media import to_images
from .networks.stylizer import READ, by_depth
from .patches import padded_tensor
from .unrest import unrest

if TYPE_CHECKING:
    from torch import Tensor

    from .networks.stylizer import Stylizer

STYLE = 20.0  # weight of the style; that of the content is 1
REST = 3.0  # of what stays calm
VARIATION = 1.0  # of the total variation: fine lattices in flat parts
OVER = 10.0  # of what no screen shows
HISTORY = 10  # steps that L-BFGS remembers; each takes as much memory as two pictures
FIRST = 0.005  # how far the first of them leads, of [-1, 1]
CONTENT = list(READ).index("conv34")


def polish(
    network: Stylizer,
    photo: Image.Image,
    painted: np.ndarray,
    code: Tensor,
    steps: int,
    strength: float = 1.0,
) -> Iterator[np.ndarray]:
    """Yields the picture, uint8 (h, w, 3), after every step.

    ``photo``: RGB; ``painted``: uint8 (h, w, 3), what the network made of it; ``code``: (1, CODE),
    that of the style; ``strength``: the cube of it is the weight of the style, as in the slow way.
    Ends early where a step leads out of all numbers.
    """
    x, start = (
        padded_tensor(image, network.STRIDE, network.STRIDE, code.device)
        for image in (photo, Image.fromarray(painted))
    )
    near = beside(network, x, code, STYLE * strength**3)

    def loss(change: Tensor) -> Tensor:
        picture = start + blurred(change)
        seen = picture.clamp(-1, 1)
        away = near(seen) + VARIATION * variation(picture)
        return away + OVER * (picture - seen).square().mean()

    for change in descend(start * 0, loss, steps, HISTORY, FIRST):
        found = (start + blurred(change))[..., : photo.height, : photo.width]
        yield np.asarray(to_images(found)[0])


def beside(
    network: Stylizer, photo: Tensor, code: Tensor, style: float
) -> Callable[[Tensor], Tensor]:
    """How far a painting (1, 3, h, w) is from a photo of that size and from what a code says.

    Content counts 1, Gram matrices ``style``, clouds in calm parts REST.
    """
    with torch.no_grad():
        wanted = [root @ root + mean.mT @ mean for mean, root in by_depth(code)]
        there = network.eye(photo)[CONTENT]
    size = there.square().mean().clamp(min=1e-6)

    def loss(painted: Tensor) -> Tensor:
        maps = network.eye(painted)
        moved = (maps[CONTENT] - there).square().mean() / size
        found = moved + style * gram_distance([gram(m) for m in maps], wanted).mean()
        return found + REST * unrest(painted, photo).mean()

    return loss


def blurred(x: Tensor) -> Tensor:
    """By (1, 2, 1) / 4 along both sides, (b, c, h, w) as before; what alternates from pixel to
    pixel becomes 0."""
    x = F.pad(x, (1, 1, 1, 1), mode="replicate")
    x = (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]) / 4
    return (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]) / 4
