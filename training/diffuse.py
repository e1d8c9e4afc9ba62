"""Train a diffusion model that fills holes.

``python -m training.diffuse --data scenes.zip flowers.zip photos.zip --run runs/diffusion``. The
same command goes on where a killed run was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from pipelines.cards import load
from pipelines.diffusion import TRAINED_STEPS, denoise, guessed, scheduler
from pipelines.networks.denoiser import SPREAD, Denoiser, DenoiserConfig
from training import hole_task, loop
from training.average import advance
from training.cli import SettingError, run
from training.complete import read_completion
from training.draws import Draws
from training.hole_config import HoleConfig
from training.hole_losses import perceived
from training.precision import autocast
from training.replay import Replay, set_rates
from training.team import join
from training.vgg import Vgg

MEASURED_STEPS = 12  # while a run is watched


@dataclass(frozen=True)
class DiffuseConfig(HoleConfig):
    """A training run of a diffusion model.

    Its perceptual losses are those of the clean picture expected (Lin and Yang 2024): sharper
    after far fewer pictures.
    """

    guess: str = ""
    """Card of a completion model whose guess is made better, or folder of a run of one, named as
    its card will be; empty: a smooth fill."""
    channels: tuple[int, ...] = (48, 96, 128)
    """Of each resolution, fine first."""
    layers: int = 1
    attention: int = 1
    """Coarsest resolutions that attend to themselves."""
    fold: int = 2
    """Pixels, each way, that are folded into channels."""
    lr: float = 4e-4
    weight_decay: float = 0.01
    snr: float = 5.0
    """Weight of pictures with little noise at most, those of noise alone having 1 (Hang et al.
    2023, min-SNR)."""

    def check(self) -> None:
        super().check()
        if not 0 <= self.attention <= len(self.channels):
            raise SettingError(f"--attention: the network has {len(self.channels)} resolutions")


class DiffuseTrainer:
    """Network, average, and one step at a time."""

    def __init__(self, config: DiffuseConfig) -> None:
        self.config = config
        self.team = join(config)
        self.device = self.team.device
        self._autocast = autocast(config.precision, self.device)
        torch.manual_seed(config.seed)
        c = config
        shape = DenoiserConfig(c.channels, c.layers, c.attention, fold=c.fold)
        self.network = Denoiser(shape).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        decay = config.weight_decay
        adam = torch.optim.AdamW(
            self.network.parameters(), config.lr, (0.9, 0.99), weight_decay=decay, fused=True
        )
        self.optimizers: dict[str, Optimizer] = {"network": adam}
        self.vgg = Vgg(config.vgg).to(self.device) if config.vgg else None
        self._guess = completed_by(Path(config.guess), self.device) if config.guess else None
        self._kept = scheduler().alphas_cumprod.to(self.device)  # (1000,), the picture's share
        self._replay = Replay(self._update, self.team, self.optimizers, config.replay)
        self.shown, self.seconds = 0, 0.0

    def step(self, pictures: Tensor, masks: Tensor) -> dict[str, float]:
        """One update on (b, 3, s, s) in [-1, 1] and holes (b, 1, s, s); returns the losses."""
        c = self.config
        rng = self.team.rng(c.seed, self.shown)
        set_rates(self.optimizers, c.learning_rate(self.shown, self.seconds), network=c.lr)
        losses = self._replay(rng, pictures, masks)
        advance(self, len(pictures), c.ema, (self.average, self.network))
        return self.team.means(losses)

    def _update(self, draws: Draws, x: Tensor, m: Tensor) -> dict[str, Tensor]:
        """One update, on pictures and holes that are on the device."""
        c, count = self.config, len(x)
        time = draws(lambda rng: times(count, rng))
        noise = draws.normal(*x.shape)
        kept = self._kept[time][:, None, None, None]
        a, s = kept.sqrt(), (1 - kept).sqrt()
        with torch.no_grad(), self._autocast:
            filled = guessed(self._guess, x, m)
        apart = (x - filled) / SPREAD
        noisy = a * apart + s * noise
        self.network.train()
        with self._autocast:
            found = self.network(noisy * m, filled, m, time).float()
        # As v would be weighted (Salimans and Ho 2022), but for where there is hardly any noise.
        weight = (1 / s.square()).clamp(max=c.snr)
        missing = m.sum().clamp(min=1) * 3
        losses = {"clean": (weight * (found - apart).square() * m).sum() / missing}
        loss = losses["clean"]
        if self.vgg is not None:
            clean = filled + SPREAD * found * m
            with self._autocast:
                seen = perceived(c, self.vgg, clean, x)
            losses |= seen
            loss = loss + sum(getattr(c, name) * term for name, term in seen.items())
        self.team.update(loss, self.optimizers["network"], clip=1.0)
        return losses

    @torch.inference_mode()
    def fill(self, pictures: Tensor, masks: Tensor) -> Tensor:
        """Samples of the averaged network for (b, 3, s, s) in [-1, 1]; seed 0 for each."""
        filled = []
        for x, m in zip(pictures.to(self.device), masks.to(self.device), strict=True):
            with self._autocast:
                *_, last = denoise(
                    self.average, x[None], m[None], [0], MEASURED_STEPS, guess=self._guess
                )
            filled.append(last)
        return torch.cat(filled).float().cpu()


def times(count: int, rng: torch.Generator) -> Tensor:
    """How noisy each of ``count`` pictures is made, int64 in [0, TRAINED_STEPS): one from each part
    of the range, which is less varied than drawn freely."""
    where = (torch.arange(count) + torch.rand(count, generator=rng)) / count
    time = (where * TRAINED_STEPS).long().clamp(max=TRAINED_STEPS - 1)
    return time[torch.randperm(count, generator=rng)]


def completed_by(guess: Path, device: torch.device) -> nn.Module:
    """The completion network of a card, or of a run as far as it is.

    Raises FileNotFoundError, SettingError or CardError.
    """
    if guess.is_dir():
        return read_completion(guess).network.to(device)
    loaded = load(guess, device)
    if loaded.card.tool != "completion":
        raise SettingError(f"--guess: {guess.name} is no completion model")
    return loaded.networks["completion"]


def train(config: DiffuseConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for what cannot be used.
    """
    config.check()
    yield from hole_task.train(config, DiffuseTrainer(config))


def main(config: DiffuseConfig) -> None:
    loop.report(train(config), config.threads)


if __name__ == "__main__":
    run("training.diffuse", DiffuseConfig, main)
