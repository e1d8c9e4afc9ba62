"""The pictures to try: here without a network, always the same, and what they say they are."""

from __future__ import annotations

import socket

import numpy as np
import pytest
from PIL import ImageChops

from pipelines import Segmenter, Studio
from pipelines.coast import coast
from pipelines.examples import EXAMPLES, cells
from pipelines.objects import find_objects
from pipelines.street import street


def test_ids_are_different():
    assert len({example.id for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_example_is_a_picture_that_is_here(example, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    image, truth = example.make()
    again, same = example.make()
    assert image.mode == "RGB"
    assert ImageChops.difference(image, again).getbbox() is None
    assert example.source
    if truth is not None:
        assert truth.dtype == np.uint8
        assert truth.shape == (image.height, image.width)
        assert (truth == same).all()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_labels_are_those_of_its_model(example):
    known = {card.id: card for card in Studio("cpu").cards("segmenter")}
    if example.model not in known:
        pytest.skip(f"no model {example.model} yet")
    truth = example.make()[1]
    assert truth is None or truth.max() < len(known[example.model].classes)


def test_cells_are_bright_and_can_be_counted():
    image, truth = cells()
    assert truth is not None
    gray = np.asarray(image.convert("L")).astype(float)
    assert gray[truth == 1].mean() > 5 * gray[truth == 0].mean()
    # 110 are drawn; a few lie so close that nobody could tell them apart.
    assert 104 <= find_objects(truth == 1).count <= 112
    assert find_objects(truth == 1).count > find_objects(cells(count=60)[1] == 1).count


def test_the_street_is_a_street():
    """The model finds in it what was drawn, but for what is a few pixels wide."""
    image, truth = street()
    studio = Studio("cpu")
    if "road" not in {card.id for card in studio.cards("segmenter")}:
        pytest.skip("no model road yet")
    found = studio.get(Segmenter)(image, model="road").labels
    for name, label in (("sky", 0), ("building", 1), ("road", 3), ("pavement", 4), ("car", 8)):
        both, either = (found == label) & (truth == label), (found == label) | (truth == label)
        assert both.sum() > 0.6 * either.sum(), name


def test_the_coast_has_every_class_in_any_size():
    for seed, width, height in ((5, 640, 512), (1, 640, 512), (2, 400, 320)):
        image, truth = coast(width, height, seed)
        assert image.size == (width, height)
        # Water, land, road, building, vegetation: none is a mere speck.
        assert np.bincount(truth.ravel(), minlength=5).min() > 0.02 * truth.size
    again = coast(seed=1)
    assert (coast(seed=1)[1] == again[1]).all()
    assert (coast(seed=2)[1] != again[1]).any()


@pytest.mark.parametrize("seed", [1, 5])
def test_the_coast_is_a_coast(seed):
    """The model finds in it what was drawn, and no luck with a seed is needed for that."""
    image, truth = coast(seed=seed)
    studio = Studio("cpu")
    if "aerial" not in {card.id for card in studio.cards("segmenter")}:
        pytest.skip("no model aerial yet")
    found = studio.get(Segmenter)(image, model="aerial").labels
    shares = {}
    for label, name in enumerate(("water", "land", "road", "building", "vegetation")):
        both, either = (found == label) & (truth == label), (found == label) | (truth == label)
        shares[name] = both.sum() / either.sum()
    assert min(shares.values()) > 0.5, shares
    assert np.mean(list(shares.values())) > 0.65, shares


def test_other_seeds_draw_other_cells():
    assert (cells(seed=1)[1] != cells(seed=2)[1]).any()
