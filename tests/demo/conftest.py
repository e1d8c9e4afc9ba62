"""What the tests of the page's listeners share: the Morph tab's, over tiny models."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from demo.morph_handlers import FilmHandlers
from demo.morph_keys import KeyHandlers
from demo.page import Page
from pipelines import Studio

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
FIRST: list[dict[str, Any]] = [{"seed": seed, "label": "bee"} for seed in (4, 5, 6)]
WAY: tuple[Any, ...] = (3, "slerp", "linear", False, 12)  # frames, method, easing, loop, fps


@pytest.fixture
def keys(seeing: Studio) -> KeyHandlers:
    return KeyHandlers(seeing)


@pytest.fixture
def films(seeing: Studio) -> FilmHandlers:
    return FilmHandlers(seeing, Page(settings=gr.JSON(), parcel=gr.JSON()))
