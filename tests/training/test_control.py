"""A run is held and ended through a file, and loses nothing by it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from training.control import CONTROL, PAUSED
from training.gan import train
from training.gan_config import GanConfig
from training.runs import CHECKPOINT, LOG

from .conftest import SMALL
from .test_gan import ROOT, rows, same


def until(true: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_stop_ends_cleanly_and_the_same_command_goes_on(small: GanConfig) -> None:
    stopped = replace(small, save_every=1e9, grid_every=1e9)
    shown = 0
    for shown, _ in train(stopped):
        if shown == 16:
            (small.run / CONTROL).write_text("stop\n")
    assert shown == 20
    assert [int(row["images"]) for row in rows(small.run / LOG)] == [20]
    assert (small.run / "grid-00000020.png").exists()
    assert not (small.run / CONTROL).exists()
    first, *_ = (shown for shown, _ in train(stopped))
    assert first == 24
    undisturbed = replace(small, run=small.run.with_name("undisturbed"))
    list(train(undisturbed))
    assert same(small.run / CHECKPOINT, undisturbed.run / CHECKPOINT)


def test_pause_saves_draws_and_waits(small: GanConfig) -> None:
    config = replace(small, save_every=1e9, grid_every=1e9)
    seen: list[int] = []

    def work() -> None:
        for shown, _ in train(config):
            seen.append(shown)
            if shown == 12:
                (small.run / CONTROL).write_text("pause")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    until((small.run / PAUSED).exists)
    assert (small.run / CHECKPOINT).exists()
    assert (small.run / "grid-00000016.png").exists()
    time.sleep(0.5)
    assert seen == [4, 8, 12]
    (small.run / CONTROL).unlink()
    thread.join(60)
    assert seen[-1] == 48
    assert not (small.run / PAUSED).exists()
    assert float(rows(small.run / LOG)[-1]["seconds"]) < 0.5  # waiting is not counted


def test_a_paused_run_can_be_stopped(small: GanConfig) -> None:
    small.run.mkdir()
    (small.run / CONTROL).write_text("pause")
    thread = threading.Thread(target=lambda: list(train(small)), daemon=True)
    thread.start()
    until((small.run / PAUSED).exists)
    (small.run / CONTROL).write_text("stop")
    thread.join(60)
    assert not thread.is_alive()
    assert [int(row["images"]) for row in rows(small.run / LOG)] == [4]


def tethered(small: GanConfig, images: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "training.gan", "--data", small.data, "--tethered"]
    command += ["--run", str(small.run), "--grid-every", "1e9", "--threads", "1"]
    for name, value in {**SMALL, "images": images}.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdin=pipe, stderr=pipe)


def test_a_tethered_run_ends_by_itself(small: GanConfig) -> None:
    process = tethered(small, 48)
    assert process.wait(120) == 0, process.communicate()
    process.communicate()


def test_a_tethered_run_ends_with_the_program_that_started_it(small: GanConfig) -> None:
    process = tethered(small, 10_000_000)
    until(lambda: (small.run / LOG).exists() or process.poll() is not None)
    assert process.stdin
    process.stdin.close()
    process.stdin = None
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    last = int(rows(small.run / LOG)[-1]["images"])
    assert (small.run / f"grid-{last:08d}.png").exists()
    assert (small.run / CHECKPOINT).exists()


def test_how_often_it_is_logged_is_a_setting(small: GanConfig) -> None:
    list(train(replace(small, log_every=4)))
    assert [int(row["images"]) for row in rows(small.run / LOG)] == [16, 32, 48]


def test_a_note_that_a_kill_left_does_not_count(small: GanConfig) -> None:
    small.run.mkdir()
    (small.run / PAUSED).touch()
    (small.run / Path(CONTROL)).write_bytes(b"\xff")  # half a word is none
    assert [shown for shown, _ in train(small)][-1] == 48
    assert not (small.run / PAUSED).exists()
