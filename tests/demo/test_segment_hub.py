"""What the Segment tab says of a model of the Hub, and that it can be used afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from demo.page import Page
from demo.segment_menus import MenuHandlers
from demo.segment_more_handlers import HubHandlers
from pipelines import Segmenter, Studio

from ..hub import saved, serving

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a Hub that has one model."""
    saved(tmp_path / "model")
    with serving(tmp_path / "model", tmp_path / "cache", monkeypatch) as hub:
        yield hub.address


def handlers(address: str) -> tuple[Studio, HubHandlers]:
    studio = Studio("cpu")
    menus = MenuHandlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))
    return studio, HubHandlers(studio, menus, address)


def test_size_and_terms_first_then_the_model(address: str) -> None:
    studio, hub = handlers(address)
    text, button, described = hub.look_up(" owner/name ", ENGLISH)
    assert "owner/name: " in text
    assert "MB, terms: mit" in text
    assert "Unet, mobilenet_v2, 3 classes" in text
    assert button.constructor_args["visible"]
    assert "hub-owner-name" not in [card.id for card in studio.cards("segmenter")]
    *reports, (menu, hint, scale, text, button) = hub.fetch(described, ENGLISH)
    assert "Downloading: 0 %" in reports[0][3]
    assert reports[0][0] == gr.skip()
    assert menu.value == "hub-owner-name"
    assert "class 0, class 1, class 2" in hint
    assert scale.constructor_args["visible"]
    assert "owner/name is in the menu now" in text
    assert not button.constructor_args["visible"]
    found = studio.get(Segmenter)(Image.new("RGB", (50, 40)), model="hub-owner-name")
    assert found.labels.shape == (40, 50)


def test_a_download_that_is_stopped_leaves_the_description(address: str) -> None:
    studio, hub = handlers(address)
    text, _, described = hub.look_up("owner/name", ENGLISH)
    work = hub.fetch(described, ENGLISH)
    assert "Downloading" in next(work)[3]
    work.close()  # type: ignore[attr-defined]
    assert "hub-owner-name" not in [card.id for card in studio.cards("segmenter")]
    assert hub.about(described, ENGLISH) == text
    *_, last = hub.fetch(described, ENGLISH)  # and the next one works
    assert last[0].value == "hub-owner-name"


def test_a_model_there_is_not_is_said(address: str) -> None:
    _, hub = handlers(address)
    for name, sentence in (("owner/other", "owner/other"), ("", "empty"), ("a b", "a b")):
        with pytest.raises(gr.Error, match=sentence):
            hub.look_up(name, ENGLISH)
