"""Curves, menus and links of compared models, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from demo.lab_generator_handlers import GeneratorHandlers
from demo.lab_rivals_curves import colors, curve, legend, plot
from demo.lab_rivals_handlers import PART, UNCHANGED, RivalHandlers
from demo.lab_rivals_layout import DEFAULTS
from demo.lab_rivals_menus import first_rivals, shared_classes
from demo.page import Page, from_url
from pipelines import Studio

from ...tiny import make_model
from .helpers import (
    ASKED,
    CHINESE,
    ENGLISH,
    LEGEND,
    PLOT,
    RECIPE,
    ROWS,
    TOLD,
    compared,
    measured,
    models_of,
    pictures_of,
    row_of,
)

# Curves


def test_curves_are_those_of_the_training_itself(studio: Studio) -> None:
    good = studio.card("good")
    assert curve(good) == [(9_000, 12.0), (50_000, 6.0), (90_000, 2.0)]
    assert curve(studio.card("tiny")) == []
    assert curve(studio.card("cifar10-dcgan")) == []  # of another recipe
    assert len(curve(studio.card("small-lstm"))) > 3  # named as training.export names them


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
