"""What was repaired comes back without a seam, and without what was hidden under the mask."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.blend import Seam, brought_back, joined, membrane, reduced

SIDE = 90
Y, X = np.mgrid[:SIDE, :SIDE].astype(np.float32)
DISC = np.hypot(X - 45, Y - 40) < 25
SLOPE = np.stack([40 + X, 200 - Y, 60 + (X + Y) / 2], -1)  # colours that change slowly


def test_a_membrane_through_a_plane_is_the_plane() -> None:
    fixed = np.zeros((SIDE, SIDE), bool)
    fixed[0] = fixed[-1] = True
    fixed[:, 0] = fixed[:, -1] = True
    found = membrane(SLOPE, fixed)
    np.testing.assert_array_equal(found[fixed], SLOPE[fixed])
    assert np.abs(found - SLOPE).max() < 2


@given(h=st.integers(1, 40), w=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_membrane_never_leaves_the_range_of_what_it_hangs_on(h: int, w: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(-50, 50, (h, w, 3))
    fixed = rng.random((h, w)) < rng.choice([0.02, 0.3, 1])
    fixed[rng.integers(h), rng.integers(w)] = True
    found = membrane(values, fixed)
    assert found.shape == (h, w, 3)
    assert (found <= values[fixed].max(0) + 1e-3).all()
    assert (found >= values[fixed].min(0) - 1e-3).all()


@pytest.mark.parametrize("seam", ["error", "step"])
def test_a_patch_of_other_brightness_leaves_no_seam(seam: Seam) -> None:
    patch = SLOPE + np.float32([30, -25, 12])
    if seam == "step":  # pasted into the true picture
        patch = np.where(DISC[..., None], patch, SLOPE)
    found = joined(patch, SLOPE.round().astype(np.uint8), DISC, seam)
    assert np.abs(found - SLOPE).max() < 2.5


def test_what_suits_is_left_as_it_is() -> None:
    waves = np.float32(128 + 60 * np.sin(X[..., None] / 3 + np.arange(3)))
    found = joined(waves, waves.round().astype(np.uint8), DISC, "error")
    assert np.abs(found - waves).max() <= 1
    np.testing.assert_array_equal(joined(waves, SLOPE, DISC, "none")[DISC], waves[DISC])


@pytest.mark.parametrize("hole", [np.zeros((5, 7), bool), np.ones((5, 7), bool)])
def test_nothing_and_everything_missing(hole: np.ndarray) -> None:
    patch, picture = np.full((5, 7, 3), 9.0), np.full((5, 7, 3), 200, np.uint8)
    for seam in ("error", "step", "none"):
        found = joined(patch, picture, hole, seam)
        np.testing.assert_array_equal(found, np.where(hole[..., None], patch, picture))


@settings(max_examples=40)
@given(h=st.integers(1, 50), w=st.integers(1, 50), shrink=st.floats(1, 6), seed=st.integers(0, 99))
def test_what_is_under_the_mask_never_shows(h: int, w: int, shrink: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 100, (h, w, 3), dtype=np.uint8)
    hole = rng.random((h, w)) < rng.choice([0.05, 0.5, 0.95, 1])
    picture[hole] = 255
    small, missing = reduced(picture, hole, (max(1, int(w / shrink)), max(1, int(h / shrink))))
    assert small.dtype == np.float32
    assert missing.all() == hole.all()
    assert small[~missing].max(initial=0) <= 100.01


def test_reduced_is_the_mean_of_what_is_known() -> None:
    picture = np.zeros((2, 4, 3), np.uint8)
    picture[0, 0], picture[1, 1] = 10, 30
    picture[:, 2:] = 77
    hole = np.array([[0, 1, 0, 1], [1, 0, 1, 1]], bool)
    small, missing = reduced(picture, hole, (2, 1))
    assert missing.tolist() == [[False, True]]
    np.testing.assert_allclose(small[0, 0], 20)
    whole, same = reduced(picture, hole, (4, 2))
    np.testing.assert_array_equal(whole, picture)
    assert same is hole


@pytest.mark.parametrize("fine", [False, True])
def test_brought_back_from_a_smaller_size(fine: bool) -> None:
    picture = SLOPE.round().astype(np.uint8)
    picture[DISC] = 255
    small, hole = reduced(picture, DISC, (30, 30))
    repaired = SLOPE.reshape(30, 3, 30, 3, 3).mean((1, 3)) + 20
    back = brought_back(repaired, small, hole, picture, DISC, "error", fine)
    assert back.shape == picture.shape
    np.testing.assert_array_equal(back[~DISC], picture[~DISC])
    assert np.abs(back - SLOPE)[DISC].mean() < 3
    assert np.abs(back - SLOPE)[DISC].max() < 15
