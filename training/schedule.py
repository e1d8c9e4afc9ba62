"""How much of a run is left: by pictures or, where time is short, by the clock."""

from __future__ import annotations

from typing import Protocol


class Length(Protocol):
    """The settings of a training that say when it ends."""

    @property
    def images(self) -> int: ...
    @property
    def minutes(self) -> float: ...


def share_left(length: Length, shown: int, seconds: float) -> float:
    """Share of a run that is left after ``shown`` pictures and ``seconds``, from 1 to 0.

    Of pictures or of minutes, whichever is less. With minutes a run on a faster machine sees more,
    and learning rates fall by the clock, so it cannot be repeated exactly.
    """
    left = 1 - shown / length.images
    if length.minutes:
        left = min(left, 1 - seconds / (60 * length.minutes))
    return max(0.0, left)
