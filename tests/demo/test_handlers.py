"""What the listeners answer, without a server."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

import demo
from demo.generate_handlers import Handlers
from demo.page import Page, from_url
from demo.results import Downloads, details, file_name
from demo.tab import spoken
from pipelines import InputError, Point, Sampler, Studio
from pipelines.settings import read_settings

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})


@pytest.fixture
def handlers(studio: Studio) -> Handlers:
    return Handlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))


def last(steps: Any) -> tuple[Any, ...]:
    return list(steps)[-1]


def test_page_builds_and_names_its_endpoints(studio: Studio) -> None:
    blocks = demo.build(studio)
    public = {
        fn.api_name for fn in blocks.fns.values() if fn.api_visibility == "public" and fn.api_name
    }
    assert public == {
        "generate",
        "variations",
        "compare_models",
        "inpaint",
        "morph",
        "directions",
        "segment",
        "compare_segmentation",
        "models",
        "restore",
        "stylize",
        "texture",
    }


def test_page_builds_without_any_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipelines.studio.WEIGHTS", tmp_path)
    demo.build(Studio("cpu"))


def test_generate_reports_and_ends_with_everything(handlers: Handlers) -> None:
    steps = list(handlers.generate("tiny", "any", 5, 40, 1.0, 1, [], (), ENGLISH))
    assert len(steps) > 1
    assert "of 40" in steps[0][2]
    gallery, told, line, history = steps[-1]
    assert len(gallery) == 40
    assert line.startswith("40 pictures in")
    assert [picture["seed"] for picture in told["pictures"]] == list(range(5, 45))
    assert len(history) == 1


def test_history_is_short_and_leads_back(handlers: Handlers) -> None:
    history: tuple[Any, ...] = ()
    for seed in range(7):
        *_, history = last(handlers.generate("tiny", "any", seed, 1, 1.0, 1, [], history, ENGLISH))
    assert [batch.samples.points[0].seed for batch in history] == [3, 4, 5, 6]
    *_, history = handlers.back(history, ENGLISH)
    assert [batch.samples.points[0].seed for batch in history] == [3, 4, 5]
    for _ in range(5):
        *_, history = handlers.back(history, ENGLISH)
    assert [batch.samples.points[0].seed for batch in history] == [3]


def test_errors_become_messages_and_text_from_outside_stays_text(handlers: Handlers) -> None:
    with pytest.raises(gr.Error) as caught:
        list(handlers.generate("<img src=x>", "any", 0, 1, 1.0, 1, [], (), ENGLISH))
    assert "&lt;img" in caught.value.message
    assert "<img" not in caught.value.message


def test_only_our_errors_are_spoken() -> None:
    with pytest.raises(ZeroDivisionError), spoken(None):
        raise ZeroDivisionError
    with pytest.raises(gr.Error), spoken(None):
        raise InputError("no_pictures")


def test_restore_from_a_url(handlers: Handlers) -> None:
    settings = from_url({"model": "tiny", "seed": "3", "count": "2", "path": "[[0.5, 1]]"})
    _, told, _, _, *controls, keep = last(handlers.restore(settings, ENGLISH))
    assert told["pictures"][0]["seed"] == 3
    assert told["pictures"][0]["path"] == [[0.5, 1]]
    assert keep is True
    assert controls[2] == "3"


def test_restore_from_a_png(handlers: Handlers, sampler: Sampler) -> None:
    point = Point(8, ((0.4, 2),))
    drawn = sampler([point], model="tiny", truncation=0.6)
    settings = read_settings(drawn.images[0]).model_dump()
    gallery, told, *_ = last(handlers.restore(settings, ENGLISH))
    assert gallery[0][0].tobytes() == drawn.images[0].tobytes()
    assert told["truncation"] == 0.6


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"seed": "x"}, "The seed x"),
        ({"count": "1000000000"}, "1000000000 is not a possible number"),
        ({"label": "<b>"}, "has no class &lt;b&gt;"),
        ({"truncation": "nan"}, "The truncation nan"),
        ({"path": "{"}, "The variation {"),
        ({"path": '"x"'}, "The variation x"),
        ({"path": "[[1]]"}, "The variation"),
        ({"model": "../../etc/passwd"}, "There is no model"),
        ({"best_of": "-1"}, "Best of -1"),
        ({"radius": "2"}, "The radius 2"),
    ],
)
def test_a_bad_url_says_so_and_still_shows_pictures(
    handlers: Handlers, query: dict[str, str], sentence: str
) -> None:
    # Outside a server Gradio hands its toasts to Python's warnings.
    with pytest.warns(UserWarning, match=re.escape(sentence)):
        gallery, *_ = last(handlers.restore(from_url(query), ENGLISH))
    assert len(gallery) == 16


def linked(told: dict[str, Any]) -> dict[str, Any]:
    """Settings of the page that opens by the link to what these details are about."""
    asked = told["asked"].items()
    return from_url({name: str(v) if name != "path" else json.dumps(v) for name, v in asked})


def test_the_link_is_that_of_the_pictures_on_screen(handlers: Handlers) -> None:
    grid = last(handlers.generate("tiny", "bee", 5, 3, 0.5, 2, [], (), ENGLISH))
    varied = last(handlers.variations("tiny", "bee", 6, 0.5, [[0.2, 4]], 0.3, 2, grid[3], ENGLISH))
    again = handlers.back((*grid[3], *varied[3][-1:]), ENGLISH)
    for shown, pictures in ((grid, 3), (varied, 2), (again, 3)):
        opened = last(handlers.restore(linked(shown[1]), ENGLISH))
        assert opened[1]["pictures"] == shown[1]["pictures"]
        assert len(opened[0]) == pictures
    assert varied[1]["pictures"][1]["path"] == [[0.2, 4], [0.3, 1]]


def test_a_link_to_no_pictures_says_so(handlers: Handlers) -> None:
    for told in (None, {}):
        with pytest.raises(gr.Error, match="no pictures yet"):
            handlers.linked(told, ENGLISH)  # type: ignore[arg-type]


def test_a_picture_of_another_tab_changes_nothing(handlers: Handlers) -> None:
    settings = {"tab": "morph", "weights": "0" * 64, "parameters": {}}
    (skipped,) = list(handlers.restore(settings, ENGLISH))
    assert len(skipped) == 12


def test_a_link_to_another_tab_finds_pictures_here_too(handlers: Handlers) -> None:
    gallery, *_ = last(handlers.restore({"tab": "morph", "parameters": {}}, ENGLISH))
    assert len(gallery) == 16


def test_only_a_model_with_a_critic_ranks(handlers: Handlers) -> None:
    for model, ranks in (("tiny", True), ("plain", False)):
        menu, best_of = handlers.menus_for(model, "bee", 4, ENGLISH)
        assert menu.value == "bee"
        assert (best_of.interactive, best_of.value) == (ranks, 4 if ranks else 1)


def test_archive_holds_pictures_and_a_table(sampler: Sampler) -> None:
    samples = sampler([1, Point(1, ((0.3, 7),))], model="plain")
    downloads = Downloads()  # named, for its folder dies with it
    path = downloads.archive(samples)
    with zipfile.ZipFile(path) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("pictures.csv").decode())))
        assert [row["file"] in archive.namelist() for row in rows] == [True, True]
        assert rows[1]["path"] == "0.3:7"
        assert rows[0]["score"] == ""  # this model has no critic


def test_empty_archive_says_so(handlers: Handlers) -> None:
    with pytest.raises(gr.Error, match="no pictures yet"):
        handlers.archive((), ENGLISH)


def test_details_and_names(sampler: Sampler) -> None:
    samples = sampler([3], model="tiny")
    told = details(samples)
    assert told["weights"] == samples.weights
    assert told["pictures"][0]["score"] == samples.scores[0]  # type: ignore[index]
    assert file_name(samples, 0) == f"tiny-{samples.labels[0]}-3.png"
