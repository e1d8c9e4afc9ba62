"""The Inpaint tab's listeners over tiny models."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from demo.inpaint_fill import FillHandlers
from demo.inpaint_handlers import InpaintHandlers
from demo.inpaint_menus import MenuHandlers
from demo.inpaint_photos import PhotoHandlers
from demo.page import Page
from pipelines import Studio

from ...holes import noisy
from ...tiny import make_completion, make_diffusion, make_model
from .helpers import SIZE


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("fillers")
    make_completion(folder, "completion")
    make_completion(folder, "mine")
    make_diffusion(folder, "diffusion")
    make_model(folder, "tiny", critic=False)
    studio = Studio("cpu")
    studio._folders = [folder]  # not the shipped models, which have the same names
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
def fills(menus: MenuHandlers) -> FillHandlers:
    return FillHandlers(menus)


@pytest.fixture
def handlers(studio: Studio, shared: Page, menus: MenuHandlers) -> InpaintHandlers:
    return InpaintHandlers(studio, shared, menus, pause=0)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "lake.png"
    Image.effect_mandelbrot(SIZE, (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return str(path)


@pytest.fixture
def weave(tmp_path: Path) -> str:
    """A picture of a texture."""
    path = tmp_path / "weave.png"
    noisy(24, 16, seed=1).save(path)
    return str(path)
