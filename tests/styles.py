"""A Stylizer of tiny models, and what is true of all it returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from pipelines import Studio, Styling, Stylizer
from pipelines.networks.vgg import Vgg, VggConfig

from .holes import MASK, PHOTO, noisy
from .tiny import make_model, make_style

MODEL = "tiny-style"
HOLE = np.asarray(MASK) >= 128
PAINTING = noisy(50, 64, seed=5)


def make_stylizer(folder: Path) -> Stylizer:
    """A Stylizer of tiny models, with the built-in styles ``a`` and ``b``."""
    make_style(folder)
    make_model(folder, "tiny")
    studio = Studio("cpu", [folder])
    return Stylizer(studio.network, studio.cards, tiny_vgg)


def tiny_vgg() -> Vgg:
    """VGG-19 with few channels, and random weights that let signals through."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Vgg(VggConfig((4, 4, 6, 6, 6)))
        for layer in network.features:
            if isinstance(layer, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(layer.weight)
    return network.eval()


def style(stylizer: Stylizer, photo: Any = PHOTO, style: Any = "a", **more: Any) -> Styling:
    return stylizer(photo, style, **{"model": MODEL, **more})


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


def check(found: Styling, untouched: np.ndarray | None = None) -> None:
    """The picture is as large as its photo, and that where nothing was to be touched."""
    assert (found.image.mode, found.photo.mode) == ("RGB", "RGB")
    assert found.image.size == found.photo.size
    if untouched is not None:
        np.testing.assert_array_equal(array(found.image)[untouched], array(found.photo)[untouched])
