"""What the Models tab says, without a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from demo.models_card import MEASURES, card_html
from demo.models_handlers import ModelsHandlers
from demo.page import Page
from pipelines import Studio
from pipelines.studio import WEIGHTS

from ..tiny import edit_card

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})


@pytest.fixture
def handlers(studio: Studio) -> ModelsHandlers:
    return ModelsHandlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))


def test_a_card_is_shown_with_all_it_knows(handlers: ModelsHandlers, studio: Studio) -> None:
    card = studio.card("scenes", "generator")
    sheet, text, time = handlers.show("scenes", {"scenes": "3 s"}, ENGLISH)
    for part in (card.summary, card.sha256, card.data.name, card.data.terms, card.recipe.device):
        assert part in text
    for figure in card.quality:
        assert f"{figure.value:g}" in text
        assert figure.protocol.split("(")[0] in text
    assert sheet.visible
    assert Image.open(sheet.value["path"]).size == Image.open(
        WEIGHTS / "pictures" / "scenes.webp"
    ).size  # fmt: skip
    assert time == "3 s"


def test_every_figure_that_ships_has_a_name_in_both_languages(studio: Studio) -> None:
    for card in studio.cards():
        for figure in card.quality:
            if card.id not in ("tiny", "plain"):
                assert figure.measure in MEASURES
        assert "训练数据" in card_html(card, CHINESE)


def test_what_a_card_says_is_text(folder: Path) -> None:
    edit_card(folder / "tiny.json", name="<img src=x onerror=alert(1)>")
    card = Studio("cpu", [folder]).card("tiny", "generator")
    text = card_html(card, ENGLISH)
    assert "<img" not in text
    assert "&lt;img" in text


def test_a_model_without_pictures_and_figures(handlers: ModelsHandlers, folder: Path) -> None:
    edit_card(folder / "tiny.json", quality=[])
    sheet, text, time = handlers.show("tiny", {}, ENGLISH)
    assert not sheet.visible
    assert "Nobody has measured" in text
    assert time == ""


def test_models_that_came_or_went(handlers: ModelsHandlers, folder: Path) -> None:
    (folder / "tiny.json").unlink()
    (folder / "plain.json").write_text("{")
    listed, machine = handlers.arrive(ENGLISH)
    ids = [id for _, id in listed.choices]
    assert "tiny" not in ids
    assert ids[0] == "cifar10-dcgan"
    assert "torch 2." in machine
    assert "plain" in machine  # what is wrong with it
    with pytest.raises(gr.Error, match="tiny"):
        handlers.show("tiny", {}, ENGLISH)
    assert "python -m" in handlers.show(None, {}, ENGLISH)[1]


@pytest.mark.parametrize(
    ("model", "tab", "parameters"),
    [
        ("scenes", "generate", {}),
        ("road", "segment", {}),
        ("style", "style", {}),
        ("diffusion", "inpaint", {"method": "diffusion"}),
        ("textures", "texture", {}),
    ],
)
def test_use_opens_the_tab_with_the_model(
    handlers: ModelsHandlers, model: str, tab: str, parameters: dict[str, Any]
) -> None:
    settings = handlers.use(model, ENGLISH)
    assert settings == {"tab": tab, "model": model, "parameters": parameters}


def test_a_link_chooses_a_model(handlers: ModelsHandlers) -> None:
    assert handlers.restore({"tab": "models", "model": "road"}).value == "road"
    assert handlers.restore({"tab": "models", "model": "nobody"}).value == "cifar10-dcgan"
    assert handlers.restore({"tab": "morph", "model": "scenes"}) == gr.skip()


def test_timing_reports_and_is_kept(handlers: ModelsHandlers) -> None:
    steps = list(handlers.measure("tiny", {"road": "1 s"}, ENGLISH))
    assert all(stop.interactive for stop, _, _ in steps[:-1])
    stop, text, times = steps[-1]
    assert not stop.interactive
    assert "8 × 8 pixels" in text
    assert times == {"road": "1 s", "tiny": text}
    assert handlers.stopped("tiny", times)[1] == text
    assert handlers.stopped("plain", times)[1] == ""
    with pytest.raises(gr.Error, match="nobody"):
        next(handlers.measure("nobody", {}, ENGLISH))


def test_the_endpoint_tells_all(handlers: ModelsHandlers, folder: Path) -> None:
    (folder / "plain.json").write_text("{")
    told = handlers.models()
    assert told["device"]
    assert told["versions"]["torch"]
    assert len(told["problems"]) == 1
    known = {card["id"]: card for card in told["models"]}
    assert {"scenes", "road", "tiny"} <= known.keys()
    assert known["scenes"]["quality"][0]["measure"] == "frechet_over_floor"
    assert "seconds_per_picture" not in known["tiny"]
    (timed,) = handlers.models("tiny", True)["models"]
    assert timed["seconds_per_picture"] > 0
    with pytest.raises(gr.Error, match="nobody"):
        handlers.models("nobody")
