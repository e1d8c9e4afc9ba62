"""What the trainings of networks that fill holes have in common on their command line."""

from __future__ import annotations

from dataclasses import dataclass

from training.cli import SettingError
from training.loop_config import LoopConfig


@dataclass(frozen=True)
class HoleConfig(LoopConfig):
    """Who measures a run, and the losses that stand on VGG-19."""

    judge: str = ""
    """SqueezeNet 1.1 as a safetensors file; with --judge-heads LPIPS is measured as it trains."""
    judge_heads: str = ""
    """The linear heads of LPIPS-squeeze, a safetensors file."""

    mix: float = 0.5
    """Data sets are drawn by this power of their size: 1 every picture as often, 0 every set."""

    vgg: str = ""
    """Network of the perceptual losses: safetensors, or 'vgg19' (downloaded); empty: none."""
    perceptual: float = 1.0
    """Weight of how much of everything that network finds, at each place."""
    directions: float = 0.0
    """Weight of what it finds there beside what else, whatever the size: nearer to how people,
    and LPIPS, tell pictures apart. Its gradients are small: 40 is about as much as the features
    of a critic's backbone with a weight of 1."""

    def check(self) -> None:
        super().check()
        if bool(self.judge) != bool(self.judge_heads):
            raise SettingError("--judge and --judge-heads go together")
        if not 0 <= self.mix <= 1:
            raise SettingError(f"--mix is 0 to 1, not {self.mix}")
