"""What of a run has to travel: ``python -m training.slim --run runs/one --to one.zip``.

A machine that is lent for minutes gives back files of a few megabytes. The zip holds the run's
folder with its settings, its logs and a checkpoint of averaged weights in float16, which is all
that export and measuring read; a run cannot go on from it, but another can begin with what was
exported.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save

from training.cli import SettingError, run
from training.runs import CHECKPOINT, CONFIG, LOG, QUALITY
from training.state import read_checkpoint


@dataclass(frozen=True)
class SlimConfig:
    """Pack what export reads of a run."""

    run: Path
    """Folder of the run."""
    to: Path
    """Zip to write; it unpacks into a folder of the run's name."""
    only: tuple[str, ...] = ()
    """Modules instead of the averaged ones, such as heads, the projected critic."""


def slim(config: SlimConfig) -> tuple[str, ...]:
    """Write the zip; returns the names of the modules in it, sorted.

    Raises FileNotFoundError or SettingError with a sentence.
    """
    path = config.run / CHECKPOINT
    if not path.exists():
        raise FileNotFoundError(f"{config.run} has no {CHECKPOINT} yet: train it first")
    tensors, progress = read_checkpoint(path)
    # Optimisers have a second slash in their keys, see ``training.state``.
    names = {key.partition("/")[0] for key in tensors if key.count("/") == 1}
    wanted = set(config.only) or {name for name in names if name.startswith("average")}
    if missing := wanted - names:
        raise SettingError(f"{path} holds {', '.join(sorted(names))}, no {missing.pop()}")
    kept = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for key, tensor in tensors.items()
        if key.count("/") == 1 and key.partition("/")[0] in wanted
    }
    if not all(torch.isfinite(tensor).all() for tensor in kept.values()):
        raise SettingError(f"{path} holds values that float16 cannot")
    with zipfile.ZipFile(config.to, "w") as archive:
        content = save(kept, metadata={"progress": json.dumps(progress)})
        archive.writestr(f"{config.run.name}/{CHECKPOINT}", content)
        for name in (CONFIG, LOG, QUALITY):
            if (config.run / name).exists():
                archive.write(config.run / name, f"{config.run.name}/{name}")
    return tuple(sorted(wanted))


def main(config: SlimConfig) -> None:
    print(f"{config.to}: {', '.join(slim(config))}")


if __name__ == "__main__":
    run("training.slim", SlimConfig, main)
