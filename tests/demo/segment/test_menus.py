"""The Segment tab's legend, menus and examples, and settings that come back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.legend import histogram, legend, nice
from demo.page import from_url
from demo.segment_handlers import SegmentHandlers
from demo.segment_menus import MenuHandlers
from pipelines import Segmenter, Studio
from pipelines.settings import read_settings

from .helpers import CHINESE, ENGLISH, pair, run


def test_legend_in_chinese(studio: Studio) -> None:
    found = studio.get(Segmenter)(Image.new("RGB", (20, 20)), model="nuclei", threshold=1.0)
    rows = legend(found, None, CHINESE)
    assert rows["rows"][0]["label"] == "不确定"
    assert rows["absent"].startswith("未发现：")


def test_a_class_that_comes_back_is_still_off(handlers: SegmentHandlers, photo: str) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "road")
    name = rows["rows"][0]["name"]
    rows["rows"][0]["on"] = False
    _, doubted, _, gone, _ = handlers.doubt(result, 1.0, "overlay", rows, ENGLISH)
    assert name not in [row["name"] for row in gone["rows"]]
    *_, back, _ = handlers.doubt(doubted, 0, "overlay", gone, ENGLISH)
    assert next(row for row in back["rows"] if row["name"] == name)["on"] is False


def test_what_a_client_sends_as_legend_does_no_harm(handlers: SegmentHandlers, photo: str) -> None:
    _, result, *_ = run(handlers, photo, "road")
    for sent in (None, {}, {"rows": ["x", {}, {"name": "nothing", "on": False}]}):
        assert pair(handlers.look(result, "overlay", sent, ENGLISH))  # type: ignore[arg-type]


def test_histogram() -> None:
    assert histogram(np.zeros(0, np.int64), ENGLISH) == ""
    html = histogram(np.array([10, 12, 14, 30, 90]), ENGLISH)
    assert html.count("<i ") == 10
    assert "Half of them are smaller than 14 px; from 10 to 90 px" in html
    assert [nice(x) for x in (0.1, 1, 1.1, 3, 6, 12, 60, 130)] == [1, 1, 2, 5, 10, 20, 100, 200]


def test_menus_speak_plainly(menus: MenuHandlers) -> None:
    assert [choice[0] for choice in menus.menu("road", ENGLISH).choices] == [
        "A street",
        "Cells under a microscope",
        "Tiny other",
    ]
    text, scale = menus.hint("road", ENGLISH)
    assert "towards the horizon" in text
    assert not scale.constructor_args["visible"]
    text, scale = menus.hint("other", ENGLISH)
    assert "ant, bee, cow" in text
    assert scale.constructor_args["visible"]


def test_examples_bring_their_model_along(menus: MenuHandlers) -> None:
    _, pictures, offers = menus.offer([], ENGLISH)
    assert len(pictures) == len(offers)
    assert all(max(picture.size) <= 240 for picture, _ in pictures)
    assert offers[0] == {"example": "cells", "model": "nuclei"}
    assert menus.offer(offers, ENGLISH) == (gr.skip(),) * 3  # the samples stay the same
    click: Any = SimpleNamespace(index=0)
    path, example, model, *_ = menus.pick(offers, "road", ENGLISH, click)
    assert (Path(path).name, example, model) == ("cells.png", "cells", "nuclei")
    click.index = len(offers) - 1
    path, example, model, *_ = menus.pick(offers, "nuclei", ENGLISH, click)
    assert (example, model) == (None, "road")
    with Image.open(path) as sample:
        assert sample.size == (512, 512)
    assert menus.truth("cells", "nuclei").shape == (512, 512)
    assert menus.truth("cells", "road") is None
    assert menus.truth(None, "nuclei") is None


def test_a_png_and_a_link_set_the_controls(
    handlers: SegmentHandlers,
    menus: MenuHandlers,
    photo: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "nuclei", scale=2, threshold=0.4)
    by_file = read_settings(handlers.file("index", result, rows, 0.5, ENGLISH)).model_dump()
    by_link = from_url({"tab": "segment", "model": "nuclei", "scale": "2", "threshold": "0.4"})
    for settings in (by_file, by_link):
        menu, _, scale, threshold, _ = menus.restore(settings, "road", ENGLISH)
        assert menu.value == "nuclei"
        assert float(scale.value) == 2
        assert float(threshold) == 0.4
    assert "drop the photo they belong to" in capsys.readouterr().out
    menu, _, _, threshold, views = menus.restore({"tab": "morph"}, "other", CHINESE)
    assert (menu.value, threshold) == ("other", gr.skip())
    assert views.choices[0] == ("叠加", "overlay")
    with pytest.warns(UserWarning, match="no model moon"):
        menu, *_ = menus.restore(from_url({"tab": "segment", "model": "moon"}), "road", ENGLISH)
    assert menu.value == "road"
