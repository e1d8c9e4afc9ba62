"""Adversarial losses and penalties, on critic logits of shape (b,)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

BELOW = -1e4  # its exponential is 0
LossName = Literal["minimax", "non-saturating", "hinge", "wasserstein"]


def critic_loss(name: LossName, real: Tensor, fake: Tensor) -> Tensor:
    """Loss of the critic. minimax and non-saturating share it (Goodfellow et al. 2014, eq. 1)."""
    if name == "hinge":  # Lim and Ye 2017
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    if name == "wasserstein":  # Arjovsky et al. 2017, eq. 2, with its sign turned
        return fake.mean() - real.mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(name: LossName, fake: Tensor) -> Tensor:
    """Loss of the generator.

    minimax: log(1 - D(G(z))), whose gradient vanishes when the critic wins; non-saturating:
    -log D(G(z)) (Goodfellow et al. 2014, section 3); hinge and Wasserstein: -D(G(z)).
    """
    if name == "minimax":
        return -F.softplus(fake).mean()
    if name == "non-saturating":
        return F.softplus(-fake).mean()
    return -fake.mean()


def r1_penalty(logits: Tensor, pictures: Tensor) -> Tensor:
    """Mean squared gradient norm of the critic at real pictures (Mescheder et al. 2018, eq. 9).

    ``pictures`` must require grad and ``logits`` must have been computed from them.
    """
    (gradient,) = torch.autograd.grad(logits.float().sum(), pictures, create_graph=True)
    return gradient.float().square().flatten(1).sum(1).mean()


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor
) -> Tensor:
    """Squared distance of the critic's gradient norm to 1 between reals and fakes.

    Gulrajani et al. 2017, eq. 3. ``critic``: (b, 3, h, w) -> (b,); ``share``: (b, 1, 1, 1) in
    [0, 1], how much of the real picture is in each mixture.
    """
    between = (share * real + (1 - share) * fake).detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(between).float().sum(), between, create_graph=True)
    return (gradient.float().flatten(1).norm(dim=1) - 1).square().mean()


def uniformity(latents: Tensor, labels: Tensor) -> Tensor:
    """How unevenly the directions of each class fill the sphere.

    Wang and Isola 2020, eq. 2, with t = 2, over pairs of one class: when every class fills the
    sphere, a latent says nothing of its class, and any latent goes with any class. ``latents``:
    (b, d), of which only directions count; ``labels``: (b, classes), one-hot. Lower is more even;
    0 when no two are of one class.
    """
    directions = F.normalize(latents, dim=1)
    squared = 2 - 2 * directions @ directions.T  # (b, b) distances on the unit sphere
    pairs = (labels @ labels.T > 0.5).triu(1)
    count = pairs.sum()
    # The logarithm of a mean, in as many steps whatever the pairs are: see ``training.replay``.
    likeness = squared.mul(-2).masked_fill(~pairs, BELOW).flatten().logsumexp(0)
    return (likeness - count.clamp(min=1).log()) * (count > 0)
