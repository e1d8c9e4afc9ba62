"""Turn a run of training.complete or training.diffuse into a model that ships.

Both are measured as the app uses them, and beside the same methods.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch

from pipelines.cards import Card, Completing, Measurement, load, read_card
from pipelines.networks.denoiser import Denoiser, DenoiserConfig
from training.cli import SettingError
from training.complete import CompleteConfig, read_completion
from training.descriptions import describe
from training.diffuse import DiffuseConfig
from training.hole_quality import measure_filler
from training.loop import SILENT, Trained, read_settings, read_trained
from training.loop_config import LoopConfig
from training.runs import CONFIG, repeating
from training.shipping import Model, ship

Tool = Literal["completion", "diffusion"]
# Pixels that a hole may be wide for the network, and that wider ones are made, as a share of the
# side it was trained at. Looked at on photos: far from what is known patterns of its own appear,
# and grain can be brought back later. At the picture's border the figures are better as they are.
REACH, WIDE = 0.375, 0.19
SIDE = 1.25  # times the side it was trained at: what it is given at most
STEPS = 20  # sampling steps, unless asked otherwise


def is_filler(folder: Path) -> bool:
    """Whether a run is one of these two; False for a folder that holds none."""
    return _tool(folder) is not None


def _tool(folder: Path) -> Tool | None:
    path = folder / CONFIG
    entries = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "spectral" in entries:
        return "completion"
    return "diffusion" if "fold" in entries else None


def read_hole_run(folder: Path) -> Trained:
    """Read settings and network of a run. Raises FileNotFoundError or SettingError."""
    tool = _tool(folder)
    if tool == "completion":
        return read_completion(folder)
    if tool == "diffusion":
        d = read_settings(DiffuseConfig, folder)
        shape = DenoiserConfig(d.channels, d.layers, d.attention, fold=d.fold)
        return read_trained(d, Denoiser(shape))
    raise FileNotFoundError(f"{folder} holds no run of training.complete or training.diffuse")


def command(run: Trained) -> str:
    """The command that repeats a run, without folders and without what changes no weight."""
    module = "training.complete" if isinstance(run.config, CompleteConfig) else "training.diffuse"
    # The judges only looked on.
    return repeating(module, run.config, SILENT | {"judge", "judge_heads"})


def export_filler(
    run: Path,
    id: str,
    data: Sequence[str],
    weights: Path,
    judges: tuple[str, str] = ("", ""),
    strength: float = 1.0,
    notes: str = "",
) -> Card:
    """Write the model and its card; returns the card. ``judges``: SqueezeNet and the heads of
    LPIPS, both or neither, and then nothing is measured.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    trained = read_hole_run(run)
    tool: Tool = "completion" if isinstance(trained.config, CompleteConfig) else "diffusion"
    size = trained.config.size
    model = Model(
        id=id,
        tool=tool,
        networks={tool: trained.network},
        size=size,
        classes=(),
        pictures=trained.pictures,
        holdout=trained.config.holdout,
        command=command(trained),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=notes,
    )
    steps = STEPS if tool == "diffusion" else None
    guess = _guess(trained.config, weights)
    how = Completing(
        side=round(SIDE * size),
        reach=round(REACH * size),
        wide=round(WIDE * size),
        steps=steps,
        strength=strength if steps else 1.0,
        guess=guess.id if guess else None,
        guess_weights=guess.sha256 if guess else "",
    )

    def judged(path: Path) -> tuple[Measurement, ...]:
        loaded = load(path, torch.device("cpu"))
        return measure_filler(loaded, data, *judges, weights=weights) if all(judges) else ()

    names = ", ".join(Path(source).name for source in data)
    return ship(model, describe(id, names), weights, judged, completing=how)


def _guess(config: LoopConfig, weights: Path) -> Card | None:
    """The shipped model that a run began its guesses with. Raises SettingError."""
    if not isinstance(config, DiffuseConfig) or not config.guess:
        return None
    path = weights / f"{Path(config.guess).stem}.json"
    if not path.exists():
        raise SettingError(f"{weights} does not hold {path.stem}, whose guess the run makes better")
    return read_card(path)
