"""Noise belongs to its seed, and to nothing else."""

from __future__ import annotations

import pytest
import torch

from pipelines import InputError
from pipelines.device import generator, noise, pick_device
from pipelines.limits import MAX_SEED


def test_noise_of_a_seed_does_not_depend_on_the_others():
    batch = noise([3, 1, 2], 10)
    assert batch.shape == (3, 10)
    assert torch.equal(noise([1], 10)[0], batch[1])
    assert not torch.equal(batch[0], batch[1])


def test_noise_is_standard_normal():
    z = noise(range(500), 100)
    assert abs(z.mean().item()) < 0.02
    assert abs(z.std().item() - 1) < 0.02


def test_noise_is_what_it_was():
    # Shared settings and links depend on this stream: if it changes, every picture changes.
    assert noise([7], 4)[0].tolist() == pytest.approx([-0.1468, 0.7861, 0.9468, -1.1143], abs=1e-4)


@pytest.mark.parametrize("seed", [0, 1, MAX_SEED, MAX_SEED + 1, 2 * MAX_SEED + 1, 2**63 - 1])
def test_every_seed_has_its_own_stream(seed):
    first = torch.randn(4, generator=generator(seed))
    assert torch.equal(first, torch.randn(4, generator=generator(seed)))
    assert not torch.equal(first, torch.randn(4, generator=generator(seed ^ 1)))


def test_generators_leave_the_global_state_alone():
    state = torch.get_rng_state()
    noise([1, 2], 8)
    assert torch.equal(torch.get_rng_state(), state)


def test_auto_is_always_there():
    assert pick_device("auto").type in {"cpu", "cuda"}
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["", "gpu", "cuda:99", "cpu:x", "mps"])
def test_unknown_device(name):
    with pytest.raises(InputError, match=r"not available\. Use cpu"):
        pick_device(name)
