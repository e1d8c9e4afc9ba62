"""Distances between sets of pictures, on the features of a network that trained nothing here.

All take features of shape (n, d). None of them is called FID: that name means Inception-v3.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from pipelines.networks.encoder import MEAN, STD
from training.cli import SettingError

Features = Callable[[Tensor], Tensor]


def squeezenet_features(source: str, size: int, device: str = "cpu") -> Features:
    """Globally averaged last features of SqueezeNet 1.1: (n, 3, h, w) in [-1, 1] -> (n, 512).

    ``source`` is a safetensors file with torchvision's key names, or ``squeezenet1_1`` for
    torchvision's own ImageNet weights (downloaded). Pictures are brought to ``size`` pixels
    first, bilinearly. Raises FileNotFoundError or SettingError with a sentence.
    """
    if Path(source).is_file():
        network = torchvision.models.squeezenet1_1()
        try:
            network.load_state_dict(load_file(source))
        except (RuntimeError, SafetensorError) as error:
            raise SettingError(
                f"{Path(source).name} does not hold torchvision's SqueezeNet 1.1"
            ) from error
    elif source == "squeezenet1_1":
        network = torchvision.models.squeezenet1_1(weights="IMAGENET1K_V1")
    else:
        raise FileNotFoundError(
            f"{source!r} is neither a safetensors file nor the name squeezenet1_1"
        )
    trunk: nn.Module = network.features.eval().to(device)
    mean = torch.tensor(MEAN, device=device)[:, None, None]
    std = torch.tensor(STD, device=device)[:, None, None]

    @torch.inference_mode()
    def features(pictures: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for part in pictures.split(100):
            x = part.to(device)
            x = F.interpolate(x, (size, size), mode="bilinear", antialias=True)
            x = (x.clamp(-1, 1) / 2 + 0.5 - mean) / std
            parts.append(trunk(x).mean((2, 3)).cpu())
        return torch.cat(parts)

    return features


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a C_b)^(1/2)) of two Gaussians (Heusel et al. 2017)."""
    a, b = a.double(), b.double()
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T  # C_a^(1/2)
    # tr (C_a C_b)^(1/2) from the symmetric C_a^(1/2) C_b C_a^(1/2), whose spectrum is the same.
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()
    means = (a.mean(0) - b.mean(0)).square().sum()
    return float(means + cov_a.trace() + cov_b.trace() - 2 * cross)


def kernel_distance(a: Tensor, b: Tensor) -> float:
    """KID: unbiased squared MMD with the kernel (x.y / d + 1)^3 (Binkowski et al. 2018)."""
    a, b = a.double(), b.double()

    def kernel(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def off_diagonal_mean(k: Tensor) -> Tensor:
        n = len(k)
        return (k.sum() - k.trace()) / (n * (n - 1))

    inside = off_diagonal_mean(kernel(a, a)) + off_diagonal_mean(kernel(b, b))
    return float(inside - 2 * kernel(a, b).mean())


def precision_recall(real: Tensor, fake: Tensor, k: int = 3) -> tuple[float, float]:
    """Improved precision and recall (Kynkaanniemi et al. 2019).

    Precision: share of fakes inside the k-nearest-neighbour balls of the reals; recall: the other
    way round.
    """

    real, fake = real.double(), fake.double()

    def covered(points: Tensor, by: Tensor) -> float:
        # The point itself is its own nearest neighbour, hence k + 1.
        radius = torch.cdist(by, by).kthvalue(k + 1, dim=1).values  # (n,)
        return (torch.cdist(points, by) <= radius).any(1).double().mean().item()

    return covered(fake, real), covered(real, fake)


def nearest_distance(points: Tensor, among: Tensor) -> Tensor:
    """Euclidean distance of every point to its nearest neighbour: (n,)."""
    # In float64, because large sets take the |a|^2 + |b|^2 - 2ab way, which cancels in float32.
    among = among.double()
    return torch.cat([torch.cdist(p.double(), among).min(1).values for p in points.split(250)])


def class_spread(features: Tensor, labels: Tensor) -> float:
    """Mean distance between two different points of one class, averaged over the classes.

    ``labels``: (n,). Classes with a single point do not count; NaN if there is no other.
    """
    means = [
        torch.pdist(features[labels == label].double()).mean()
        for label in labels.unique()
        if (labels == label).sum() > 1
    ]
    return float(torch.stack(means).mean()) if means else float("nan")


def linear_probe(features: Tensor, labels: Tensor, ridge: float = 0.01) -> Features:
    """A linear classifier by ridge regression on one-hot labels: features -> labels (m,).

    ``labels``: int64 (n,). Features are standardised first, which gives ``ridge`` its scale.
    """
    x = features.double()
    mean, std = x.mean(0), x.std(0) + 1e-8

    def standard(points: Tensor) -> Tensor:
        return F.pad((points.double() - mean) / std, (0, 1), value=1.0)  # (m, d + 1)

    x, y = standard(features), F.one_hot(labels).double()
    damping = ridge * len(x) * torch.eye(x.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(x.T @ x + damping, x.T @ y)  # (d + 1, classes)
    return lambda points: (standard(points) @ weights).argmax(1)
