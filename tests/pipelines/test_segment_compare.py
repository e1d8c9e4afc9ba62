"""Three families of segmentation side by side, reported as they come."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import Segmenter, Studio, families, segment, steps, tiles

from ..tiny import make_segmenter


@pytest.fixture
def segmenter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Segmenter:
    """A tiny model that sees more than one tile of a picture of a moderate size."""
    make_segmenter(tmp_path, long_side=None)
    small = partial(tiles.tiled, tile=256, overlap=96, whole=1)
    monkeypatch.setattr(segment, "tiled", small)
    return Studio("cpu", [tmp_path]).get(Segmenter)


def photo() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (300, 600, 3), np.uint8)
    return Image.fromarray(noise)


def test_every_tile_is_reported(segmenter: Segmenter) -> None:
    *reports, last = segmenter.compare_steps(photo(), "tiny-seg")
    assert {step.total for step in (*reports, last)} == {last.done} == {300}
    assert [step.done for step in reports] == sorted(step.done for step in reports)
    deep = [step for step in reports if step.done > 200]
    assert len(deep) > 1
    assert all(step.partial.texture and not step.partial.deep for step in deep)
    assert last.partial.deep is not None
    alone = segmenter(photo(), model="tiny-seg")
    assert np.array_equal(last.partial.deep.regions, alone.labels)


def test_it_can_be_stopped_between_tiles(segmenter: Segmenter) -> None:
    work = segmenter.compare_steps(photo(), "tiny-seg")
    kept = next(step for step in work if step.done > 200)
    work.close()  # type: ignore[attr-defined]
    assert kept.partial.edge
    assert kept.partial.texture


def test_slow_families_report_while_they_work(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge_family = families.edge_family

    def slow(*given):
        time.sleep(0.2)
        return edge_family(*given)

    monkeypatch.setattr(families, "edge_family", slow)
    monkeypatch.setattr(segment, "awaited", partial(steps.awaited, pause=0.01))
    reports = segmenter.compare_steps(photo(), "tiny-seg")
    waiting = [step for step in reports if step.done == 0]
    assert len(waiting) > 2
