"""Spectra of small windows, and networks that learn from them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.cli import SettingError
from training.draws import Draws
from training.gan_config import GanConfig
from training.spectra import GREY, SIDE, half, log_power, spectral_distance, windows

LIGHT = torch.tensor(GREY)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draws(seed: int = 0) -> Draws:
    return Draws(torch.device("cpu"), seeded(seed))


def noise(count: int = 4, side: int = 64) -> Tensor:
    return torch.randn(count, 3, side, side, generator=seeded()) * 0.2


def waves(side: int, period: float) -> Tensor:
    """Upright stripes, (1, 3, side, side)."""
    wave = torch.sin(torch.arange(side) * 2 * math.pi / period)
    return wave.expand(1, 3, side, side)


def test_stripes_stand_out_at_their_own_frequency() -> None:
    power = log_power(waves(64, 4) * 0.3, LIGHT).reshape(-1, SIDE, SIDE // 2 + 1)
    middle = power[len(power) // 2]
    assert divmod(int(middle.argmax()), SIDE // 2 + 1) == (0, SIDE // 4)
    assert middle.max() - middle.median() > 8


def test_a_flat_picture_has_the_power_of_rounding() -> None:
    power = log_power(torch.full((1, 3, 40, 50), 0.7), LIGHT)
    torch.testing.assert_close(power, torch.full_like(power, math.log(5e-6)), atol=0.05, rtol=0)


def test_every_pixel_is_seen_well_by_some_window() -> None:
    pixels = torch.arange(48 * 64.0).reshape(1, 1, 48, 64)
    middles = windows(pixels)[:, SIDE // 4 : -SIDE // 4, SIDE // 4 : -SIDE // 4]
    assert set(middles.flatten().tolist()) == set(pixels.flatten().tolist())


@pytest.mark.parametrize("seed", range(6))
def test_the_distance_is_in_logarithms_of_power_and_knows_no_order(seed: int) -> None:
    x = noise()
    assert spectral_distance(x, x, draws(seed)) == 0
    assert spectral_distance(x, x[[2, 3, 0, 1]], draws(seed)) == 0
    louder = spectral_distance(x, x * math.sqrt(math.e), draws(seed))
    assert louder.item() == pytest.approx(1, abs=0.02)


def test_a_lattice_in_the_sky_counts_beside_a_forest() -> None:
    """The mean power of all windows would hardly change; windows by themselves tell."""
    x = noise()
    x[..., :32, :] = 0
    lattice = torch.zeros_like(x)
    lattice[..., :32, :] = 0.01 * waves(64, 4)[..., :32, :]
    seed = next(s for s in range(9) if not int(torch.randint(2, (), generator=seeded(s))))
    change = spectral_distance(x, x + lattice, draws(seed))
    means = [log_power(pictures, LIGHT).exp().mean(0).log() for pictures in (x, x + lattice)]
    assert change > 3 * (means[1] - means[0]).abs().mean()


def test_descent_takes_stripes_away() -> None:
    real = noise()
    stripes = torch.nn.Parameter(torch.tensor(0.5))
    adam = torch.optim.Adam([stripes], lr=0.05)
    for step in range(60):
        loss = spectral_distance(real, real + stripes * waves(64, 4), draws(step))
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert abs(stripes.item()) < 0.1


def test_only_windows_inside_the_mask_count() -> None:
    real, fake = noise(), noise()
    fake[..., :16] *= 4
    mask = torch.zeros(4, 1, 64, 64)
    assert spectral_distance(real, fake, draws(), mask) == 0
    mask[..., 32:] = 1
    assert spectral_distance(real, fake, draws(), mask) < 1e-5
    mask[..., :32] = 1
    assert spectral_distance(real, fake, draws(), mask) > 0.2


def test_windows_that_do_not_count_change_nothing() -> None:
    """Whatever is beside the mask, the distance is that of the windows inside."""
    real, fake = noise(), noise().flip(0) * 1.3
    mask = torch.zeros(4, 1, 64, 64)
    mask[..., :40] = 1
    seed = next(s for s in range(9) if not int(torch.randint(2, (), generator=seeded(s))))
    found = spectral_distance(real, fake, draws(seed), mask)
    halves = [torch.tensor([i]) for i in range(2)]
    ways = [
        [log_power(x, LIGHT, i)[half(windows(mask), i).mean((1, 2)) >= 0.6] for x in (real, fake)]
        for i in halves
    ]
    distances = [(a.sort(dim=0).values - b.sort(dim=0).values).abs().mean() for a, b in ways]
    assert min((found - distance).abs().item() for distance in distances) < 1e-5
    fake[..., 56:] = 0
    torch.testing.assert_close(spectral_distance(real, fake, draws(seed), mask), found)


def test_small_pictures_have_no_windows(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 32 pixels"):
        log_power(torch.zeros(1, 3, 31, 40), LIGHT)
    with pytest.raises(SettingError, match="--spectra needs --size 32"):
        GanConfig("x.zip", tmp_path, size=16, spectra=1.0).check()
