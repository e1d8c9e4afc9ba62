"""What two processes do in ``test_team``: started by accelerate, each writes down what it found.

``python -m tests.training.together FOLDER``: FOLDER holds ``paths.json`` with the files to use, and
gets the runs and a ``found-<rank>.json`` of every process.
"""

from __future__ import annotations

import copy
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from training import complete, gan, segment
from training.cli import SettingError
from training.complete import CompleteTrainer
from training.control import CONTROL
from training.data import load_pictures
from training.diffuse import DiffuseTrainer
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.losses import r1_penalty
from training.segment_data import load_labelled
from training.segment_trainer import SegmentTrainer
from training.stream import batches
from training.style import StyleTrainer
from training.team import Team, in_turn, join, leave
from training.texture import TextureTrainer
from training.vae import VaeTrainer

from .conftest import SMALL
from .test_gan_projected import glu
from .test_holes import completing, diffusing
from .test_segment import config as segmenting
from .test_style import styling, texturing


class Numbers(Dataset[tuple[Tensor, ...]]):
    """Picture ``i`` is the number ``i``."""

    def __len__(self) -> int:
        return 20

    def __getitem__(self, i: int) -> tuple[Tensor, ...]:
        return (torch.tensor(i),)


def digest(modules: dict[str, nn.Module]) -> str:
    """Of every bit of every tensor."""
    found = hashlib.sha256()
    for name, module in modules.items():
        for key, tensor in module.state_dict().items():
            found.update(f"{name}/{key}".encode() + tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def gradient(team: Team) -> dict[str, float]:
    """How far a step of both on half a batch each is from one on the whole, with a penalty that
    needs gradients of gradients; and from what is left alone."""

    class Toy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.Sequential(
                nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last),  # type: ignore[call-overload]
                nn.Softplus(),
                nn.Flatten(),
                nn.Linear(144, 1),
            )
            self.rare = nn.Parameter(torch.ones(()))  # counts for one picture alone
            self.unused = nn.Parameter(torch.ones(3))

        def forward(self, x: Tensor) -> Tensor:
            y = self.layers(x).squeeze(1)
            special = x[:, 0, 0, 0] > 50
            return torch.where(special, y * self.rare, y) if special.any() else y

    torch.manual_seed(0)
    toy = Toy()
    reference = copy.deepcopy(toy)
    x = torch.randn(8, 3, 8, 8)
    x[3, 0, 0, 0] = 100

    def loss(network: nn.Module, pictures: Tensor) -> Tensor:
        pictures = pictures.clone().requires_grad_(True)
        logits = network(pictures)
        return logits.square().mean() + r1_penalty(logits, pictures)

    alone, mine = Team(team.device), x[team.rank :: team.size]
    for network, pictures, crew in ((reference, x, alone), (toy, mine, team)):
        optimizer = torch.optim.Adam(network.parameters(), 0.01)
        for _ in range(2):
            crew.update(loss(network, pictures), optimizer, clip=1.0)
    pairs = zip(toy.parameters(), reference.parameters(), strict=True)
    return {
        "apart": max(float((a - b).abs().max()) for a, b in pairs),
        "rare": float(toy.rare.detach()),
        "unused": float(toy.unused.grad is not None),
    }


