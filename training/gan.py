"""Train a class-conditional DCGAN: ``python -m training.gan --data pictures.zip --run runs/one``.

Every step draws its pictures and its noise from the seed and its own number alone, so a run that
was killed goes on exactly where an undisturbed one would be.
"""

from __future__ import annotations

import csv
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.optim import Optimizer

from pipelines.networks.dcgan import Critic, CriticConfig, Generator, GeneratorConfig
from training.augment import diff_augment
from training.data import Pictures, load_pictures
from training.grid import save_grid
from training.losses import LossName, critic_loss, generator_loss, r1_penalty
from training.metrics import frechet_distance, squeezenet_features
from training.state import load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GanConfig:
    """A training run. The defaults are the classic recipe with today's stabilising tricks."""

    data: str
    """Zip, folder of class folders, or torchvision data set name (CIFAR10)."""
    run: Path
    """Folder of the run: checkpoint, log.csv, sample grids. An existing run is resumed."""
    images: int = 1_000_000
    """Stop after this many training pictures were shown."""
    size: int = 32
    latent_dim: int = 100
    width: int = 64
    """Channels of the generator's widest-resolution feature map."""
    critic_width: int = 64
    loss: LossName = "hinge"
    norm: Literal["spectral", "batch", "none"] = "spectral"
    """Normalisation of the critic."""
    r1: float = 0.0
    """Weight of the R1 penalty, taken every 16th step; 0 leaves it out."""
    augment: tuple[str, ...] = ()
    """DiffAugment: any of color, translation, cutout."""
    ema: float = 20_000
    """Half-life, in pictures, of the averaged generator that is exported; 0 leaves it out."""
    optimizer: Literal["adam", "rmsprop", "adagrad"] = "adam"
    lr: float = 2e-4
    critic_lr: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    anneal: float = 0.0
    """Last fraction of the run over which both learning rates fall linearly to zero."""
    batch: int = 64
    holdout: float = 0.1
    """Fraction of every class that is never trained on and serves for measuring."""
    target: float = 0.0
    """Stop when the Frechet distance over its floor is at most this; 0 never stops. Needs judge."""
    judge: str = ""
    """Feature network for --target: a safetensors file of SqueezeNet 1.1, or 'squeezenet1_1'."""
    measure_every: int = 100_000
    """Pictures between two measurements, when a judge is given."""
    seed: int = 0
    device: str = "auto"
    precision: Literal["fp32", "bf16"] = "fp32"
    """bf16 pays on GPUs; on CPUs these small convolutions measured no faster with it."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    grid_every: float = 240.0
    """Seconds between sample grids."""
    threads: int = 0
    """CPU threads; 0 leaves PyTorch's choice."""


