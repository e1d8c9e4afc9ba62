"""The networks, optimisers and single step of a GAN's training."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import Optimizer

from pipelines.device import noise, pick_device
from pipelines.networks.dcgan import Critic, CriticConfig, Generator, GeneratorConfig
from training.augment import diff_augment
from training.cli import SettingError
from training.data import Pictures
from training.gan_config import GanConfig
from training.losses import critic_loss, generator_loss, r1_penalty
from training.projected import ProjectedCritic, Trunk

R1_EVERY = 16  # steps between two R1 penalties (lazy regularisation, Karras et al. 2020)


def build_generator(config: GanConfig, classes: int) -> Generator:
    """A fresh generator. Raises SettingError for a size that is not 8, 16, 32, 64 ..."""
    try:
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


@torch.inference_mode()
def draw(generator: Generator, labels: Tensor, device: torch.device) -> Tensor:
    """Pictures of seeds 0, 1, 2 ..., one per label, as the app would draw them.

    ``labels``: int64 (n,). Returns (n, 3, s, s) in [-1, 1], on the CPU; the generator is left in
    eval mode.
    """
    generator.eval()
    z = noise(range(len(labels)), generator.config.latent_dim)
    one_hot = nn.functional.one_hot(labels, generator.config.classes).float()
    parts = [
        generator(a.to(device), b.to(device)).float().cpu()
        for a, b in zip(z.split(250), one_hot.split(250), strict=True)
    ]
    return torch.cat(parts)


class Trainer:
    """The networks, optimisers and step of one run.

    ``step()`` makes one critic and one generator update on the same generated pictures. All it
    draws comes from the seed and the number of the step alone.
    """

    def __init__(self, config: GanConfig, pictures: Pictures) -> None:
        self.config = config
        self.pictures = pictures
        self.device = pick_device(config.device)
        bf16 = config.precision == "bf16" or (
            config.precision == "auto" and self.device.type == "cuda"
        )
        self._autocast = torch.autocast(self.device.type, torch.bfloat16, enabled=bf16)
        torch.manual_seed(config.seed)
        classes = len(pictures.classes)
        self.generator = build_generator(config, classes).to(self.device)
        self.average = build_generator(config, classes).to(self.device).requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.critic = build_critic(config, classes).to(self.device)
        self.optimizers: dict[str, Optimizer] = {
            "generator": self._optimizer(self.generator, config.lr),
            "critic": self._optimizer(self.critic, config.critic_lr),
        }
        self.modules: dict[str, nn.Module] = {
            "generator": self.generator,
            "average": self.average,
            "critic": self.critic,
        }
        if config.backbone:
            # Frozen and not among the modules: a checkpoint need not hold it.
            self.trunk = Trunk(config.backbone, config.backbone_size).to(self.device)
            self.heads = ProjectedCritic(classes).to(self.device)
            self.modules["heads"] = self.heads
            self.optimizers["heads"] = self._optimizer(self.heads, config.critic_lr)
        self.steps = 0

    def _optimizer(self, module: nn.Module, lr: float) -> Optimizer:
        c = self.config
        if c.optimizer == "adam":
            return torch.optim.Adam(module.parameters(), lr, (c.beta1, c.beta2), fused=True)
        if c.optimizer == "rmsprop":
            return torch.optim.RMSprop(module.parameters(), lr)
        return torch.optim.Adagrad(module.parameters(), lr)

    @property
    def shown(self) -> int:
        """Training pictures shown so far."""
        return self.steps * self.config.batch

    def _batch(self, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Real pictures (b, 3, s, s) in [-1, 1], half of them mirrored, with one-hot labels."""
        index = torch.randint(len(self.pictures), (self.config.batch,), generator=rng)
        mirrored = torch.rand(self.config.batch, generator=rng) < 0.5
        images = self.pictures.images[index]
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        real = images.to(self.device).float() / 127.5 - 1
        labels = self.pictures.labels[index]
        one_hot = nn.functional.one_hot(labels, len(self.pictures.classes)).float()
        return real, one_hot.to(self.device)

    def step(self) -> dict[str, float]:
        """One update of critic and generator; returns losses and mean logits."""
        c = self.config
        rng = torch.Generator().manual_seed(c.seed * 1_000_003 + self.steps)
        self._set_learning_rates()
        real, label = self._batch(rng)
        z = torch.randn(c.batch, c.latent_dim, generator=rng).to(self.device)

        with self._autocast:
            # float32 for the augmentations, or bf16 rounding would tell fakes from reals.
            fake = self.generator(z, label).float()
            real_logits = self.critic(diff_augment(real, c.augment, rng), label)
            fake_logits = self.critic(diff_augment(fake.detach(), c.augment, rng), label)
        loss_critic = critic_loss(c.loss, real_logits.float(), fake_logits.float())
        if c.r1 and self.steps % R1_EVERY == 0:
            pictures = real.clone().requires_grad_(True)
            penalty = r1_penalty(self.critic(pictures, label), pictures)
            loss_critic = loss_critic + R1_EVERY * c.r1 / 2 * penalty
        self._update("critic", loss_critic)
        losses = {"critic_loss": loss_critic}
        maps: list[Tensor] = []
        if c.backbone:
            maps, losses["heads_loss"] = self._update_heads(real, fake, label, rng)

        self.critic.requires_grad_(False)
        with self._autocast:
            logits = self.critic(diff_augment(fake, c.augment, rng), label)
        losses["generator_loss"] = generator_loss(c.loss, logits.float())
        if c.backbone:
            self.heads.requires_grad_(False)
            with self._autocast:
                logits = self.heads(maps, label)
            projected = c.projected * generator_loss("hinge", logits.float())
            losses["generator_loss"] = losses["generator_loss"] + projected
            self.heads.requires_grad_(True)
        self._update("generator", losses["generator_loss"])
        self.critic.requires_grad_(True)

        self.steps += 1
        self._average()
        return {
            "critic_loss": losses["critic_loss"].item(),
            "generator_loss": losses["generator_loss"].item(),
            "real_logit": real_logits.float().mean().item(),
            "fake_logit": fake_logits.float().mean().item(),
            **({"heads_loss": losses["heads_loss"].item()} if c.backbone else {}),
        }

    def _update_heads(
        self, real: Tensor, fake: Tensor, label: Tensor, rng: torch.Generator
    ) -> tuple[list[Tensor], Tensor]:
        """One update of the projected critic; returns the fakes' maps, with graph, and the loss."""
        augment = self.config.augment
        with self._autocast:
            with torch.no_grad():
                real_maps = self.trunk(diff_augment(real, augment, rng))
            maps = self.trunk(diff_augment(fake, augment, rng))
            real_logits = self.heads(real_maps, label)
            fake_logits = self.heads([m.detach() for m in maps], label)
        loss = critic_loss("hinge", real_logits.float(), fake_logits.float())
        self._update("heads", loss)
        return maps, loss

    def _update(self, name: str, loss: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[name].step()

    def _set_learning_rates(self) -> None:
        c = self.config
        left = max(0.0, 1 - self.shown / c.images)
        scale = min(1.0, left / c.anneal) if c.anneal else 1.0
        for name, optimizer in self.optimizers.items():
            for group in optimizer.param_groups:
                group["lr"] = scale * (c.lr if name == "generator" else c.critic_lr)

    @torch.no_grad()
    def _average(self) -> None:
        """Exponential moving average of weights and of batch-norm statistics."""
        c = self.config
        # The half-life grows with the run, so early averages forget the random start.
        half_life = min(c.ema, 0.05 * self.shown)
        keep = 0.5 ** (c.batch / half_life) if half_life else 0.0
        live = self.generator.state_dict()
        for key, mean in self.average.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(live[key], 1 - keep)
            else:
                mean.copy_(live[key])

    def samples(self, labels: Tensor | Sequence[int]) -> Tensor:
        """The averaged generator's pictures of seeds 0, 1, 2 ...; see ``draw``."""
        return draw(self.average, torch.as_tensor(labels), self.device)