def trainers(folder: Path, paths: dict[str, str]) -> Iterator[tuple[str, dict[str, nn.Module]]]:
    """Every kind of training, after a few steps: name, and the modules of this process."""
    data, vgg, backbone = Path(paths["pictures"]), paths["vgg"], Path(paths["backbone"])
    small = GanConfig(data=str(data), run=folder / "none", **SMALL)
    pictures = load_pictures(small.data, small.size)
    projected = replace(glu(small, backbone), batch=8, moments=1.0, moments_half_life=8)
    kinds: dict[str, Any] = {
        "classic": Trainer(replace(small, norm="batch", r1=1.0), pictures),
        "spectral": Trainer(replace(small, gradient_penalty=1.0, critic_steps=2), pictures),
        "projected": Trainer(projected, load_pictures(small.data, projected.size)),
        "vae": VaeTrainer(replace(small, loss="elbo"), pictures),
    }
    for name, trainer in kinds.items():
        for _ in range(3):
            trainer.step()
        yield name, trainer.modules
    seen = {"backbone": str(backbone), "backbone_size": 32, "critic_after": 0, "vgg": vgg}
    looped: dict[str, tuple[Any, Callable[[Tensor, Tensor], tuple[Tensor, ...]]]] = {
        "complete": (CompleteTrainer(completing(data, folder, spectra=1.0, **seen)), lambda *x: x),
        "diffuse": (DiffuseTrainer(diffusing(data, folder)), lambda *x: x),
        "style": (StyleTrainer(styling(data, data, folder, vgg)), lambda x, _: (x, x.flip(2))),
        "texture": (
            TextureTrainer(texturing(data, folder, **{**seen, "batch": 4})),
            lambda x, _: (x,),
        ),
    }
    rng = looped["complete"][0].team.rng(0, 0)
    x, m = torch.rand(2, 3, 32, 32, generator=rng) * 2 - 1, torch.zeros(2, 1, 32, 32)
    m[..., 8:20] = 1
    for name, (trainer, given) in looped.items():
        for _ in range(2):
            trainer.step(*given(x, m))
        yield name, trainer.modules
    labelled = load_labelled(paths["labelled"], "train")
    segmenter = SegmentTrainer(segmenting(Path(paths["labelled"]), folder, batch=4), labelled)
    for _ in range(2):
        segmenter.step(x, (x[:, 0] > 0).long())
    yield "segment", {"network": segmenter.network, "average": segmenter.average}


def runs(folder: Path, paths: dict[str, str]) -> dict[str, Any]:
    """Whole runs, each ended and taken up again: the pictures after every step."""
    data, labelled = Path(paths["pictures"]), Path(paths["labelled"])
    small = GanConfig(
        data=str(data), run=folder / "gan", judge=paths["judge"], measure_every=8, **SMALL
    )
    small = replace(small, images=16, log_every=1)
    found: dict[str, Any] = {"gan": []}
    for images in (16, 1000):
        for shown, losses in gan.train(replace(small, images=images)):
            found["gan"].append(shown)
            found["loss"] = losses["critic_loss"]
            if shown == 24 and join(small).first:
                (small.run / CONTROL).write_text("stop")
    reached = replace(small, run=folder / "target", target=1e9)
    found["target"] = [shown for shown, _ in gan.train(reached)]
    filling = completing(data, folder / "complete", anneal=0.0)
    cutting = segmenting(labelled, folder / "segment", batch=4, images=16, measure_every=8)
    for name, train, config in (
        ("complete", complete.train, filling),
        ("segment", segment.train, cutting),
    ):
        half = replace(config, images=config.images // 2)
        found[name] = [shown for part in (half, config) for shown, _ in train(part)]
    return found


def sentences(folder: Path, paths: dict[str, str]) -> Iterator[str]:
    """What is said of a batch that cannot be shared, and of a training that has blown up."""
    small = GanConfig(data=paths["pictures"], run=folder / "bad", **SMALL)
    wild = replace(small, lr=1e30, critic_lr=1e30, norm="none", images=400)
    for config in (replace(small, batch=5), wild):
        try:
            list(gan.train(config))
        except SettingError as error:
            yield str(error)


def main(folder: Path) -> None:
    paths = json.loads((folder / "paths.json").read_text())
    torch.set_num_threads(1)
    team = join(GanConfig(data="", run=folder, device="cpu"))
    with in_turn():  # as when a data set is downloaded
        taken = folder / "turns"
        before = taken.read_text() if taken.exists() else ""
        taken.write_text(f"{before}{team.rank}")
    found = {
        "size": team.size,
        "drawn": float(torch.rand((), generator=team.rng(3, 4))),
        "numbers": [x.tolist() for (x,) in batches(Numbers(), 4, 3, 0, team)],
        "gradient": gradient(team),
        "digests": {name: digest(modules) for name, modules in trainers(folder, paths)},
        "runs": runs(folder, paths),
        "sentences": list(sentences(folder, paths)),
    }
    (folder / f"found-{team.rank}.json").write_text(json.dumps(found))
    leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
