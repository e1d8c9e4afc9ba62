"""The rows of compared models, without a server."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
import numpy as np
import pytest

from demo.lab_rivals_curves import legend
from demo.lab_rivals_handlers import RivalHandlers
from demo.words import strings
from pipelines import Sampler
from pipelines.settings import read_settings

from ...tiny import make_model
from .helpers import (
    ASKED,
    CHINESE,
    ENGLISH,
    LEGEND,
    ROWS,
    STATUS,
    TOLD,
    compared,
    measured,
    models_of,
    of,
    pictures_of,
    row_of,
)


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
