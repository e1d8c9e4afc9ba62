"""What the Morph tab's listeners answer, without a server."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import av
import gradio as gr
import pytest
from PIL import Image

from demo.menus import ANY
from demo.morph_handlers import FilmHandlers
from demo.morph_keys import KeyHandlers, examples, untouched
from demo.page import Page
from pipelines import Sampler, Studio
from pipelines.settings import read_settings

from ..tiny import CLASSES
from .conftest import ENGLISH, FIRST, WAY


def seeds(shown: tuple[Any, ...]) -> list[int]:
    return [key["seed"] for key in shown[0]]


def captions(gallery: gr.Gallery) -> list[str]:
    return [item["caption"] for item in gallery.value or []]


def test_keys_are_added_moved_copied_and_removed(keys: KeyHandlers) -> None:
    shown = keys.add(FIRST, "seer", "cow", 9, ENGLISH)
    assert seeds(shown) == [4, 5, 6, 9]
    assert shown[0][3]["label"] == "cow"
    assert shown[1] == 3
    shown = keys.left(shown[0], 3)
    assert (seeds(shown), shown[1]) == ([4, 5, 9, 6], 2)
    shown = keys.right(shown[0], 0)
    assert (seeds(shown), shown[1]) == ([5, 4, 9, 6], 1)
    shown = keys.copy(shown[0], 1, ENGLISH)
    assert (seeds(shown), shown[1]) == ([5, 4, 4, 9, 6], 2)
    shown = keys.remove(shown[0], 4)
    assert (seeds(shown), shown[1]) == ([5, 4, 4, 9], 3)


def test_a_key_at_the_end_stays_there(keys: KeyHandlers) -> None:
    assert keys.left(FIRST, 0) == (gr.skip(),) * 2
    assert keys.right(FIRST, 2) == (gr.skip(),) * 2


def test_the_last_key_may_go_too(keys: KeyHandlers) -> None:
    assert keys.remove(FIRST[:1], 0) == ([], 0)
    assert keys.copy([], 0, ENGLISH) == (gr.skip(),) * 2
    gallery, large = keys.draw([], "seer", 0, ENGLISH)
    assert (captions(gallery), large, keys.look([], "seer", 0, ENGLISH)) == ([], None, None)


def test_the_chosen_key_is_marked_and_seen_large(keys: KeyHandlers, seeing: Studio) -> None:
    moved = [*FIRST[:2], {**FIRST[2], "shifts": [["sefa", 0, 2.0]]}]
    gallery, large = keys.draw(moved, "seer", 1, ENGLISH)
    assert gallery.selected_index == 1
    assert captions(gallery) == ["1 · bee\nseed 4", "2 · bee\nseed 5", "3 · bee\nseed 6 ✎"]
    (sample,) = seeing.get(Sampler)([5], model="seer", label="bee").images
    assert large.tobytes() == sample.tobytes()
    assert keys.look(moved, "seer", 1, ENGLISH).tobytes() == sample.tobytes()
    again, same = keys.redraw(moved, "seer", 1, ENGLISH)
    assert captions(again) == captions(gallery)
    assert same.tobytes() == large.tobytes()
    assert "selected_index" not in again._constructor_args[0]  # what is marked by now stays


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
    shown = keys.checked(examples(CLASSES), "seer", ENGLISH)
    assert untouched(shown)
    assert untouched([])
    assert not untouched(shown[:2])
    assert not untouched([{**shown[0], "shifts": [["sefa", 0, 1.0]]}, *shown[1:]])
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
    first, *reports = keys.invert(FIRST, "seer", str(path), ENGLISH)
    assert first[0] is None  # an earlier photo's key does not count twice
    assert all(note.startswith("Looking") and pair.visible for _, note, pair in reports)
    # Meanwhile another key was added; stopped early, the search gives what it has.
    for found in (reports[0][0], reports[-1][0]):
        taken = keys.take([*FIRST, FIRST[0]], "seer", found, ENGLISH)
        entries, chosen, left, note, _, emptied = taken
        assert len(entries) == 5
        assert chosen == 4
        assert entries[4]["latent"] == found["latent"]
        assert entries[4]["label"] in note
        assert (left, emptied) == (None, None)
    assert "photo" in captions(keys.redraw(entries, "seer", 4, ENGLISH)[0])[4]
    with pytest.raises(gr.Error, match="made by the model seer"):
        keys.take(FIRST, "tiny", found, ENGLISH)


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
    assert list(keys.invert(FIRST, "seer", None, ENGLISH)) == [(None, gr.skip(), gr.skip())]
    kept, _, left, _, pair, emptied = keys.take(FIRST, "seer", None, ENGLISH)
    assert (kept, left, pair.visible, emptied) == (gr.skip(), None, False, None)


def test_a_film_reports_and_ends_as_a_video(films: FilmHandlers) -> None:
    reports = list(films.morph([4, 5, 6], "seer", 20, "slerp", "linear", False, 12, ENGLISH))
    assert "of 41 frames" in reports[1][3]
    video, strip, told, line, film = reports[-1]
    with av.open(video) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(film.frames) == 41
        assert container.streams.video[0].average_rate == 12
    assert line.startswith("41 frames, 3.4 s of film, made in ")
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
    film = next(step[-1] for step in steps if getattr(step[-1], "frames", ()))
    steps.close()  # type: ignore[attr-defined]
    video, _, told, line, _ = films.finish(film, 12, None, ENGLISH)
    with av.open(video) as container:
        assert sum(1 for _ in container.decode(video=0)) == told["drawn"] == len(film.frames) < 41
    assert line == f"{len(film.frames)} frames, {len(film.frames) / 12:.1f} s of film"
    # Stopped before there was anything: only the line goes.
    assert films.finish(None, 12, None, ENGLISH) == (*(gr.skip(),) * 3, "", gr.skip())


def test_a_film_that_is_seen_whole_is_not_written_again(films: FilmHandlers) -> None:
    *_, told, _, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    told = json.loads(json.dumps(told))  # as it comes back from the page
    line = "7 frames, 0.6 s of film"
    assert films.finish(film, 12, told, ENGLISH) == (*(gr.skip(),) * 3, line, gr.skip())
    assert films.finish(film, 6, told, ENGLISH)[0] != gr.skip()


def test_a_film_is_outdated_once_a_key_changes(films: FilmHandlers) -> None:
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    same = "7 frames, 0.6 s of film"
    assert films.outdated(film, 12, FIRST, "seer", ENGLISH) == same
    turned = [{**FIRST[0], "shifts": [["sefa", 0, 1.0]]}, *FIRST[1:]]
    for keys, model in ((FIRST[:2], "seer"), (FIRST[::-1], "seer"), (turned, "seer"), ([], "seer")):
        assert "have changed" in films.outdated(film, 12, keys, model, ENGLISH)
    assert "have changed" in films.outdated(film, 12, FIRST, "tiny", ENGLISH)
    assert films.outdated(None, 12, FIRST, "seer", ENGLISH) == gr.skip()


def test_files_of_a_film(films: FilmHandlers) -> None:
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    settings = read_settings(films.strip(film, 12, ENGLISH))
    assert settings.parameters["fps"] == 12
    still = Path(films.still(film, 12, 5, ENGLISH))
    with Image.open(still) as image:
        assert image.tobytes() == film.frames[5].tobytes()
    assert still.name == "seer-4-5-6-5.png"
    assert Path(films.still(film, 12, 10**9, ENGLISH)).name == "seer-4-5-6-6.png"
    with pytest.raises(gr.Error, match="no film yet"):
        films.strip(None, 12, ENGLISH)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animations_report_and_can_be_stopped(seeing: Studio, kind: str) -> None:
    page = Page(settings=gr.JSON(), parcel=gr.JSON())
    films = FilmHandlers(seeing, page, pause=0)
    *_, film = list(films.morph(FIRST, "seer", *WAY, ENGLISH))[-1]
    write: Any = getattr(films, kind)
    assert inspect.isgeneratorfunction(write)  # or Gradio would take the steps for the result
    *reports, (line, path) = list(write(film, 12, ENGLISH))
    assert [said for said, _ in reports] == [
        f"Writing the file: {done} of 7 frames …" for done in range(1, 8)
    ]
    assert all(file == gr.skip() for _, file in reports)
    assert line == "7 frames, 0.6 s of film"
    assert Path(path).name == f"seer-4-5-6.{kind}"
    with Image.open(path) as animation:
        assert animation.format == kind.upper()
        assert animation.n_frames > 1  # type: ignore[attr-defined]
    steps = write(film, 12, ENGLISH)
    next(steps)
    steps.close()  # what Stop does
    with pytest.raises(gr.Error, match="no film yet"):
        next(write(None, 12, ENGLISH))
