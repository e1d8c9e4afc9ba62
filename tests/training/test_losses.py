"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from training.losses import (
    critic_loss,
    generator_loss,
    gradient_penalty,
    r1_penalty,
    uniformity,
)

REAL = torch.tensor([0.0, 2.0])
FAKE = torch.tensor([0.0, -3.0])


def log_loss(probability: float) -> float:
    return -math.log(probability)


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_hinge() -> None:
    # max(0, 1 - 0), max(0, 1 - 2) and max(0, 1 + 0), max(0, 1 - 3)
    assert critic_loss("hinge", REAL, FAKE).item() == pytest.approx(0.5 + 0.5)
    assert generator_loss("hinge", FAKE).item() == pytest.approx(1.5)


@pytest.mark.parametrize("name", ["minimax", "non-saturating"])
def test_log_loss_of_the_critic(name: str) -> None:
    real = (log_loss(sigmoid(0)) + log_loss(sigmoid(2))) / 2
    fake = (log_loss(1 - sigmoid(0)) + log_loss(1 - sigmoid(-3))) / 2
    assert critic_loss(name, REAL, FAKE).item() == pytest.approx(real + fake)  # type: ignore[arg-type]


def test_generators_of_the_log_loss() -> None:
    minimax = (math.log(1 - sigmoid(0)) + math.log(1 - sigmoid(-3))) / 2
    saturating = (log_loss(sigmoid(0)) + log_loss(sigmoid(-3))) / 2
    assert generator_loss("minimax", FAKE).item() == pytest.approx(minimax)
    assert generator_loss("non-saturating", FAKE).item() == pytest.approx(saturating)


@pytest.mark.parametrize("name", ["minimax", "non-saturating", "hinge", "wasserstein"])
def test_a_generator_gains_by_fooling_the_critic(name: str) -> None:
    logits = torch.zeros(3, requires_grad=True)
    generator_loss(name, logits).backward()  # type: ignore[arg-type]
    assert logits.grad is not None
    assert (logits.grad < 0).all()


def test_wasserstein_is_the_gap_between_the_means() -> None:
    assert critic_loss("wasserstein", REAL, FAKE).item() == pytest.approx(-1.5 - 1.0)
    assert generator_loss("wasserstein", FAKE).item() == pytest.approx(1.5)


def test_gradient_penalty_wants_a_slope_of_one() -> None:
    real, fake = torch.randn(2, 4, 3, 2, 2).unbind(0)
    share = torch.rand(4, 1, 1, 1)
    for norm, expected in ((1.0, 0.0), (3.0, 4.0), (0.0, 1.0)):
        weight = torch.zeros(3, 2, 2)
        weight[1, 0, 1] = norm
        penalty = gradient_penalty(lambda x, w=weight: (x * w).sum((1, 2, 3)), real, fake, share)
        assert penalty.item() == pytest.approx(expected, abs=1e-6)


def test_gradient_penalty_looks_between_the_pictures() -> None:
    seen = []

    def critic(x: Tensor) -> Tensor:
        seen.append(x.detach())
        return x.sum((1, 2, 3))

    real, fake = torch.ones(2, 3, 2, 2), torch.zeros(2, 3, 2, 2)
    gradient_penalty(critic, real, fake, torch.tensor([0.25, 1.0])[:, None, None, None])
    assert seen[0].mean((1, 2, 3)).tolist() == [0.25, 1.0]


def test_uniformity_knows_even_from_gathered() -> None:
    even = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])  # squared distance 4
    same = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert uniformity(even, same).item() == pytest.approx(-8.0)
    assert uniformity(7 * even, same).item() == pytest.approx(-8.0)
    assert uniformity(torch.ones(2, 2), same).item() == pytest.approx(0.0, abs=1e-5)


def test_uniformity_is_asked_of_each_class() -> None:
    latents = torch.tensor([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    apart = torch.eye(4)
    assert uniformity(latents, apart).item() == 0.0  # no two of a class
    pairs = torch.eye(2)[[0, 1, 0, 1]]  # squared distances 4 and 2
    expected = math.log((math.exp(-8) + math.exp(-4)) / 2)
    assert uniformity(latents, pairs).item() == pytest.approx(expected, rel=1e-5)


def test_r1_of_a_linear_critic_is_its_squared_weight() -> None:
    weight = torch.randn(3, 4, 4, generator=torch.Generator().manual_seed(0))
    pictures = torch.randn(5, 3, 4, 4, requires_grad=True)
    penalty = r1_penalty((pictures * weight).sum((1, 2, 3)), pictures)
    assert penalty.item() == pytest.approx(weight.square().sum().item(), rel=1e-5)


def test_r1_has_a_gradient_to_the_critic() -> None:
    weight = torch.ones(3, requires_grad=True)
    pictures = torch.randn(5, 3, requires_grad=True)
    r1_penalty(pictures @ weight, pictures).backward()
    assert isinstance(weight.grad, Tensor)
    torch.testing.assert_close(weight.grad, 2 * torch.ones(3))  # d|w|^2 = 2w
