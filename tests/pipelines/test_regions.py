"""What is exported can be read elsewhere, and says the same."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from pipelines import InputError, PictureError, Segmentation, Step
from pipelines.regions import archive, batch_steps, coco, geojson, table
from pipelines.settings import read_settings

from ..segmentations import CLASSES, COLORS, cells, segmentation

# GeoJSON


def shoelace(ring: list[list[int]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def test_geojson_areas_are_pixels():
    s = cells()
    data = json.loads(json.dumps(geojson(s)))
    assert data["type"] == "FeatureCollection"
    found = []
    for feature in data["features"]:
        kind, rings = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        polygons = rings if kind == "MultiPolygon" else [rings]
        properties = feature["properties"]
        assert sum(shoelace(r) for p in polygons for r in p) == properties["pixels"]
        assert properties["share"] == properties["pixels"] / 600
        assert properties["color"] == COLORS[CLASSES.index(properties["class"])]
        found.append((properties["class"], properties.get("object"), properties["pixels"]))
    assert found == [("ground", None, 483), ("dust", None, 1), ("cell", 1, 36), ("cell", 2, 79)]
    # The second cell has a hole, and so two rings.
    assert [len(f["geometry"]["coordinates"]) for f in data["features"][2:]] == [1, 2]


def test_geojson_of_one_pixel():
    (feature,) = geojson(segmentation(np.zeros((1, 1))))["features"]
    assert feature["geometry"] == {
        "type": "Polygon",
        "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]],
    }
    assert geojson(segmentation(np.full((2, 2), 255)))["features"] == []


# Table and ZIP


def test_table_says_what_is_where():
    rows = list(csv.DictReader(io.StringIO(table([("a, b.png", cells())]))))
    assert [row["class"] for row in rows] == [*CLASSES, "unsure"]
    cell = rows[1]
    assert cell["file"] == "a, b.png"
    assert (cell["width"], cell["height"], cell["model"]) == ("30", "20", "tiny-seg")
    assert (cell["pixels"], cell["objects"]) == ("115", "2")
    assert float(cell["share"]) == pytest.approx(115 / 600, abs=1e-6)
    assert float(cell["mean_confidence"]) == 0.75
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-5)
    assert [rows[i]["objects"] for i in (0, 2, 3)] == ["", "", ""]


def test_table_of_a_class_that_is_not_there():
    rows = list(csv.DictReader(io.StringIO(table([("x", segmentation(np.zeros((2, 3))))]))))
    assert [row["pixels"] for row in rows] == ["6", "0", "0"]
    assert rows[1]["mean_confidence"] == ""


def test_archive_holds_the_same_labels_in_every_form(tmp_path):
    s = cells()
    path = tmp_path / "all.zip"
    with ZipFile(path, "w") as zip_file:
        archive(s, "slide", zip_file)
    with ZipFile(path) as zip_file:
        assert sorted(zip_file.namelist()) == [
            "slide.coco.json",
            "slide.color.png",
            "slide.geojson",
            "slide.index.png",
            "slide.overlay.png",
        ]
        index = Image.open(io.BytesIO(zip_file.read("slide.index.png")))
        assert (np.array(index) == s.labels).all()
        assert read_settings(index) == s.settings()
        color = Image.open(io.BytesIO(zip_file.read("slide.color.png")))
        assert color.getpixel((20, 11)) == (255, 128, 0)
        assert json.loads(zip_file.read("slide.coco.json")) == coco([("slide.png", s)])
        assert json.loads(zip_file.read("slide.geojson")) == geojson(s)


def test_archive_writes_nothing_of_what_it_cannot_finish(tmp_path, monkeypatch):
    monkeypatch.setattr("pipelines.polygons.MAX_CORNERS", 3)
    with ZipFile(tmp_path / "all.zip", "w") as zip_file:
        with pytest.raises(PictureError):
            archive(cells(), "slide", zip_file)
        assert zip_file.namelist() == []


# Many pictures


def brightness(photo: Image.Image, **settings: object) -> Iterator[Step[Segmentation]]:
    """A segmenter with one rule: bright is a cell."""
    assert settings == {"model": "tiny-seg", "scale": 1.0}
    labels = np.asarray(photo.convert("L")) > 127
    yield Step(1, 2, photo, segmentation(np.full(labels.shape, 255), "cell"))
    yield Step(2, 2, photo, segmentation(labels, "cell"))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Three pictures, two of them of one name, and a file that is none."""
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[4:14, 5:15] = 255
    for name in ("a.png", "A.bmp", "segmentation.png"):
        Image.fromarray(pixels).save(tmp_path / name)
    (tmp_path / "broken.png").write_text("no picture")
    return [tmp_path / name for name in ("a.png", "broken.png", "A.bmp", "segmentation.png")]


