"""A segmentation looked at with another threshold, smaller, or as a layer."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pipelines.segmentation import UNSURE, UNSURE_COLOR, Segmentation


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
