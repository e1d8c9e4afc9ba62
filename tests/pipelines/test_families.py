"""The classical families see what they are made to see, and are judged by known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import Family, Segmentation
from pipelines.families import (
    edge_family,
    edge_regions,
    mean_iou,
    named_iou,
    texture_family,
    texture_regions,
)

METHODS = [edge_regions, texture_regions]


def bright_disc() -> tuple[np.ndarray, np.ndarray]:
    """A noisy picture of a bright disc, and where it is."""
    rows, columns = np.ogrid[:120, :160]
    inside = (rows - 60) ** 2 + (columns - 80) ** 2 <= 30**2
    noise = np.random.default_rng(0).normal(0, 5, (120, 160, 3))
    return (np.where(inside, 200, 60)[..., None] + noise).clip(0, 255).astype(np.uint8), inside


def two_textures() -> tuple[np.ndarray, np.ndarray]:
    """Upright stripes on the left, level ones on the right, of the same mean brightness."""
    rows, columns = np.mgrid[:128, :192]
    right = columns >= 96
    wave = np.where(right, rows, columns)
    gray = 128 + 90 * np.sin(wave * 2 * np.pi / 6)
    return np.repeat(gray[..., None], 3, 2).astype(np.uint8), right


def agreement(regions: np.ndarray, truth: np.ndarray) -> float:
    return named_iou(regions, truth.astype(np.uint8), 2)


def test_edges_tell_a_disc_from_its_ground():
    image, inside = bright_disc()
    regions = edge_regions(image)
    assert regions.dtype == np.int32
    assert regions[60, 80] != regions[5, 5]
    assert agreement(regions, inside) > 0.95


def test_edges_tell_colours_of_the_same_brightness_apart():
    image = np.zeros((60, 80, 3), np.uint8)
    image[:, :40], image[:, 40:] = (180, 0, 0), (0, 92, 0)  # the same to a grey picture
    regions = edge_regions(image)
    assert agreement(regions, np.indices((60, 80))[1] >= 40) > 0.95


def test_textures_tell_stripes_apart():
    image, right = two_textures()
    regions = texture_regions(image, 2)
    assert regions.dtype == np.int32
    assert set(np.unique(regions)) == {0, 1}
    assert agreement(regions, right) > 0.9
    assert agreement(texture_regions(image), right) > 0.9


def test_textures_tell_colours_apart():
    image, inside = bright_disc()
    assert agreement(texture_regions(image), inside) > 0.85


@pytest.mark.parametrize("method", METHODS)
def test_the_same_picture_gives_the_same_regions(method):
    image = np.random.default_rng(1).integers(0, 256, (90, 70, 3)).astype(np.uint8)
    assert (method(image) == method(image.copy())).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (17, 3000), (50, 40)])
def test_a_plain_picture_is_one_region(method, shape):
    regions = method(np.full((*shape, 3), 77, np.uint8))
    assert regions.shape == shape
    assert (regions == 0).all()


@pytest.mark.parametrize("method", METHODS)
@given(height=st.integers(1, 30), width=st.integers(1, 30), seed=st.integers(0, 99))
def test_any_size(method, height, width, seed):
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    regions = method(image)
    assert regions.shape == (height, width)
    # Numbers without a gap.
    assert set(np.unique(regions)) == set(range(regions.max() + 1))


@pytest.mark.parametrize("family", [edge_family, texture_family])
def test_family_has_the_size_of_the_picture(family):
    pixels, inside = bright_disc()
    size = (1600, 1200)
    truth = np.asarray(Image.fromarray(inside.astype(np.uint8)).resize(size, 0))
    found = family(Image.fromarray(pixels).resize(size), truth, 2)
    assert found.regions.shape == (1200, 1600)
    assert found.regions.dtype == np.int32
    assert found.count == found.regions.max() + 1
    assert found.picture.mode == "RGB"
    assert found.picture.size == (1024, 768)
    assert found.iou is not None
    assert found.iou > 0.85
    assert found.seconds > 0
    assert family(Image.fromarray(pixels), None, 0).iou is None


def test_picture_of_a_family_shows_mean_colours_and_outlines():
    image = np.zeros((60, 80, 3), np.uint8)
    image[:, :40], image[:, 40:] = (180, 0, 0), (0, 0, 200)
    picture = edge_family(Image.fromarray(image), None, 0).picture
    assert picture.getpixel((5, 30)) == (180, 0, 0)
    assert picture.getpixel((75, 30)) == (0, 0, 200)
    row = {picture.getpixel((x, 30)) for x in range(35, 45)}
    assert (255, 255, 255) in row


def test_the_deep_family_is_judged_on_its_own_labels():
    labels = np.zeros((4, 6), np.uint8)
    labels[:, 3:] = 1
    found = Segmentation(
        image=Image.new("RGB", (6, 4)),
        labels=labels,
        confidence=np.ones((4, 6), np.float32),
        classes=("a", "b"),
        colors=("#000000", "#ffffff"),
        model="m",
        weights="0" * 64,
    )
    assert Family.of(found, 0.5, labels).iou == 1
    # Borders alone do not help it: the names are swapped.
    deep = Family.of(found, 0.5, 1 - labels)
    assert deep.iou == 0
    assert (deep.name, deep.count, deep.seconds) == ("deep", 2, 0.5)
    assert deep.picture.size == (6, 4)
    assert Family.of(found, 0.5, None).iou is None


# Known answers


def test_mean_iou_by_hand():
    truth = np.array([[0, 0, 1, 1, 255]], np.uint8)
    labels = np.array([[0, 1, 1, 1, 0]])
    assert mean_iou(labels, truth, 3) == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert mean_iou(truth.astype(int), truth, 3) == 1


def test_unsure_counts_as_missed():
    truth = np.array([[0, 0, 1, 1]], np.uint8)
    assert mean_iou(np.array([[0, 255, 1, 255]]), truth, 2) == pytest.approx(0.5)


def test_nothing_to_judge():
    assert mean_iou(np.zeros((2, 2), int), np.full((2, 2), 255, np.uint8), 2) == 0
    assert named_iou(np.zeros((2, 2), int), np.full((2, 2), 255, np.uint8), 2) == 0


def test_named_iou_gives_each_region_its_best_name():
    truth = np.array([[0, 0, 0, 1, 1, 1]], np.uint8)
    assert named_iou(np.array([[3, 3, 3, 1, 1, 1]]), truth, 2) == 1
    assert named_iou(np.array([[2, 2, 2, 2, 0, 0]]), truth, 2) == pytest.approx((3 / 4 + 2 / 3) / 2)
    # A region per pixel is always right: this is how it flatters.
    assert named_iou(np.arange(6)[None], truth, 2) == 1
