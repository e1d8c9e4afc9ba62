"""Train a generator of textures.

``python -m training.texture --data textures.zip --run runs/textures --vgg FILE --backbone FILE``.
An encoder turns each texture into a code; the generator draws another piece of it from noise,
judged by Gram matrices (Ulyanov et al. 2016) and a projected critic. The same command goes on
where a killed run was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.optim import Optimizer
from torch.utils.data import Dataset

from pipelines.gatys import gram, gram_distance
from pipelines.networks.stylizer import DEPTHS
from pipelines.networks.texturist import NOISE, STRIDE, Texturist, TexturistConfig
from training import loop
from training.average import advance
from training.cli import SettingError, run
from training.draws import Again, Draws
from training.frozen import frozen
from training.hole_data import Photos, load_photos, squares
from training.loop_config import LoopConfig
from training.losses import critic_loss, generator_loss
from training.precision import autocast
from training.projected import Projector, Seen
from training.replay import Replay, set_rates
from training.stream import batches
from training.style_data import crop
from training.team import Team, join
from training.vgg import Vgg, take_eye

GRAM_LAYERS = ("conv11", "conv12", "conv22", "conv34", "conv44")
USUAL = 400  # textures from which the usual moments are taken
GRID = 12


@dataclass(frozen=True)
class TextureConfig(LoopConfig):
    """A training run of a texture generator."""

    vgg: str = ""
    """VGG-19 of the Gram loss and of the encoder: a safetensors file of the distilled one."""
    batch: int = 8
    code: int = 64
    """Length of a texture's code."""
    widths: tuple[int, ...] = (96, 96, 64, 48, 32)
    """Channels from the coarsest resolution to the finest."""
    waves: int = 6
    lr: float = 1e-3
    critic_lr: float = 4e-4
    gram: float = 4.0
    adversarial: float = 0.3
    spread: float = 0.01
    """Weight that keeps codes near a standard normal, so that those between them mean something."""
    backbone: str = ""
    """Frozen network of the projected critic: a safetensors file of MobileNetV2, or
    'mobilenet_v2' (downloaded); empty: no critic."""
    backbone_size: int = 128
    critic_after: int = 4_000
    augment: tuple[str, ...] = ()
    crops: bool = False

    def check(self) -> None:
        super().check()
        if not self.vgg:
            raise SettingError("--vgg is needed: the loss stands on it")


MOMENTS = 2 * sum(DEPTHS)


def log_moments(maps: Sequence[Tensor]) -> Tensor:
    """Mean and deviation of every channel of maps (b, c, h, w) at all depths: (b, MOMENTS).

    Logarithms, for what is found varies a hundredfold.
    """
    flat = [x.float().flatten(2) for x in maps]
    both = [(x.mean(2), x.var(2, unbiased=False).add(1e-8).sqrt()) for x in flat]
    return torch.cat([x for pair in both for x in pair], 1).add(2e-3).log()


class CodeHead(nn.Module):
    """What ``Eye`` finds, maps (b, c, h, w) at four depths -> codes (b, code)."""

    def __init__(self, code: int, hidden: int = 256) -> None:
        super().__init__()
        self.register_buffer("usual", torch.zeros(2, MOMENTS))
        self.layers = nn.Sequential(nn.Linear(MOMENTS, hidden), nn.ReLU(), nn.Linear(hidden, code))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        mean, deviation = self.get_buffer("usual")
        return self.layers((log_moments(maps) - mean) / deviation.clamp(min=0.05))


class Textures(Dataset[tuple[Tensor, ...]]):
    """Crop ``i`` of an endless row, (3, s, s) in [-1, 1]; it follows from seed and ``i``."""

    def __init__(self, sets: list[Photos], side: int, seed: int, count: int) -> None:
        self._sets, self._side, self._seed, self._count = sets, side, seed, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i: int) -> tuple[Tensor, ...]:
        rng = np.random.default_rng([self._seed, i])
        photos = self._sets[int(rng.integers(len(self._sets)))]
        return (crop(photos, self._side, rng, least=0.6),)


