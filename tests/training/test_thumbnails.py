"""Thumbnails of built-in styles: painted once, shipped with the model, never trusted blindly."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import Studio, Stylizer
from pipelines.errors import InputError
from pipelines.thumbnails import SIDE, SUFFIX
from training.thumbnails import ThumbnailsConfig, store

from ..tiny import edit_card, make_model, make_style

MODEL = "tiny-style"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_style(tmp_path, MODEL)
    return tmp_path


def thumbnails(folder: Path) -> list[np.ndarray]:
    stylizer = Studio("cpu", [folder]).get(Stylizer)
    found = [stylizer.thumbnail(id, MODEL) for id, _ in stylizer.built_in(MODEL)]
    assert {picture.size for picture in found} == {(SIDE, SIDE)}
    return [np.asarray(picture).astype(int) for picture in found]


@pytest.fixture(scope="module")
def fast_and_stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[np.ndarray], Path]:
    """What a model without thumbnails shows, and a folder of the same model with some, which
    nobody may change: they take their time."""
    folder = tmp_path_factory.mktemp("stored")
    make_style(folder, MODEL)
    fast = thumbnails(folder)
    assert store(ThumbnailsConfig(MODEL, folder)) == len(fast) == 2
    return fast, folder


def test_what_ships_is_what_is_shown(fast_and_stored: tuple[list[np.ndarray], Path]) -> None:
    fast, folder = fast_and_stored
    sheet = np.asarray(Image.open(folder / f"{MODEL}{SUFFIX}").convert("RGB")).astype(int)
    shown = thumbnails(folder)
    assert np.array_equal(np.concatenate(shown), sheet)
    # Painted with more patience than one pass has, each in its own style.
    assert all(abs(a - b).mean() > 1 for a, b in zip(fast, shown, strict=True))
    assert abs(shown[0] - shown[1]).mean() > 1


@pytest.mark.parametrize("damage", ["gone", "changed", "no picture", "another size"])
def test_what_is_not_what_the_card_says_is_made_anew(
    fast_and_stored: tuple[list[np.ndarray], Path], tmp_path: Path, damage: str
) -> None:
    fast, stored = fast_and_stored
    folder = shutil.copytree(stored, tmp_path / "weights")
    file = folder / f"{MODEL}{SUFFIX}"
    if damage == "gone":
        file.unlink()
    elif damage == "changed":
        file.write_bytes(file.read_bytes() + b" ")
    else:
        if damage == "no picture":
            file.write_bytes(b"no picture")
        else:
            Image.new("RGB", (SIDE, SIDE)).save(file, "WEBP")
        known = hashlib.sha256(file.read_bytes()).hexdigest()
        edit_card(folder / f"{MODEL}.json", styling={"side": 64, "thumbnails": known})
    for made, expected in zip(thumbnails(folder), fast, strict=True):
        assert np.array_equal(made, expected)


def test_only_style_models_have_any(folder: Path) -> None:
    make_model(folder, "tiny")
    for model in ("tiny", "nothing"):
        with pytest.raises(InputError, match="no model"):
            store(ThumbnailsConfig(model, folder))


def test_every_shipped_style_has_one() -> None:
    studio = Studio("cpu")
    for card in studio.cards("style"):
        styles = studio.get(Stylizer).built_in(card.id)
        assert list(studio.thumbnails(card.id)) == [id for id, _ in styles]
