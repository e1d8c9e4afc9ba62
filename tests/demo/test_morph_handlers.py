"""What the Morph tab's listeners answer, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import gradio as gr
import pytest
from PIL import Image

from demo.morph_handlers import FilmHandlers
from demo.morph_keys import ANY, SLIDERS, KeyHandlers, examples, untouched
from demo.page import Page, from_url
from pipelines import Sampler, Studio
from pipelines.settings import read_settings

from ..tiny import CLASSES

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
FIRST: list[dict[str, Any]] = [{"seed": seed, "label": "bee"} for seed in (4, 5, 6)]
WAY: tuple[Any, ...] = (3, "slerp", "linear", False, 12)  # frames, method, easing, loop, fps


@pytest.fixture
def keys(seeing: Studio) -> KeyHandlers:
    return KeyHandlers(seeing)


@pytest.fixture
def films(seeing: Studio, keys: KeyHandlers) -> FilmHandlers:
    return FilmHandlers(seeing, Page(settings=gr.JSON(), parcel=gr.JSON()), keys)


def seeds(shown: tuple[Any, ...]) -> list[int]:
    return [key["seed"] for key in shown[0]]


def captions(shown: tuple[Any, ...]) -> list[str]:
    return [caption for _, caption in shown[1].value] if shown[1].value else []


def test_keys_are_added_moved_copied_and_removed(keys: KeyHandlers) -> None:
    shown = keys.add(FIRST, "seer", "cow", 9, ENGLISH)
    assert seeds(shown) == [4, 5, 6, 9]
    assert shown[0][3]["label"] == "cow"
    assert shown[2] == shown[1].selected_index == 3
    shown = keys.left(shown[0], "seer", 3, ENGLISH)
    assert (seeds(shown), shown[2]) == ([4, 5, 9, 6], 2)
    shown = keys.right(shown[0], "seer", 0, ENGLISH)
    assert (seeds(shown), shown[2]) == ([5, 4, 9, 6], 1)
    shown = keys.copy(shown[0], "seer", 1, ENGLISH)
    assert (seeds(shown), shown[2]) == ([5, 4, 4, 9, 6], 2)
    shown = keys.remove(shown[0], "seer", 4, ENGLISH)
    assert (seeds(shown), shown[2]) == ([5, 4, 4, 9], 3)


def test_a_key_at_the_end_stays_there(keys: KeyHandlers) -> None:
    assert keys.left(FIRST, "seer", 0, ENGLISH) == (gr.skip(),) * 3
    assert keys.right(FIRST, "seer", 2, ENGLISH) == (gr.skip(),) * 3


def test_the_last_key_may_go_too(keys: KeyHandlers) -> None:
    shown = keys.remove(FIRST[:1], "seer", 0, ENGLISH)
    assert (shown[0], shown[2]) == ([], 0)
    assert keys.copy([], "seer", 0, ENGLISH) == (gr.skip(),) * 3


def test_no_class_is_that_of_the_seed(keys: KeyHandlers, seeing: Studio) -> None:
    shown = keys.add([], "seer", ANY, 9, ENGLISH)
    assert shown[0][0]["label"] == seeing.get(Sampler)([9], model="seer").labels[0]


def test_a_thirteenth_key_is_refused(keys: KeyHandlers) -> None:
    with pytest.raises(gr.Error, match="2 to 12 key frames, not 13"):
        keys.add([{"seed": i} for i in range(12)], "seer", ANY, 12, ENGLISH)


def test_sent_pictures_take_the_place_of_the_examples(
    keys: KeyHandlers, capsys: pytest.CaptureFixture[str]
) -> None:
    # Outside a server Gradio prints its notes.
    first = examples(CLASSES)
    parcel = {"model": "seer", "label": "ant", "seed": 40, "truncation": 0.5, "path": [[0.3, 1]]}
    *shown, model = keys.receive(first, "tiny", parcel, ENGLISH)
    assert "first key frame" in capsys.readouterr().out
    assert (seeds(tuple(shown)), model) == ([40], "seer")
    *shown, model = keys.receive(shown[0], model, {**parcel, "seed": 41}, ENGLISH)
    assert "2 key frames now" in capsys.readouterr().out
    assert seeds(tuple(shown)) == [40, 41]
    assert shown[0][1]["truncation"] == 0.5
    with pytest.raises(gr.Error, match="made by the model tiny"):
        keys.receive(shown[0], "seer", {**parcel, "model": "tiny"}, ENGLISH)


def test_examples_are_known_until_somebody_changes_them(keys: KeyHandlers) -> None:
    shown = keys.show(examples(CLASSES), "seer", 0, ENGLISH)
    assert untouched(shown[0])
    assert untouched([])
    assert not untouched(shown[0][:2])
    assert not untouched([{**shown[0][0], "shifts": [["sefa", 0, 1.0]]}, *shown[0][1:]])
    assert examples(("sea",))[0]["label"] == "sea"


def test_another_model_keeps_seeds(keys: KeyHandlers) -> None:
    old = [*FIRST, {"seed": 0, "label": "bee", "latent": "AAAA"}, {"seed": 8, "label": "sheep"}]
    with pytest.warns(UserWarning, match="Photos belong to the model"):
        *shown, menu = keys.change_model(old, "tiny", "bee", ENGLISH)
    assert seeds(tuple(shown)) == [4, 5, 6, 8]
    assert [key["label"] for key in shown[0]][:3] == ["bee"] * 3
    assert menu.value == "bee"


def test_a_photo_becomes_a_key(keys: KeyHandlers, tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 50).save(path)
    reports = list(keys.invert(FIRST, "seer", str(path), ENGLISH))
    assert all(report[0] == gr.skip() for report in reports[:-1])
    assert reports[0][4].value is not None
    entries, _, chosen, note, _, emptied = reports[-1]
    assert len(entries) == 4
    assert chosen == 3
    assert entries[3]["latent"]
    assert entries[3]["label"] in note
    assert emptied is None


def test_a_photo_that_cannot_be_used_says_why(keys: KeyHandlers, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.png"
    Image.new("RGB", (1, 1)).save(tiny)
    for model, found, sentence in (
        ("seer", tiny, "has 1×1 pixels"),
        ("tiny", tiny, "has no encoder"),
        ("seer", tmp_path / "none.png", "cannot be read"),
    ):
        with pytest.raises(gr.Error, match=sentence):
            list(keys.invert(FIRST, model, str(found), ENGLISH))
    (nothing,) = keys.invert(FIRST, "seer", None, ENGLISH)
    assert set(map(str, nothing)) == {str(gr.skip())}


def test_a_film_reports_and_ends_as_a_video(films: FilmHandlers) -> None:
    reports = list(films.morph([4, 5, 6], "seer", 20, "slerp", "linear", False, 12, ENGLISH))
    assert "of 41 frames" in reports[1][3]
    video, strip, told, line, film = reports[-1]
    with av.open(video) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(film.frames) == 41
        assert container.streams.video[0].average_rate == 12
    assert "41 frames, 3.4 s of film" in line
    assert told["drawn"] == 41
    assert json.loads(json.dumps(told))["parameters"]["keys"][2]["seed"] == 6
    assert read_settings(strip).tab == "morph"
    slider, button = films.ready(film, video)
    assert slider.maximum == 40
    assert button.interactive


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"keys": [1]}, "2 to 12 key frames, not 1"),
        ({"keys": list(range(13))}, "not 13"),
        ({"keys": None}, "key frames, not"),
        ({"frames": 10**6}, "1000000 frames per leg"),
        ({"fps": 0}, "0 frames per second"),
        ({"method": "walk"}, "no path walk"),
        ({"easing": "bounce"}, "no easing bounce"),
        ({"model": "nothing"}, "no model nothing"),
        ({"keys": [{"seed": 1, "model": "tiny"}, 2]}, "made by the model tiny"),
    ],
)
def test_what_cannot_be_filmed_is_said(
    films: FilmHandlers, changes: dict[str, Any], sentence: str
) -> None:
    request: dict[str, Any] = {
        "keys": FIRST,
        "model": "seer",
        "frames": 3,
        "method": "slerp",
        "easing": "linear",
        "loop": False,
        "fps": 12,
    }
    with pytest.raises(gr.Error, match=sentence):
        list(films.morph(**{**request, **changes}, request=ENGLISH))


def test_a_stopped_film_is_a_film(films: FilmHandlers) -> None:
    steps = films.morph(FIRST, "seer", 20, "slerp", "linear", False, 12, ENGLISH)
    film = next(step[-1] for step in steps if step[-1].frames)
    steps.close()  # type: ignore[attr-defined]
    video, _, told, line, _ = films.finish(film, 12, ENGLISH)
    with av.open(video) as container:
        assert sum(1 for _ in container.decode(video=0)) == told["drawn"] == len(film.frames) < 41
    assert line == f"{len(film.frames)} frames"
    assert films.finish(None, 12, ENGLISH) == (gr.skip(),) * 5


def test_files_of_a_film(films: FilmHandlers) -> None:
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    with Image.open(films.gif(film, 12, ENGLISH)) as gif:
        assert gif.n_frames > 1
    with Image.open(films.webp(film, 12, ENGLISH)) as webp:
        assert webp.format == "WEBP"
        assert webp.n_frames == 7
    settings = read_settings(films.strip(film, 12, ENGLISH))
    assert settings.parameters["fps"] == 12
    still = Path(films.still(film, 12, 5, ENGLISH))
    with Image.open(still) as image:
        assert image.tobytes() == film.frames[5].tobytes()
    assert still.name == "seer-4-5-6-5.png"
    assert Path(films.still(film, 12, 10**9, ENGLISH)).name == "seer-4-5-6-6.png"
    with pytest.raises(gr.Error, match="no film yet"):
        films.gif(None, 12, ENGLISH)


def test_directions_move_the_key_and_can_be_taken_back(films: FilmHandlers) -> None:
    start = {**FIRST[0], "shifts": [["sefa", 1, 2.0], ["ganspace", 2, 1.0]]}
    image, moved = films.directions("seer", start, "ganspace", 0, 3, 0, 0, 0, 0, ENGLISH)
    assert moved["shifts"] == [["sefa", 1, 2.0], ["ganspace", 1, 3.0]]
    large, _, *amounts = films.chosen([moved], "seer", 0, "ganspace", ENGLISH)
    assert large.tobytes() == image.tobytes()
    assert amounts == [0, 3, 0, 0, 0, 0]
    plain, key, *rest = films.plain("seer", moved, ENGLISH)
    assert plain.tobytes() != image.tobytes()
    assert "shifts" not in key
    assert rest == [0] * SLIDERS
    with pytest.raises(gr.Error, match="from -5"):
        films.directions("seer", FIRST[0], "sefa", 9, 0, 0, 0, 0, 0, ENGLISH)
    with pytest.raises(gr.Error, match="no latent directions"):
        films.directions("tiny", 3, "sefa", 1, 0, 0, 0, 0, 0, ENGLISH)  # type: ignore[arg-type]


def test_the_thumbnail_follows_the_sliders(films: FilmHandlers, keys: KeyHandlers) -> None:
    _, moved = films.directions("seer", FIRST[1], "sefa", 2, 0, 0, 0, 0, 0, ENGLISH)
    shown = keys.put(FIRST, "seer", 1, moved, ENGLISH)
    assert shown[0][1]["shifts"] == [["sefa", 0, 2.0]]
    assert seeds(shown) == [4, 5, 6]


def test_overview_has_a_row_for_each_direction_there_is(films: FilmHandlers) -> None:
    shown, legend = films.overview("seer", FIRST[0], "sefa", ENGLISH)
    assert legend.visible
    assert shown.visible
    assert shown.value is not None


def test_no_key_no_picture(films: FilmHandlers) -> None:
    assert films.chosen([], "seer", 0, "sefa", ENGLISH) == (None, None, *(0,) * SLIDERS)


def test_entering_the_tab_draws_keys_unless_others_are_on_their_way(films: FilmHandlers) -> None:
    shown = films.enter(FIRST, "seer", 1, "sefa", {"tab": "generate"}, ENGLISH)
    assert seeds(shown) == [4, 5, 6]
    assert shown[4]["seed"] == 5
    waiting = films.enter(FIRST, "seer", 1, "sefa", {"tab": "morph"}, ENGLISH)
    assert waiting == (gr.skip(),) * len(shown)


def test_opening_the_tab_draws_the_first_film_once(films: FilmHandlers) -> None:
    shown = list(films.open(FIRST, "seer", *WAY, None, {}, ENGLISH))[-1]
    assert len(shown[4].frames) == 7
    assert list(films.open(FIRST, "seer", *WAY, shown[4], {}, ENGLISH)) == [(gr.skip(),) * 5]
    awaited = {"tab": "morph"}
    assert list(films.open(FIRST, "seer", *WAY, None, awaited, ENGLISH)) == [(gr.skip(),) * 5]


def test_strip_and_link_bring_the_film_back(films: FilmHandlers) -> None:
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    by_file = read_settings(films.strip(film, 12, ENGLISH)).model_dump()
    way = {"frames": "3", "method": "slerp", "easing": "linear", "loop": "false", "fps": "12"}
    entries = json.dumps([key.to_json() for key in film.keys])
    by_link = from_url({"tab": "morph", "model": "seer", "keys": entries, **way})
    for settings in (by_file, by_link):
        entries, _, _, model, frames, method, easing, loop, fps, _ = films.restore(
            settings, [], "tiny", ANY, ENGLISH
        )
        again = films.again(
            entries, model, frames, method, easing.value, loop, fps, settings, ENGLISH
        )
        *_, second = list(again)[-1]
        assert [a.tobytes() for a in second.frames] == [b.tobytes() for b in film.frames]


def test_settings_of_another_tab_only_translate_the_menus(films: FilmHandlers) -> None:
    settings = {"tab": "generate", "parameters": {}}
    restored = films.restore(settings, FIRST, "seer", "bee", ENGLISH)
    assert restored[:6] == (gr.skip(),) * 6
    assert restored[9].value == "bee"
    again = films.again(FIRST, "seer", *WAY, settings, ENGLISH)
    assert list(again) == [(gr.skip(),) * 5]


def test_a_bad_link_says_so_and_leaves_a_page_that_works(films: FilmHandlers) -> None:
    settings = from_url({"tab": "morph", "model": "seer", "keys": "[1, -2]"})
    with pytest.warns(UserWarning, match="The seed -2"):
        entries, *_ = films.restore(settings, FIRST, "seer", ANY, ENGLISH)
    assert [key["seed"] for key in entries] == [4, 5, 6]
