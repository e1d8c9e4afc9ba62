"""Adversarial losses and penalties, on critic logits of shape (b,)."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

LossName = Literal["minimax", "non-saturating", "hinge"]


def critic_loss(name: LossName, real: Tensor, fake: Tensor) -> Tensor:
    """Loss of the critic. minimax and non-saturating share it (Goodfellow et al. 2014, eq. 1)."""
    if name == "hinge":  # Lim and Ye 2017
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(name: LossName, fake: Tensor) -> Tensor:
    """Loss of the generator.

    minimax: log(1 - D(G(z))), whose gradient vanishes when the critic wins; non-saturating:
    -log D(G(z)) (Goodfellow et al. 2014, section 3); hinge: -D(G(z)).
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
