"""What a segmenter found as COCO JSON, read by pycocotools."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as codec
from pycocotools.coco import COCO

from pipelines.coco import coco

from ..segmentations import CLASSES, COLORS, cells, segmentation


def test_coco_gives_every_class_back(tmp_path):
    labels = np.random.default_rng(0).integers(0, 3, (41, 23))
    data = coco([("a.png", segmentation(labels)), ("b.png", segmentation(labels.T))])
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(data))
    read = COCO(path)
    assert [read.imgs[i]["file_name"] for i in (1, 2)] == ["a.png", "b.png"]
    assert (read.imgs[1]["width"], read.imgs[1]["height"]) == (23, 41)
    for image, truth in ((1, labels), (2, labels.T)):
        found = read.loadAnns(read.getAnnIds(imgIds=image))
        assert len(found) == 3
        for entry in found:
            index = CLASSES.index(read.cats[entry["category_id"]]["name"])
            assert (read.annToMask(entry) == (truth == index)).all()
            assert entry["area"] == (truth == index).sum()
            assert entry["bbox"] == codec.toBbox(entry["segmentation"]).tolist()
            assert entry["score"] == 0.75
    assert len({entry["id"] for entry in data["annotations"]}) == 6


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 10**6))
def test_rle_is_what_pycocotools_would_write(height, width, seed):
    labels = np.random.default_rng(seed).choice([0, 1, 2, 255], (height, width))
    data = coco([("x", segmentation(labels))])
    assert {e["category_id"] for e in data["annotations"]} == {*labels[labels < 3] + 1}
    for entry in data["annotations"]:
        mask = labels == entry["category_id"] - 1
        wanted = codec.encode(np.asfortranarray(mask, np.uint8))
        assert entry["segmentation"]["counts"].encode() == wanted["counts"]
        assert entry["segmentation"]["size"] == wanted["size"] == [height, width]


def test_coco_counts_objects_one_by_one():
    s = cells()
    data = coco([("x.png", s)])
    names = {entry["id"]: entry["name"] for entry in data["categories"]}
    found = [(names[e["category_id"]], e.get("object"), e["area"]) for e in data["annotations"]]
    assert sorted(found, key=str) == [
        ("cell", 1, 36),
        ("cell", 2, 79),
        ("dust", None, 1),
        ("ground", None, 20 * 30 - 36 - 79 - 1 - 1),
    ]
    assert not any(e["iscrowd"] for e in data["annotations"])
    assert {e["name"]: e["color"] for e in data["categories"]} == dict(
        zip(CLASSES, COLORS, strict=True)
    )
    assert data["images"][0]["license"] == data["licenses"][0]["id"]
    assert data["info"]["settings"]["model"] == "tiny-seg"


def test_coco_marks_specks_of_a_counted_class_as_a_crowd():
    labels = cells().labels.copy()
    labels[0, 0] = labels[18, 2] = 1
    s = segmentation(labels, counts="cell")
    assert s.objects is not None
    assert s.objects.count == 2
    found = coco([("x.png", s)])["annotations"]
    cell = [e for e in found if e["category_id"] == CLASSES.index("cell") + 1]
    assert sorted((e["iscrowd"], e["area"]) for e in cell) == [(0, 36), (0, 79), (1, 2)]
    # A class that is not counted is one thing, however many pieces it has.
    loose = coco([("x.png", segmentation(labels))])["annotations"]
    assert not any(e["iscrowd"] for e in loose)
