"""The settings of a GAN's training: the command line of ``training.gan``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.augment import AUGMENTATIONS
from training.cli import SettingError
from training.losses import LossName


@dataclass(frozen=True)
class GanConfig:
    """A training run. The defaults are the classic recipe with today's stabilising tricks."""

    data: str
    """Zip, folder of class folders, or torchvision data set name (CIFAR10)."""
    run: Path
    """Folder of the run: checkpoint, log.csv, sample grids. An existing run is resumed."""
    images: int = 1_000_000
    """Stop after this many training pictures were shown."""
    size: int = 32
    latent_dim: int = 100
    width: int = 64
    """Channels of the generator's widest-resolution feature map."""
    critic_width: int = 64
    loss: LossName = "hinge"
    norm: Literal["spectral", "batch", "none"] = "spectral"
    """Normalisation of the critic."""
    backbone: str = ""
    """Frozen network for a further, projected critic (Sauer et al. 2021): a safetensors file of
    MobileNetV2, or 'mobilenet_v2'; empty leaves it out. It converges many times faster."""
    backbone_size: int = 64
    """Pixels that pictures are brought to before the backbone."""
    projected: float = 1.0
    """Weight of the projected critic in the generator's loss."""
    r1: float = 0.0
    """Weight of the R1 penalty, taken every 16th step; 0 leaves it out."""
    augment: tuple[str, ...] = ()
    """DiffAugment: any of color, translation, cutout."""
    ema: float = 20_000
    """Half-life, in pictures, of the averaged generator that is exported; 0 leaves it out."""
    optimizer: Literal["adam", "rmsprop", "adagrad"] = "adam"
    lr: float = 2e-4
    critic_lr: float = 2e-4
    beta1: float = 0.5
    beta2: float = 0.999
    anneal: float = 0.0
    """Last fraction of the run over which both learning rates fall linearly to zero."""
    batch: int = 64
    holdout: float = 0.1
    """Fraction of every class that is never trained on and serves for measuring."""
    target: float = 0.0
    """Stop when the Frechet distance over its floor is at most this; 0 never stops. Needs judge."""
    judge: str = ""
    """Feature network for --target: a safetensors file of SqueezeNet 1.1, or 'squeezenet1_1'."""
    measure_every: int = 100_000
    """Pictures between two measurements, when a judge is given."""
    seed: int = 0
    device: str = "auto"
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 on GPUs; on CPUs these small convolutions measured no faster with it."""
    save_every: float = 120.0
    """Seconds between checkpoints."""
    grid_every: float = 240.0
    """Seconds between sample grids."""
    threads: int = 0
    """CPU threads; 0 leaves PyTorch's choice."""

    def check(self) -> None:
        """Raise SettingError for settings that cannot work together."""
        if self.target > 0 and not self.judge:
            raise SettingError("--target needs --judge: give a SqueezeNet 1.1 file to measure with")
        if unknown := [name for name in self.augment if name not in AUGMENTATIONS]:
            raise SettingError(f"--augment knows {', '.join(AUGMENTATIONS)}, not {unknown[0]!r}")
        if not 0 <= self.holdout < 1:
            raise SettingError(f"--holdout is a fraction from 0 to below 1, not {self.holdout}")
        if min(self.images, self.batch, self.measure_every) < 1:
            raise SettingError("--images, --batch and --measure-every must be at least 1")
