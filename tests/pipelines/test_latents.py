"""Paths through latent space against known answers."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines import Point, Studio
from pipelines.latents import PASS, draw, latents, lerp, shift, slerp
from pipelines.media import to_images

A, B = torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_slerp_of_orthogonal_vectors() -> None:
    torch.testing.assert_close(slerp(A, B, 0.5), (A + B) / math.sqrt(2))
    thirty = torch.tensor([math.cos(math.pi / 6), math.sin(math.pi / 6), 0.0])
    torch.testing.assert_close(slerp(A, B, 1 / 3), thirty)


@given(seed=st.integers(0, 2**31), t=st.floats(0, 1))
def test_slerp_stays_on_the_sphere_at_even_speed(seed: int, t: float) -> None:
    a, b = (x / x.norm() for x in random(seed, 2, 16))
    between = slerp(a, b, t)
    assert between.norm().item() == pytest.approx(1, abs=1e-4)
    angle, whole = ((x @ y).clamp(-1, 1).acos().item() for x, y in ((a, between), (a, b)))
    assert angle == pytest.approx(t * whole, abs=2e-3)


@pytest.mark.parametrize("path", [lerp, slerp])
def test_ends_are_exact(path) -> None:
    a, b = random(0, 2, 50)
    assert torch.equal(path(a, b, 0.0), a)
    assert torch.equal(path(a, b, 1.0), b)


@pytest.mark.parametrize("b", [A, -A, 2 * A, 0 * A, A + 1e-6 * B])
def test_slerp_without_a_great_circle_is_straight(b: torch.Tensor) -> None:
    torch.testing.assert_close(slerp(A, b, 0.25), 0.75 * A + 0.25 * b)


def test_slerp_takes_rows_one_by_one() -> None:
    a, b = random(1, 2, 4, 7)
    rows = torch.stack([slerp(x, y, 0.3) for x, y in zip(a, b, strict=True)])
    torch.testing.assert_close(slerp(a, b, 0.3), rows)


def test_shift_moves_along_rows_and_keeps_the_sphere() -> None:
    z, rows = random(2, 3, 5), torch.eye(5)[:2]
    amounts = torch.tensor([2.0, -1.0])
    torch.testing.assert_close(
        shift(z, rows, amounts, sphere=False), z + torch.tensor([2.0, -1, 0, 0, 0])
    )
    round_ = shift(z, rows, amounts, sphere=True)
    torch.testing.assert_close(round_.norm(dim=1), z.norm(dim=1))
    assert torch.equal(shift(z, rows, 0 * amounts, sphere=False), z)


def test_latents_lie_where_the_generator_was_trained(seeing: Studio) -> None:
    network = seeing.network("seer").networks["generator"]
    z = latents([Point(1), Point(2, ((0.3, 1),))], network)
    torch.testing.assert_close(z.norm(dim=1), torch.full((2,), 8**0.5))
    torch.testing.assert_close(latents([Point(1)], network, 0.5), z[:1] / 2)


@pytest.mark.parametrize("model", ["seer", "tiny"])
def test_a_picture_is_the_same_to_the_bit_in_any_company(seeing: Studio, model: str) -> None:
    network = seeing.network(model).networks["generator"]
    z = latents([Point(seed) for seed in range(2 * PASS + 1)], network)
    label = torch.eye(3)[torch.arange(len(z)) % 3]
    with torch.inference_mode():
        together = draw(network, z, label)
        for order in (torch.arange(len(z)).flip(0), torch.tensor([5]), torch.tensor([7, 1, 3])):
            assert torch.equal(draw(network, z[order], label[order]), together[order])
    assert len({image.tobytes() for image in to_images(together)}) == len(z)