class Trainer:
    """The networks, optimisers and step of one run.

    ``step()`` makes one critic and one generator update on the same generated pictures.
    """

    def __init__(self, config: GanConfig, pictures: Pictures) -> None:
        self.config = config
        self.pictures = pictures
        self.device = torch.device(
            ("cuda" if torch.cuda.is_available() else "cpu")
            if config.device == "auto"
            else config.device
        )
        torch.manual_seed(config.seed)
        classes = len(pictures.classes)
        shape = GeneratorConfig(config.latent_dim, classes, config.size, config.width)
        critic_norm = "batch" if config.norm == "batch" else "none"
        self.generator = Generator(shape).to(self.device)
        self.average = Generator(shape).to(self.device).requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.critic = Critic(CriticConfig(classes, config.size, config.critic_width, critic_norm))
        self.critic.to(self.device)
        if config.norm == "spectral":
            for layer in (*self.critic.downs, self.critic.score, self.critic.match):
                spectral_norm(layer)
        self.optimizers: dict[str, Optimizer] = {
            "generator": self._optimizer(self.generator, config.lr),
            "critic": self._optimizer(self.critic, config.critic_lr),
        }
        self.modules: dict[str, nn.Module] = {
            "generator": self.generator,
            "average": self.average,
            "critic": self.critic,
        }
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

    def batch(self, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Real pictures (b, 3, s, s) in [-1, 1], half of them mirrored, with one-hot labels."""
        index = torch.randint(len(self.pictures), (self.config.batch,), generator=rng)
        mirrored = torch.rand(self.config.batch, generator=rng) < 0.5
        images = self.pictures.images[index]
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
        real = images.to(self.device).float() / 127.5 - 1
        return real, self.one_hot(self.pictures.labels[index])

    def one_hot(self, labels: Tensor) -> Tensor:
        classes = len(self.pictures.classes)
        return nn.functional.one_hot(labels, classes).float().to(self.device)

    def step(self) -> dict[str, float]:
        """One update of critic and generator; returns losses and mean logits."""
        c = self.config
        rng = torch.Generator().manual_seed(c.seed * 1_000_003 + self.steps)
        self._set_learning_rates()
        real, label = self.batch(rng)
        z = torch.randn(c.batch, c.latent_dim, generator=rng).to(self.device)
        amp = torch.autocast(self.device.type, torch.bfloat16, enabled=c.precision == "bf16")

        with amp:
            fake = self.generator(z, label)
            real_logits = self.critic(diff_augment(real, c.augment, rng), label)
            fake_logits = self.critic(diff_augment(fake.detach(), c.augment, rng), label)
        loss_critic = critic_loss(c.loss, real_logits.float(), fake_logits.float())
        if c.r1 and self.steps % 16 == 0:
            pictures = real.clone().requires_grad_(True)
            loss_critic = loss_critic + 16 * c.r1 / 2 * r1_penalty(
                self.critic(pictures, label), pictures
            )
        self._update("critic", loss_critic)

        self.critic.requires_grad_(False)
        with amp:
            logits = self.critic(diff_augment(fake, c.augment, rng), label)
        loss_generator = generator_loss(c.loss, logits.float())
        self._update("generator", loss_generator)
        self.critic.requires_grad_(True)

        self.steps += 1
        self._average()
        return {
            "critic_loss": loss_critic.item(),
            "generator_loss": loss_generator.item(),
            "real_logit": real_logits.float().mean().item(),
            "fake_logit": fake_logits.float().mean().item(),
        }

    def _update(self, name: str, loss: Tensor) -> None:
        self.optimizers[name].zero_grad(set_to_none=True)
        loss.backward()
        self.optimizers[name].step()

    def _set_learning_rates(self) -> None:
        c = self.config
        left = max(0.0, 1 - self.shown / c.images)
        scale = min(1.0, left / c.anneal) if c.anneal else 1.0
        for name, lr in (("generator", c.lr), ("critic", c.critic_lr)):
            for group in self.optimizers[name].param_groups:
                group["lr"] = lr * scale

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

    @torch.inference_mode()
    def samples(self, labels: Tensor, seed: int = 0) -> Tensor:
        """Averaged generator's pictures, one per label: (n, 3, s, s) in [-1, 1], on the CPU."""
        rng = torch.Generator().manual_seed(seed)
        z = torch.randn(len(labels), self.config.latent_dim, generator=rng)
        self.average.eval()
        parts = [
            self.average(a.to(self.device), self.one_hot(b)).float().cpu()
            for a, b in zip(z.split(250), labels.split(250), strict=True)
        ]
        return torch.cat(parts)


def train(config: GanConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step."""
    train_part, held_out = load_pictures(config.data, config.size).split(config.holdout)
    config.run.mkdir(parents=True, exist_ok=True)
    recipe = {**asdict(config), "run": str(config.run), "classes": train_part.classes}
    (config.run / "config.json").write_text(json.dumps(recipe, indent=2) + "\n")
    trainer = Trainer(config, train_part)
    checkpoint = config.run / "checkpoint.safetensors"
    seconds = 0.0
    if checkpoint.exists():
        progress = load_checkpoint(checkpoint, trainer.modules, trainer.optimizers)
        trainer.steps, seconds = progress["steps"], progress["seconds"]
        log.info("resumed at %d pictures", trainer.shown)
    grid_labels = torch.arange(len(train_part.classes)).repeat_interleave(8)
    judge = _judge(config, held_out) if config.judge else None

    def save() -> None:
        progress = {"steps": trainer.steps, "seconds": seconds}
        save_checkpoint(checkpoint, trainer.modules, trainer.optimizers, progress)

    saved = drawn = last = time.monotonic()
    while trainer.shown < config.images:
        losses = trainer.step()
        now = time.monotonic()
        seconds, last = seconds + now - last, now
        yield trainer.shown, losses
        finished = trainer.shown >= config.images
        if judge and (finished or trainer.shown % config.measure_every < config.batch):
            ratio = judge(trainer)
            log.info("%d pictures: Frechet over floor %.2f", trainer.shown, ratio)
            finished = finished or (config.target > 0 and ratio <= config.target)
        if trainer.steps % 50 == 0 or finished:
            _append(config.run / "log.csv", {"images": trainer.shown, "seconds": seconds, **losses})
        if now - saved > config.save_every or finished:
            save()
            saved = now
        if now - drawn > config.grid_every or finished:
            save_grid(trainer.samples(grid_labels), config.run / f"grid-{trainer.shown:08d}.png")
            drawn = now
        if finished:
            return


def _judge(config: GanConfig, held_out: Pictures) -> Callable[[Trainer], float]:
    """Frechet distance of 1,000 samples to 1,000 held-out pictures, over that of other 1,000."""
    features = squeezenet_features(config.judge, max(64, config.size))
    order = torch.randperm(len(held_out), generator=torch.Generator().manual_seed(0))
    n = min(1000, len(held_out) // 2)
    real, other = (
        features(held_out.subset(part).images.float() / 127.5 - 1)
        for part in (order[:n], order[n : 2 * n])
    )
    floor = frechet_distance(real, other)
    labels = held_out.labels[order[:n]]
    return lambda trainer: frechet_distance(real, features(trainer.samples(labels))) / floor


def _append(path: Path, row: dict[str, float]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def main(config: GanConfig) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if config.threads:
        torch.set_num_threads(config.threads)
    start = last = time.monotonic()
    first = -1
    for shown, losses in train(config):
        first = shown if first < 0 else first
        if time.monotonic() - last > 15:
            last = time.monotonic()
            speed = (shown - first) / (last - start)
            log.info(
                "%d pictures, %.0f a second, %s",
                shown,
                speed,
                ", ".join(f"{k} {v:.3f}" for k, v in losses.items()),
            )


if __name__ == "__main__":
    import tyro

    main(tyro.cli(GanConfig))
