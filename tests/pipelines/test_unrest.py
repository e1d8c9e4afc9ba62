"""Clouds in a calm sky count, texture and a photo's own edges do not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from pipelines.unrest import unrest

GREY = torch.zeros(1, 3, 64, 64)


def cloud(strength: float) -> Tensor:
    painted = GREY.clone()
    painted[:, 0, 16:32, 16:32] = strength
    return painted


def test_clouds_count_by_their_square() -> None:
    assert unrest(GREY, GREY).item() == 0
    faint, strong = unrest(cloud(0.2), GREY).item(), unrest(cloud(0.4), GREY).item()
    assert faint > 0
    assert strong == pytest.approx(4 * faint)


def test_texture_is_free() -> None:
    stripes = GREY.clone()
    stripes[..., ::2] = 1
    assert unrest(stripes, GREY).item() == pytest.approx(0, abs=1e-6)


def test_where_the_photo_has_edges_everything_is_free() -> None:
    photo = cloud(-0.8)
    assert unrest(cloud(0.8), photo).item() < 1e-3 * unrest(cloud(0.8), GREY).item()
    # Elsewhere nothing is, whatever is at the edges.
    assert unrest(cloud(0.8).flip(-1), photo).item() > 0.5 * unrest(cloud(0.8), GREY).item()


def test_every_picture_counts_for_itself() -> None:
    found = unrest(torch.cat([GREY, cloud(0.5)]), torch.cat([GREY, GREY]))
    assert found.shape == (2,)
    assert found[0] == 0 < found[1]


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (8, 40), (24, 17)])
def test_pictures_too_small_for_clouds(size: tuple[int, int]) -> None:
    painted = torch.rand(1, 3, *size, requires_grad=True)
    found = unrest(painted, torch.zeros(1, 3, *size)) + 0 * painted.sum()
    found.sum().backward()
    assert found.isfinite().all()
    assert painted.grad is not None
    assert painted.grad.isfinite().all()
