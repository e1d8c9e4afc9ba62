"""The script that trains everything at once on a rented GPU; nothing is trained here."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import tyro

from training.complete import CompleteConfig
from training.diffuse import DiffuseConfig
from training.gan import GanConfig
from training.segment import SegmentConfig
from training.texture import TextureConfig

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = {
    "training.gan": GanConfig,
    "training.complete": CompleteConfig,
    "training.diffuse": DiffuseConfig,
    "training.segment": SegmentConfig,
    "training.texture": TextureConfig,
}


def rented(tmp_path: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"RENTED": str(tmp_path / "rented"), "PATIENCE": "0", "MPS": "off"}
    return subprocess.run(
        ["bash", "training/rented.sh", *words],
        cwd=ROOT,
        check=False,
        env={**os.environ, **own, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("name", "commands"),
    [("scenes", 1), ("completion", 1), ("diffusion", 2), ("segmenters", 2), ("textures", 1)],
)
def test_every_command_is_one_of_today(tmp_path: Path, name: str, commands: int):
    python, told = tmp_path / "python", tmp_path / "told"
    python.write_text(f'#!/bin/bash\nprintf "%s\\n" "$@" END >>{told}\n')
    python.chmod(0o755)
    done = rented(tmp_path, name, "8", PYTHON=str(python), EXTRA="--batch 3")
    assert done.returncode == 0, done.stderr
    found = told.read_text().split("END\n")[:-1]
    assert len(found) == commands
    minutes = 0.0
    for command in found:
        _, module, *settings = command.splitlines()
        config = tyro.cli(CONFIGS[module], args=settings)
        assert config.batch == 3
        minutes += config.minutes
    assert minutes == pytest.approx(8)


def test_what_is_missing_is_named_and_nothing_starts(tmp_path: Path):
    done = rented(tmp_path, "start", "scenes", "1")
    assert done.returncode == 3
    assert "mobilenet_v2-imagenet.safetensors is missing: bring it first" in done.stderr
    assert not (tmp_path / "rented").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "scenery", "1"), "scenery is none of scenes"),
        (("start", "scenes"), "a name and its minutes"),
        ((), "bring FOLDER"),
    ],
)
def test_wrong_words_are_answered(tmp_path: Path, words: tuple[str, ...], said: str):
    done = rented(tmp_path, *words)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_parts_that_were_brought_stay(tmp_path: Path):
    for i, name in enumerate(("scenes.zip", "weights/scenes.json")):
        part = tmp_path / f"part{i}" / name
        part.parent.mkdir(parents=True)
        part.write_text(name)
        assert rented(tmp_path, "bring", str(tmp_path / f"part{i}")).returncode == 0
    assert (tmp_path / "rented/scenes.zip").read_text() == "scenes.zip"
    assert (tmp_path / "rented/weights/scenes.json").exists()
