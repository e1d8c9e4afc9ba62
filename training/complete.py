"""Train a network that fills holes in one pass.

``python -m training.complete --data scenes.zip flowers.zip photos.zip --run runs/completion
--backbone mobilenet_v2 --vgg vgg19``. The same command goes on where a killed run was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.optim import Optimizer

from pipelines.networks.completion import Completion, CompletionConfig
from training import hole_task, loop
from training.average import advance
from training.cli import SettingError, run
from training.draws import Again, Draws
from training.frozen import frozen
from training.hole_config import HoleConfig
from training.hole_losses import perceived
from training.precision import autocast
from training.projected import Projector, Seen, feature_distance
from training.replay import Replay, set_rates
from training.spectra import spectral_distance
from training.team import join
from training.vgg import Vgg, directions

TAPS = 3  # of the backbone; its deepest sees little of what lies where


@dataclass(frozen=True)
class CompleteConfig(HoleConfig):
    """A training run of a completion network."""

    width: int = 32
    """Channels at half the resolution."""
    blocks: int = 6
    """Residual blocks at an eighth of the resolution."""
    spectral: int = 32
    """Channels whose spectrum is convolved in every second block."""
    attention: int = 0
    """Channels by which cells of the picture are compared (contextual attention); 0: none."""
    finer: int = 0
    """Residual blocks at a quarter of the resolution, and as many at half of it."""
    finest: int = 0
    """Residual blocks at the full resolution."""
    lr: float = 1e-3
    critic_lr: float = 4e-4
    l1: float = 1.0
    """Weight of the mean difference inside the hole."""
    outside: float = 0.2
    """Weight of the mean difference outside: it is not shown, but the rim must fit."""
    perceptual: float = 2.0
    backbone: str = ""
    """Frozen network of the projected critic: a safetensors file of MobileNetV2, or
    'mobilenet_v2' (downloaded); empty: no critic."""
    backbone_size: int = 128
    """Pixels that pictures are brought to before the backbone."""
    features: float = 1.0
    """Weight of the difference of the backbone's features, mixed as the critic sees them."""
    taps: float = 0.0
    """Weight of how differently the backbone's own maps point, at strides 4, 8 and 16; beside
    --directions a second opinion, so that no network's habits are learnt."""
    spectra: float = 0.0
    """Weight of the distance between spectra of small windows in the holes and in the real
    pictures (training.spectra): takes away lattices, and blur."""
    adversarial: float = 0.2
    critic_after: int = 10_000
    """Pictures after which the critic begins."""
    augment: tuple[str, ...] = ()
    crops: bool = False

    def check(self) -> None:
        super().check()
        if self.backbone and self.backbone_size % 32:
            raise SettingError(f"--backbone-size must be a multiple of 32: {self.backbone_size}")


