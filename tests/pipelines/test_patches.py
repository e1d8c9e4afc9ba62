"""Pieces of work: all of the mask, enough around it, and never too many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.patches import GROUPS, NATIVE, STRIDE, Patch, padded, part, patches


def blank(width: int, height: int) -> np.ndarray:
    return np.zeros((height, width), bool)


def check(mask: np.ndarray, found: list[Patch], side: int) -> None:
    """What has to be true of the pieces of any mask."""
    height, width = mask.shape
    missing = mask.copy()
    for patch in found:
        left, top, right, bottom = patch.box
        assert 0 <= left <= patch.inner[0] < patch.inner[2] <= right <= width
        assert 0 <= top <= patch.inner[1] < patch.inner[3] <= bottom <= height
        assert part(missing, patch.inner).any()
        part(missing, patch.inner)[:] = False
        assert max(patch.size) <= NATIVE * side + STRIDE
        assert patch.size[0] <= right - left
        assert patch.size[1] <= bottom - top
        # Not squeezed to another shape.
        if min(patch.size) > 20:
            x, y = (right - left) / patch.size[0], (bottom - top) / patch.size[1]
            assert x == pytest.approx(y, rel=0.05)
    assert not missing.any()


@settings(max_examples=60)
@given(
    width=st.integers(1, 300),
    height=st.integers(1, 300),
    seed=st.integers(0, 999),
    share=st.sampled_from([0.0003, 0.01, 0.5, 0.99]),
    side=st.sampled_from([16, 64, 100, 256]),
    pieces=st.sampled_from([1, 4, 48]),
)
def test_any_mask(width: int, height: int, seed: int, share: float, side: int, pieces: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random((height, width)) < share
    top, left = rng.integers(height), rng.integers(width)
    mask[top : top + rng.integers(80), left : left + rng.integers(80)] = True
    found = patches(mask, side, side // 3, pieces)
    check(mask, found, side)
    assert len(found) <= max(pieces, GROUPS)


def test_an_empty_mask_needs_no_work() -> None:
    assert patches(blank(9, 9), 64, 32) == []


def test_a_small_hole_in_a_large_photo_is_seen_as_it_is() -> None:
    mask = blank(4000, 3000)
    mask[1000:1040, 2000:2050] = True
    (patch,) = patches(mask, 256, 96)
    assert patch.inner == (2000, 1000, 2050, 1040)
    assert patch.size == (patch.box[2] - patch.box[0], patch.box[3] - patch.box[1])
    # As much around it as it is thick, on every side.
    assert 2000 - patch.box[0] >= 40
    assert patch.box[3] - 1040 >= 40


def test_a_thick_hole_is_made_smaller_and_a_thin_one_cut() -> None:
    mask = blank(4000, 3000)
    mask[1000:1600, 1000:1600] = True
    (patch,) = patches(mask, 256, 96)
    factor = (patch.box[2] - patch.box[0]) / patch.size[0]
    assert 600 / factor == pytest.approx(96, rel=0.05)
    wire = blank(4000, 3000)
    wire[1500:1506] = True
    pieces = patches(wire, 256, 96)
    assert len(pieces) > 10
    assert all(p.size[0] == p.box[2] - p.box[0] for p in pieces)
    assert len(patches(wire, 256, 96, pieces=4)) <= 4


def test_what_is_wider_than_a_network_reaches_can_be_made_smaller_still() -> None:
    def shrunk(width: int, left: int = 1000) -> float:
        mask = blank(4000, 3000)
        mask[1000 : 1000 + width, left : left + width] = True
        (patch,) = patches(mask, 256, 96, wide=48)
        return width / (patch.box[2] - patch.box[0]) * patch.size[0]

    assert shrunk(90) == 90  # within its reach
    assert shrunk(400) == pytest.approx(48, rel=0.05)
    # At the border, where there is nothing beyond it to go by, it is no smaller than it must be.
    assert shrunk(400, left=0) == pytest.approx(96, rel=0.05)


def test_margins_reach_as_far_as_their_depth() -> None:
    mask = blank(1000, 1000)
    mask[:, 800:] = True
    found = patches(mask, 256, 96)
    check(mask, found, 256)
    for patch in found:
        factor = (patch.box[2] - patch.box[0]) / patch.size[0]
        assert 2 * 200 / factor <= 96 * 1.05
        assert patch.box[0] <= 700


def test_specks_all_over_do_not_mean_a_pass_each() -> None:
    mask = np.random.default_rng(0).random((1500, 2000)) < 0.005
    found = patches(mask, 256, 96)
    check(mask, found, 256)
    assert len(found) <= 48


def test_a_small_hole_within_the_box_of_another_comes_first() -> None:
    mask = blank(900, 900)
    mask[:60] = mask[:, :60] = True
    mask[500:510, 500:510] = True
    found = patches(mask, 256, 96)
    check(mask, found, 256)
    assert found[0].inner == (500, 500, 510, 510)
    assert found[0].size == (128, 128)


@given(st.integers(1, 70), st.integers(1, 70))
def test_padded_by_its_mirror_image(width: int, height: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3))
    found = padded(picture)
    assert found.shape[0] % 16 == found.shape[1] % 16 == 0
    assert min(found.shape[:2]) >= 32
    np.testing.assert_array_equal(found[:height, :width], picture)
    assert set(np.unique(found)) == set(np.unique(picture))
    assert padded(picture[..., 0]).shape == found.shape[:2]
