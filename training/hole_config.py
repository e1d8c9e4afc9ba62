"""What the trainings of networks that fill holes have in common on their command line."""

from __future__ import annotations

from dataclasses import dataclass

from training.cli import SettingError
from training.loop_config import LoopConfig


@dataclass(frozen=True)
class HoleConfig(LoopConfig):
    """Who measures a run."""

    judge: str = ""
    """SqueezeNet 1.1 as a safetensors file; with --judge-heads LPIPS is measured as it trains."""
    judge_heads: str = ""
    """The linear heads of LPIPS-squeeze, a safetensors file."""

    def check(self) -> None:
        super().check()
        if bool(self.judge) != bool(self.judge_heads):
            raise SettingError("--judge and --judge-heads go together")
