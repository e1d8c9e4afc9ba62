"""Styles that a model brings along, and how pictures of styles are looked at."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from pipelines.cards import Loaded, load, read_card
from pipelines.networks.stylizer import CODE
from pipelines.style_codes import Style, built_in, code_of, code_of_picture, seen

from ..holes import noisy
from ..tiny import make_model, make_style


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return load(make_style(tmp_path_factory.mktemp("styles")), torch.device("cpu"))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((100, 50), (128, 64)),
        ((30, 90), (64, 192)),
        ((64, 64), (64, 64)),
        ((1, 1), (64, 64)),
        ((1000, 10), (256, 64)),
        ((3, 2000), (64, 256)),
    ],
)
def test_the_shorter_side_is_what_counts(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert seen(Image.new("RGB", size), 64).size == wanted


def test_of_what_is_too_long_the_middle_is_seen() -> None:
    picture = Image.new("RGB", (900, 10), (0, 0, 255))
    picture.paste((255, 0, 0), (430, 0, 470, 10))
    middle = seen(picture, 20)
    assert middle.size == (80, 20)
    assert middle.getcolors() == [(1600, (255, 0, 0))]


def test_names_become_ids(tmp_path: Path) -> None:
    names = ("The Starry Night", "Étude No. 2", "星空", "The starry night!", "Own")
    card = read_card(make_style(tmp_path, names=names))
    ids = ("the-starry-night", "etude-no-2", "style-3", "the-starry-night-4", "own-5")
    assert built_in(card) == tuple(zip(ids, names, strict=True))
    assert built_in(read_card(make_model(tmp_path, "tiny"))) == ()


def test_codes_are_those_of_pictures_and_those_that_ship(loaded: Loaded) -> None:
    picture = noisy(40, 60)
    first, second = (
        code_of(style, loaded) for style in (Style("own", "", picture), Style("b", "B", index=1))
    )
    assert first.shape == second.shape == (1, CODE)
    assert torch.equal(first, code_of_picture(picture, loaded))
    assert torch.equal(second[0], loaded.networks["styles"].get_buffer("codes")[1])
