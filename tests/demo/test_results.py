"""Files that are made for a person to download."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.results import DAY, Downloads
from pipelines import Film, Morpher, Sampler, Samples, Studio

Write = Callable[[Downloads, Samples, Film], str]


@pytest.mark.parametrize(
    "write",
    [
        lambda downloads, samples, _: downloads.png(samples, 0),
        lambda downloads, samples, _: downloads.archive(samples),
        lambda downloads, _, film: downloads.film(film, "mp4", 12),
        lambda downloads, _, film: downloads.film(film, "still", 12),
    ],
)
def test_what_is_a_day_old_makes_room(write: Write, seeing: Studio) -> None:
    samples = seeing.get(Sampler)([1], model="seer")
    film = seeing.get(Morpher)([1, 2], model="seer", frames=1)
    downloads = Downloads()
    old, young = (Path(write(downloads, samples, film)) for _ in range(2))
    yesterday = time.time() - DAY - 60
    os.utime(old.parent, (yesterday, yesterday))
    new = Path(write(downloads, samples, film))
    assert [path.exists() for path in (old, young, new)] == [False, True, True]
