"""What the Lab refuses to train on, or by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demo.lab_train_handlers import TrainHandlers
from demo.laboratory import Laboratory
from demo.training_options import free_name, model_id
from pipelines import InputError, PictureError, Studio
from pipelines.steps import drain

from .helpers import ENGLISH, SHORT


def test_bad_uploads_leave_nothing(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    (shapes.parent / "empty.zip").write_bytes(b"")
    for files in ([], [shapes.parent / "empty.zip"], [shapes.parent / "shape.png"]):
        with pytest.raises(PictureError):
            drain(lab.start_steps(files, SHORT, knowing))
    assert lab.progress() is None
    assert not any(lab._runs.iterdir())


def test_reading_can_be_given_up(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    do = TrainHandlers(knowing, lab)
    steps = lab.start_steps([shapes], SHORT, knowing)
    next(steps)
    with pytest.raises(InputError, match="under way already"):
        next(lab.start_steps([shapes], SHORT, knowing))
    steps.close()  # type: ignore[attr-defined]
    assert do.stop(ENGLISH) == ""
    assert not any(lab._runs.iterdir())
    go, _, stop = do.look(100, ("", -1), True, ENGLISH)[8:11]
    assert (go.interactive, stop.interactive) == (True, False)
    # Somebody who is gone without a word keeps nobody waiting for long.
    gone = lab.start_steps([shapes], SHORT, knowing)
    next(gone)
    lab._claim -= 100
    next(lab.start_steps([shapes], SHORT, knowing))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size": 48}, "Choose one of: 32, 64"),
        ({"images": 10}, "from 200 to"),
        ({"images": None}, "from 200 to"),
        ({"target": 0.5}, "0.5 cannot be a target. Enter a number from 1"),
        ({"target": float("nan")}, "nan cannot be a target"),
        ({"target": -2}, "-2 cannot be a target"),
        ({"target": "good"}, "good cannot be a target"),
        ({"family": "transformer"}, "No network transformer"),
        ({"loss": "l2"}, "no loss l2"),
        ({"norm": "batch"}, "no normalisation batch"),
        ({"seed": -1}, "seed -1"),
        ({"start": "scenes"}, "cannot begin with the model scenes"),
    ],
)
def test_settings_that_cannot_be_used(
    lab: Laboratory, knowing: Studio, shapes: Path, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        next(lab.start_steps([shapes], replace(SHORT, **changes), knowing))


def test_names_of_models(studio: Studio) -> None:
    assert model_id(" my-cats-2 ", studio) == "my-cats-2"
    for name in ("", None, "My cats", "-cats", "cats/dogs", "../cats", "c" * 41, "cäts"):
        with pytest.raises(InputError, match="cannot be the name"):
            model_id(name, studio)
    for name in ("tiny", "scenes", "road"):
        with pytest.raises(InputError, match="already"):
            model_id(name, studio)
    assert free_name(studio) == "my-model"
    assert free_name(studio, "tiny") == "tiny-2"
