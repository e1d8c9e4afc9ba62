"""A segmentation looked at with another threshold, smaller, or as a layer; pictures of it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pipelines import InputError
from pipelines.segmentation import UNSURE, UNSURE_COLOR, Segmentation

from ..tiny import CLASSES


@pytest.fixture
def found() -> Segmentation:
    random = np.random.default_rng(0)
    return Segmentation(
        image=Image.effect_noise((60, 40), 50).convert("RGB"),
        labels=random.integers(0, 3, (40, 60)).astype(np.uint8),
        confidence=random.random((40, 60)).astype(np.float32),
        classes=("ant", "bee", "cow"),
        colors=("#ff0000", "#00ff00", "#0000ff"),
        model="tiny",
        weights="0" * 64,
        parameters={"scale": 1.0, "threshold": None},
    )


def test_above_a_threshold(found: Segmentation) -> None:
    doubted = found.above(0.4)
    assert ((doubted.labels == UNSURE) == (found.confidence < 0.4)).all()
    sure = found.confidence >= 0.4
    assert (doubted.labels[sure] == found.labels[sure]).all()
    assert doubted.settings().parameters == {"scale": 1.0, "threshold": 0.4}
    assert (found.labels < 3).all()
    assert doubted.areas[-1].pixels == int((~sure).sum())


def test_a_layer_hides_what_is_switched_off(found: Segmentation) -> None:
    doubted = found.above(0.4)
    for names, unsure in ((None, True), (["bee"], True), (["ant", "cow"], False), ([], False)):
        layer = doubted.layer(names, unsure)
        file = io.BytesIO()
        layer.save(file, "PNG")
        rgba = np.asarray(Image.open(file).convert("RGBA"))
        shown = found.indices(found.classes if names is None else names)
        visible = np.isin(doubted.labels, [*shown, *([UNSURE] if unsure else [])])
        assert ((rgba[..., 3] == 255) == visible).all()
        assert ((rgba[..., 3] == 0) == ~visible).all()
        assert (rgba[doubted.labels == 1][:, :3] == (0, 255, 0)).all()
        assert (rgba[doubted.labels == UNSURE][:, :3] == UNSURE_COLOR).all()


def test_reduced_keeps_picture_and_labels_together(found: Segmentation) -> None:
    small = found.reduced(30)
    assert small.image.size == (30, 20)
    assert small.labels.shape == small.confidence.shape == (20, 30)
    # Every pixel is one of those it stands for.
    blocks = found.labels.reshape(20, 2, 30, 2)
    assert (blocks == small.labels[:, None, :, None]).any((1, 3)).all()
    assert found.reduced(60) is found


@pytest.fixture
def halves() -> Segmentation:
    """Left half bee, right half cow, one pixel unsure."""
    labels = np.full((4, 6), 1, np.uint8)
    labels[:, 3:] = 2
    labels[0, 0] = UNSURE
    confidence = np.full((4, 6), 0.5, np.float32)
    image = Image.new("RGB", (6, 4), (100, 100, 100))
    colors = ("#000000", "#ff0000", "#0000ff")
    return Segmentation(image, labels, confidence, CLASSES, colors, "halves", "0" * 64)


def test_areas(halves: Segmentation) -> None:
    assert [(a.name, a.pixels) for a in halves.areas] == [
        ("ant", 0),
        ("bee", 11),
        ("cow", 12),
        ("unsure", 1),
    ]


def test_pictures_of_labels_against_known_answers(halves: Segmentation) -> None:
    mask = np.asarray(halves.mask(["cow"]))
    assert (mask[:, 3:] == 255).all()
    assert (mask[:, :3] == 0).all()
    assert halves.mask([]).getextrema() == (0, 0)
    cut = np.asarray(halves.cutout(["bee", "cow"]))
    assert cut.shape == (4, 6, 4)
    assert (cut[..., 3] == 0).sum() == 1
    painted = np.asarray(halves.painted())
    assert tuple(painted[1, 0]) == (255, 0, 0)
    assert tuple(painted[0, 0]) == (128, 128, 128)
    index = halves.index_png()
    assert index.mode == "P"
    np.testing.assert_array_equal(np.asarray(index), halves.labels)
    assert index.convert("RGB").getpixel((5, 0)) == (0, 0, 255)


def test_overlay(halves: Segmentation) -> None:
    half = np.asarray(halves.overlay(0.5))
    assert tuple(half[1, 5]) == (50, 50, 178)
    assert np.asarray(halves.overlay(0.0)).tolist() == np.asarray(halves.image).tolist()
    without = np.asarray(halves.overlay(1.0, ["cow"]))
    assert tuple(without[1, 0]) == (100, 100, 100)
    assert tuple(without[1, 5]) == (0, 0, 255)
    assert halves.overlay(0.5, side=3).size == (3, 2)


def test_confidence_is_bright_where_it_is_sure(halves: Segmentation) -> None:
    halves.confidence[:, :3] = 0.1
    halves.confidence[:, 3:] = 1.0
    levels = np.asarray(halves.confidence_map().convert("L")).astype(int)
    assert levels[:, 3:].min() > levels[:, :3].max() + 100


def test_a_class_there_is_not(halves: Segmentation) -> None:
    with pytest.raises(InputError, match="no class dog"):
        halves.mask(["dog"])


# What cannot be used
