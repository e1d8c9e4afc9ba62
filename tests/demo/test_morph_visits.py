"""What the Morph tab answers to those who open it or come back to it, without a server."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from demo.menus import ANY
from demo.morph_handlers import FilmHandlers
from demo.morph_keys import KeyHandlers
from demo.morph_visits import VisitHandlers
from demo.page import from_url
from pipelines import Studio
from pipelines.settings import read_settings

from .conftest import ENGLISH, FIRST, WAY


@pytest.fixture
def visits(seeing: Studio, films: FilmHandlers, keys: KeyHandlers) -> VisitHandlers:
    return VisitHandlers(seeing, films, keys)


def test_arriving_draws_the_keys_unless_others_are_on_their_way(visits: VisitHandlers) -> None:
    gallery, large = visits.arrive(FIRST, "seer", 1, None, {"tab": "generate"}, ENGLISH)
    assert len(gallery.value) == 3
    assert large is not None
    awaited = {"tab": "morph"}
    assert visits.arrive(FIRST, "seer", 1, None, awaited, ENGLISH) == (gr.skip(),) * 2
    _, later = visits.arrive(FIRST, "seer", 1, object(), awaited, ENGLISH)
    assert later.tobytes() == large.tobytes()


def test_opening_the_tab_draws_the_film_unless_it_is_there(visits: VisitHandlers) -> None:
    def opened(keys: Any, film: Any, settings: Any) -> Any:
        (*_, shown) = visits.open(keys, "seer", *WAY, film, settings, ENGLISH)
        return shown[4]

    film = opened(FIRST, None, {})
    assert len(film.frames) == 7
    assert opened(FIRST, film, {}) == gr.skip()
    assert opened(FIRST, None, {"tab": "morph"}) == gr.skip()  # ``again`` draws what was asked for
    assert opened(FIRST[:1], None, {}) == gr.skip()
    # Pictures were sent in the meantime, also long after a link has brought somebody here.
    assert len(opened(FIRST[:2], film, {}).frames) == 4
    assert len(opened(FIRST[:2], film, {"tab": "morph"}).frames) == 4


def test_strip_and_link_bring_the_film_back(visits: VisitHandlers, films: FilmHandlers) -> None:
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    by_file = read_settings(films.strip(film, 12, ENGLISH)).model_dump()
    way = {"frames": "3", "method": "slerp", "easing": "linear", "loop": "false", "fps": "12"}
    entries = json.dumps([key.to_json() for key in film.keys])
    by_link = from_url({"tab": "morph", "model": "seer", "keys": entries, **way})
    for settings in (by_file, by_link):
        entries, chosen, model, frames, method, easing, loop, fps, _ = visits.restore(
            settings, [], "tiny", ANY, ENGLISH
        )
        gallery, large = visits.show(entries, model.value, chosen, settings, ENGLISH)
        assert len(gallery.value) == 3
        assert large.tobytes() == film.frames[0].tobytes()
        again = visits.again(
            entries, model.value, frames, method, easing.value, loop, fps, settings, ENGLISH
        )
        *_, second = list(again)[-1]
        assert [a.tobytes() for a in second.frames] == [b.tobytes() for b in film.frames]


def test_settings_of_another_tab_only_translate_the_menus(visits: VisitHandlers) -> None:
    settings = {"tab": "generate", "parameters": {}}
    restored = visits.restore(settings, FIRST, "seer", "bee", ENGLISH)
    assert restored[:5] == (gr.skip(),) * 5
    assert restored[8].value == "bee"
    assert visits.show(FIRST, "seer", 0, settings, ENGLISH) == (gr.skip(),) * 2
    again = visits.again(FIRST, "seer", *WAY, settings, ENGLISH)
    assert list(again) == [(gr.skip(),) * 5]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"keys": "[1, -2]"}, "The seed -2"),
        ({"keys": "[]"}, "2 to 12 key frames, not 0"),
        ({"keys": str([1] * 13)}, "2 to 12 key frames, not 13"),
        ({"keys": "null"}, "The seed \\(empty\\)"),
        ({"keys": "[" * 20_000}, "The seed \\["),
        ({"frames": "many"}, "many frames per leg"),
        ({"fps": "0"}, "0 frames per second"),
        ({"method": "walk"}, "no path walk"),
        ({"easing": "bounce"}, "no easing bounce"),
    ],
)
def test_a_bad_link_says_so_and_leaves_a_page_that_works(
    visits: VisitHandlers, query: dict[str, str], sentence: str
) -> None:
    settings = from_url({"tab": "morph", "model": "seer", **query})
    with pytest.warns(UserWarning, match=sentence):
        entries, _, _, frames, _, easing, *_ = visits.restore(settings, FIRST, "seer", ANY, ENGLISH)
    assert [key["seed"] for key in entries] == [4, 5, 6]
    assert (frames, easing.value) == (24, "smooth")


def test_one_key_needs_no_list(visits: VisitHandlers) -> None:
    settings = from_url({"tab": "morph", "model": "seer", "keys": "5"})
    entries, *_ = visits.restore(settings, FIRST, "seer", ANY, ENGLISH)
    assert [key["seed"] for key in entries] == [5]
