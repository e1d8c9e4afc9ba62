"""What the Lab shows of compared models, without a server."""

from __future__ import annotations

import base64
import html
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.lab_generator_handlers import GeneratorHandlers
from demo.lab_rivals_curves import colors, curve, legend, plot
from demo.lab_rivals_handlers import PART, UNCHANGED, RivalHandlers
from demo.lab_rivals_layout import DEFAULTS
from demo.lab_rivals_menus import first_rivals, shared_classes
from demo.page import Page, from_url
from demo.words import strings
from pipelines import Sampler, Studio
from pipelines.settings import read_settings

from ..tiny import make_model

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
ROWS, STATUS, PLOT, LEGEND, TOLD = range(5)
ASKED: tuple[Any, ...] = ("bee", 3, 0.8, "4", "seeds")  # after the models
RECIPE = {"command": "none", "images": 90_000, "minutes": 1, "device": "cpu"}


def measured(measure: str, value: float, better: str, **compare: float) -> dict[str, Any]:
    compare = {name.replace("_", " "): number for name, number in compare.items()}
    protocol = f"How {measure} was measured."
    return {
        "measure": measure, "value": value, "better": better, "protocol": protocol,
        "compare": compare,
    }  # fmt: skip


def of(data: str) -> dict[str, Any]:
    return {"name": data, "source": "none", "terms": "none", "pictures": 0}


@pytest.fixture
def studio(folder: Path) -> Studio:
    """Beside the shipped models: ``tiny`` and ``plain``, unmeasured, and two that were measured
    while they learnt, ``good`` and ``fair``."""
    for id, frechet, precision, early in (("fair", 4.0, 0.5, 9.0), ("good", 2.0, 0.4, 6.0)):
        figures = [
            measured(
                "frechet_over_floor", frechet, "lower",
                **{"after 50,000 pictures": early, "after 9,000 pictures": 2 * early,
                   "untuned recipe, after 1,000 pictures": 99.0},
            ),
            measured("precision", precision, "higher", **{"real pictures": 0.8}),
            measured("kid", 0.1, "lower"),
        ]  # fmt: skip
        make_model(folder, id, quality=figures, recipe=RECIPE)
    return Studio("cpu", [folder])


@pytest.fixture
def do(studio: Studio) -> RivalHandlers:
    return RivalHandlers(studio)


def compared(do: RivalHandlers, *models: str, asked: Any = ASKED, request: Any = ENGLISH) -> Any:
    *_, last = do.compare(list(models), *asked, request)
    return last


def models_of(rows: str) -> list[str]:
    return re.findall(r"data-model='([^']*)'", rows)


def row_of(rows: str, model: str) -> str:
    return next(row for row in rows.split("<section")[1:] if f"data-model='{model}'" in row)


def pictures_of(row: str) -> list[Image.Image]:
    found = re.findall(r"src='data:image/png;base64,([^']*)'", row)
    return [Image.open(io.BytesIO(base64.b64decode(text))) for text in found]


# Rows


def test_rows_hold_the_pictures_of_generate(do: RivalHandlers, sampler: Sampler) -> None:
    rows = compared(do, "tiny", "plain")[ROWS]
    for model in ("tiny", "plain"):
        drawn = sampler([3, 4, 5, 6], model=model, label="bee", truncation=0.8).images
        shown = pictures_of(row_of(rows, model))
        assert len(shown) == 4
        for a, b in zip(shown, drawn, strict=True):
            assert np.array_equal(np.asarray(a.convert("RGB")), np.asarray(b))
            assert read_settings(a) == read_settings(b)


def test_the_best_comes_first_and_the_unmeasured_last(do: RivalHandlers) -> None:
    shown = compared(do, "tiny", "fair", "good")
    assert models_of(shown[ROWS]) == ["good", "fair", "tiny"]
    assert "Nobody has measured" in row_of(shown[ROWS], "tiny")
    assert shown[STATUS].startswith("Models: 3 · seeds 3 to 6 ·")
    assert shown[TOLD]["asked"]["models"] == ["tiny", "fair", "good"]


def test_figures_stand_beside_the_best(do: RivalHandlers) -> None:
    rows = compared(do, "fair", "good")[ROWS]
    fair, good = row_of(rows, "fair"), row_of(rows, "good")
    assert re.findall(r"width:(\d+)%", good) == ["100", "80"]
    assert re.findall(r"width:(\d+)%", fair) == ["50", "100"]
    assert [row.count("figure best") for row in (good, fair)] == [1, 1]
    assert "title='lower is better. How frechet_over_floor was measured.'" in good
    assert "Precision: samples that look real" in good
    assert "Kernel distance" not in good
    assert " MB · " in good
    assert "s a picture" in good


