"""Runs that begin with the weights of another run, or of a shipped model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from pipelines.errors import CardError
from training.cli import SettingError
from training.gan import begin, train
from training.gan_config import GanConfig
from training.runs import read_run

from ..tiny import CLASSES, edit_card, make_model, make_seer
from .test_gan import trainer
from .test_gan_projected import glu


def test_a_generator_grows(small: GanConfig, backbone: Path) -> None:
    start = replace(glu(small, backbone), run=small.run.with_name("start"), images=24)
    list(train(start))
    larger = replace(start, run=small.run, size=32, start=str(start.run), images=4, lr=0.0)
    list(train(larger))
    small_run, large_run = read_run(start.run), read_run(larger.run)
    assert large_run.images == 28  # both runs taught it
    z = small_run.generator.prior(torch.randn(3, 6))
    label = torch.eye(2)[[0, 1, 0]]
    with torch.inference_mode():
        low, high = (run.generator(z, label) for run in (small_run, large_run))
    assert high.shape[-1] == 32
    # The new resolution adds nothing yet; averages and batch statistics moved a little.
    reduced = torch.nn.functional.avg_pool2d(high, 2)
    assert (reduced - low).abs().mean() < 0.1
    with pytest.raises(FileNotFoundError, match="holds no training run"):
        list(train(replace(larger, run=small.run.with_name("x"), start=str(small.run.parent))))


def test_a_run_begins_with_a_shipped_model(
    small: GanConfig, backbone: Path, tmp_path: Path
) -> None:
    for name in CLASSES:
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(4):
            Image.new("RGB", (16, 16), (60 * i, 9, 9)).save(tmp_path / f"pictures/{name}/{i}.png")
    card = make_seer(tmp_path)
    edit_card(card, recipe={"command": "none", "images": 900, "minutes": 2, "device": "cpu"})
    small = replace(small, data=str(tmp_path / "pictures"), latent_dim=8)
    t = trainer(glu(small, backbone))
    assert begin(card, t) == {"images": 900, "seconds": 120}
    shipped = load_file(card.with_suffix(".safetensors"))
    for role, names in (
        ("generator/", ("generator", "average")),
        ("encoder/head.", ("encoder", "average_encoder")),
    ):
        for name in names:
            for key, tensor in t.modules[name].state_dict().items():
                assert torch.equal(tensor, shipped[role + key].to(tensor.dtype)), f"{name}/{key}"
    # A larger run takes the same pictures as its start, and counts on from there.
    larger = replace(glu(small, backbone), size=32, start=str(card), images=4, lr=0.0)
    list(train(larger))
    large = read_run(larger.run)
    assert large.images == 904
    z = t.generator.prior(torch.randn(3, 8))
    with torch.inference_mode():
        low = t.generator.eval()(z, torch.eye(3))
        high = large.generator(z, torch.eye(3))
    assert (torch.nn.functional.avg_pool2d(high, 2) - low).abs().mean() < 0.1


def test_models_that_no_run_can_begin_with(small: GanConfig, tmp_path: Path) -> None:
    classic = make_model(tmp_path)
    fresh = trainer(small, generator="glu", detail=64, latent_dim=7)
    with pytest.raises(SettingError, match="no weights that fit this run"):
        begin(classic, fresh)
    with pytest.raises(CardError, match=r"none.json does not exist"):
        begin(tmp_path / "none.json", fresh)
    classic.with_suffix(".safetensors").write_bytes(b"others")
    with pytest.raises(CardError, match="do not match their card"):
        begin(classic, fresh)
