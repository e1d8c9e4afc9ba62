"""What the Segment tab's listeners answer, without a server."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.legend import histogram, legend, nice, switched_on
from demo.page import Page, from_url
from demo.segment_handlers import Result, SegmentHandlers
from demo.segment_layout import KINDS, VIEWS
from demo.segment_menus import MenuHandlers
from demo.segment_more_handlers import BatchHandlers, CompareHandlers
from pipelines import Segmenter, Studio
from pipelines.segmentation import UNSURE
from pipelines.settings import read_settings

from ..tiny import make_model, make_segmenter

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
NOTHING: dict[str, Any] = {"rows": []}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Models of the names that the page knows, and one that it does not."""
    folder = tmp_path_factory.mktemp("segmenters")
    make_segmenter(folder, "road", long_side=[32, 64])
    make_segmenter(folder, "nuclei", counts="bee")
    make_segmenter(folder, "other")
    make_model(folder, "tiny", critic=False)
    studio = Studio("cpu")
    studio._folders = [folder]  # not the shipped models, which have the same names
    return studio


@pytest.fixture
def shared() -> Page:
    return Page(settings=gr.JSON(), parcel=gr.JSON())


@pytest.fixture
def menus(studio: Studio, shared: Page) -> MenuHandlers:
    return MenuHandlers(studio, shared)


@pytest.fixture
def handlers(studio: Studio, shared: Page, menus: MenuHandlers) -> SegmentHandlers:
    return SegmentHandlers(studio, shared, menus)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "street.jpg"
    Image.effect_mandelbrot((90, 60), (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return str(path)


def run(handlers: SegmentHandlers, photo: str | None, model: str = "nuclei", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "photo": photo,
        "model": model,
        "scale": 1,
        "threshold": 0,
        "view": "overlay",
        "shown": NOTHING,
        "result": None,
        **changes,
    }
    return list(handlers.run(**given, request=ENGLISH))[-1]


def pair(slider: Any) -> list[Image.Image]:
    """The two pictures of an ImageSlider."""
    return [Image.open(part["path"]) for part in slider.value]


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


def test_legend_in_chinese(studio: Studio) -> None:
    found = studio.get(Segmenter)(Image.new("RGB", (20, 20)), model="nuclei", threshold=1.0)
    rows = legend(found, None, CHINESE)
    assert rows["rows"][0]["label"] == "不确定"
    assert rows["absent"].startswith("未发现：")


def test_a_class_that_comes_back_is_still_off(handlers: SegmentHandlers, photo: str) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "road")
    name = rows["rows"][0]["name"]
    rows["rows"][0]["on"] = False
    _, doubted, _, gone, _ = handlers.doubt(result, 1.0, "overlay", rows, ENGLISH)
    assert name not in [row["name"] for row in gone["rows"]]
    *_, back, _ = handlers.doubt(doubted, 0, "overlay", gone, ENGLISH)
    assert next(row for row in back["rows"] if row["name"] == name)["on"] is False


def test_what_a_client_sends_as_legend_does_no_harm(handlers: SegmentHandlers, photo: str) -> None:
    _, result, *_ = run(handlers, photo, "road")
    for sent in (None, {}, {"rows": ["x", {}, {"name": "nothing", "on": False}]}):
        assert pair(handlers.look(result, "overlay", sent, ENGLISH))  # type: ignore[arg-type]


def test_histogram() -> None:
    assert histogram(np.zeros(0, np.int64), ENGLISH) == ""
    html = histogram(np.array([10, 12, 14, 30, 90]), ENGLISH)
    assert html.count("<i ") == 10
    assert "Half of them are smaller than 14 px; from 10 to 90 px" in html
    assert [nice(x) for x in (0.1, 1, 1.1, 3, 6, 12, 60, 130)] == [1, 1, 2, 5, 10, 20, 100, 200]


def test_menus_speak_plainly(menus: MenuHandlers) -> None:
    assert [choice[0] for choice in menus.menu("road", ENGLISH).choices] == [
        "A street",
        "Cells under a microscope",
        "Tiny other",
    ]
    text, scale = menus.hint("road", ENGLISH)
    assert "towards the horizon" in text
    assert not scale.constructor_args["visible"]
    text, scale = menus.hint("other", ENGLISH)
    assert "ant, bee, cow" in text
    assert scale.constructor_args["visible"]


def test_examples_bring_their_model_along(menus: MenuHandlers) -> None:
    _, pictures, offers = menus.offer([], ENGLISH)
    assert len(pictures) == len(offers)
    assert all(max(picture.size) <= 240 for picture, _ in pictures)
    assert offers[0] == {"example": "cells", "model": "nuclei"}
    assert menus.offer(offers, ENGLISH) == (gr.skip(),) * 3  # the samples stay the same
    click: Any = SimpleNamespace(index=0)
    path, example, model, *_ = menus.pick(offers, "road", ENGLISH, click)
    assert (Path(path).name, example, model) == ("cells.png", "cells", "nuclei")
    click.index = len(offers) - 1
    path, example, model, *_ = menus.pick(offers, "nuclei", ENGLISH, click)
    assert (example, model) == (None, "road")
    with Image.open(path) as sample:
        assert sample.size == (512, 512)
    assert menus.truth("cells", "nuclei").shape == (512, 512)
    assert menus.truth("cells", "road") is None
    assert menus.truth(None, "nuclei") is None


def test_a_png_and_a_link_set_the_controls(
    handlers: SegmentHandlers,
    menus: MenuHandlers,
    photo: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, result, _, rows, *_ = run(handlers, photo, "nuclei", scale=2, threshold=0.4)
    by_file = read_settings(handlers.file("index", result, rows, 0.5, ENGLISH)).model_dump()
    by_link = from_url({"tab": "segment", "model": "nuclei", "scale": "2", "threshold": "0.4"})
    for settings in (by_file, by_link):
        menu, _, scale, threshold, _ = menus.restore(settings, "road", ENGLISH)
        assert menu.value == "nuclei"
        assert float(scale.value) == 2
        assert float(threshold) == 0.4
    assert "drop the photo they belong to" in capsys.readouterr().out
    menu, _, _, threshold, views = menus.restore({"tab": "morph"}, "other", CHINESE)
    assert (menu.value, threshold) == ("other", gr.skip())
    assert views.choices[0] == ("叠加", "overlay")
    with pytest.warns(UserWarning, match="no model moon"):
        menu, *_ = menus.restore(from_url({"tab": "segment", "model": "moon"}), "road", ENGLISH)
    assert menu.value == "road"


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
