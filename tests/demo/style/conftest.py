"""The Style tab's listeners over tiny models."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from demo.page import Page
from demo.style_handlers import StyleHandlers
from demo.style_menus import MenuHandlers
from demo.style_photos import PhotoHandlers
from demo.style_tiles import TileHandlers
from pipelines import Studio, Stylizer

from ...styles import tiny_vgg
from ...tiny import make_model, make_style
from .helpers import SIZE, only


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("styles")
    make_style(folder, "style")
    make_style(folder, "mine", ("C",))
    make_model(folder, "tiny", critic=False)
    studio = only(folder)
    # What the slow way needs is not downloaded here.
    studio._tools[Stylizer] = Stylizer(studio.network, studio.cards, tiny_vgg)
    return studio


@pytest.fixture
def shared() -> Page:
    return Page(settings=gr.JSON(), parcel=gr.JSON())


@pytest.fixture
def menus(studio: Studio, shared: Page) -> MenuHandlers:
    return MenuHandlers(studio, shared)


@pytest.fixture
def photos(shared: Page, menus: MenuHandlers) -> PhotoHandlers:
    return PhotoHandlers(shared, menus)


@pytest.fixture
def tiles(studio: Studio, shared: Page) -> TileHandlers:
    return TileHandlers(studio, shared)


@pytest.fixture
def handlers(studio: Studio, shared: Page, menus: MenuHandlers) -> StyleHandlers:
    return StyleHandlers(studio, shared, menus, pause=0)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "lake.png"
    Image.effect_mandelbrot(SIZE, (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return str(path)


@pytest.fixture
def painting(tmp_path: Path) -> str:
    path = tmp_path / "painting.png"
    Image.effect_noise((70, 50), 90).convert("RGB").save(path)
    return str(path)
