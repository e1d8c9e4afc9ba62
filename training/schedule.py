"""How much of a run is left: by pictures or, where time is short, by the clock."""

from __future__ import annotations

from typing import Protocol

from training.cli import SettingError
from training.team import Team


class Length(Protocol):
    """The settings of a training that say when it ends."""

    @property
    def images(self) -> int: ...
    @property
    def minutes(self) -> float: ...


class Runner(Protocol):
    """What a run trains, as far as its length goes.

    ``seconds``: that the run has taken so far, where it may end by the clock; 0 elsewhere.
    """

    team: Team
    seconds: float

    @property
    def shown(self) -> int: ...


def check(length: Length) -> None:
    """Raise SettingError for a negative time."""
    if length.minutes < 0:
        raise SettingError(f"--minutes must be at least 0, not {length.minutes}")


def clock(length: Length, runner: Runner, seconds: float) -> None:
    """Tell ``runner`` how long its run has taken, to all of its processes the same."""
    if length.minutes:
        runner.seconds = runner.team.told(seconds)


def finished(length: Length, runner: Runner) -> bool:
    return share_left(length, runner.shown, runner.seconds) <= 0


def share_left(length: Length, shown: int, seconds: float) -> float:
    """Share of a run that is left after ``shown`` pictures and ``seconds``, from 1 to 0.

    Of pictures or of minutes, whichever is less. With minutes a run on a faster machine sees more,
    and learning rates fall by the clock, so it cannot be repeated exactly.
    """
    left = 1 - shown / length.images
    if length.minutes:
        left = min(left, 1 - seconds / (60 * length.minutes))
    return max(0.0, left)
