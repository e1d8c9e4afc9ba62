"""Two processes train together as one would: on a CPU, started by accelerate as a person does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from training import team
from training.cli import SettingError
from training.gan import train
from training.gan_config import GanConfig
from training.runs import CHECKPOINT, LOG, QUALITY
from training.team import Team, join

from .conftest import SMALL
from .test_control import until
from .test_gan import ROOT, rows
from .test_segment import write_pictures

CPU = torch.device("cpu")


def launched(*words: str) -> subprocess.Popen[str]:
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    # Port 0 is any that is free.
    launcher += ["--num_processes", "2", "--main_process_port", "0", "-m", *words]
    return subprocess.Popen(
        launcher,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )


@pytest.fixture(scope="module")
def both(
    pictures_zip: Path,
    backbone: Path,
    judge: Path,
    vgg: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of two processes that have done what ``together`` says, and what each found."""
    folder = tmp_path_factory.mktemp("team")
    paths = {"pictures": pictures_zip, "backbone": backbone, "judge": judge, "vgg": vgg}
    paths["labelled"] = write_pictures(folder / "labelled")
    (folder / "paths.json").write_text(json.dumps({k: str(path) for k, path in paths.items()}))
    process = launched("tests.training.together", str(folder))
    told, _ = process.communicate(timeout=240)
    assert process.returncode == 0, told
    return folder, [json.loads((folder / f"found-{rank}.json").read_text()) for rank in (0, 1)]


Both = tuple[Path, list[dict[str, Any]]]


def test_each_draws_its_own_and_the_first_what_one_alone_would(both: Both) -> None:
    folder, (a, b) = both
    assert a["size"] == b["size"] == 2
    assert (folder / "turns").read_text() == "01"
    assert a["drawn"] == float(torch.rand((), generator=Team(CPU).rng(3, 4)))
    assert a["drawn"] != b["drawn"]
    # Of batches of four from the third on; what does not fill one is left out.
    assert a["numbers"] == [[3, 5], [7, 9], [11, 13], [15, 17]]
    assert b["numbers"] == [[4, 6], [8, 10], [12, 14], [16, 18]]


def test_a_step_of_both_is_one_step_on_the_whole_batch(both: Both) -> None:
    for found in both[1]:
        assert found["gradient"]["apart"] < 1e-5
        assert found["gradient"]["rare"] != 1  # only one of them had a gradient for it
        assert found["gradient"]["unused"] == 0


def test_all_kinds_of_training_keep_equal_weights(both: Both) -> None:
    _, (a, b) = both
    assert len(a["digests"]) == 9
    assert a["digests"] == b["digests"]


def test_runs_of_both_write_once_stop_together_and_go_on(both: Both) -> None:
    folder, (a, b) = both
    assert a["runs"] == b["runs"]
    # Ended at 16, begun again, told to stop after 24.
    assert a["runs"]["gan"] == [4, 8, 12, 16, 20, 24, 28]
    assert [int(row["images"]) for row in rows(folder / "gan" / LOG)] == a["runs"]["gan"]
    assert float(rows(folder / "gan" / LOG)[-1]["critic_loss"]) == a["runs"]["loss"]
    assert [int(row["images"]) for row in rows(folder / "gan" / QUALITY)] == [8, 16, 24, 28]
    assert a["runs"]["target"] == [4, 8]
    assert a["runs"]["complete"] == [4, 8, 12, 16]
    assert [int(row["images"]) for row in rows(folder / "complete" / LOG)] == [8, 16]
    assert a["runs"]["segment"] == [4, 8, 12, 16]
    assert [int(row["images"]) for row in rows(folder / "segment" / QUALITY)] == [8, 16]
    for name in ("gan", "complete", "segment"):
        assert (folder / name / CHECKPOINT).exists()
        assert not list((folder / name).glob("*.part"))


def test_what_cannot_be_is_said_by_both(both: Both) -> None:
    _, (a, b) = both
    assert a["sentences"] == b["sentences"]
    odd, wild = a["sentences"]
    assert odd == "--batch 5 cannot be divided among 2 processes: make it a multiple of 2"
    assert "no longer finite" in wild


def shown(run: Path) -> int:
    """Pictures in the last whole row of a run's log."""
    text = (run / LOG).read_text() if (run / LOG).exists() else ""
    lines = text.rpartition("\n")[0].splitlines()
    return int(lines[-1].split(",")[0]) if len(lines) > 1 else 0


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def killed(words: list[str], run: Path, launcher: bool) -> int:
    """Let two processes train a little, kill one of them or their launcher, and wait until all
    have ended; the pictures they came to."""
    before = shown(run)
    process = launched(*words)
    until(lambda: process.poll() is not None or shown(run) > before + 200)
    workers = psutil.Process(process.pid).children()
    assert len(workers) == 2, process.communicate()
    (process if launcher else workers[1]).send_signal(signal.SIGKILL)
    told, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    until(lambda: not any(map(alive, workers)))
    assert shown(run) > before + 200, told
    return shown(run)


def test_killed_at_any_moment_all_end_and_any_number_goes_on(small: GanConfig) -> None:
    config = replace(small, save_every=0.0, grid_every=1e9, log_every=1)
    words = ["training.gan", "--data", config.data, "--run", str(config.run)]
    words += ["--save-every", "0", "--grid-every", "1e9", "--log-every", "1"]
    for name, value in {**SMALL, "images": 10_000_000}.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    killed(words, config.run, launcher=False)
    last = killed(words, config.run, launcher=True)
    first, *_, end = (images for images, _ in train(replace(config, images=last + 400)))
    assert last <= first <= last + 4  # a row is written a moment before its checkpoint
    assert end == last + 400
    written = [int(row["images"]) for row in rows(config.run / LOG)]
    assert written == list(range(4, end + 1, 4))


def test_shares_that_cannot_be() -> None:
    crew = Team(CPU, rank=1, size=3)
    assert crew.share(12) == 4
    with pytest.raises(SettingError, match="--batch 16 cannot be divided among 3 processes"):
        crew.share(16)
    with pytest.raises(SettingError, match=r"is 2 for each of 3 processes.*make it at least 12"):
        crew.share(6, least=4)


@pytest.fixture
def of_two(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("WORLD_SIZE", "2")
    return monkeypatch


@pytest.mark.parametrize(
    ("device", "sentence"),
    [("cuda", "2 processes need a GPU each and there are 1"), ("cuda:0", "is one GPU for 2")],
)
def test_gpus_that_are_not_there(
    of_two: pytest.MonkeyPatch, small: GanConfig, device: str, sentence: str
) -> None:
    of_two.setattr(team, "pick_device", torch.device)
    of_two.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(SettingError, match=sentence):
        join(replace(small, device=device))


def test_what_accelerate_starts_one_process_for_is_said(
    monkeypatch: pytest.MonkeyPatch, small: GanConfig
) -> None:
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "True")
    with pytest.warns(UserWarning, match="--multi_gpu"):
        assert join(small) == Team(CPU)
