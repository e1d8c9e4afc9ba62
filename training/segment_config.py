"""The settings of a segmenter's training: the command line of ``training.segment``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from training import schedule
from training.cli import SettingError

LOSSES = ("ce", "dice", "jaccard", "focal", "lovasz")


@dataclass(frozen=True)
class SegmentConfig:
    """A training run. The defaults suit road scenes of 480 by 360 pixels."""

    data: str
    """Zip or folder: train|val/images, train|val/labels (index PNG), classes.json."""
    run: Path
    """Folder of the run: checkpoint, log.csv, quality.csv, grids. An existing run is resumed."""
    images: int = 60_000
    """Stop after this many crops were shown."""
    minutes: float = 0.0
    """Stop after so many minutes at the latest, learning rates having fallen by then; 0: whenever
    the pictures were shown."""
    backbone: Annotated[str, tyro.conf.arg(aliases=["--backbones"])] = ""
    """What the encoder begins with: a safetensors file with torchvision's key names, or
    'imagenet' for the library's own download; empty begins from nothing."""
    start: str = ""
    """Run, or card of a shipped segmenter, whose weights to begin with; what fits is taken."""
    encoder: str = "mobilenet_v2"
    decoder: tuple[int, ...] = (128, 64, 48, 32, 16)
    """Channels of the decoder, coarse to fine; three or four instead of five numbers for a network
    that sees less far, with a fraction of the weights."""
    size: int = 320
    """Side of the crops; a multiple of 32."""
    zoom: float = 1.0
    """How many times larger than their pixels pictures are shown: small objects gain by it."""
    scale: float = 2.0
    """Objects are shown between 1 / scale and scale times their size."""
    light: float = 0.3
    """Largest change of brightness, contrast and saturation."""
    blur: float = 0.1
    """Share of crops that are blurred a little."""
    noise: float = 0.0
    """Largest deviation of the noise that half of the crops get, white being 1."""
    tint: float = 0.0
    """Largest logarithm of gamma, half of it of each channel's gain: cameras and sensors differ."""
    turns: bool = False
    """Quarter turns too, where up means nothing (microscope, satellite)."""
    warp: float = 0.0
    """Crops are bent: their parts are shifted by up to this share of the side. With --turns they
    are then turned by any angle. For a few hundred pictures that would be learnt by heart."""
    stain: float = 0.0
    """Share of crops that are painted in another stain, for micrographs (training.stains)."""
    rare: float = 0.5
    """Share of crops around a pixel of a class drawn evenly from those present."""
    rim: int = 0
    """Above 0, objects (pixels of the last class) have a rim of so many pixels that is a further
    output of the network, so that it learns where touching ones meet."""
    losses: tuple[str, ...] = ("ce", "dice")
    """Summed: any of ce, dice, jaccard, focal, lovasz."""
    balance: Literal["none", "log", "root"] = "log"
    """Weights of classes in ce: 1 / log(1.02 + share) (Paszke et al. 2016), or 1 / root."""
    smoothing: float = 0.05
    """Label smoothing of ce."""
    ema: float = 4_000
    """Half-life, in crops, of the averaged network that is measured and exported."""
    lr: float = 1e-3
    encoder_lr: float = 3e-4
    weight_decay: float = 0.01
    warmup: int = 500
    """Crops over which the learning rates rise."""
    batch: int = 8
    """Crops of a step; several processes share them (training.team)."""
    flips: bool = False
    """Measure with the mean of a picture and its mirror image."""
    measure_every: int = 4_000
    """Crops between two measurements on the val part."""
    seed: int = 0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 on GPUs."""
    workers: int = 0
    """Processes that make crops; 0 makes them in this one."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    threads: int = 0
    """CPU threads of each process; 0 leaves PyTorch's choice."""

    def outputs(self, classes: int) -> tuple[int, ...]:
        """Class of each output of the network; see ``pipelines.cards.Segmenting``."""
        return (*range(classes), *((classes - 1,) if self.rim else ()))

    def check(self) -> None:
        """Raise SettingError for settings that cannot work."""
        if self.size % 32 or self.size < 32:
            raise SettingError(f"--size must be a multiple of 32, not {self.size}")
        if not self.losses or set(self.losses) - set(LOSSES):
            raise SettingError(f"--losses knows {', '.join(LOSSES)}, not {self.losses}")
        if not 0 < self.zoom <= 8:
            raise SettingError(f"--zoom must be above 0 and at most 8, not {self.zoom}")
        schedule.check(self)
        if self.scale < 1:
            raise SettingError(f"--scale must be at least 1, not {self.scale}")
        if min(self.images, self.batch, self.measure_every) < 1:
            raise SettingError("--images, --batch and --measure-every must be at least 1")
        if not 3 <= len(self.decoder) <= 5:
            raise SettingError(f"--decoder takes 3 to 5 numbers of channels, not {self.decoder}")
