"""The networks, optimisers and single step of a GAN's training."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.optim import Optimizer

from pipelines.networks.encoder import EncoderHead
from pipelines.networks.glu import GluGenerator
from training.augment import diff_augment
from training.average import follow
from training.data import Pictures
from training.draws import Again, Draws
from training.eyes import VggEye
from training.frozen import frozen
from training.gan_batches import Real
from training.gan_config import GanConfig
from training.gan_networks import build_critic, build_generator, build_optimizer, draw
from training.losses import (
    critic_loss,
    generator_loss,
    gradient_penalty,
    r1_penalty,
    uniformity,
)
from training.moments import FrechetLoss
from training.precision import autocast
from training.projected import Projector, Seen, feature_distance
from training.replay import Replay, set_rates
from training.schedule import share_left
from training.spectra import spectral_distance
from training.team import join

R1_EVERY = 16  # steps between two R1 penalties (lazy regularisation, Karras et al. 2020)


class Trainer:
    """The networks, optimisers and step of one run.

    ``step()`` makes one update of every critic and of the generator on the same generated
    pictures. All it draws comes from the seed and the number of the step, and of the process where
    several train together, alone.
    """

    def __init__(self, config: GanConfig, pictures: Pictures) -> None:
        self.config = config
        self.pictures = pictures
        self.team = join(config, least=4 if config.encoder else 1)
        self.device = self.team.device
        self._real = Real(pictures, self.device)
        self.batch = self.team.share(config.batch)
        self._autocast = autocast(config.precision, self.device)
        torch.manual_seed(config.seed)
        classes = len(pictures.classes)
        self.modules: dict[str, nn.Module] = {}
        self.optimizers: dict[str, Optimizer] = {}
        self._means: list[tuple[nn.Module, nn.Module]] = []
        self.generator = build_generator(config, classes).to(self.device)
        if config.generator == "glu":
            self.generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.generator)
        self._add("generator", self.generator, config.lr, "average", self.average)
        self.critic = None
        if config.critical:
            self.critic = build_critic(config, classes).to(self.device)
            self._add("critic", self.critic, config.critic_lr)
        self.projector = None
        if config.backbone:
            # The frozen trunk is not among the modules: a checkpoint need not hold it.
            further = VggEye(config.vgg) if config.vgg else None
            self.projector = Projector(config, classes, self.device, further)
            self._add("heads", self.projector.heads, config.critic_lr)
        self.moments = None
        if self.projector and config.moments:
            life = config.moments_half_life
            more = (classes, self.team.gathered, config.moments_every)
            losses = (FrechetLoss(d, life, *more) for d in self.projector.pooled)
            self.moments = nn.ModuleList(losses)
            self.modules["moments"] = self.moments.to(self.device)
        self.encoder = None
        if config.encoder:
            self.encoder = EncoderHead(config.latent_dim).to(self.device)
            mean = copy.deepcopy(self.encoder)
            self._add("encoder", self.encoder, config.lr, "average_encoder", mean)
        self._replay = Replay(self._update, self.team, self.optimizers, config.replay)
        self.steps, self.seconds = 0, 0.0

    def _add(
        self,
        name: str,
        module: nn.Module,
        lr: float,
        mean_name: str = "",
        mean: nn.Module | None = None,
    ) -> None:
        """Train ``module``, and have ``mean`` follow it."""
        self.modules[name] = module
        self.optimizers[name] = build_optimizer(self.config, module, lr)
        if mean:
            self.modules[mean_name] = mean.requires_grad_(False)
            self._means.append((module, mean))

    @property
    def shown(self) -> int:
        """Training pictures shown so far."""
        return self.steps * self.config.batch

    def _batch(self, draws: Draws) -> tuple[Tensor, Tensor]:
        return self._real(draws, self.batch)

    def _latents(self, draws: Draws) -> Tensor:
        return self.generator.prior(draws.normal(self.batch, self.config.latent_dim))

    def _generate(self, z: Tensor, label: Tensor, draws: Draws) -> Tensor:
        if isinstance(self.generator, GluGenerator):
            grain = [draws.normal(*shape) for shape in self.generator.grains(len(z))]
            return self.generator(z, label, grain).float()
        return self.generator(z, label).float()

    def step(self) -> dict[str, float]:
        """One update of critics and generator; returns losses and mean logits."""
        self._set_learning_rates()
        losses = self._replay(self.team.rng(self.config.seed, self.steps), **self._kind())
        self.steps += 1
        self._average()
        return self.team.means(losses)

    def _kind(self) -> dict[str, Hashable]:
        """What of a step is not the same in all of them."""
        c = self.config
        warming = bool(self.encoder) and self.shown < c.warmup
        moments: list[Any] = [] if warming else list(self.moments or ())
        return {
            "warming": warming,
            "r1": bool(c.r1) and self.steps % R1_EVERY == 0,
            # Of every running moments, whether they know enough.
            "known": tuple(each.prepare(c.batch) for each in moments),
        }

    def _update(
        self, draws: Draws, *, warming: bool, r1: bool, known: tuple[bool, ...]
    ) -> dict[str, Tensor]:
        """One update of every critic and of the generator, of a kind that ``_kind`` says."""
        c = self.config
        for _ in range(c.critic_steps - 1):
            real, label = self._batch(draws)
            with torch.no_grad(), self._autocast:
                fake = self._generate(self._latents(draws), label, draws)
            self._update_critic(real, fake, label, draws, r1)
        real, label = self._batch(draws)
        z = self._latents(draws)
        view = Again(draws)
        losses: dict[str, Tensor] = {}
        terms: list[Tensor] = []  # of the generator's loss
        real_seen = self._look(real, view, grad=False)
        rebuilt = self.batch if warming else self.batch // 2  # pictures that are reconstructions
        if self.encoder and real_seen:
            z, spread = self._encode(real_seen, label, z, rebuilt)
            losses["uniformity"] = spread
            terms.append(c.uniformity * spread)
        with self._autocast:
            # float32 for the augmentations, or bf16 rounding would tell fakes from reals.
            fake = self._generate(z, label, draws)
        if self.critic and not warming:
            losses |= self._update_critic(real, fake.detach(), label, draws, r1)
            with frozen(self.critic), self._autocast:
                logits = self.critic(diff_augment(fake, c.augment, draws), label)
            terms.append(generator_loss(c.adversarial, logits.float()))
        if self.projector and real_seen and (fake_seen := self._look(fake, view)):
            losses["heads_loss"] = real.new_zeros(())
            if not warming:
                losses["heads_loss"] = self._update_heads(real_seen, fake_seen, label)
                with frozen(self.projector.heads), self._autocast:
                    logits_of_scales = self.projector.logits(fake_seen, label)
                scores = [generator_loss("hinge", logits) for logits in logits_of_scales]
                terms.append(c.projected * torch.stack(scores).mean())
            if self.encoder:
                # Blurred first: exact pixels are not what a latent of this length can hold.
                near, far = (F.avg_pool2d(x[:rebuilt], c.size // 16) for x in (fake, real))
                distance = feature_distance(fake_seen, real_seen, rebuilt)
                losses["reconstruction"] = 2 * F.l1_loss(near, far) + distance
                terms.append(c.encoder * losses["reconstruction"])
            if self.moments:
                first = rebuilt if self.encoder else 0  # of latents of the prior, as samples have
                losses["moments"] = real.new_zeros(())
                if first < self.batch:
                    each = zip(self.moments, real_seen.pooled, fake_seen.pooled, known, strict=True)
                    distances = [
                        moments(a, b[first:], label, label[first:], known=ready)
                        for moments, a, b, ready in each
                    ]
                    losses["moments"] = torch.stack(distances).mean()
                    terms.append(c.moments * losses["moments"])
        if c.spectra:
            losses["spectra"] = spectral_distance(real, fake, draws)
            terms.append(c.spectra * losses["spectra"])
        losses["generator_loss"] = torch.stack(terms).sum()
        names = ("generator", "encoder") if self.encoder else ("generator",)
        self.team.update(losses["generator_loss"], *(self.optimizers[name] for name in names))
        return losses

    def _look(self, pictures: Tensor, view: Again, grad: bool = True) -> Seen | None:
        if not self.projector:
            return None
        with torch.set_grad_enabled(grad), self._autocast:
            return self.projector.look(pictures, view)

    def _encode(self, seen: Seen, label: Tensor, z: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Latents of which the first ``count`` encode real pictures, and their unevenness.

        Noise on the encoded ones, along the sphere, makes neighbours of a photo's latent look
        like that photo.
        """
        assert self.encoder
        r = self.config.encoder_noise
        with self._autocast:
            encoded = self.encoder(seen.taps).float()
        noisy = encoded[:count] * (1 - r * r) ** 0.5 + z[:count] * r
        return torch.cat([self.generator.prior(noisy), z[count:]]), uniformity(encoded, label)

    def _update_critic(
        self, real: Tensor, fake: Tensor, label: Tensor, draws: Draws, r1: bool
    ) -> dict[str, Tensor]:
        """One update of the DCGAN critic; returns its loss and mean logits."""
        c = self.config
        critic = self.critic
        if not critic:
            return {}
        with self._autocast:
            real_logits = critic(diff_augment(real, c.augment, draws), label).float()
            fake_logits = critic(diff_augment(fake, c.augment, draws), label).float()
        loss = critic_loss(c.adversarial, real_logits, fake_logits)
        if r1:
            pictures = real.clone().requires_grad_(True)
            loss = loss + R1_EVERY * c.r1 / 2 * r1_penalty(critic(pictures, label), pictures)
        if c.gradient_penalty:
            count = len(real)
            share = draws(lambda rng: torch.rand(count, 1, 1, 1, generator=rng))
            penalty = gradient_penalty(lambda x: critic(x, label), real, fake, share)
            loss = loss + c.gradient_penalty * penalty
        self.team.update(loss, self.optimizers["critic"])
        if c.clip:
            with torch.no_grad():
                for weight in critic.parameters():
                    weight.clamp_(-c.clip, c.clip)
        return {
            "critic_loss": loss,
            "real_logit": real_logits.mean(),
            "fake_logit": fake_logits.mean(),
        }

    def _update_heads(self, real: Seen, fake: Seen, label: Tensor) -> Tensor:
        """One update of the projected critic; returns its loss."""
        assert self.projector
        fixed = Seen([], [[m.detach() for m in maps] for maps in fake.views])
        with self._autocast, parametrize.cached():
            real_logits = self.projector.logits(real, label)
            fake_logits = self.projector.logits(fixed, label)
        pairs = zip(real_logits, fake_logits, strict=True)
        loss = torch.stack([critic_loss("hinge", a, b) for a, b in pairs]).mean()
        self.team.update(loss, self.optimizers["heads"])
        return loss

    def _set_learning_rates(self) -> None:
        c = self.config
        left = share_left(c, self.shown, self.seconds)
        scale = min(1.0, left / c.anneal) if c.anneal else 1.0
        lr = 0.0 if self.shown < c.critics_first else c.lr
        rates = dict.fromkeys(self.optimizers, lr)
        set_rates(self.optimizers, scale, **{**rates, "critic": c.critic_lr, "heads": c.critic_lr})

    def _average(self) -> None:
        """Exponential moving average of weights and of batch-norm statistics."""
        c = self.config
        self.team.settle(self.modules.values())
        # The half-life grows with the run, so early averages forget the random start.
        half_life = min(c.ema, 0.05 * self.shown)
        for module, average in self._means:
            follow(average, module, c.batch, half_life)

    def samples(self, labels: Tensor | Sequence[int]) -> Tensor:
        """The averaged generator's pictures of seeds 0, 1, 2 ...; see ``draw``."""
        return draw(self.average, torch.as_tensor(labels), self.device)
