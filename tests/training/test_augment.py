"""DiffAugment: shapes, ranges of what it does, gradients, repeatability."""

from __future__ import annotations

import pytest
import torch

from training.augment import AUGMENTATIONS, diff_augment
from training.draws import Draws

POLICY = tuple(AUGMENTATIONS)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draws(seed: int = 0) -> Draws:
    return Draws(torch.device("cpu"), rng(seed))


def batch(side: int = 8) -> torch.Tensor:
    return torch.rand(4, 3, side, side, generator=rng(9)) * 2 - 1


@pytest.mark.parametrize("policy", [(), *((name,) for name in POLICY), POLICY])
def test_shape_and_repeatability(policy: tuple[str, ...]) -> None:
    first = diff_augment(batch(), policy, draws())
    assert first.shape == (4, 3, 8, 8)
    assert torch.equal(first, diff_augment(batch(), policy, draws()))
    changed = not torch.equal(first, diff_augment(batch(), policy, draws(1)))
    assert changed == bool(policy)


@pytest.mark.parametrize("name", POLICY)
def test_gradient_reaches_the_pictures(name: str) -> None:
    pictures = batch().requires_grad_(True)
    diff_augment(pictures, (name,), draws()).square().sum().backward()
    assert pictures.grad is not None
    assert pictures.grad.isfinite().all()
    assert (pictures.grad.flatten(1).abs().sum(1) > 0).all()


def test_translation_only_shifts_and_fills_with_grey() -> None:
    x = torch.arange(1, 65.0).reshape(1, 1, 8, 8).repeat(20, 3, 1, 1)
    for shifted in AUGMENTATIONS["translation"](x, draws()):
        # An eighth of eight is one pixel: some shift by -1, 0 or 1 in each direction.
        padded = torch.nn.functional.pad(x[0], (1, 1, 1, 1))
        windows = [padded[:, a : a + 8, b : b + 8] for a in range(3) for b in range(3)]
        assert any(torch.equal(shifted, window) for window in windows)


def test_cutout_blanks_at_most_a_square_of_half_the_side() -> None:
    cut = AUGMENTATIONS["cutout"](torch.ones(50, 3, 8, 8), draws())
    blanked = (cut == 0).flatten(1).sum(1) / 3
    assert (blanked > 0).all()
    assert (blanked <= 16).all()
    assert cut.unique().tolist() == [0, 1]
