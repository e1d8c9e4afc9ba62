"""Which pixels decide what a network says, and which ones its latent still moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from .device import generator, noise

COPIES = 8  # noisy copies of a picture
NOISE = 0.15  # their deviation, of pictures in [-1, 1]
DIRECTIONS = 16  # in latent space
STEP = 0.05  # of each, where the entries of a latent are about 1


def smooth_gradient(score: Callable[[Tensor], Tensor], x: Tensor) -> Iterator[Tensor]:
    """How much a score depends on every pixel, better with every report: (h, w), at least 0.

    SmoothGrad (Smilkov et al. 2017) with squared gradients (Hooker et al. 2019): the root mean
    square over noisy copies of a picture x (1, 3, h, w), and over colours. ``score``: of one
    picture, a number. Noise is drawn on the CPU from a fixed seed.
    """
    rng = generator(0)
    total = torch.zeros(x.shape[-2:], device=x.device)
    for i in range(COPIES):
        noisy = x + NOISE * torch.randn(x.shape, generator=rng).to(x)
        # Nothing may be yielded inside: the context would leak to whoever asks for more.
        with torch.enable_grad():
            noisy.requires_grad_(True)
            (slope,) = torch.autograd.grad(score(noisy), noisy)
        total += slope[0].float().square().mean(0)
        yield (total / (i + 1)).sqrt()


@torch.no_grad()
def latent_reach(network: Any, z: Tensor, label: Tensor) -> Tensor:
    """How much every pixel moves when the latent does: (h, w), in units of the picture.

    The root mean square over random directions, and over colours, of the slope of a generator
    along them, per unit of the latent's entries. ``z``: (1, d), as given to the network; ``label``:
    (1, c).
    """
    slopes: list[Tensor] = []
    # Truncated latents lie inside the sphere, and stay as far inside.
    inside = z.norm() / network.prior(z).norm().clamp(min=1e-6)
    for e in noise(range(DIRECTIONS), z.shape[1]).to(z):
        step = STEP * e[None]
        ends = inside * torch.cat([network.prior(z + step), network.prior(z - step)])
        plus, minus = network(ends, label.expand(2, -1)).float()
        slopes.append(((plus - minus) / (2 * STEP)).square().mean(0))
    return torch.stack(slopes).mean(0).sqrt()


def half_radius(map: Tensor, x: int, y: int) -> float:
    """Pixels from (x, y) within which half of a map's total lies."""
    h, w = map.shape
    rows = torch.arange(h, device=map.device)[:, None] - y
    columns = torch.arange(w, device=map.device) - x
    far = (rows.square() + columns.square()).float().sqrt().ravel()
    order = far.argsort()
    share = map.ravel()[order].double().cumsum(0)
    at = int(torch.searchsorted(share, share[-1] / 2))
    return float(far[order[min(at, len(order) - 1)]])
