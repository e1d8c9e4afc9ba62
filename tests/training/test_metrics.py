"""Distances between sets whose distance is known."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from training.cli import SettingError
from training.metrics import (
    class_spread,
    frechet_distance,
    kernel_distance,
    linear_probe,
    nearest_distance,
    precision_recall,
    squeezenet_features,
)


def normal(n: int, d: int, seed: int = 0) -> Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed)).double()


def white(n: int, d: int) -> Tensor:
    """Points whose mean is zero and whose covariance is the identity, to rounding."""
    x = normal(n, d)
    x = x - x.mean(0)
    return torch.linalg.solve_triangular(torch.linalg.cholesky(torch.cov(x.T)), x.T, upper=False).T


def test_frechet_of_a_set_to_itself_is_zero() -> None:
    x = normal(50, 6)
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_frechet_of_a_shift_is_its_squared_length() -> None:
    x = normal(200, 5)
    shift = torch.tensor([1.0, -2.0, 0.0, 3.0, 0.5])
    expected = shift.square().sum().item()
    assert frechet_distance(x, x + shift) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_diagonal_covariances() -> None:
    # Between N(0, A^2) and N(0, B^2), diagonal: the sum of (a - b)^2.
    a, b = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 0.5, 3.0])
    x = white(100, 3)
    expected = (a - b).square().sum().item()
    assert frechet_distance(x * a, x * b) == pytest.approx(expected, rel=1e-9)


def test_frechet_of_covariances_that_do_not_commute() -> None:
    # In two dimensions tr sqrt(M) = sqrt(tr M + 2 sqrt(det M)).
    x = white(100, 2)
    mix = torch.tensor([[1.0, 0.8], [0.0, 0.6]]).double()
    a, b = x * torch.tensor([3.0, 1.0]), x @ mix.T
    product = torch.cov(a.T) @ torch.cov(b.T)
    cross = math.sqrt(product.trace() + 2 * math.sqrt(torch.linalg.det(product)))
    expected = torch.cov(a.T).trace() + torch.cov(b.T).trace() - 2 * cross
    assert frechet_distance(a, b) == pytest.approx(expected.item(), rel=1e-9)


def test_frechet_with_fewer_points_than_dimensions_is_finite() -> None:
    assert 0 < frechet_distance(normal(5, 20), normal(5, 20, 1)) < 1000


def test_kernel_distance_by_hand() -> None:
    # d = 1, k(x, y) = (xy + 1)^3. Inside {0, 1}: k(0, 1) = 1; inside {2, 3}: k(2, 3) = 343.
    # Across: k(0, 2) = k(0, 3) = 1, k(1, 2) = 27, k(1, 3) = 64, with mean 23.25.
    a, b = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0], [3.0]])
    assert kernel_distance(a, b) == pytest.approx(1 + 343 - 2 * 23.25)


def test_kernel_distance_is_unbiased() -> None:
    values = [kernel_distance(normal(20, 4, i), normal(20, 4, 1000 + i)) for i in range(200)]
    mean, error = torch.tensor(values).mean().item(), torch.tensor(values).std().item() / 200**0.5
    assert min(values) < 0 < max(values)
    assert abs(mean) < 4 * error


def test_precision_and_recall_of_constructed_sets() -> None:
    line = torch.arange(10.0)[:, None]
    assert precision_recall(line, line) == (1, 1)
    assert precision_recall(line, line + 1000) == (0, 0)
    # All fakes sit within the reals, but so closely that they reach few of them.
    narrow = 4.5 + 0.01 * torch.arange(10.0)[:, None]
    precision, recall = precision_recall(line, narrow)
    assert precision == 1
    assert recall == 0
    # Half of the fakes are far away.
    half = torch.cat([line[:5], line[:5] + 1000])
    assert precision_recall(line, half)[0] == 0.5


def test_nearest_distance_equals_the_slow_way() -> None:
    points, among = normal(300, 4).float(), normal(40, 4, 1).float()
    slow = torch.stack([(among - p).square().sum(1).sqrt().min() for p in points])
    torch.testing.assert_close(nearest_distance(points, among), slow.double())
    assert nearest_distance(among, among).max() < 1e-6


def test_class_spread_by_hand() -> None:
    # Class 0: 0, 1, 3 with distances 1, 3, 2; class 1: 10, 14; class 2 has one point.
    x = torch.tensor([[0.0], [1.0], [3.0], [10.0], [14.0], [99.0]])
    labels = torch.tensor([0, 0, 0, 1, 1, 2])
    assert class_spread(x, labels) == pytest.approx((2 + 4) / 2)
    assert math.isnan(class_spread(x[-1:], labels[-1:]))


def test_linear_probe_learns_what_is_linear() -> None:
    x = normal(600, 5)
    labels = (x[:, 2] > 0).long()
    classify = linear_probe(x[:400], labels[:400])
    assert (classify(x[400:]) == labels[400:]).double().mean() > 0.9


def test_squeezenet_features(judge: Path) -> None:
    features = squeezenet_features(str(judge), 32)
    pictures = torch.rand(3, 3, 8, 8) * 2 - 1
    assert features(pictures).shape == (3, 512)
    torch.testing.assert_close(features(pictures)[1:2], features(pictures[1:2]))


def test_squeezenet_says_what_it_needs(tmp_path: Path, backbone: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a safetensors file nor the name"):
        squeezenet_features("nowhere.safetensors", 32)
    with pytest.raises(SettingError, match="does not hold torchvision's SqueezeNet"):
        squeezenet_features(str(backbone), 32)
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no tensors")
    with pytest.raises(SettingError, match=r"broken\.safetensors does not hold"):
        squeezenet_features(str(broken), 32)
