"""Brightness of one picture, colours of another."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipelines.colors import LUMA, ROWS, recolored


def some(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(st.integers(0, 999), st.integers(1, 20), st.integers(1, 20))
def test_brightness_and_hue_are_kept(seed: int, height: int, width: int) -> None:
    bright, colors = some(seed, height, width), some(seed + 1, height, width)
    found = recolored(bright, colors)
    assert np.abs(found @ LUMA - bright @ LUMA).max() <= 1.0
    ours = found - (found @ LUMA)[..., None]
    theirs = colors - (colors @ LUMA)[..., None]
    # Shorter or equal, in the same direction.
    length = np.linalg.norm(theirs, axis=-1)
    share = (ours * theirs).sum(-1) / np.maximum(length**2, 1e-3)
    assert share[length > 9].min(initial=1) > -0.1
    assert share[length > 9].max(initial=0) < 1.1
    assert np.abs(ours - share[..., None] * theirs)[length > 9].max(initial=0) <= 1.6


def test_a_picture_in_its_own_colors_is_itself() -> None:
    picture = some(0, 9, 9)
    assert np.abs(recolored(picture, picture).astype(int) - picture).max() <= 1


def test_greys_stay_grey() -> None:
    grey = np.repeat(some(1, 8, 8)[..., :1], 3, axis=2)
    found = recolored(some(2, 8, 8), grey).astype(int)
    assert np.ptp(found, axis=-1).max() <= 1


def test_strips_do_not_show() -> None:
    width = ROWS // 2 + 1  # one row at a time
    bright, colors = some(3, 3, width), some(4, 3, width)
    rows = [recolored(bright[i : i + 1], colors[i : i + 1]) for i in range(3)]
    np.testing.assert_array_equal(recolored(bright, colors), np.concatenate(rows))
