"""What the panel of one picture answers, without a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from demo.generate_picked import PickHandlers
from demo.page import Page
from demo.results import Batch
from pipelines import Sampler, Studio
from pipelines.settings import read_settings

from .conftest import ENGLISH


@pytest.fixture
def picks(studio: Studio) -> PickHandlers:
    return PickHandlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))


def clicked(index: int) -> Any:
    return SimpleNamespace(index=index)


def mark(update: Any) -> int | None:
    """Which picture of a gallery an update marks."""
    return update._constructor_args[0]["selected_index"]


def test_pick_fills_the_panel(picks: PickHandlers, sampler: Sampler) -> None:
    samples = sampler([4, 5], model="tiny", label="bee")
    history = (Batch(samples, {}),)
    grid, models, image, text, save, *settings = picks.pick(history, ENGLISH, clicked(1))
    assert (grid, mark(models)) == (gr.skip(), None)
    assert settings[:3] == ["tiny", "bee", 5]
    assert image is samples.images[1]
    assert "seed 5" in text
    assert read_settings(save.value["path"]).seed == 5
    grid, models, image, *_ = picks.pick_first(history, ENGLISH)
    assert (mark(grid), mark(models)) == (0, None)
    assert image is samples.images[0]


def test_compare_shows_every_model_and_says_which(picks: PickHandlers) -> None:
    reports = list(picks.compare(7, 1.0, [], ENGLISH))
    gallery, told, _ = reports[-1]
    assert len(reports) == len(gallery) == len(told) >= 4  # tiny, plain, and those that ship
    models = [entry["model"] for entry in told]
    assert {"tiny", "plain", "scenes"} <= set(models)
    assert gallery[models.index("plain")][1].startswith("Tiny plain · ")
    assert {entry["pictures"][0]["seed"] for entry in told} == {7}


def test_a_compared_picture_is_picked_with_its_own_models_settings(picks: PickHandlers) -> None:
    _, told, rows = list(picks.compare(7, 0.5, [[0.2, 1]], ENGLISH))[-1]
    for i, entry in enumerate(told):
        grid, models, image, _, save, *settings = picks.pick_model(rows, ENGLISH, clicked(i))
        assert (mark(grid), models) == (None, gr.skip())
        label = entry["pictures"][0]["label"]
        assert settings[:5] == [entry["model"], label, 7, 0.5, [[0.2, 1]]]
        assert image is rows[i].images[0]
        made = read_settings(save.value["path"])
        assert (made.model, made.weights) == (entry["model"], entry["weights"])


def test_a_model_that_compare_leaves_out_is_named_once(picks: PickHandlers, folder: Path) -> None:
    (folder / "tiny.safetensors").write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="weights of the model tiny") as said:
        _, told, _ = list(picks.compare(7, 1.0, [], ENGLISH))[-1]
    assert "tiny" not in [entry["model"] for entry in told]
    about = [str(w.message) for w in said if "weights of the model tiny" in str(w.message)]
    assert len(about) == 1
