"""What a GAN's training begins with, fresh, and pictures drawn as the app would draw them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import Optimizer

from pipelines.device import noise
from pipelines.networks.dcgan import Critic, CriticConfig, Generator, GeneratorConfig
from pipelines.networks.glu import GluGenerator, GluGeneratorConfig
from pipelines.networks.lstm import LstmGenerator, LstmGeneratorConfig
from training.cli import SettingError
from training.gan_config import GanConfig

AnyGenerator = Generator | GluGenerator | LstmGenerator


def build_generator(config: GanConfig, classes: int) -> AnyGenerator:
    """A fresh generator. Raises SettingError for a size that it cannot draw."""
    try:
        if config.generator == "glu":
            c = config
            shape = GluGeneratorConfig(
                c.latent_dim,
                classes,
                c.size,
                c.detail,
                least=c.least,
                grain=c.grain,
                mirror=c.mirror,
            )
            return GluGenerator(shape)
        if config.generator == "lstm":
            c = config
            return LstmGenerator(
                LstmGeneratorConfig(c.latent_dim, classes, c.size, c.hidden, c.width)
            )
        return Generator(GeneratorConfig(config.latent_dim, classes, config.size, config.width))
    except ValueError as error:
        raise SettingError(f"--size: {error}") from error


def build_critic(config: GanConfig, classes: int) -> Critic:
    """A fresh critic, with spectral normalisation if ``config`` asks for it."""
    norm = "batch" if config.norm == "batch" else "none"
    critic = Critic(CriticConfig(classes, config.size, config.critic_width, norm))
    if config.norm == "spectral":
        for layer in (*critic.downs, critic.score, critic.match):
            spectral_norm(layer)
    return critic


def build_optimizer(config: GanConfig, module: nn.Module, lr: float) -> Optimizer:
    """A fresh optimiser of all weights of ``module``."""
    if config.optimizer == "adam":
        betas = config.beta1, config.beta2
        return torch.optim.Adam(module.parameters(), lr, betas, fused=True)
    if config.optimizer == "rmsprop":
        return torch.optim.RMSprop(module.parameters(), lr)
    return torch.optim.Adagrad(module.parameters(), lr)


@torch.inference_mode()
def draw(generator: AnyGenerator, labels: Tensor, device: torch.device) -> Tensor:
    """Pictures of seeds 0, 1, 2 ..., one per label, as the app would draw them.

    ``labels``: int64 (n,). Returns (n, 3, s, s) in [-1, 1], on the CPU; the generator is left in
    eval mode.
    """
    generator.eval()
    z = generator.prior(noise(range(len(labels)), generator.config.latent_dim))
    one_hot = nn.functional.one_hot(labels, generator.config.classes).float()
    parts = [
        generator(a.to(device), b.to(device)).float().cpu()
        for a, b in zip(z.split(250), one_hot.split(250), strict=True)
    ]
    return torch.cat(parts)
