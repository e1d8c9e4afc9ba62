"""A Studio of models to be compared, measured and not."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.lab_rivals_handlers import RivalHandlers
from pipelines import Studio

from ...tiny import make_model
from .helpers import RECIPE, measured


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
