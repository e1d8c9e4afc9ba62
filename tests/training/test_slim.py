"""What of a run travels back from a machine that is lent for minutes."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch

from training.cli import SettingError
from training.gan import train
from training.gan_config import GanConfig
from training.runs import LOG, read_run
from training.slim import SlimConfig, slim
from training.state import read_checkpoint


def test_a_slim_run_is_exported_as_the_run_itself(small: GanConfig, tmp_path: Path) -> None:
    for _ in train(small):
        pass
    zipped = tmp_path / "slim.zip"
    assert slim(SlimConfig(small.run, zipped, only=("average", "critic"))) == ("average", "critic")
    folder = tmp_path / "there"
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    (found,) = folder.iterdir()
    assert found.name == small.run.name
    assert (found / LOG).read_text() == (small.run / LOG).read_text()
    whole, light = (small.run / "checkpoint.safetensors", found / "checkpoint.safetensors")
    assert light.stat().st_size < 0.3 * whole.stat().st_size  # no optimisers, half the bytes
    tensors, progress = read_checkpoint(light)
    assert progress == read_checkpoint(whole)[1]
    assert all(t.dtype != torch.float32 for t in tensors.values())
    mine, theirs = read_run(small.run), read_run(found)
    assert theirs.images == mine.images
    for key, tensor in mine.generator.state_dict().items():
        if tensor.is_floating_point():
            assert torch.equal(theirs.generator.state_dict()[key], tensor.half().float())


def test_only_some_of_it_may_travel(small: GanConfig, tmp_path: Path) -> None:
    for _ in train(small):
        pass
    assert slim(SlimConfig(small.run, tmp_path / "c.zip", only=("critic",))) == ("critic",)
    with pytest.raises(SettingError, match="no heads"):
        slim(SlimConfig(small.run, tmp_path / "c.zip", only=("heads",)))


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="train it first"):
        slim(SlimConfig(tmp_path, tmp_path / "a.zip"))