def test_a_figure_has_a_bar_only_beside_others_of_the_same_data(
    do: RivalHandlers, folder: Path
) -> None:
    figures = [measured("precision", 0.9, "higher"), measured("recall", 0.3, "higher")]
    make_model(folder, "other", data=of("other"), quality=figures)
    make_model(folder, "more", quality=figures[1:])
    rows = compared(do, "good", "fair", "other", "more")[ROWS]
    assert "class='bar'" not in row_of(rows, "other")
    assert "0.9" in row_of(rows, "other")
    assert "class='bar'" not in row_of(rows, "more")
    assert row_of(rows, "fair").count("figure best") == 1


def test_rows_lead_to_the_same_pictures_elsewhere(do: RivalHandlers) -> None:
    row = row_of(compared(do, "tiny")[ROWS], "tiny")
    there, inside = (
        {name: value[0] for name, value in parse_qs(html.unescape(query)).items()}
        for query in re.findall(r"href='\?([^']*)'", row)
    )
    same = {"model": "tiny", "label": "bee", "seed": "3", "truncation": "0.8"}
    assert there == {"tab": "generate", **same, "count": "4"}
    assert inside == {"tab": "lab", **same}
    assert row.count("target='_blank' rel='noopener'") == 2


def test_a_walk_names_its_ends(do: RivalHandlers) -> None:
    shown = compared(do, "tiny", asked=("any", 3, 1.0, "8", "walk"))
    row = row_of(shown[ROWS], "tiny")
    titles = re.findall(r" title='([^']*)'>", row)
    assert titles[0].endswith("seed 3")
    assert titles[7].endswith("seed 4")
    assert set(titles[1:7]) == {"On the way between two seeds"}
    assert "from seed 3 to seed 4" in shown[STATUS]
    assert "count=2" in row


def test_nothing_of_a_card_is_markup(do: RivalHandlers, folder: Path) -> None:
    bad = "<script>alert('x')</script>"
    figures = [{**measured("precision", 0.5, "higher"), "protocol": bad}]
    make_model(folder, "bad", name=bad, summary=bad, data=of(bad), quality=figures)
    make_model(folder, "worse", name=bad, classes=("bee", bad, "'"), quality=[
        measured("frechet_over_floor", 1, "lower", **{"after 5 pictures": 2.0})
    ])  # fmt: skip
    shown = compared(do, "bad", "worse", asked=("any", 3, 1.0, "16", "seeds"))
    for text in (shown[ROWS], shown[LEGEND]):
        if isinstance(text, str):
            assert "<script" not in text
            assert "alert('" not in text
    assert "&lt;script&gt;" in shown[ROWS]
    assert "<script" not in legend([do._studio.card("worse")])


def test_the_person_s_language(do: RivalHandlers) -> None:
    shown = compared(do, "cifar10-dcgan", asked=("frog", 3, 1.0, "4", "seeds"), request=CHINESE)
    assert "青蛙，种子 3" in shown[ROWS]
    assert "越低越好" in shown[ROWS]
    assert strings("zh")["lab.use"] in shown[ROWS]
    assert "1 个模型" in shown[STATUS]


def test_models_of_other_data_are_told_apart(do: RivalHandlers, folder: Path) -> None:
    make_model(folder, "other", data=of("other <data>"))
    assert "rival-note" not in compared(do, "tiny", "plain")[ROWS]
    rows = compared(do, "tiny", "other", "good", "fair")[ROWS]
    assert "learnt from different pictures (none, other &lt;data&gt;)" in rows


def test_reports_come_model_by_model(do: RivalHandlers) -> None:
    first, second, last = do.compare(["tiny", "plain"], *ASKED, ENGLISH)
    assert first[ROWS] == gr.skip()  # what was there stays
    assert first[TOLD] == gr.skip()
    assert [shown[STATUS] for shown in (first, second)] == ["0 of 2 …", "1 of 2 …"]
    assert models_of(second[ROWS]) == ["tiny"]
    assert len(models_of(last[ROWS])) == 2


