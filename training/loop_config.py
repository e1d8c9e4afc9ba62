"""What trainings with ``training.loop`` have in common on their command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from training import schedule
from training.cli import SettingError


@dataclass(frozen=True)
class LoopConfig:
    """Data, length and machine of a run."""

    data: tuple[str, ...]
    """Zips, folders of class folders, or torchvision data set names; all are used together."""
    run: Path
    """Folder of the run: checkpoint, log.csv, sample grids. An existing run is resumed."""
    images: int = 400_000
    """Stop after this many pictures were shown."""
    minutes: float = 0.0
    """Stop after so many minutes at the latest, learning rates having fallen by then; 0: whenever
    the pictures were shown."""
    size: int = 128
    """Side of the crops in pixels."""
    batch: int = 16
    """Pictures of a step; several processes share them (training.team)."""
    holdout: float = 0.1
    """Fraction of every class of every data set that is not trained on but measured with."""
    ema: float = 5_000
    """Half-life of the averaged weights, in pictures."""
    warmup: int = 1_000
    """Pictures over which learning rates rise."""
    anneal: float = 0.2
    """Last part of the run over which learning rates fall to 0."""
    start: str = ""
    """Run, or card of a shipped model, whose weights to begin with; what fits is taken."""
    seed: int = 0
    measure_every: int = 10_000
    device: str = "auto"
    precision: Annotated[Literal["auto", "fp32", "bf16"], tyro.conf.arg()] = "auto"
    """auto: bf16 on GPUs."""
    replay: bool = True
    """Whether steps on a GPU are recorded and played back (training.replay): several times as many
    a second."""
    workers: int = 0
    """Processes that make crops; 0 makes them in this one."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    grid_every: float = 300.0
    threads: int = 0
    """CPU threads of each process; 0 leaves PyTorch's choice."""

    def check(self) -> None:
        """Raise SettingError for settings that cannot work."""
        if self.size % 16 or self.size < 32:
            raise SettingError(f"--size must be a multiple of 16, at least 32, not {self.size}")
        if min(self.images, self.batch, self.measure_every) < 1:
            raise SettingError("--images, --batch and --measure-every must be at least 1")
        schedule.check(self)
        if not 0 <= self.holdout < 1:
            raise SettingError(f"--holdout must be at least 0 and below 1, not {self.holdout}")

    def learning_rate(self, shown: int, seconds: float = 0.0) -> float:
        """Share of the full learning rate after ``shown`` pictures and ``seconds``."""
        left = schedule.share_left(self, shown, seconds)
        fall = min(1.0, left / self.anneal) if self.anneal else 1.0
        return fall * min(1.0, (shown + self.batch) / max(1, self.warmup))