class CompleteTrainer:
    """Network, average, critic, and one step at a time."""

    def __init__(self, config: CompleteConfig) -> None:
        self.config = config
        self.team = join(config)
        self.device = self.team.device
        self._autocast = autocast(config.precision, self.device)
        # Depthwise convolutions gain nothing from bf16 on a CPU.
        on_gpu = self.device.type == "cuda"
        self._critic_cast = autocast(config.precision if on_gpu else "fp32", self.device)
        torch.manual_seed(config.seed)
        self.network = Completion(shaped(config)).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        betas = (0.5, 0.99)
        adam = torch.optim.Adam(self.network.parameters(), config.lr, betas, fused=True)
        self.optimizers: dict[str, Optimizer] = {"network": adam}
        self.vgg = Vgg(config.vgg).to(self.device) if config.vgg else None
        self.projector = None
        if config.backbone:
            self.projector = Projector(config, 1, self.device)
            self.modules["heads"] = self.projector.heads
            self.optimizers["heads"] = torch.optim.Adam(
                self.projector.heads.parameters(), config.critic_lr, (0.0, 0.99), fused=True
            )
        self._replay = Replay(self._update, self.team, self.optimizers, config.replay)
        self.shown, self.seconds = 0, 0.0

    def step(self, pictures: Tensor, masks: Tensor) -> dict[str, float]:
        """One update on (b, 3, s, s) in [-1, 1] and holes (b, 1, s, s); returns the losses."""
        c = self.config
        scale = c.learning_rate(self.shown, self.seconds)
        set_rates(self.optimizers, scale, network=c.lr, heads=c.critic_lr)
        # Without the critic its features would cost more than they teach.
        critic = self.projector is not None and self.shown >= c.critic_after
        rise = torch.tensor(min(1.0, (self.shown - c.critic_after) / 4_000))
        rng = self.team.rng(c.seed, self.shown)
        losses = self._replay(rng, pictures, masks, rise, critic=critic)
        advance(self, len(pictures), c.ema, (self.average, self.network))
        return self.team.means(losses)

    def _update(
        self, draws: Draws, x: Tensor, m: Tensor, rise: Tensor, *, critic: bool
    ) -> dict[str, Tensor]:
        """One update of the network and, if asked for, of its critic."""
        c = self.config
        self.network.train()
        with self._autocast:
            painted = self.network(x, m).float()
        missing, known = m.sum().clamp(min=1) * 3, (1 - m).sum().clamp(min=1) * 3
        apart = (painted - x).abs()
        losses = {"l1": (apart * m).sum() / missing, "outside": (apart * (1 - m)).sum() / known}
        terms = [c.l1 * losses["l1"], c.outside * losses["outside"]]
        filled = painted * m + x * (1 - m)
        if self.vgg is not None:
            with self._autocast:
                seen = perceived(c, self.vgg, filled, x)
            losses |= seen
            terms += [getattr(c, name) * loss for name, loss in seen.items()]
        if c.spectra:
            losses["spectra"] = spectral_distance(x, filled, draws, m)
            terms.append(c.spectra * losses["spectra"])
        if critic:
            terms += self._criticised(filled, x, m, rise, Again(draws), losses)
        loss = torch.stack(terms).sum()
        self.team.update(loss, self.optimizers["network"], clip=5.0)
        return losses

    def _criticised(
        self,
        filled: Tensor,
        x: Tensor,
        m: Tensor,
        rise: Tensor,
        view: Again,
        losses: dict[str, Tensor],
    ) -> list[Tensor]:
        """Update the critic; what it and its features say of the filled pictures.

        ``rise``: share of its weight that its opinion has yet.
        """
        c, projector = self.config, self.projector
        assert projector
        label = x.new_ones(len(x), 1)
        with torch.no_grad(), self._critic_cast:
            real = projector.look(x, view)
        with self._critic_cast:
            fake = projector.look(filled, view)
        fixed = Seen([], [[level.detach() for level in maps] for maps in fake.views])
        with self._critic_cast, parametrize.cached():
            pairs = zip(projector.logits(real, label), projector.logits(fixed, label), strict=True)
            # Only what looks into the hole is false (Suvorov et al. 2022, section 2.3).
            scores = [(inside(F.relu(1 - a), m) + inside(F.relu(1 + b), m)) for a, b in pairs]
        critic = torch.stack(scores).mean()
        self.team.update(critic, self.optimizers["heads"])
        with frozen(projector.heads), self._critic_cast:
            logits = projector.logits(fake, label)
        losses["critic"] = critic
        losses["adversarial"] = -torch.stack([inside(level, m) for level in logits]).mean()
        terms = [rise * c.adversarial * losses["adversarial"]]
        if c.features:
            losses["features"] = feature_distance(fake, real, len(x))
            terms.append(c.features * losses["features"])
        if c.taps:
            losses["taps"] = directions(fake.taps[:TAPS], real.taps[:TAPS])
            terms.append(c.taps * losses["taps"])
        return terms

    @torch.inference_mode()
    def fill(self, pictures: Tensor, masks: Tensor) -> Tensor:
        """What the averaged network makes of pictures (b, 3, s, s) in [-1, 1]."""
        with self._autocast:
            return self.average(pictures.to(self.device), masks.to(self.device)).float().cpu()


def inside(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of a map (b, h, w) over the places that see something of the holes (b, 1, s, s)."""
    weight = F.adaptive_max_pool2d(mask, values.shape[-2:]).squeeze(1)
    return (values * weight).sum() / weight.sum().clamp(min=1)


def train(config: CompleteConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for what cannot be used.
    """
    config.check()
    yield from hole_task.train(config, CompleteTrainer(config))


def read_completion(folder: Path) -> loop.Trained:
    """Settings and network of a run as far as it is. Raises FileNotFoundError or SettingError."""
    c = loop.read_settings(CompleteConfig, folder)
    return loop.read_trained(c, Completion(shaped(c)))


def shaped(c: CompleteConfig) -> CompletionConfig:
    """The network that a run trains."""
    return CompletionConfig(c.width, c.blocks, c.spectral, c.attention, c.finer, c.finest)


def main(config: CompleteConfig) -> None:
    loop.report(train(config), config.threads)


if __name__ == "__main__":
    run("training.complete", CompleteConfig, main)