def test_broken_models_are_named(do: RivalHandlers, folder: Path) -> None:
    make_model(folder, "torn")
    (folder / "torn.safetensors").write_bytes(b"torn")
    shown = compared(do, "torn", "tiny")
    assert models_of(shown[ROWS]) == ["tiny"]
    assert "do not match their card" in shown[ROWS]
    (folder / "torn.json").write_text("{}", encoding="utf-8")
    nothing = compared(do, "torn")
    assert models_of(nothing[ROWS]) == []
    assert "is not valid" in nothing[ROWS]


@pytest.mark.parametrize(
    ("models", "asked", "said"),
    [
        ([], ASKED, "0 models"),
        (None, ASKED, "models cannot be compared"),
        (["tiny"] * 9, ASKED, "9 models"),
        (["none"], ASKED, "no model none"),
        (["tiny"], ("dog", 3, 1.0, "4", "seeds"), "no class dog"),
        (["tiny"], ("bee", -3, 1.0, "4", "seeds"), "seed -3"),
        (["tiny"], ("bee", 3, 1.5, "4", "seeds"), "truncation 1.5"),
        (["tiny"], ("bee", 3, 1.0, "17", "walk"), "17"),
    ],
)
def test_what_cannot_be_compared_gets_a_sentence(
    do: RivalHandlers, models: Any, asked: Any, said: str
) -> None:
    with pytest.raises(gr.Error, match=said):
        list(do.compare(models, *asked, ENGLISH))


# Curves


def test_curves_are_those_of_the_training_itself(studio: Studio) -> None:
    good = studio.card("good")
    assert curve(good) == [(9_000, 12.0), (50_000, 6.0), (90_000, 2.0)]
    assert curve(studio.card("tiny")) == []
    assert curve(studio.card("cifar10-dcgan")) == []  # of another recipe


def test_the_plot_names_models_and_hides_without_any(studio: Studio) -> None:
    cards = [studio.card(id) for id in ("tiny", "fair", "good")]
    drawn: Any = plot(cards, ENGLISH)
    assert drawn.visible
    inks = colors(cards)
    assert list(inks) == ["fair", "good"]
    assert drawn.color_map == {"Tiny fair": inks["fair"], "Tiny good": inks["good"]}
    assert legend(cards).count("<span>") == 2
    assert not plot(cards[:1], ENGLISH).visible
    assert legend(cards[:1]) == ""


def test_models_of_one_name_are_told_apart(studio: Studio, folder: Path) -> None:
    make_model(folder, "same", name="Tiny good", recipe=RECIPE, quality=[
        measured("frechet_over_floor", 1, "lower", **{"after 5 pictures": 2.0})
    ])  # fmt: skip
    drawn: Any = plot([studio.card("good"), studio.card("same")], ENGLISH)
    assert list(drawn.color_map) == ["Tiny good (good)", "Tiny good (same)"]


def test_rows_bear_the_colour_of_their_curve(do: RivalHandlers, studio: Studio) -> None:
    first, _, last = do.compare(["tiny", "good"], *ASKED, ENGLISH)
    inks = colors([studio.card(id) for id in ("tiny", "good")])
    assert first[PLOT].visible
    assert f"background:{inks['good']}" in first[LEGEND]
    assert f"background:{inks['good']}" in row_of(last[ROWS], "good")
    assert "class='ink'" not in row_of(last[ROWS], "tiny")


# Menus


def test_first_come_the_models_that_share_their_data(studio: Studio) -> None:
    cards = studio.cards("generator")
    drawn = {card.id for card in cards if card.data.name == studio.card("tiny").data.name}
    assert drawn == {"tiny", "plain", "good", "fair"}
    shipped = [card.id for card in cards if card.data.name == "CIFAR-10"]
    assert first_rivals(cards) == shipped
    assert {"small-dcgan", "small-wgan-gp", "small-sngan", "small-vae", "small-lstm"} < {*shipped}
    assert set(first_rivals([card for card in cards if card.id not in shipped])) == drawn
    apart = [card for card in cards if card.id in ("scenes", "cifar10-dcgan", "tiny")]
    assert first_rivals(apart) == [card.id for card in apart]
    assert first_rivals([]) == []
    assert len(first_rivals(cards * 3)) == 8


def test_classes_are_those_that_all_know(studio: Studio, folder: Path) -> None:
    make_model(folder, "two", classes=("cow", "bee", "dog"))
    cards = studio.cards("generator")
    assert shared_classes(cards, ["tiny"]) == ["ant", "bee", "cow"]
    assert set(shared_classes(cards, ["tiny", "two"])) == {"bee", "cow"}
    assert shared_classes(cards, ["tiny", "scenes"]) == []
    assert shared_classes(cards, []) == []


