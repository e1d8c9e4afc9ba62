"""Turn a run of training.complete or training.diffuse into a model that ships.

Both are measured as the app uses them, and beside the same methods.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from pipelines import Inpainter
from pipelines.cards import Card, Completing, Loaded, Measurement, load, read_card
from pipelines.media import to_images, to_tensor
from pipelines.networks.completion import Completion, CompletionConfig
from pipelines.networks.denoiser import Denoiser, DenoiserConfig
from pipelines.networks.fill import smooth_fill
from pipelines.studio import WEIGHTS
from training.cli import SettingError
from training.complete import CompleteConfig
from training.descriptions import describe
from training.diffuse import DiffuseConfig
from training.hole_config import HoleConfig
from training.hole_data import Photos, load_photos
from training.hole_metrics import CLASSICAL, Judge, classical, seam
from training.loop import read_settings
from training.masks import margins
from training.runs import CHECKPOINT, CONFIG, repeating
from training.shipping import Model, ship
from training.state import load_checkpoint

log = logging.getLogger(__name__)

Tool = Literal["completion", "diffusion"]
Fill = Callable[[Tensor, Tensor], Tensor]
MEASURED = {"completion": 100, "diffusion": 40}  # pictures of every data set
# Pixels that a hole may be wide for the network, as a share of the side it was trained at. Looked
# at on photos: in wider ones patterns of its own appear, and grain can be brought back later.
REACH = 0.375
SIDE = 1.25  # times the side it was trained at: what it is given at most
STEPS = 20  # sampling steps, unless asked otherwise


@dataclass(frozen=True)
class HoleRun:
    """What a run has made so far; the averaged network, on the CPU."""

    tool: Tool
    config: HoleConfig
    network: nn.Module
    images: int
    minutes: float
    device: str
    pictures: int


def is_filler(folder: Path) -> bool:
    """Whether a run is one of these two; False for a folder that holds none."""
    return _tool(folder) is not None


def _tool(folder: Path) -> Tool | None:
    path = folder / CONFIG
    entries = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "spectral" in entries:
        return "completion"
    return "diffusion" if "fold" in entries else None


def read_hole_run(folder: Path) -> HoleRun:
    """Read settings and network of a run. Raises FileNotFoundError or SettingError."""
    tool = _tool(folder)
    network: nn.Module
    config: CompleteConfig | DiffuseConfig
    if tool == "completion":
        config = c = read_settings(CompleteConfig, folder)
        network = Completion(CompletionConfig(c.width, c.blocks, c.spectral))
    elif tool == "diffusion":
        config = d = read_settings(DiffuseConfig, folder)
        network = Denoiser(DenoiserConfig(d.channels, d.layers, d.attention, fold=d.fold))
    else:
        raise FileNotFoundError(f"{folder} holds no run of training.complete or training.diffuse")
    if not (folder / CHECKPOINT).exists():
        raise FileNotFoundError(f"{folder} has no {CHECKPOINT} yet: train it first")
    progress = load_checkpoint(folder / CHECKPOINT, {"average": network})
    network.eval().requires_grad_(False)
    before = progress["before"]
    return HoleRun(
        tool,
        config,
        network,
        images=int(before["images"] + progress["shown"]),
        minutes=(before["seconds"] + progress["seconds"]) / 60,
        device=progress["device"],
        pictures=progress["pictures"],
    )


def command(run: HoleRun) -> str:
    """The command that repeats a run, without folders and without what changes no weight."""
    silent = {"measure_every", "save_every", "grid_every", "threads", "device", "workers"}
    silent |= {"judge", "judge_heads"}  # they only looked on
    module = "training.complete" if run.tool == "completion" else "training.diffuse"
    return repeating(module, run.config, silent)


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
    size = trained.config.size
    model = Model(
        id=id,
        tool=trained.tool,
        networks={trained.tool: trained.network},
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
    steps = STEPS if trained.tool == "diffusion" else None
    guess = _guess(trained.config, weights)
    how = Completing(
        side=round(SIDE * size),
        reach=round(REACH * size),
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


def _guess(config: HoleConfig, weights: Path) -> Card | None:
    """The shipped model that a run began its guesses with. Raises SettingError."""
    if not isinstance(config, DiffuseConfig) or not config.guess:
        return None
    path = weights / Path(config.guess).name
    if not path.exists():
        raise SettingError(f"{weights} does not hold {path.stem}, whose guess the run makes better")
    return read_card(path)


def measure_filler(
    loaded: Loaded,
    data: Sequence[str],
    network: str,
    heads: str,
    count: int | None = None,
    weights: Path = WEIGHTS,
) -> tuple[Measurement, ...]:
    """The figures of a loaded model on the held-out part of every data set, used as the app does.

    ``weights``: folder of the model whose guess it makes better, if any. Raises SettingError or
    FileNotFoundError.
    """
    card = loaded.card
    held = [load_photos(source, card.size).split(card.data.holdout)[1] for source in data]
    if not all(len(photos) for photos in held):
        raise SettingError(f"{card.id} was trained with no picture held out: nothing to measure")
    judge = Judge.of(held, card.size, network, heads, count=count or MEASURED[card.tool])
    fill = remembered(as_the_app(loaded, weights))
    found = judge.measure(fill)
    how = card.completing
    alone: dict[str, float] = {}
    if how and how.guess:
        guess = load(weights / f"{how.guess}.json", loaded.device)
        alone["its guess alone"] = judge.measure(as_the_app(guess, weights))["ratio"]
    smooth = judge.measure(lambda x, m: torch.where(m > 0, smooth_fill(x, m), x))["ratio"]
    on = (
        f"on {', '.join(str(len(x)) for x in judge.pictures)} held-out pictures of"
        f" {', '.join(judge.names)}, {card.size} pixels wide, none of which was trained on; filled"
        " as the app does, seed 0, float16 weights"
    )
    over = (
        "LPIPS on SqueezeNet 1.1, averaged over the pixels {}, over that of the better of OpenCV's"
        f" Telea and Navier-Stokes (radius 3) per data set; mean of the data sets, {on}."
    )
    each = {name: value for name, value in found.items() if name != "ratio"}
    figures = [
        _figure(
            "lpips_over_classical",
            found["ratio"],
            over.format("inside random free-form holes over 20 to 40 % of the picture"),
            {**each, **alone, "smooth fill": smooth},
        )
    ]
    outward = judge.with_masks(_margin_masks(judge))
    found = outward.measure(fill)
    each = {name: value for name, value in found.items() if name != "ratio"}
    figures.append(
        _figure(
            "lpips_outpainting",
            found["ratio"],
            over.format("of bands along one to three sides of the picture"),
            each,
        )
    )
    figures.append(_seams(judge, fill, on))
    return tuple(figures)


def as_the_app(loaded: Loaded, weights: Path = WEIGHTS) -> Fill:
    """The whole way through ``Inpainter``: pictures (n, 3, s, s) and masks to filled pictures."""

    @cache
    def network(model: str) -> Loaded:
        known = model == loaded.card.id
        return loaded if known else load(weights / f"{model}.json", loaded.device)

    inpainter = Inpainter(network, lambda _: [loaded.card])

    def fill(pictures: Tensor, masks: Tensor) -> Tensor:
        filled = [
            inpainter(image, mask[0].numpy() > 0, method=loaded.card.tool, model=loaded.card.id)
            for image, mask in zip(to_images(pictures), masks, strict=True)
        ]
        return to_tensor([result.image for result in filled])

    return fill


def remembered(fill: Fill) -> Fill:
    """``fill`` that does the same work once only, as long as its pictures live."""
    known: dict[tuple[int, int], Tensor] = {}

    def again(x: Tensor, m: Tensor) -> Tensor:
        key = x.data_ptr(), m.data_ptr()
        if key not in known:
            known[key] = fill(x, m)
        return known[key]

    return again


def _margin_masks(judge: Judge) -> list[Tensor]:
    return [
        torch.stack(
            [
                torch.from_numpy(margins(np.random.default_rng([8, i]), x.shape[-1])).float()[None]
                for i in range(len(x))
            ]
        )
        for x in judge.pictures
    ]


def _seams(judge: Judge, fill: Fill, on: str) -> Measurement:
    methods: dict[str, Fill] = {"model": fill}
    methods |= {k: lambda x, m, k=k: classical(x, m, k) for k in CLASSICAL}
    values = {
        name: float(
            np.mean(
                [
                    seam(judge.filled(method, i), x, m)
                    for i, (x, m) in enumerate(zip(judge.pictures, judge.masks, strict=True))
                ]
            )
        )
        for name, method in methods.items()
    }
    return _figure(
        "seam",
        values.pop("model"),
        "Mean difference between neighbouring pixels of which one is in the hole, over that of the"
        f" same pixels of the true picture: 1 is no seam, below is blur; holes as above, {on}.",
        values,
    )


def _figure(measure: str, value: float, protocol: str, compare: dict[str, float]) -> Measurement:
    rounded = {name: round(x, 4) for name, x in compare.items()}
    return Measurement(
        measure=measure, value=round(value, 4), better="lower", protocol=protocol, compare=rounded
    )


def filler_grid(
    loaded: Loaded, photos: Sequence[Photos], count: int, weights: Path = WEIGHTS
) -> Image.Image:
    """Held-out pictures with a hole, filled, and whole: three rows for every data set."""
    judge = Judge.of(photos, loaded.card.size, "", "", count=count)
    fill = as_the_app(loaded, weights)
    rows = []
    for x, m in zip(judge.pictures, judge.masks, strict=True):
        holed = x * (1 - m)
        rows += [torch.cat(list(part), 2) for part in (holed, fill(x, m), x)]
    return to_images(torch.cat(rows, 1)[None])[0]
