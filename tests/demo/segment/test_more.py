"""Several models beside each other, true labels, and many pictures at once."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest
from PIL import Image

from demo.page import Page
from demo.segment_menus import MenuHandlers
from demo.segment_more_handlers import BatchHandlers, CompareHandlers
from pipelines import Segmenter, Studio

from .helpers import ENGLISH


def test_three_families_side_by_side(studio: Studio, menus: MenuHandlers, photo: str) -> None:
    compare = CompareHandlers(studio, menus)
    path, example, *_ = menus.pick(
        [{"example": "cells", "model": "nuclei"}], "road", ENGLISH, SimpleNamespace(index=0)
    )
    reports = list(compare.compare(path, "nuclei", 1, None, example, ENGLISH))  # type: ignore[arg-type]
    row, *shown = reports[-1]
    assert row.visible
    assert all(picture is not None for picture in shown[:3])
    assert all("IoU" in text for text in shown[3:6])
    assert "flatters them" in shown[6].value
    assert "working" in reports[0][4]
    *shown, note = list(compare.compare(photo, "road", 1, None, None, ENGLISH))[-1]  # type: ignore[arg-type]
    assert "there is no IoU" in note.value
    with pytest.raises(gr.Error, match="no photo yet"):
        list(compare.compare(None, "road", 1, None, None, ENGLISH))  # type: ignore[arg-type]


def test_a_family_that_takes_long_says_how_far_it_is() -> None:
    assert "working" in CompareHandlers._text("deep", None, 0, ENGLISH)
    assert "40 %" in CompareHandlers._text("deep", None, 40, ENGLISH)


def test_true_labels_of_ones_own(
    studio: Studio, menus: MenuHandlers, photo: str, tmp_path: Path
) -> None:
    compare = CompareHandlers(studio, menus)
    found = studio.get(Segmenter)(Image.open(photo), model="road")
    truth = tmp_path / "truth.png"
    found.index_png().save(truth)
    *_, told = list(compare.compare_segmentation(photo, "road", 1, str(truth), ENGLISH))[-1]
    assert told["deep"]["iou"] == pytest.approx(1)
    assert 0 < told["edge"]["iou"] <= 1
    truth.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"truth.png is not a picture"):
        list(compare.compare_segmentation(photo, "road", 1, str(truth), ENGLISH))


def test_many_pictures_become_one_zip(
    studio: Studio, shared: Page, photo: str, tmp_path: Path
) -> None:
    batch = BatchHandlers(studio, shared)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    second = tmp_path / "second.png"
    Image.new("RGB", (30, 20)).save(second)
    reports = list(batch.batch([photo, str(broken), str(second)], "road", 1, 0, ENGLISH))
    line, button, target = reports[-1]
    assert line.startswith("2 of 3 pictures are in the ZIP.")
    assert "broken.png is not a picture" in line
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert {"street.index.png", "second.coco.json", "segmentation.csv"} <= set(names)
        assert archive.testzip() is None
    assert button.interactive
    # Stopped half-way, what is finished is a whole ZIP.
    steps = batch.batch([photo, str(second)], "road", 1, 0, ENGLISH)
    target = next(step[2] for step in steps if step[2])
    steps.close()  # type: ignore[attr-defined]
    with zipfile.ZipFile(target) as archive:
        assert "street.index.png" in archive.namelist()
    assert batch.ready(target).interactive
    assert not batch.ready(None).interactive
    for files in (None, [], [photo] * 101):
        with pytest.raises(gr.Error, match="files cannot be taken"):
            list(batch.batch(files, "road", 1, 0, ENGLISH))  # type: ignore[arg-type]
