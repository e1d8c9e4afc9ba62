"""The Segment tab's listeners over tiny models."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from demo.page import Page
from demo.segment_handlers import SegmentHandlers
from demo.segment_menus import MenuHandlers
from pipelines import Studio

from ...tiny import make_model, make_segmenter


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Models of the names that the page knows, and one that it does not."""
    folder = tmp_path_factory.mktemp("segmenters")
    make_segmenter(folder, "road", long_side=[32, 64])
    make_segmenter(folder, "nuclei", counts="bee")
    make_segmenter(folder, "other")
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
def handlers(studio: Studio, shared: Page, menus: MenuHandlers) -> SegmentHandlers:
    return SegmentHandlers(studio, shared, menus)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "street.jpg"
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return str(path)
