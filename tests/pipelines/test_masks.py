"""Masks of every kind, grown, shrunk and feathered, against slow and obvious ways to do it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import PictureError
from pipelines.masks import bounds, distances, feather, grown, to_mask

HALVES = np.zeros((6, 8), bool)
HALVES[:, 3:] = True


@st.composite
def masks(draw: st.DrawFn) -> np.ndarray:
    """Bool (h, w): specks of any density, and a rectangle, which may touch the border."""
    h, w = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    mask = rng.random((h, w)) < draw(st.sampled_from([0, 0.02, 0.5, 0.98, 1]))
    top, left = draw(st.integers(0, h - 1)), draw(st.integers(0, w - 1))
    mask[top : draw(st.integers(0, h)), left : draw(st.integers(0, w))] = draw(st.booleans())
    return mask


def to_nearest_outside(mask: np.ndarray) -> np.ndarray:
    """Distance of every pixel to the nearest that is not in the mask, the slow way."""
    rows, columns = np.nonzero(~mask)
    y, x = np.indices(mask.shape)
    if not len(rows):
        return np.full(mask.shape, np.inf)
    squares = (y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2
    return np.sqrt(squares.min(-1))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK", "I;16", "I", "F", "RGBA", "LA"])
def test_any_mode_says_the_same(mode: str) -> None:
    picture = Image.fromarray(HALVES.astype(np.uint8) * 255)
    if mode == "I;16":
        picture = Image.fromarray(HALVES.astype(np.uint16) * 65535)
    else:
        picture = picture.convert(mode)
    np.testing.assert_array_equal(to_mask(picture, (8, 6)), HALVES)


@pytest.mark.parametrize(
    "array",
    [
        HALVES,
        HALVES.astype(np.uint8) * 255,
        HALVES[..., None].astype(np.uint8) * 255,
        HALVES.astype(np.float64),
        HALVES.astype(np.float32) * 255,
        HALVES.astype(np.int64) * 255,
        HALVES.astype(np.uint16) * 65535,
        np.repeat(HALVES[..., None], 3, 2).astype(np.uint8) * 255,
        np.repeat(HALVES[..., None], 4, 2).astype(np.uint8) * 255,
    ],
)
def test_any_array_says_the_same(array: np.ndarray) -> None:
    np.testing.assert_array_equal(to_mask(array, (8, 6)), HALVES)


def test_grey_counts_from_128() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_mask(Image.fromarray(ramp), (16, 16)), ramp >= 128)


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (255, 0, 0)])
def test_a_painted_layer_counts_where_it_is_opaque(color: tuple[int, int, int]) -> None:
    layer = np.zeros((6, 8, 4), np.uint8)
    layer[HALVES] = (*color, 255)
    layer[0, 7] = (*color, 60)
    wanted = HALVES.copy()
    wanted[0, 7] = False
    np.testing.assert_array_equal(to_mask(Image.fromarray(layer), (8, 6)), wanted)


def test_another_size_is_brought_to_that_of_the_photo() -> None:
    small = Image.fromarray(np.array([[0, 255]], np.uint8))
    wanted = np.zeros((6, 8), bool)
    wanted[:, 4:] = True
    np.testing.assert_array_equal(to_mask(small, (8, 6)), wanted)
    large = Image.fromarray(np.kron(HALVES, np.ones((7, 5))).astype(np.uint8) * 255)
    np.testing.assert_array_equal(to_mask(large, (8, 6)), HALVES)


@pytest.mark.parametrize(
    "mask",
    [None, "mask.png", np.zeros((3, 0)), np.zeros(4), np.zeros((2, 2, 5)), np.array([["a"]])],
)
def test_what_is_no_mask(mask: Any) -> None:
    with pytest.raises(PictureError, match="is not a mask"):
        to_mask(mask, (8, 6))


def test_a_mask_that_is_too_large() -> None:
    with pytest.raises(PictureError, match="72 million pixels"):
        to_mask(Image.new("1", (9000, 8000)), (8, 6))


@given(mask=masks(), pixels=st.integers(-9, 9))
def test_grown_by_a_round_brush(mask: np.ndarray, pixels: int) -> None:
    before = mask.copy()
    found = grown(mask, pixels)
    if pixels >= 0:
        wanted = mask if not mask.any() else to_nearest_outside(~mask) <= pixels
    else:
        wanted = mask if mask.all() else to_nearest_outside(mask) > -pixels
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(mask, before)


@given(mask=masks(), pixels=st.integers(0, 9))
def test_feathers_lie_inside_the_mask(mask: np.ndarray, pixels: int) -> None:
    alpha = feather(mask, pixels)
    assert alpha.dtype == np.float32
    assert (alpha[~mask] == 0).all()
    assert (alpha[mask] > 0).all()
    inside = to_nearest_outside(mask)
    assert (alpha[inside >= pixels + 1] == 1).all()
    # The farther in, the more.
    order = np.argsort(inside, axis=None)
    assert (np.diff(alpha.ravel()[order]) >= -1e-5).all()


@given(mask=masks())
def test_distances_and_bounds(mask: np.ndarray) -> None:
    np.testing.assert_allclose(distances(mask), to_nearest_outside(mask), rtol=1e-5)
    if mask.any():
        left, top, right, bottom = bounds(mask)
        rows, columns = np.nonzero(mask)
        assert (left, top) == (columns.min(), rows.min())
        assert (right, bottom) == (columns.max() + 1, rows.max() + 1)
