"""Train arbitrary style transfer in one pass.

``python -m training.style --data scenes.zip photos.zip --styles paintings.zip textures.zip
--run runs/style --vgg FILE``. The same command goes on where a killed run was.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer

from pipelines.gatys import gram, gram_distance
from pipelines.networks.stylizer import Stylizer, StylizerConfig
from pipelines.unrest import unrest
from training import loop
from training.average import advance
from training.cli import SettingError, run
from training.draws import Draws
from training.hole_data import Photos, load_photos, squares
from training.loop_config import LoopConfig
from training.precision import autocast
from training.replay import Replay, set_rates
from training.stream import batches
from training.style_data import Pairs
from training.team import join
from training.vgg import Vgg, take_eye

STYLE_LAYERS = ("conv12", "conv22", "conv34", "conv44")
CONTENT_LAYER = "conv34"
GRID = 8  # contents in a grid, and measured; each with two styles


@dataclass(frozen=True)
class StyleConfig(LoopConfig):
    """A training run of a style network."""

    styles: tuple[str, ...] = ()
    """Zips or folders of paintings and textures."""
    vgg: str = ""
    """VGG-19 of the losses and of the style encoder: a safetensors file of the distilled one."""
    size: int = 160
    batch: int = 4
    blocks: int = 2
    """Residual ones at a quarter of the resolution."""
    deep: int = 3
    """Residual ones at an eighth."""
    lr: float = 1e-3
    content: float = 1.5
    """Weight of the content loss."""
    style: float = 5.0
    """Weight of the Gram loss."""
    variation: float = 0.02
    """Weight of the total variation."""
    calm: float = 60.0
    """Weight of clouds and glows where the photo is calm (pipelines.unrest)."""

    def check(self) -> None:
        super().check()
        if not self.styles:
            raise SettingError("--styles names no pictures: give paintings or textures")
        if not self.vgg:
            raise SettingError("--vgg is needed: the losses stand on it")


class StyleTrainer:
    """Network, average, and one step at a time."""

    def __init__(self, config: StyleConfig) -> None:
        self.config = c = config
        self.team = join(c)
        self.device = self.team.device
        self._autocast = autocast(c.precision, self.device)
        torch.manual_seed(c.seed)
        self.vgg = Vgg(c.vgg).to(self.device)
        self.network = Stylizer(StylizerConfig(c.blocks, c.deep))
        self.network.eye = take_eye(self.vgg, c.vgg)
        self.network.to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False).eval()
        self.modules: dict[str, nn.Module] = {"network": self.network, "average": self.average}
        weights = [p for p in self.network.parameters() if p.requires_grad]
        self.optimizers: dict[str, Optimizer] = {
            "network": torch.optim.Adam(weights, c.lr, (0.9, 0.99), fused=True)
        }
        self._replay = Replay(self._update, self.team, self.optimizers, c.replay)
        self.shown, self.seconds = 0, 0.0

    def step(self, content: Tensor, style: Tensor) -> dict[str, float]:
        """One update on (b, 3, s, s) in [-1, 1] each; returns the losses."""
        c = self.config
        set_rates(self.optimizers, c.learning_rate(self.shown, self.seconds), network=c.lr)
        losses = self._replay(self.team.rng(c.seed, self.shown), content, style)
        advance(self, len(content), c.ema, (self.average, self.network))
        return self.team.means(losses)

    def _update(self, _: Draws, x: Tensor, s: Tensor) -> dict[str, Tensor]:
        """One update, on contents and styles that are on the device."""
        c = self.config
        same = (x == s).flatten(1).all(1).float()
        self.network.train()
        with self._autocast:
            painted = self.network(x, self.network.encode(s))
            losses = distances(self.vgg, painted, x, s)
        losses["variation"] = variation(painted)
        losses["unrest"] = unrest(painted, x).mean()
        losses["itself"] = ((painted - x).abs().mean((1, 2, 3)) * same).sum() / len(x)
        loss = (
            c.content * losses["content"]
            + c.style * losses["style"]
            + c.variation * losses["variation"]
            + c.calm * losses["unrest"]
            + 10 * losses["itself"]
        )
        self.team.update(loss, self.optimizers["network"], clip=5.0)
        return losses

    @torch.inference_mode()
    def stylize(self, content: Tensor, style: Tensor) -> Tensor:
        """What the averaged network makes of (b, 3, s, s) in [-1, 1] each."""
        with self._autocast:
            x, s = content.to(self.device), style.to(self.device)
            return self.average(x, self.average.encode(s)).float().cpu()


def distances(vgg: Vgg, painted: Tensor, content: Tensor, style: Tensor) -> dict[str, Tensor]:
    """Content and style loss, both relative and means over the batch."""
    with torch.no_grad():
        wanted = [gram(maps) for maps in vgg(style, STYLE_LAYERS)]
        (there,) = vgg(content, (CONTENT_LAYER,))
    maps = vgg(painted, STYLE_LAYERS)
    here = maps[STYLE_LAYERS.index(CONTENT_LAYER)].float()
    moved = (here - there.float()).square().mean((1, 2, 3))
    return {
        "content": (moved / there.float().square().mean((1, 2, 3)).clamp(min=1e-6)).mean(),
        "style": tempered(gram_distance([gram(m) for m in maps], wanted)).mean(),
    }


def tempered(distance: Tensor) -> Tensor:
    """Distances above 1 count as little more than their root, with a slope that goes on: a dark
    style is a hundred times its own size away from a bright photo."""
    return torch.where(distance < 1, distance, 2 * distance.clamp(min=1).sqrt() - 1)


def variation(x: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels."""
    return x.diff(dim=-1).abs().mean() + x.diff(dim=-2).abs().mean()


