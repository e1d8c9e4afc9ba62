"""The averaged weights that ship: smoother than those of any single step."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn

from training.team import Team


class Learner(Protocol):
    """What learns: its networks by name, and how many pictures it was shown."""

    team: Team
    modules: dict[str, nn.Module]
    shown: int


def advance(
    learner: Learner, pictures: int, ema: float, *pairs: tuple[nn.Module, nn.Module]
) -> None:
    """What comes after every update: pictures are counted, and averages follow.

    ``pictures``: of this process's share. ``ema``: half-life of averages, shorter at the
    beginning, so that they forget the random start. ``pairs``: average and live network each.
    """
    learner.team.settle(learner.modules.values())
    count = pictures * learner.team.size
    learner.shown += count
    for average, live in pairs:
        follow(average, live, count, min(ema, 0.1 * learner.shown))


@torch.no_grad()
def follow(average: nn.Module, live: nn.Module, count: int, half_life: float) -> None:
    """Move ``average`` towards ``live``, batch-norm statistics included.

    ``count``: pictures since the last call; ``half_life``: in pictures, 0 copies.
    """
    keep = 0.5 ** (count / half_life) if half_life else 0.0
    state, means = live.state_dict(), average.state_dict()
    moving = [key for key, mean in means.items() if mean.is_floating_point()]
    # All at once: one by one each would be a kernel on a GPU.
    torch._foreach_lerp_(  # type: ignore[attr-defined]
        [means[key] for key in moving], [state[key] for key in moving], 1 - keep
    )
    if counts := [key for key in means if not means[key].is_floating_point()]:
        torch._foreach_copy_(  # type: ignore[attr-defined]
            [means[key] for key in counts], [state[key] for key in counts]
        )
