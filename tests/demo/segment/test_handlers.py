"""What the Segment tab's listeners answer, without a server."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.legend import switched_on
from demo.page import Page
from demo.segment_handlers import Result, SegmentHandlers
from demo.segment_layout import KINDS, VIEWS
from pipelines import Segmenter, Studio
from pipelines.segmentation import UNSURE
from pipelines.settings import read_settings

from .helpers import ENGLISH, NOTHING, pair, run


def test_a_photo_becomes_an_overlay_with_its_legend(
    handlers: SegmentHandlers, studio: Studio, photo: str
) -> None:
    slider, result, line, rows, sizes, held, panel, empty = run(handlers, photo)
    found = studio.get(Segmenter)(Image.open(photo), model="nuclei")
    below, layer = pair(slider)
    assert below.size == layer.size == (90, 60)
    assert below.mode == "RGB"
    assert (result.seen.labels == found.labels).all()
    assert "90 × 60 pixels · Cells under a microscope" in line
    assert f"{found.objects.count:,} × bee" in line
    shares = [row["width"] for row in rows["rows"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=0.1)
    # What is counted is shown; the rest is ground.
    assert {row["name"] for row in rows["rows"] if row["on"]} == {"bee"}
    bee = np.asarray(layer.convert("RGBA"))[..., 3] == 255
    assert (bee == (found.labels == found.classes.index("bee"))).all()
    assert "px" in sizes.value
    assert held == photo
    assert (panel.visible, empty.visible) == (True, False)


def test_every_photo_of_many_parts_reports_them(handlers: SegmentHandlers, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.linear_gradient("L").resize((1300, 900)).save(large)
    given = (str(large), "other", 1, 0, "overlay", NOTHING, None, ENGLISH)
    reports = list(handlers.run(*given))
    assert len(reports) > 1
    assert " parts …" in reports[0][2]
    assert reports[0][5] == str(large)
    assert reports[1][5] == gr.skip() or len(reports) == 2
    # Stopped after the first part, that part is kept.
    slider, _, line, *_ = handlers.finish(reports[0][1], 0, "overlay", ENGLISH)
    assert "1,300 × 900 pixels" in line
    assert pair(slider)[1].size == (1300, 900)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("broken.png", b"no picture", "broken.png is not a picture"),
        ("empty.jpg", b"", "empty.jpg is not a picture"),
        ("none.png", None, "none.png cannot be read"),
    ],
)
def test_a_file_that_is_no_picture_says_so(
    handlers: SegmentHandlers, tmp_path: Path, name: str, data: bytes | None, sentence: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(gr.Error, match=sentence):
        run(handlers, str(tmp_path / name))


@pytest.mark.parametrize(
    ("size", "mode"),
    [((1, 1), "RGB"), ((3, 700), "CMYK"), ((40, 30), "I;16"), ((40, 30), "LA"), ((7, 5), "1")],
)
def test_odd_pictures_are_segmented(
    handlers: SegmentHandlers, tmp_path: Path, size: tuple[int, int], mode: str
) -> None:
    path = tmp_path / "odd.tif"
    Image.new(mode, size).save(path)
    _, result, *_ = run(handlers, str(path))
    assert result.seen.labels.shape == size[::-1]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"photo": None}, "no photo yet"),
        ({"model": "nothing"}, "no model nothing"),
        ({"scale": 0}, "size of objects 0"),
        ({"scale": "NaN"}, "size of objects NaN"),
        ({"threshold": 2}, "threshold 2"),
    ],
)
def test_what_cannot_be_segmented_is_said(
    handlers: SegmentHandlers, photo: str, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(gr.Error, match=sentence):
        run(handlers, **{"photo": photo, **changes})


def test_without_a_photo_other_settings_change_nothing(handlers: SegmentHandlers) -> None:
    given = ("road", 1, 0, "overlay", NOTHING, None, ENGLISH)
    assert list(handlers.again(None, *given)) == [(gr.skip(),) * 8]  # type: ignore[arg-type]
    assert handlers.look(None, "overlay", NOTHING, ENGLISH) == gr.skip()
    assert handlers.finish(None, 0, "overlay", ENGLISH) == (gr.skip(),) * 5
    with pytest.raises(gr.Error, match="no photo yet"):
        handlers.file("mask", None, NOTHING, 0.5, ENGLISH)


def test_classes_are_switched_off_without_the_network(
    handlers: SegmentHandlers, photo: str
) -> None:
    slider, result, _, rows, *_ = run(handlers, photo, "road")
    first = rows["rows"][0]["name"]
    all_on = np.asarray(pair(slider)[1].convert("RGBA"))[..., 3]
    assert (all_on == 255).all()
    rows["rows"][0]["on"] = False
    slider = handlers.look(result, "overlay", rows, ENGLISH)
    shown = np.asarray(pair(slider)[1].convert("RGBA"))[..., 3] == 255
    index = result.seen.classes.index(first)
    assert (shown == (result.seen.labels != index)).all()
    for view in VIEWS:
        parts = pair(handlers.look(result, view, rows, ENGLISH))
        assert [part.size for part in parts] == [(90, 60)] * 2
    # It stays off with another scale, and all are on again with another model.
    again = run(handlers, photo, "road", scale=1.2, shown=rows, result=result)[3]
    assert [row["on"] for row in again["rows"] if row["name"] == first] in ([False], [])
    other = run(handlers, photo, "other", shown=rows, result=result)[3]
    assert all(row["on"] for row in other["rows"])


def test_the_threshold_makes_pixels_unsure_without_the_network(
    handlers: SegmentHandlers, photo: str
) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "road")
    middle = float(np.median(result.found.confidence))
    _, doubted, line, rows, _ = handlers.doubt(result, middle, "overlay", rows, ENGLISH)
    assert line == gr.skip()
    assert ((doubted.seen.labels == UNSURE) == (result.found.confidence < middle)).all()
    unsure = next(row for row in rows["rows"] if row["name"] == "unsure")
    assert (unsure["on"], unsure["fixed"]) == (True, True)
    assert doubted.seen.settings().parameters["threshold"] == middle
    _, back, *_ = handlers.doubt(doubted, 0, "overlay", rows, ENGLISH)
    assert (back.seen.labels == result.found.labels).all()


def test_files_are_what_they_are_called(handlers: SegmentHandlers, photo: str) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "road", scale=1.5)
    rows["rows"][0]["on"] = False
    on = switched_on(result.seen, rows)
    files = {kind: Path(handlers.file(kind, result, rows, 0.5, ENGLISH)) for kind in KINDS}
    assert files["index"].name == "street.road.index.png"
    with Image.open(files["index"]) as index:
        assert (np.asarray(index) == result.seen.labels).all()
    with Image.open(files["mask"]) as mask:
        assert mask.mode == "L"
        expected = np.isin(result.seen.labels, result.seen.indices(on))
        assert ((np.asarray(mask) >= 128) == expected).all()
    with Image.open(files["cutout"]) as cutout:
        assert ((np.asarray(cutout)[..., 3] == 255) == expected).all()
    for kind in ("overlay", "index", "painted", "mask", "cutout"):
        settings = read_settings(files[kind])
        assert (settings.tab, settings.model) == ("segment", "road")
        assert settings.parameters["scale"] == 1.5
    coco = json.loads(files["coco"].read_text())
    assert sum(a["area"] for a in coco["annotations"]) == 90 * 60
    assert json.loads(files["geojson"].read_text())["type"] == "FeatureCollection"
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text())))
    assert sum(int(row["pixels"]) for row in rows) == 90 * 60


def test_a_photo_larger_than_the_screen_is_shown_smaller(
    handlers: SegmentHandlers, tmp_path: Path
) -> None:
    path = tmp_path / "wide.png"
    Image.linear_gradient("L").resize((3200, 20)).save(path)
    slider, result, *_ = run(handlers, str(path), "road")
    assert [part.size for part in pair(slider)] == [(1600, 10)] * 2
    assert result.seen.labels.shape == (20, 3200)
    with Image.open(handlers.file("index", result, NOTHING, 0.5, ENGLISH)) as index:
        assert index.size == (3200, 20)


def test_the_endpoint_answers_with_and_without_a_photo(
    handlers: SegmentHandlers, photo: str
) -> None:
    overlay, index, told = list(handlers.segment(photo, "other", 1, 0, ENGLISH))[-1]
    assert overlay.size == (90, 60)
    assert read_settings(index).model == told["model"] == "other"
    assert sum(entry["pixels"] for entry in told["classes"]) == 90 * 60
    assert told["objects"] is None
    assert json.loads(json.dumps(told)) == told
    *_, told = list(handlers.segment(None, "nuclei", 1, 0.5, ENGLISH))[-1]  # type: ignore[arg-type]
    assert (told["width"], told["parameters"]["threshold"]) == (512, 0.5)
    assert told["objects"] >= 0
    *_, told = list(handlers.segment(None, "road", 1, 0, ENGLISH))[-1]  # type: ignore[arg-type]
    assert told["width"] == 640
    # No example fits a model of somebody's own, so a picture of our own has to do.
    *_, told = list(handlers.segment(None, "other", 1, 0, ENGLISH))[-1]  # type: ignore[arg-type]
    assert told["width"] == 512
    with pytest.raises(gr.Error, match="no model nothing"):
        list(handlers.segment(None, "nothing", 1, 0, ENGLISH))  # type: ignore[arg-type]


def test_files_do_not_pile_up(shared: Page) -> None:
    old, new = shared.downloads.place("old.png"), shared.downloads.place("new.png")
    long_ago = time.time() - 2 * 86_400
    os.utime(old.parent, (long_ago, long_ago))
    shared.downloads.place("another.png")
    assert not old.parent.exists()
    assert new.parent.exists()


def test_result_keeps_what_was_found(handlers: SegmentHandlers, photo: str) -> None:
    _, result, *_ = run(handlers, photo, "road")
    assert isinstance(result, Result)
    assert result.above(0.99).found is result.found
