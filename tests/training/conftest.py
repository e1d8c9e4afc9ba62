"""What the tests of training share: a few random pictures, a random judge, a small run."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from training.gan import train
from training.gan_config import GanConfig
from training.vgg import NAMES

SMALL: dict[str, Any] = {
    "size": 8,
    "width": 4,
    "critic_width": 4,
    "latent_dim": 6,
    "batch": 4,
    "images": 48,
    "holdout": 0.4,
    "device": "cpu",
}


@pytest.fixture(scope="session")
def pictures_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of two classes of 30 pictures: noise around red, noise around blue."""
    path = tmp_path_factory.mktemp("data") / "pictures.zip"
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for name, color in (("blue", (40, 60, 200)), ("red", (200, 60, 40))):
            for i in range(30):
                noise = rng.integers(-40, 40, (10, 12, 3)) + np.array(color)
                file = io.BytesIO()
                Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(file, "PNG")
                archive.writestr(f"train/{name}/{i:03d}.png", file.getvalue())
    return path


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SqueezeNet 1.1 of random weights."""
    path = tmp_path_factory.mktemp("judge") / "squeezenet.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(torchvision.models.squeezenet1_1().state_dict(), path)
    return path


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MobileNetV2 of random weights."""
    path = tmp_path_factory.mktemp("backbone") / "mobilenet.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(0)
        save_file(torchvision.models.mobilenet_v2().state_dict(), path)
    return path


@pytest.fixture
def small(pictures_zip: Path, tmp_path: Path) -> GanConfig:
    """Settings of a run of twelve steps, which takes a fraction of a second."""
    return GanConfig(data=str(pictures_zip), run=tmp_path / "run", **SMALL)


@pytest.fixture(scope="session")
def finished(pictures_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> GanConfig:
    """The settings of a run that has ended; nobody may change its folder."""
    run = tmp_path_factory.mktemp("finished") / "run"
    config = GanConfig(data=str(pictures_zip), run=run, **SMALL)
    list(train(config))
    return config


@pytest.fixture(scope="session")
def vgg(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A VGG-19 as narrow as the distilled one, of random weights."""
    random = torch.Generator().manual_seed(0)
    tensors, channels = {}, 3
    for name in ("conv0", *NAMES):
        side = 1 if name == "conv0" else 3
        width = {"0": 3, "1": 16, "2": 32, "3": 64}.get(name[4], 128)
        weight = torch.randn(width, channels, side, side, generator=random)
        tensors |= {
            f"{name}.weight": weight / (channels * side**2) ** 0.5,
            f"{name}.bias": torch.zeros(width),
        }
        channels = width
    path = tmp_path_factory.mktemp("vgg") / "vgg.safetensors"
    save_file(tensors, path)
    return str(path)


@pytest.fixture(scope="session")
def heads(tmp_path_factory: pytest.TempPathFactory) -> str:
    widths = (64, 128, 256, 384, 384, 512, 512)
    path = tmp_path_factory.mktemp("heads") / "heads.safetensors"
    save_file(
        {f"lin{i}.model.1.weight": torch.ones(1, n, 1, 1) / n for i, n in enumerate(widths)}, path
    )
    return str(path)