def load_sets(
    sources: tuple[str, ...], side: int, holdout: float
) -> tuple[list[Photos], list[Photos]]:
    """The training and the held-out part of every data set; of any at least one picture is held
    out if any is to be."""
    train, held = [], []
    for source in sources:
        photos = load_photos(source, side)
        a, b = photos.split(holdout)
        if holdout and not len(b):  # few paintings
            a, b = Photos(source, photos.images, ["all"] * len(photos)).split(max(holdout, 0.25))
        train.append(a)
        held.append(b)
    return train, held


def train(config: StyleConfig) -> Iterator[tuple[int, dict[str, float]]]:
    """Run (or resume) a training; yields (pictures shown, losses) after every step.

    Raises SettingError or FileNotFoundError, with a sentence, for what cannot be used.
    """
    config.check()
    c = config
    trainer = StyleTrainer(c)
    contents, held_contents = load_sets(c.data, c.size, c.holdout)
    styles, held_styles = load_sets(c.styles, c.size, c.holdout)
    if not all(map(len, (*contents, *styles))):
        raise SettingError("--holdout leaves no picture to train on: make it smaller")
    pairs = Pairs(contents, styles, c.size, c.seed, c.images + c.batch)
    x, s = held_pairs(
        held_contents if all(map(len, held_contents)) else contents,
        held_styles if all(map(len, held_styles)) else styles,
        c.size,
    )

    def measure() -> dict[str, float]:
        painted = trainer.stylize(x, s)
        with torch.inference_mode():
            found = distances(trainer.vgg, painted.to(trainer.device), x, s)
            found["unrest"] = unrest(painted, x).mean()
        return {name: round(float(value), 4) for name, value in found.items()}

    task = loop.Task(
        stream=lambda first: batches(pairs, c.batch, first, c.workers, trainer.team),
        measure=measure,
        draw=lambda: torch.cat([x, s, trainer.stylize(x, s)]),
        columns=len(x),
        pictures=sum(map(len, (*contents, *styles))),
    )
    yield from loop.train(c, trainer, task)


def held_pairs(contents: list[Photos], styles: list[Photos], side: int) -> tuple[Tensor, Tensor]:
    """Pictures nobody was trained on, every content beside another style: (n, 3, s, s) each."""

    def some(sets: list[Photos], count: int) -> list[Tensor]:
        found = []
        for photos in sets:
            for image in squares(photos, side, -(-count // len(sets))):
                x = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
                found.append(x.view(side, side, 3).movedim(-1, 0).float() / 127.5 - 1)
        return found[:count]

    a, b = some(contents, GRID), some(styles, GRID)
    x = torch.stack([a[i % len(a)] for i in range(2 * GRID)])
    s = torch.stack([b[(i + i // GRID) % len(b)] for i in range(2 * GRID)])
    return x, F.interpolate(s, (side, side))


def main(config: StyleConfig) -> None:
    loop.report(train(config), config.threads)


if __name__ == "__main__":
    run("training.style", StyleConfig, main)
