"""The step of a variational autoencoder (Kingma and Welling 2014), whose decoder is a generator.

Trained by ``training.gan --loss elbo``: same data, generator, log and export as a GAN's. The
network that encodes pictures serves the training alone.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from training.data import Pictures
from training.draws import Draws
from training.gan_config import GanConfig
from training.gan_trainer import Trainer

SIDE = 4  # of the last feature map


class Posterior(nn.Module):
    """Pictures (b, 3, s, s) in [-1, 1] and classes (b, k) to what their latents may be.

    Returns mean and logarithm of the variance, (b, latent_dim) each.
    """

    def __init__(self, size: int, width: int, classes: int, latent_dim: int) -> None:
        super().__init__()
        widths = [3]
        while size > SIDE:
            widths.append(width * 2 ** (len(widths) - 1))
            size //= 2
        self.downs = nn.Sequential()
        for c, d in pairwise(widths):
            self.downs.extend(
                [nn.Conv2d(c, d, 4, 2, 1, bias=False), nn.BatchNorm2d(d), nn.LeakyReLU(0.2)]
            )
        self.latent = nn.Linear(widths[-1] * SIDE * SIDE, 2 * latent_dim)
        self.layout = nn.Linear(classes, 2 * latent_dim, bias=False)

    def forward(self, x: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = (self.latent(self.downs(x).flatten(1)) + self.layout(label)).chunk(2, 1)
        return mean, spread.clamp(-12, 4)


class VaeTrainer(Trainer):
    """The networks, optimisers and step of one run, as ``Trainer``'s but without a critic.

    The loss is the negative evidence lower bound per value of a picture, in nats. The variance of
    a value given its latent is the one that makes each batch likeliest (Rybkin et al. 2021,
    section 3.3), so nothing weighs the two terms but likelihood itself, unless asked.
    """

    def __init__(self, config: GanConfig, pictures: Pictures) -> None:
        super().__init__(config, pictures)
        c = config
        posterior = Posterior(
            c.size, c.critic_width or c.width, len(pictures.classes), c.latent_dim
        )
        self.posterior = posterior.to(self.device)
        self._add("posterior", self.posterior, c.lr)

    def _update(self, draws: Draws, **_: Hashable) -> dict[str, Tensor]:
        """One update; returns the terms of the bound."""
        c = self.config
        real, label = self._batch(draws)
        e = draws.normal(self.batch, c.latent_dim)
        with self._autocast:
            mean, spread = (x.float() for x in self.posterior(real, label))
            drawn = self._generate(mean + (spread / 2).exp() * e, label, draws)
        values = real[0].numel()
        squared = F.mse_loss(drawn, real)
        # 0.5 log(2 pi e v) per value is what is left of the likelihood with the best variance v.
        reconstruction = 0.5 * squared.clamp_min(1e-6).log()
        divergence = 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1).mean() / values
        loss = reconstruction + c.divergence * divergence
        self.team.update(loss, self.optimizers["generator"], self.optimizers["posterior"])
        return {"generator_loss": loss, "squared_error": squared, "divergence": divergence}
