"""The folder of a training run: its settings, its checkpoint and its logs.

``config.json``, ``checkpoint.safetensors``, ``log.csv`` (losses), ``quality.csv`` (measurements)
and sample grids. A log never holds a step twice: going on from a checkpoint drops later rows.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipelines.device import describe_device
from pipelines.networks.dcgan import Critic
from pipelines.networks.encoder import EncoderHead
from training.cli import SettingError
from training.gan_config import GanConfig
from training.gan_networks import AnyGenerator, build_critic, build_generator
from training.state import load_checkpoint, write_atomically

CONFIG = "config.json"
CHECKPOINT = "checkpoint.safetensors"
LOG = "log.csv"
QUALITY = "quality.csv"

# What cannot change between two parts of one run: shapes, what is counted, what is held out.
FIXED = (
    "size",
    "latent_dim",
    "generator",
    "width",
    "hidden",
    "detail",
    "least",
    "grain",
    "mirror",
    "critic_width",
    "norm",
    "backbone",
    "backbone_size",
    "crops",
    "optimizer",
    "batch",
    "holdout",
    "seed",
)

FILES = (
    "backbone",
    "judge",
    "judge_heads",
    "start",
    "vgg",
    "guess",
    "styles",
)  # settings that are paths


@dataclass(frozen=True)
class Run:
    """What a run has made so far; networks in float32, in eval mode, on the CPU."""

    config: GanConfig
    classes: tuple[str, ...]
    generator: AnyGenerator
    """The averaged generator, which is the live one if the run's half-life is 0."""
    critic: Critic | None
    encoder: EncoderHead | None
    """The averaged head of the encoder."""
    images: int
    """Pictures shown, those of the run it began with included; so are the minutes."""
    minutes: float
    device: str


def read_run(folder: Path) -> Run:
    """Read the settings and the networks of a run.

    Raises FileNotFoundError or SettingError with a sentence when ``folder`` holds no usable run.
    """
    config, classes = read_config(folder)
    checkpoint = folder / CHECKPOINT
    if not checkpoint.exists():
        raise FileNotFoundError(f"{folder} has no {CHECKPOINT} yet: train it first")
    modules: dict[str, nn.Module] = {"average": build_generator(config, len(classes))}
    if config.critical:
        modules["critic"] = build_critic(config, len(classes))
    if config.encoder:
        modules["average_encoder"] = EncoderHead(config.latent_dim)
    progress = load_checkpoint(checkpoint, modules)
    for module in modules.values():
        module.eval().requires_grad_(False)
    before = progress.get("before") or {"images": 0, "seconds": 0.0}
    return Run(
        config,
        classes,
        modules["average"],  # type: ignore[arg-type]
        modules.get("critic"),  # type: ignore[arg-type]
        modules.get("average_encoder"),  # type: ignore[arg-type]
        images=before["images"] + progress["steps"] * config.batch,
        minutes=(before["seconds"] + progress["seconds"]) / 60,
        device=progress.get("device") or describe_device(torch.device("cpu")),
    )


def read_config(folder: Path) -> tuple[GanConfig, tuple[str, ...]]:
    """The settings of a run and its classes. Raises FileNotFoundError or SettingError."""
    path = folder / CONFIG
    try:
        entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        classes = tuple(entries.pop("classes"))
        entries["augment"] = tuple(entries.get("augment", ()))
        entries["run"] = Path(entries["run"])
        return GanConfig(**entries), classes
    except OSError as error:
        raise FileNotFoundError(f"{folder} holds no training run: it has no {CONFIG}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingError(f"{path} is not the configuration of a run: {error}") from error


def write_config(config: GanConfig, classes: tuple[str, ...]) -> None:
    """Write the settings into the run's folder.

    Raises SettingError when the folder holds a run that these settings cannot go on with.
    """
    if (config.run / CHECKPOINT).exists() and (config.run / CONFIG).exists():
        old, old_classes = read_config(config.run)
        pairs = {name: (getattr(old, name), getattr(config, name)) for name in FIXED}
        # A backbone may have moved; whether there is one, and its file's name, may not.
        pairs["backbone"] = (Path(old.backbone).name, Path(config.backbone).name)
        pairs["classes"] = (", ".join(old_classes), ", ".join(classes))
        for name, (before, now) in pairs.items():
            if before != now:
                raise SettingError(
                    f"{config.run} holds a run with {name} {before}, not {now}:"
                    f" go on with {before}, or give another --run folder"
                )
    entries = {**asdict(config), "run": str(config.run), "classes": classes}
    write_atomically(config.run / CONFIG, (json.dumps(entries, indent=2) + "\n").encode())


def command(config: GanConfig) -> str:
    """The command that repeats the run, without folders and without what changes no weight."""
    silent = {"measure_every", "save_every", "grid_every", "log_every", "tethered"}
    silent |= {"threads", "device", "replay"}
    if not config.target:
        silent.add("judge")  # it only looked on
    return repeating("training.gan", config, silent)


def repeating(module: str, config: Any, silent: set[str]) -> str:
    """The command line of a settings dataclass, files and the run's folder by their names alone.

    Left out are defaults and the fields of ``silent``.
    """
    sources = (config.data,) if isinstance(config.data, str) else config.data
    words = [f"python -m {module}", "--data", *(Path(source).name for source in sources)]
    words.append(f"--run runs/{config.run.name}")
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name in silent | {"data", "run"} or value == field.default:
            continue
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(value, bool):
            words.append(flag)
            continue
        values = [str(x) for x in (value if isinstance(value, tuple) else (value,))]
        if field.name in FILES:
            values = [Path(x).name for x in values]
        words.append(" ".join([flag, *values]))
    return " ".join(words)


def append_row(path: Path, row: dict[str, float]) -> None:
    """Add one row to a CSV log, with a header if the file is new."""
    fresh = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)


def measured(folder: Path) -> list[tuple[int, float]]:
    """(pictures shown, Frechet over floor) of all of a run's measurements."""
    path = folder / QUALITY
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [
            (int(row["images"]), float(row["frechet_over_floor"])) for row in csv.DictReader(file)
        ]


def best_measured(folder: Path) -> tuple[int, float] | None:
    """(pictures shown, Frechet over floor) of a run's best measurement, None if it made none."""
    return min(measured(folder), key=lambda row: row[1], default=None)


def rewind(path: Path, images: int) -> None:
    """Drop the rows beyond ``images`` from a CSV log, and whatever a kill left half-written."""
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    rows = list(csv.reader(lines))
    if not rows or rows[0][:1] != ["images"]:
        path.unlink()
        return
    kept = [row for row in rows[1:] if len(row) == len(rows[0]) and _within(row, images)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([rows[0], *kept])
    write_atomically(path, text.getvalue().encode())


def _within(row: list[str], images: int) -> bool:
    try:
        shown, *_ = map(float, row)  # all of them: half a number is none
        return shown <= images
    except ValueError:
        return False
