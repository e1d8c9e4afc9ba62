"""Runs that end by the clock, where a machine is lent for minutes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from training import complete
from training.cli import SettingError
from training.gan import train
from training.gan_config import GanConfig
from training.runs import read_run
from training.schedule import share_left

from .test_holes import completing


def test_pictures_or_minutes_whichever_is_less(small: GanConfig) -> None:
    config = replace(small, images=100, minutes=2.0)
    assert share_left(config, 0, 0) == 1
    assert share_left(config, 50, 30) == pytest.approx(0.5)
    assert share_left(config, 50, 90) == pytest.approx(0.25)
    assert share_left(config, 120, 0) == share_left(config, 0, 130) == 0
    assert share_left(replace(config, minutes=0.0), 50, 1e9) == pytest.approx(0.5)


def test_a_gan_ends_by_the_clock_and_its_rates_fell_by_then(small: GanConfig) -> None:
    # No machine shows so many pictures in half a second.
    config = replace(small, images=10**9, minutes=0.5 / 60, anneal=1.0)
    steps = 0
    for shown, _ in train(config):
        steps += 1
        assert shown == steps * config.batch
    run = read_run(config.run)
    assert run.images == steps * config.batch
    assert 0.5 <= 60 * run.minutes < 30
    # To whom it is given again, it has ended.
    assert not list(train(config))
    # With more time it goes on.
    assert next(iter(train(replace(config, minutes=5.0))))[0] == (steps + 1) * config.batch


def test_other_loops_end_by_the_clock(pictures_zip: Path, tmp_path: Path) -> None:
    config = completing(pictures_zip, tmp_path / "run", images=10**6, minutes=0.5 / 60)
    shown = [images for images, _ in complete.train(config)]
    assert 0 < len(shown) < 10_000
    assert not list(complete.train(config))
    # Half of the time is half of the way down.
    falling = replace(config, minutes=1.0, anneal=1.0, warmup=0)
    assert falling.learning_rate(8, 30.0) == pytest.approx(0.5)
    assert falling.learning_rate(8, 61.0) == 0


def test_there_is_no_negative_time(small: GanConfig, pictures_zip: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--minutes"):
        replace(small, minutes=-1.0).check()
    with pytest.raises(SettingError, match="--minutes"):
        completing(pictures_zip, tmp_path, minutes=-1.0).check()
