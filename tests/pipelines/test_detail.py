"""Holes that were repaired small get the grain of what is around them, and nothing foreign."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.detail import detail
from pipelines.patch_search import Look, Matcher


def shrunk(picture: np.ndarray, factor: float) -> np.ndarray:
    height, width = (max(1, round(side / factor)) for side in picture.shape[:2])
    return cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)


def enlarged(picture: np.ndarray, like: np.ndarray) -> np.ndarray:
    size = like.shape[1], like.shape[0]
    return cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).clip(0, 255)


def hole(shape: tuple[int, ...], part: float = 0.4) -> np.ndarray:
    mask = np.zeros(shape[:2], bool)
    (top, left), (bottom, right) = (
        [round(side * share) for side in mask.shape] for share in (0.5 - part / 2, 0.5 + part / 2)
    )
    mask[top:bottom, left:right] = True
    return mask


def repaired(picture: np.ndarray, mask: np.ndarray, factor: float, fill=None) -> np.ndarray:
    """``detail`` on a hole filled with the true small picture, or with ``fill``."""
    small_mask = shrunk(mask, factor) > 0
    small = shrunk(picture, factor)
    small[small_mask] = small[small_mask] if fill is None else fill
    spoiled = np.where(mask[..., None], 0, picture)
    return detail(small, small_mask, spoiled, mask)


def grain(picture: np.ndarray, where: np.ndarray) -> float:
    """Strength of what only full resolution can show."""
    fine = picture.astype(np.float32) - cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 2)
    return float(fine[where].std())


def noise(side: int = 240) -> np.ndarray:
    """A film: soft blotches and grain."""
    random = np.random.default_rng(0)
    soft = cv2.GaussianBlur(random.normal(0, 1, (side, side, 3)), (0, 0), 15) * 600
    return (128 + soft + random.normal(0, 12, (side, side, 1))).clip(0, 255).astype(np.uint8)


def stripes(side: int = 240) -> np.ndarray:
    """Slanted bars with sharp edges."""
    y, x = np.mgrid[:side, :side]
    bars = (x + 0.35 * y) % 37 < 14
    return np.where(bars[..., None], np.uint8([200, 160, 120]), np.uint8([60, 70, 90]))


@pytest.mark.parametrize("factor", [2.0, 3.0, 5.3])
def test_grain_is_that_of_the_surroundings(factor):
    picture = noise()
    mask = hole(picture.shape)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    wanted = grain(picture, ~mask)
    plain = grain(enlarged(shrunk(picture, factor), picture), inner)
    assert plain < 0.6 * wanted
    assert grain(repaired(picture, mask, factor), inner) == pytest.approx(wanted, rel=0.25)


@pytest.mark.parametrize("factor", [2.0, 3.0, 5.3])
def test_edges_become_sharp_where_they_belong(factor):
    picture = stripes()
    mask = hole(picture.shape)
    plain = np.abs(enlarged(shrunk(picture, factor), picture) - picture)[mask].mean()
    found = np.abs(repaired(picture, mask, factor) - picture)[mask].mean()
    assert found < 0.6 * plain


def test_no_seam_along_the_hole():
    picture = noise()
    mask = hole(picture.shape)
    found = repaired(picture, mask, 3).mean(2)
    steps = np.abs(np.diff(found, axis=1))
    left = np.flatnonzero(mask.any(0))[0]
    rows = np.flatnonzero(mask.any(1))
    seam = steps[rows, left - 1].mean()
    assert seam < 1.3 * steps[~mask[:, 1:]].mean()


def test_what_is_like_nothing_around_it_stays_as_it_was_repaired():
    picture = stripes()
    mask = hole(picture.shape)
    small_mask = shrunk(mask, 3) > 0
    y, x = np.mgrid[: small_mask.shape[0], : small_mask.shape[1]]
    soft = np.dstack([110 + x / 2, 110 + y / 2, 100 + x / 4]).astype(np.float32)
    small = np.where(small_mask[..., None], soft, shrunk(picture, 3))
    found = detail(small, small_mask, picture, mask)
    inner = cv2.erode(mask.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert np.abs(found - enlarged(small, picture))[inner].mean() < 2


def test_little_to_enlarge_is_only_enlarged():
    picture = noise()
    mask = hole(picture.shape)
    found = repaired(picture, mask, 1.2)
    small = shrunk(picture, 1.2)
    assert np.array_equal(found[mask], enlarged(small, picture)[mask])


def test_nothing_known_is_only_enlarged():
    picture = noise(90)
    mask = np.ones(picture.shape[:2], bool)
    found = repaired(picture, mask, 3)
    assert np.allclose(found, enlarged(shrunk(picture, 3), picture), atol=1e-3)


def test_the_hole_in_the_region_is_not_looked_at():
    picture = noise()
    mask = hole(picture.shape)
    small, small_mask = shrunk(picture, 3), shrunk(mask, 3) > 0
    black, white = (np.where(mask[..., None], value, picture) for value in (0, 255))
    assert np.array_equal(
        detail(small, small_mask, black, mask), detail(small, small_mask, white, mask)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.floats(0.9, 9),
    st.floats(0.9, 9),
    st.sampled_from(["dots", "corner", "box", "none"]),
    st.integers(0, 99),
)
def test_any_size_and_any_hole(size, down, across, kind, seed):
    random = np.random.default_rng(seed)
    height, width = max(1, round(size[0] * down)), max(1, round(size[1] * across))
    picture = random.integers(0, 256, (height, width, 3)).astype(np.uint8)
    mask = np.zeros((height, width), bool)
    if kind == "dots":
        mask = random.random((height, width)) < random.random()
    elif kind == "corner":
        mask[: height // 2 + 1, : width // 3 + 1] = True
    elif kind == "box":
        mask = hole(picture.shape)
    small = random.integers(0, 256, (*size, 3)).astype(np.uint8)
    area = cv2.resize(mask.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
    found = detail(small, area > 0, picture, mask)
    assert found.shape == picture.shape
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 255)).all()
    assert np.array_equal(found[~mask], picture[~mask].astype(np.float32))


# The search


def test_a_copy_of_a_known_patch_is_found_to_the_pixel():
    random = np.random.default_rng(3)
    small = cv2.GaussianBlur(random.normal(0, 60, (40, 50, 3)), (0, 0), 1) + 128
    small = small.astype(np.float32)
    large = cv2.resize(small, (150, 120), interpolation=cv2.INTER_CUBIC)
    look = Look.of(large, (12, 12))
    free = np.ones((109, 139), bool)
    matcher = Matcher.of(small, look, free, (3, 3), (0, 0), 2)
    at = np.array([[30, 60], [45, 9], [0, 0], [108, 138]])
    place, error = matcher.find(small, look, at)
    assert np.array_equal(place, at)
    assert np.allclose(error, 0, atol=1e-6)
    apart, error = matcher.find(small, look, at, apart=True)
    assert (np.abs(apart - at).max(1) >= 6).all()
    assert (error > 0).all()


def test_unlikeness_is_what_it_is_said_to_be():
    random = np.random.default_rng(4)
    picture = random.uniform(0, 255, (30, 40, 3)).astype(np.float32)
    look = Look.of(picture, (8, 8))
    free = np.ones((23, 33), bool)
    free[:, 20:] = False
    matcher = Matcher.of(picture[::2, ::2], look, free, (2, 2), (0, 0), 2)
    at, place = np.array([[3, 5], [10, 20]]), np.array([[7, 11], [10, 21]])

    def even(corner):
        patch = picture[corner[0] : corner[0] + 8, corner[1] : corner[1] + 8]
        gray = patch @ np.float32([0.299, 0.587, 0.114])
        return (gray - gray.mean()) / np.sqrt(gray.var() + 100), patch.mean((0, 1))

    (ours, color), (theirs, other) = even(at[0]), even(place[0])
    wanted = np.square(ours - theirs).mean() + np.square((color - other) / 28).mean()
    found = matcher.unlike(look.patches(at), place)
    assert found[0] == pytest.approx(wanted, rel=1e-4)
    assert np.isinf(found[1])