class TextureTrainer:
    """Generator, encoder, critic, averages, and one step at a time."""

    def __init__(self, config: TextureConfig) -> None:
        self.config = c = config
        self.team = join(c, least=2)
        self.device = self.team.device
        self._autocast = autocast(c.precision, self.device)
        on_gpu = self.device.type == "cuda"
        self._critic_cast = autocast(c.precision if on_gpu else "fp32", self.device)
        torch.manual_seed(c.seed)
        self.vgg = Vgg(c.vgg).to(self.device)
        self.eye = take_eye(self.vgg, c.vgg).to(self.device)
        self.network = Texturist(TexturistConfig(c.code, c.widths, c.waves)).to(self.device)
        self.head = CodeHead(c.code).to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.average_head = copy.deepcopy(self.head).requires_grad_(False).eval()
        self.modules: dict[str, nn.Module] = {
            "network": self.network,
            "average": self.average,
            "head": self.head,
            "average_head": self.average_head,
        }
        weights = [*self.network.parameters(), *self.head.parameters()]
        self.optimizers: dict[str, Optimizer] = {
            "network": torch.optim.Adam(weights, c.lr, (0.5, 0.99), fused=True)
        }
        self.projector = None
        if c.backbone:
            self.projector = Projector(c, c.code, self.device)
            self.modules["heads"] = self.projector.heads
            self.optimizers["heads"] = torch.optim.Adam(
                self.projector.heads.parameters(), c.critic_lr, (0.0, 0.99), fused=True
            )
        self._replay = Replay(self._update, self.team, self.optimizers, c.replay)
        self.shown, self.seconds = 0, 0.0

    @torch.no_grad()
    def see_the_usual(self, textures: Iterator[tuple[Tensor, ...]]) -> None:
        """Take mean and deviation of the moments from some textures, before the first step."""
        stacked = torch.cat([log_moments(self.eye(x.to(self.device))) for (x,) in textures])
        usual = torch.stack([stacked.mean(0), stacked.std(0)])
        for head in (self.head, self.average_head):
            head.get_buffer("usual").copy_(usual)

    def step(self, pictures: Tensor) -> dict[str, float]:
        """One update on (b, 3, s, s) in [-1, 1]; returns the losses."""
        c = self.config
        rng = self.team.rng(c.seed, self.shown)
        scale = c.learning_rate(self.shown, self.seconds)
        set_rates(self.optimizers, scale, network=c.lr, heads=c.critic_lr)
        critic = self.projector is not None and self.shown >= c.critic_after
        losses = self._replay(rng, pictures, critic=critic)
        pairs = (self.average, self.network), (self.average_head, self.head)
        advance(self, len(pictures), c.ema, *pairs)
        return self.team.means(losses)

    def _update(self, draws: Draws, x: Tensor, *, critic: bool) -> dict[str, Tensor]:
        """One update of generator and encoder and, if asked for, of the critic."""
        c = self.config
        with torch.no_grad(), self._autocast:
            seen = self.eye(x)
            wanted = [gram(maps) for maps in self.vgg(x, GRAM_LAYERS)]
        code = self.head(seen)
        # A place between this code and the next is a texture as well: noise fills the gaps.
        noisy = code + 0.1 * draws.normal(*code.shape)
        noise, phases = draw(draws, len(x), c.size // STRIDE, c.size // STRIDE, c.waves)
        with self._autocast:
            painted = self.network(noise, phases, noisy)
            found = [gram(maps) for maps in self.vgg(painted, GRAM_LAYERS)]
        losses = {"gram": gram_distance(found, wanted).clamp(max=4).mean()}
        losses["spread"] = code.mean(0).square().mean() + (code.var(0) - 1).square().mean()
        terms = [c.gram * losses["gram"], c.spread * losses["spread"]]
        if critic:
            view = Again(draws)
            terms.append(c.adversarial * self._criticised(painted, x, code.detach(), view, losses))
        loss = torch.stack(terms).sum()
        self.team.update(loss, self.optimizers["network"], clip=5.0)
        return losses

    def _criticised(
        self, painted: Tensor, x: Tensor, code: Tensor, view: Again, losses: dict[str, Tensor]
    ) -> Tensor:
        """Update the critic, which knows the code; what it says of the generator's pictures."""
        projector = self.projector
        assert projector
        label = F.normalize(code, dim=1)
        with torch.no_grad(), self._critic_cast:
            real = projector.look(x, view)
        with self._critic_cast:
            fake = projector.look(painted, view)
        fixed = Seen([], [[level.detach() for level in maps] for maps in fake.views])
        with self._critic_cast, parametrize.cached():
            pairs = zip(projector.logits(real, label), projector.logits(fixed, label), strict=True)
            critic = torch.stack([critic_loss("hinge", a, b) for a, b in pairs]).mean()
        self.team.update(critic, self.optimizers["heads"])
        with frozen(projector.heads), self._critic_cast:
            logits = projector.logits(fake, label)
        losses["critic"] = critic
        losses["adversarial"] = torch.stack([generator_loss("hinge", a) for a in logits]).mean()
        return losses["adversarial"]

    @torch.inference_mode()
    def paint(self, pictures: Tensor, seed: int = 0) -> Tensor:
        """Other pieces of textures (b, 3, s, s), by the averaged networks."""
        draws = Draws(self.device, torch.Generator().manual_seed(seed))
        h, w = (side // STRIDE for side in pictures.shape[-2:])
        noise, phases = draw(draws, len(pictures), h, w, self.config.waves)
        with self._autocast:
            code = self.average_head(self.eye(pictures.to(self.device)))
            return self.average(noise, phases, code).cpu()


def draw(draws: Draws, count: int, h: int, w: int, waves: int) -> tuple[list[Tensor], Tensor]:
    """Noise of every resolution and phases, for canvases of (16 h, 16 w) pixels."""
    noise = [draws.normal(count, NOISE, h * 2**i, w * 2**i) for i in range(STRIDE.bit_length())]
    return noise, draws(lambda rng: torch.rand(count, waves, generator=rng))


def train(config: TextureConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for what cannot be used.
    """
    config.check()
    c = config
    trainer = TextureTrainer(c)
    parts = [load_photos(source, c.size).split(c.holdout) for source in c.data]
    sets, held = [a for a, _ in parts], [b for _, b in parts]
    if not all(map(len, sets)):
        raise SettingError("--holdout leaves no picture to train on: make it smaller")
    textures = Textures(sets, c.size, c.seed, c.images + c.batch)
    usual = Textures(sets, c.size, c.seed + 1, USUAL)
    # Every process looks at all of them, so what is usual is the same to all.
    trainer.see_the_usual(batches(usual, 16, 0, c.workers, Team(trainer.device)))
    shown = [
        p
        for photos in (held if all(map(len, held)) else sets)
        for p in squares(photos, c.size, GRID)
    ][:GRID]
    x = torch.stack(
        [torch.from_numpy(np.array(p)).movedim(-1, 0).float() / 127.5 - 1 for p in shown]
    )

    def measure() -> dict[str, float]:
        with torch.inference_mode():
            wanted = [gram(m) for m in trainer.vgg(x.to(trainer.device), GRAM_LAYERS)]
            painted = trainer.paint(x).to(trainer.device)
            found = [gram(m) for m in trainer.vgg(painted, GRAM_LAYERS)]
            return {"gram": round(float(gram_distance(found, wanted).mean()), 4)}

    task = loop.Task(
        stream=lambda first: batches(textures, c.batch, first, c.workers, trainer.team),
        measure=measure,
        draw=lambda: torch.cat([x, trainer.paint(x), trainer.paint(x, 1)]),
        columns=len(x),
        pictures=sum(map(len, sets)),
    )
    yield from loop.train(c, trainer, task)


def main(config: TextureConfig) -> None:
    loop.report(train(config), config.threads)


if __name__ == "__main__":
    run("training.texture", TextureConfig, main)