def test_models_that_came_or_went(do: RivalHandlers, folder: Path) -> None:
    models, classes = do.arrive(["tiny", "plain"], "bee", ENGLISH)
    assert "value" not in models.constructor_args  # as it was
    assert classes.value == "bee"
    make_model(folder, "new")
    (folder / "tiny.json").unlink()
    models, _ = do.arrive(["tiny", "plain"], "bee", ENGLISH)
    assert models.value == ["plain"]
    assert "new" in [id for _, id in models.choices]
    models, classes = do.arrive([], "bee", CHINESE)
    assert models.value == first_rivals(do._studio.cards("generator"))
    assert classes.choices[0][1] == "any"
    assert do.classes(["plain", "scenes"], "bee", ENGLISH).value == "any"


# Links


def test_a_link_brings_the_comparison_back(do: RivalHandlers) -> None:
    settings = from_url({
        "tab": "lab", "part": "compare", "models": '["tiny", "good"]', "label": "bee",
        "seed": "3", "truncation": "0.8", "count": "4", "columns": "walk",
    })  # fmt: skip
    models, classes, seed, truncation, count, columns, parts = do.restore(
        settings, [], "any", ENGLISH
    )
    assert set(models.value) == {"tiny", "good"}
    assert (classes.value, seed, truncation) == ("bee", 3, 0.8)
    assert (count, columns) == ("4", "walk")
    assert parts.selected == PART
    *_, (*shown, stop) = do.again(settings, ENGLISH)
    assert stop.interactive
    direct = compared(do, "tiny", "good", asked=("bee", 3, 0.8, "4", "walk"))
    assert models_of(shown[ROWS]) == models_of(direct[ROWS])
    for model in ("tiny", "good"):
        pairs = zip(*(pictures_of(row_of(x[ROWS], model)) for x in (shown, direct)), strict=True)
        assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in pairs)
    asked = shown[TOLD]["asked"]
    assert (asked["part"], asked["models"], asked["columns"]) == (PART, ["tiny", "good"], "walk")


def test_a_bare_link_takes_what_is_chosen_at_first(do: RivalHandlers) -> None:
    settings = from_url({"tab": "lab", "part": "compare"})
    *_, last = do.again(settings, ENGLISH)
    assert set(models_of(last[ROWS])) == set(first_rivals(do._studio.cards("generator")))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"models": '["none"]'}, "no model none"),
        ({"models": "5"}, "5 models"),
        ({"models": "[[]]"}, "no model"),
        ({"models": "{}"}, "models cannot"),
        ({"label": "dog"}, "no class dog"),
        ({"seed": "x"}, "seed x"),
        ({"truncation": "2"}, "truncation 2"),
        ({"count": "many"}, "many"),
    ],
)
def test_odd_links_open_the_part_and_get_a_sentence(
    do: RivalHandlers, wrong: dict[str, str], said: str
) -> None:
    settings = from_url({"tab": "lab", "part": "compare", "models": '["tiny"]', **wrong})
    models, classes, seed, truncation, count, _, parts = do.restore(settings, [], "any", ENGLISH)
    assert models.value
    assert classes.value == "any"
    assert (seed, truncation, count) == tuple(DEFAULTS[k] for k in ("seed", "truncation", "count"))
    assert parts.selected == PART
    with pytest.raises(gr.Error, match=said):
        list(do.again(settings, ENGLISH))


@pytest.mark.parametrize(
    "settings", [None, {}, {"tab": "lab"}, {"tab": "generate", "parameters": {"part": "compare"}}]
)
def test_other_settings_change_words_only(do: RivalHandlers, settings: Any) -> None:
    told = do.restore(settings, ["tiny"], "bee", CHINESE)
    assert told[1].value == "bee"
    assert all(told[i] == gr.skip() for i in (0, 2, 3, 4, 5, 6))
    assert list(do.again(settings, ENGLISH)) == [(*UNCHANGED, gr.skip())]


def test_the_part_inside_leaves_such_links_alone(studio: Studio) -> None:
    inside = GeneratorHandlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))
    settings = from_url({"tab": "lab", "part": "compare", "seed": "7"})
    told = inside.restore(settings, "tiny", "bee", "units", ENGLISH)
    assert told[6] == gr.skip()
    assert told[2] == gr.skip()


def test_the_link_is_told_once_there_is_one(do: RivalHandlers) -> None:
    assert do.linked({}, ENGLISH) is None
    assert do.stopped(ENGLISH).startswith("Stopped")
