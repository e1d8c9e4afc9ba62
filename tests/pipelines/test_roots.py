"""Roots of matrices: by eigenvectors, and by products alone as a GPU takes them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pipelines.networks.roots import Decomposed, Iterated, inverse_root, root

WAYS = [Decomposed, Iterated]


def positive(condition: float, count: int = 3, size: int = 24) -> Tensor:
    """Symmetric matrices whose eigenvalues lie between 1 and ``condition``, at random places."""
    rng = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(count, size, size, generator=rng))[0]
    values = torch.logspace(0, 1, size, condition)
    return turn @ torch.diag(values) @ turn.mT


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("condition", [1.0, 50.0, 1e4])
def test_roots_are_roots(way: type[Iterated], condition: float) -> None:
    matrix = positive(condition)
    found, away = way.apply(matrix, False), way.apply(matrix, True)
    torch.testing.assert_close(found @ found, matrix, rtol=0, atol=1e-5 * condition)
    eye = torch.eye(24).expand_as(matrix)
    torch.testing.assert_close(away @ matrix @ away, eye, rtol=0, atol=2e-3)


@pytest.mark.parametrize("inverse", [False, True])
def test_both_ways_find_the_same_and_so_do_their_slopes(inverse: bool) -> None:
    # As of maps: some channels say nothing but what is added to all of them.
    maps = torch.randn(2, 20, 200, generator=torch.Generator().manual_seed(1))
    maps[:, :8] *= 1e-3
    matrix = maps @ maps.mT / 200 + 1e-2 * torch.eye(20)
    weight = torch.randn(2, 20, 20, generator=torch.Generator().manual_seed(2))
    found = []
    for way in WAYS:
        given = matrix.clone().requires_grad_()
        result = way.apply(given, inverse)
        (result * weight).sum().backward()
        assert given.grad is not None
        found.append((result.detach(), given.grad))
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4 * float(a.abs().max()))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("condition", [1.0, 100.0])  # of equal eigenvalues too
def test_slopes_are_those_of_small_differences(
    way: type[Iterated], inverse: bool, condition: float
) -> None:
    matrix = positive(condition, 2, 5).double()

    def of(x: Tensor) -> Tensor:
        return way.apply((x + x.mT) / 2, inverse)

    assert torch.autograd.gradcheck(of, matrix.requires_grad_())


@pytest.mark.cuda
def test_a_gpu_finds_what_a_cpu_finds() -> None:
    matrix = positive(1e3)
    for function in (root, inverse_root):
        torch.testing.assert_close(
            function(matrix.cuda()).cpu(), function(matrix), rtol=0, atol=1e-3
        )