def read(target: Path) -> tuple[set[str], list[dict[str, str]]]:
    """Names in a ZIP that is whole, and its table."""
    with ZipFile(target) as zip_file:
        assert zip_file.testzip() is None
        names = zip_file.namelist()
        assert len(names) == len(set(names))
        rows = csv.DictReader(io.StringIO(zip_file.read("segmentation.csv").decode()))
        return {*names}, list(rows)


def test_batch(files, tmp_path):
    target = tmp_path / "out.zip"
    steps = []
    for step in batch_steps(brightness, files, target, model="tiny-seg", scale=1.0):
        steps.append(step)
        names, rows = read(target)  # whole at every report
        assert sum(name.endswith(".geojson") for name in names) == len(step.partial.finished)
        assert {r["file"] for r in rows} == {
            *step.partial.finished,
            *(name for name, _ in step.partial.failed),
        }
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    report = steps[-1].partial
    assert (steps[-1].done, steps[-1].total) == (4, 4)
    assert report.finished == ("a.png", "A.bmp", "segmentation.png")
    ((name, error),) = report.failed
    assert (name, error.code) == ("broken.png", "not_a_picture")
    assert {f"{stem}.index.png" for stem in ("a", "A-2", "segmentation-2")} <= names
    problems = {row["file"]: row["problem"] for row in rows}
    assert problems["broken.png"] == str(error)
    assert problems["a.png"] == ""
    counted = [row["objects"] for row in rows if row["class"] == "cell"]
    assert counted == ["1", "1", "1"]
    with ZipFile(target) as zip_file:
        data = json.loads(zip_file.read("segmentation.coco.json"))
    assert [image["file_name"] for image in data["images"]] == list(report.finished)
    assert [e["area"] for e in data["annotations"] if e.get("object")] == [100, 100, 100]


def test_a_batch_that_is_stopped_keeps_what_is_done(files, tmp_path):
    target = tmp_path / "out.zip"
    steps = batch_steps(brightness, files, target, model="tiny-seg", scale=1.0)
    for step in steps:
        if step.partial.finished:
            break
    steps.close()
    names, rows = read(target)
    assert "a.index.png" in names
    assert {row["file"] for row in rows} == {"a.png"}


def test_a_batch_of_one_picture_that_fails(files, tmp_path):
    target = tmp_path / "out.zip"
    *_, last = batch_steps(brightness, files[1:2], target, model="tiny-seg", scale=1.0)
    assert last.partial.finished == ()
    names, rows = read(target)
    assert names == {"segmentation.csv", "segmentation.coco.json"}
    assert rows[0]["problem"]


def test_a_setting_that_one_picture_cannot_bear(files, tmp_path):
    def picky(_: Image.Image) -> Iterator[Step[Segmentation]]:
        raise InputError("scale_large", found=99, most=64)

    *_, last = batch_steps(picky, files[:1], tmp_path / "out.zip")
    assert [error.code for _, error in last.partial.failed] == ["scale_large"]


def test_a_setting_that_no_picture_can_bear(files, tmp_path):
    def refusing(_: Image.Image) -> Iterator[Step[Segmentation]]:
        raise InputError("model", found="x", known="none")

    with pytest.raises(InputError):
        list(batch_steps(refusing, files, tmp_path / "out.zip"))
    assert read(tmp_path / "out.zip")[0] == {"segmentation.csv", "segmentation.coco.json"}


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_has_limits(count, tmp_path):
    with pytest.raises(InputError) as error:
        batch_steps(brightness, ["x.png"] * count, tmp_path / "out.zip")
    assert error.value.code == "files"
    assert not (tmp_path / "out.zip").exists()
