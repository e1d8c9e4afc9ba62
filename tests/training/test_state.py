"""Checkpoints: whole or not at all, and every optimiser comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from training import state
from training.cli import SettingError
from training.state import load_checkpoint, save_checkpoint

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, 0.1, fused=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.1),
    "adagrad": lambda p: torch.optim.Adagrad(p, 0.1),
}


def make(kind: str, width: int = 3) -> tuple[dict[str, nn.Module], dict[str, Any]]:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, 1))
    # The optimiser bears the module's name, as in the trainer.
    return {"net": network}, {"net": OPTIMIZERS[kind](network.parameters())}


def step(modules: dict[str, nn.Module], optimizers: dict[str, Any], seed: int) -> None:
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(seed))
    optimizers["net"].zero_grad()
    modules["net"](x).square().sum().backward()
    optimizers["net"].step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_round_trip_goes_on_to_the_bit(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    undisturbed = make(kind)
    for i in range(3):
        step(*undisturbed, i)
    save_checkpoint(path, *undisturbed, {"steps": 3, "device": "2 CPU cores", "ratio": None})
    resumed = make(kind)
    progress = load_checkpoint(path, *resumed)
    assert progress == {"steps": 3, "device": "2 CPU cores", "ratio": None}
    for i in range(3, 6):
        step(*undisturbed, i)
        step(*resumed, i)
    expected = undisturbed[0]["net"].state_dict()
    for name, tensor in resumed[0]["net"].state_dict().items():
        assert torch.equal(tensor, expected[name]), name


def test_a_failed_write_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    modules, optimizers = make("adam")
    save_checkpoint(path, modules, optimizers, {"steps": 1})
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(state.os, "replace", fail)
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(path, modules, optimizers, {"steps": 2})
    assert path.read_bytes() == before


def test_another_shape_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(path, *make("adam"), {})
    with pytest.raises(SettingError, match=r"another shape.*another --run folder"):
        load_checkpoint(path, *make("adam", width=4))


def test_another_optimiser_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    modules, optimizers = make("adam")
    step(modules, optimizers, 0)
    save_checkpoint(path, modules, optimizers, {})
    with pytest.raises(SettingError, match="optimiser of the net"):
        load_checkpoint(path, *make("rmsprop"))


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(b"half a checkpoint")
    with pytest.raises(SettingError, match=r"is not a checkpoint .*delete it"):
        load_checkpoint(path, *make("adam"))
