"""The Frechet distance of frozen features as a loss: are the pictures as varied as real ones?

A critic says of one picture at a time whether it might be real, and little of whether all of them
together vary as real ones do. The Frechet distance (Heusel et al. 2017) compares means and
covariances of a whole distribution; its gradient has a closed form (Mathiasen and Hvilshoj 2020
descend it by automatic differentiation). Between two Gaussians the optimal transport is linear,

    T(f) = m_r + T (f - m_g),   T = C_r^(1/2) (C_r^(1/2) C_g C_r^(1/2))^(-1/2) C_r^(1/2),

and the gradient of the distance moves every picture's features f towards T(f). The features are
those of the projected critic's networks; none of them may be the one that judges. Beside them
stands which class was asked for, so that pictures also vary with it as real ones do (the Frechet
joint distance, DeVries et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

RIDGE = 1e-3  # of the real features' mean variance, on both covariances, which may be singular
REAL_LONGER = 5  # how much longer real pictures are remembered than generated ones
RENEW_EVERY = 128  # pictures between two transports, which take longer than all else here
TRUST = 3.0  # pictures behind a running covariance, per feature, before it is believed
LABEL = 10.0  # a class in units of a feature's deviation: so much that features move, not classes


class RunningMoments(nn.Module):
    """Mean and covariance of features over the last pictures, forgotten with a half-life.

    ``half_life``: in pictures. Kept in float64, since uncentred moments cancel.
    """

    mean: Tensor
    square: Tensor
    weight: Tensor
    seen: Tensor

    def __init__(self, features: int, half_life: float) -> None:
        super().__init__()
        self._half_life = half_life
        kind = torch.float64
        self.register_buffer("mean", torch.zeros(features, dtype=kind))
        self.register_buffer("square", torch.zeros(features, features, dtype=kind))
        self.register_buffer("weight", torch.zeros((), dtype=kind))
        self.register_buffer("seen", torch.zeros((), dtype=kind))

    @torch.no_grad()
    def update(self, x: Tensor) -> None:
        """Take in the features of further pictures, (n, d)."""
        x = x.double()
        keep = 0.5 ** (len(x) / self._half_life)
        for kept, now in ((self.mean, x.mean(0)), (self.square, x.T @ x / len(x))):
            kept.mul_(keep).add_(now, alpha=1 - keep)
        self.weight.mul_(keep).add_(1 - keep)
        self.seen.add_(len(x))

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean (d,) and covariance (d, d) of what was seen."""
        mean = self.mean / self.weight
        return mean, self.square / self.weight - mean[:, None] * mean


def transport(
    real: tuple[Tensor, Tensor], fake: tuple[Tensor, Tensor], ridge: float = RIDGE
) -> tuple[Tensor, Tensor]:
    """The optimal transport from one Gaussian to another: (d, d) and (d,) of f -> f @ A + b.

    ``real``, ``fake``: mean (d,) and covariance (d, d) of where it leads to and comes from.
    """
    (mean_r, cov_r), (mean_g, cov_g) = real, fake
    more = ridge * cov_r.diagonal().mean() * torch.eye(len(cov_r), dtype=cov_r.dtype).to(cov_r)
    cov_r, cov_g = cov_r + more, cov_g + more
    values, vectors = torch.linalg.eigh(cov_r)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    values, vectors = torch.linalg.eigh(root @ cov_g @ root)
    inverse = vectors * values.clamp(min=1e-12).rsqrt() @ vectors.T
    matrix = root @ inverse @ root  # symmetric
    return matrix, mean_r - mean_g @ matrix


class FrechetLoss(nn.Module):
    """Draws the pooled features of a batch to where real ones lie; one pair of running moments.

    ``features``: d. ``half_life``: pictures after which a picture counts half. ``classes``: c, 0
    if the classes of pictures do not matter. ``gathered``: rows (n, d) to those of all processes,
    so that where several train together their moments are those of the whole batch, in all alike.
    ``every``: pictures between two transports.
    """

    matrix: Tensor
    offset: Tensor
    unit: Tensor
    taught: Tensor

    def __init__(
        self,
        features: int,
        half_life: float,
        classes: int = 0,
        gathered: Callable[[Tensor], Tensor] = lambda x: x,
        every: int = RENEW_EVERY,
    ) -> None:
        super().__init__()
        self._features, self._gathered, self._every = features, gathered, every
        # What the buffers say of how many there were, without waiting for the device to say it.
        self._ready, self._count = False, -1
        self.register_load_state_dict_post_hook(lambda module, _: module._ask_again())
        both = features + classes
        self.real = RunningMoments(both, REAL_LONGER * half_life)  # they do not change
        self.fake = RunningMoments(both, half_life)
        self.register_buffer("matrix", torch.eye(both))
        self.register_buffer("offset", torch.zeros(both))
        self.register_buffer("unit", torch.ones(both))
        self.register_buffer("taught", torch.zeros((), dtype=torch.int64))

    def prepare(self, count: int) -> bool:
        """To be called before every step that shows ``count`` real pictures, of all processes.

        Renews the transport if it is time, and returns whether enough pictures were seen to know
        both covariances, which is what ``forward`` must be told. Apart from that, since it waits
        for the device, and is as slow as many steps.
        """
        if not self._ready:
            seen = min(float(self.real.seen), float(self.fake.seen))
            self._ready = seen >= TRUST * self._features
        if not self._ready:
            return False
        if self._count < 0:
            self._count = int(self.taught)
        before, self._count = self._count, self._count + count
        self.taught.add_(count)
        if before == 0 or before // self._every < self._count // self._every:
            self._renew()
        return True

    def forward(
        self,
        real: Tensor,
        fake: Tensor,
        real_label: Tensor | None = None,
        fake_label: Tensor | None = None,
        *,
        known: bool,
    ) -> Tensor:
        """Mean squared way that features have to go, over the variance of real ones.

        ``real``, ``fake``: (n, d) and (m, d), of which ``fake`` may have gradients. ``real_label``,
        ``fake_label``: their classes, one-hot, (n, c) and (m, c). ``known``: what ``prepare`` said;
        0 unless it is.
        """
        x = _beside(fake, fake_label)
        self.real.update(self._gathered(_beside(real, real_label)))
        self.fake.update(self._gathered(x.detach()))
        if not known:
            return fake.new_zeros(())
        x = x / self.unit
        way = x - (x.detach() @ self.matrix + self.offset)
        return way[:, : self._features].square().mean()

    def _ask_again(self) -> None:
        self._ready, self._count = False, -1

    @torch.no_grad()
    def _renew(self) -> None:
        """The transport between what was seen of both."""
        (mean_r, cov_r), (mean_g, cov_g) = self.real.moments(), self.fake.moments()
        # Every feature in units of its own deviation, or the largest would be all that counts.
        unit = cov_r.diagonal().clamp(min=1e-12).sqrt()
        unit[self._features :] = unit[self._features :].clamp(min=1e-3) / LABEL
        square = unit[:, None] * unit
        matrix, offset = transport((mean_r / unit, cov_r / square), (mean_g / unit, cov_g / square))
        for kept, now in ((self.matrix, matrix), (self.offset, offset), (self.unit, unit)):
            kept.copy_(now)


def _beside(features: Tensor, label: Tensor | None) -> Tensor:
    """Features and classes of pictures in a row, float32: (n, d) and (n, c) -> (n, d + c)."""
    features = features.float()
    return features if label is None else torch.cat([features, label.to(features)], 1)
