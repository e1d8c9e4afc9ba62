"""Links with odd JSON open every tab with its menus in the person's language."""

from __future__ import annotations

import json
import warnings
from typing import Any

import gradio as gr
import pytest

from demo import inpaint_menus, segment_menus, style_menus, texture_menus
from demo.morph_handlers import FilmHandlers
from demo.morph_keys import KeyHandlers
from demo.morph_visits import VisitHandlers
from demo.page import LISTS, Page, from_url
from pipelines import Studio

from .conftest import FIRST
from .inpaint.helpers import CHINESE

ODD = ("", "[]", "5", "-1", "{}", "null", "true", '"x"', "[[]]", "[{}]", "[null, null]", "[1e999]",
       "[NaN, 1]", "[1, 2, 3, 4, 5]", '{"a": [1]}', "[" * 20_000)  # fmt: skip


def restored(tab: str, studio: Studio, settings: dict[str, Any]) -> str:
    """What the tab has in a menu afterwards."""
    page = Page(settings=gr.JSON(), parcel=gr.JSON())
    if tab == "morph":
        keys, films = KeyHandlers(studio), FilmHandlers(studio, page)
        visits = VisitHandlers(studio, films, keys)
        return str(visits.restore(settings, FIRST, "seer", "any", CHINESE)[5].choices)
    if tab == "style":
        menus = style_menus.MenuHandlers(studio, page)
        return str(menus.restore(settings, "fast", menus.default(), CHINESE)[0].choices)
    if tab == "inpaint":
        return str(
            inpaint_menus.MenuHandlers(studio, page).restore(settings, "telea", CHINESE)[0].choices
        )
    if tab == "segment":
        shown = segment_menus.MenuHandlers(studio, page).restore(settings, "nuclei", CHINESE)
        return str(shown[4].choices)
    texture = texture_menus.MenuHandlers(studio, page)
    shown = texture.restore(settings, "model", texture.default(), "any", "any", CHINESE)
    return str(shown[0].choices)


@pytest.mark.parametrize("tab", ["morph", "style", "inpaint", "segment", "texture"])
@pytest.mark.parametrize("name", [*LISTS, "label", "strokes", "method"])
def test_odd_json_leaves_no_tab_untranslated(seeing: Studio, tab: str, name: str) -> None:
    for text in ODD:
        settings = from_url({"tab": tab, name: text})
        json.dumps(settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they say is for the tab's own tests
            assert any("\u4e00" <= c <= "\u9fff" for c in restored(tab, seeing, settings))
