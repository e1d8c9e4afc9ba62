"""How long models take, measured at what they are used for."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipelines.stopwatch as module
from pipelines import CardError, InputError, Stopwatch, Studio, Timing
from pipelines.stopwatch import RUNS
from pipelines.versions import versions

from ..tiny import (
    make_completion,
    make_diffusion,
    make_model,
    make_segmenter,
    make_style,
    make_textures,
)

SIZES = {
    "tiny": (8, 8),
    "tiny-seg": (512, 512),
    "tiny-completion": (256, 256),
    "tiny-diffusion": (256, 256),
    "tiny-style": (512, 512),
    "tiny-textures": (512, 512),
}


@pytest.fixture(scope="module")
def stopwatch(tmp_path_factory: pytest.TempPathFactory) -> Stopwatch:
    folder = tmp_path_factory.mktemp("timed")
    for make in (make_model, make_segmenter, make_completion, make_diffusion, make_textures):
        make(folder)
    make_style(folder)
    return Studio("cpu", [folder]).get(Stopwatch)


@pytest.mark.parametrize("model", SIZES)
def test_every_kind_of_model_is_timed(
    stopwatch: Stopwatch, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)  # style takes its time
    timing = stopwatch(model)
    assert isinstance(timing, Timing)
    assert (timing.model, timing.size, timing.runs) == (model, SIZES[model], 1)
    assert timing.seconds > 0
    assert timing.first > 0
    assert "CPU core" in timing.device


def test_every_picture_is_reported_so_that_it_can_be_stopped(stopwatch: Stopwatch) -> None:
    steps = list(stopwatch.steps("tiny"))
    assert [(step.done, step.total) for step in steps] == [(i, 1 + RUNS) for i in range(2 + RUNS)]
    assert [step.partial and step.partial.runs for step in steps] == [None, None, 1, 2, 3]


def test_long_pictures_are_not_made_thrice(
    stopwatch: Stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    steps = list(stopwatch.steps("tiny"))
    assert (steps[-1].done, steps[-1].partial and steps[-1].partial.runs) == (1 + RUNS, 1)


def test_models_that_cannot_be_timed(folder: Path) -> None:
    (folder / "plain.safetensors").unlink()
    stopwatch = Studio("cpu", [folder]).get(Stopwatch)
    with pytest.raises(InputError, match="nobody"):
        stopwatch("nobody")
    with pytest.raises(CardError):
        stopwatch("plain")


def test_versions_are_those_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"python", "torch", "gradio"} <= versions().keys()
    monkeypatch.setattr("pipelines.versions.PARTS", ("torch", "no-such-package"))
    found = versions()
    assert found.keys() == {"python", "torch"}
    assert found["torch"].startswith("2.")
