"""What the direction sliders answer, without a server."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from demo.directions_handlers import DirectionHandlers
from pipelines import Morpher, Studio

from .conftest import ENGLISH, FIRST


@pytest.fixture
def moving(seeing: Studio) -> DirectionHandlers:
    return DirectionHandlers(seeing)


def test_directions_move_the_key(moving: DirectionHandlers, seeing: Studio) -> None:
    start = {**FIRST[0], "shifts": [["sefa", 1, 2.0], ["ganspace", 2, 1.0]]}
    image, moved = moving.directions("seer", start, "ganspace", 0, 3, 0, 0, 0, 0, ENGLISH)
    assert moved["shifts"] == [["sefa", 1, 2.0], ["ganspace", 1, 3.0]]
    wanted, before = seeing.get(Morpher).pictures([moved, start], "seer")
    assert image.tobytes() == wanted.tobytes() != before.tobytes()
    with pytest.raises(gr.Error, match="from -5"):
        moving.directions("seer", FIRST[0], "sefa", 9, 0, 0, 0, 0, 0, ENGLISH)
    with pytest.raises(gr.Error, match="no latent directions"):
        moving.directions("tiny", 3, "sefa", 1, 0, 0, 0, 0, 0, ENGLISH)  # type: ignore[arg-type]


def test_overview_has_a_row_for_each_direction_there_is(moving: DirectionHandlers) -> None:
    shown, legend = moving.overview("seer", FIRST[0], "sefa", ENGLISH)
    assert legend.visible
    assert shown.visible
    assert shown.value is not None


def test_without_keys_there_is_nothing_to_move(moving: DirectionHandlers) -> None:
    nothing: Any = None
    with pytest.raises(gr.Error, match="no key frame to change"):
        moving.overview("seer", nothing, "ganspace", ENGLISH)
    with pytest.raises(gr.Error, match="no key frame to change"):
        moving.directions("seer", nothing, "ganspace", 1, 0, 0, 0, 0, 0, ENGLISH)
