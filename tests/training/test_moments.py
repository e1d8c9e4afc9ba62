"""A loss that is lower the more alike two distributions of features are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.cli import SettingError
from training.gan_config import GanConfig
from training.metrics import frechet_distance
from training.moments import FrechetLoss, RunningMoments, transport

from .test_gan import trainer
from .test_gan_projected import glu


def features(n: int, seed: int, gain: float = 1.0, shift: float = 0.0) -> Tensor:
    """Correlated points (n, 5), whose spread and place the arguments set."""
    rng = torch.Generator().manual_seed(seed)
    mix = torch.randn(5, 5, generator=torch.Generator().manual_seed(9))
    return gain * torch.randn(n, 5, generator=rng) @ mix + shift


def test_recent_pictures_count_more() -> None:
    old, new = features(40, 0), features(40, 1, gain=2.0, shift=3.0)
    moments = RunningMoments(5, half_life=40)
    moments.update(old)
    moments.update(new)
    weights = torch.cat([torch.full((40,), 1 / 120), torch.full((40,), 2 / 120)])
    both = torch.cat([old, new])
    mean, cov = moments.moments()
    torch.testing.assert_close(mean.float(), (weights[:, None] * both).sum(0))
    expected = torch.cov(both.T, correction=0, aweights=weights)
    torch.testing.assert_close(cov.float(), expected)


def test_transport_leads_one_gaussian_to_another() -> None:
    a, b = features(400, 0).double(), features(400, 1, gain=0.5, shift=2.0).double()
    matrix, offset = transport((a.mean(0), torch.cov(a.T)), (b.mean(0), torch.cov(b.T)), 0.0)
    moved = b @ matrix + offset
    assert frechet_distance(a, b) > 1
    assert frechet_distance(a, moved) == pytest.approx(0, abs=1e-6)
    # It is the shortest way: as far as the distance says, and not farther.
    way = (moved - b).square().sum(1).mean()
    assert float(way) == pytest.approx(frechet_distance(a, b), rel=0.01)


def test_descending_it_makes_pictures_as_varied_as_real_ones() -> None:
    loss = FrechetLoss(5, half_life=2_000)
    real = features(2_000, 0)
    fake = torch.nn.Parameter(features(500, 1, gain=0.3, shift=1.0))
    before = frechet_distance(real, fake.detach())
    optimizer = torch.optim.SGD([fake], lr=250.0)
    values: list[float] = []
    loss(real, fake, known=False)
    for _ in range(300):
        value = loss(real, fake, known=loss.prepare(len(real)))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        values.append(value.item())
    assert frechet_distance(real, fake.detach()) < 0.05 * before
    assert values[-1] < 0.05 * values[0]


def test_descending_it_makes_pictures_differ_by_class_as_real_ones_do() -> None:
    def apart(x: Tensor) -> Tensor:
        """How far the second class is from the first."""
        return x[1::2].mean(0) - x[::2].mean(0)

    label = torch.eye(2).repeat(500, 1)
    real, fake = features(1_000, 0), features(1_000, 1)
    real[1::2] += torch.tensor([3.0, 0, 0, 0, 0])
    fake[:, 0] += 1.5
    fake = torch.nn.Parameter(fake)
    loss = FrechetLoss(5, half_life=2_000, classes=2)
    optimizer = torch.optim.SGD([fake], lr=250.0)
    loss(real, fake, label, label, known=False)
    for _ in range(300):
        optimizer.zero_grad()
        loss(real, fake, label, label, known=loss.prepare(len(real))).backward()
        optimizer.step()
    torch.testing.assert_close(apart(fake.detach()), apart(real), atol=0.1, rtol=0.1)
    assert frechet_distance(real, fake.detach()) < 0.05


def test_it_waits_until_it_knows_enough() -> None:
    loss = FrechetLoss(5, half_life=1_000)
    few = [
        float(loss(features(8, i), features(7, i, gain=0.1), known=loss.prepare(8)))
        for i in range(4)
    ]
    assert few[0] == few[1] == few[2] == 0  # 14 generated pictures before it, five features
    assert few[3] > 0


def test_it_is_renewed_now_and_then_and_goes_on_where_it_was() -> None:
    per, steps = 20, 4

    def fresh() -> FrechetLoss:
        return FrechetLoss(5, 200, every=steps * per)

    def run(steps: range, loss: FrechetLoss) -> list[float]:
        return [
            float(loss(features(per, i), features(per, 100 + i), known=loss.prepare(per)))
            for i in steps
        ]

    whole, first = fresh(), fresh()
    expected = run(range(2 * steps), whole)
    assert len(set(expected)) == len(expected)
    got = run(range(steps - 1), first)
    second = fresh()
    second.load_state_dict(first.state_dict())
    assert got + run(range(steps - 1, 2 * steps), second) == expected


def test_it_guides_a_generator(small: GanConfig, backbone: Path) -> None:
    t = trainer(glu(small, backbone, warmup=small.batch, moments=1.0, moments_half_life=100.0))
    plain = trainer(glu(small, backbone, warmup=small.batch))
    assert "moments" in t.modules  # or a resumed run would have forgotten them
    for loss in t.moments or ():
        assert isinstance(loss, FrechetLoss)
        # What the untrained would take hundreds of pictures to learn.
        size = loss.real.mean.shape[0]  # of features and classes
        loss.real.update(torch.rand(5_000, size))
        loss.fake.update(torch.rand(5_000, size) ** 2)
    first, other = t.step(), plain.step()
    assert first["moments"] == 0  # it warms up on reconstructions alone
    assert first["generator_loss"] == other["generator_loss"]
    second = t.step()
    assert second["moments"] > 0
    assert second.keys() == first.keys()
    plain.step()
    mine, others = (x.generator.get_parameter("start.weight") for x in (t, plain))
    assert not torch.equal(mine, others)


def test_it_needs_features_to_compare(small: GanConfig) -> None:
    with pytest.raises(SettingError, match="--backbone"):
        replace(small, moments=1.0).check()
