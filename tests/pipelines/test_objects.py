"""Objects are counted as a person would count them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from pipelines.objects import find_objects, peaks


def disc(shape: tuple[int, int], y: int, x: int, radius: float) -> np.ndarray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def whole(mask: np.ndarray) -> int:
    """Number of objects, after checking that they share out the mask but for specks."""
    found = find_objects(mask)
    assert found.labels.dtype == np.int32
    assert found.sizes.dtype == np.int64
    counted = np.bincount(found.labels.ravel(), minlength=found.count + 1)
    assert found.sizes.tolist() == counted[1:].tolist()
    assert (found.sizes > 0).all()
    assert not found.labels[~mask].any()
    assert (found.labels.max() > 0) == mask.any()
    left, count = ndimage.label(mask & (found.labels == 0), np.ones((3, 3)))
    assert np.bincount(left.ravel(), minlength=count + 1)[1:].max(initial=0) <= 0.1 * mask.sum()
    return found.count


def test_two_overlapping_discs_are_two():
    left, right = disc((100, 140), 50, 45, 25), disc((100, 140), 50, 85, 25)
    found = find_objects(left | right)
    assert found.count == 2
    # The border runs down the middle, where they overlap.
    assert len({found.labels[50, 45], found.labels[50, 85]}) == 2
    assert abs(int(found.sizes[0]) - int(found.sizes[1])) < 0.05 * found.sizes[0]
    columns = [np.nonzero(found.labels == n)[1] for n in sorted({*found.labels[50, [45, 85]]})]
    assert max(c.max() for c in columns if c.min() < 45) <= 66


@pytest.mark.parametrize("radius", [1, 4, 9.5, 30])
def test_one_disc_stays_whole(radius):
    assert whole(disc((80, 80), 40, 37, radius)) == 1


def test_an_ellipse_and_a_bar_stay_whole():
    rows, columns = np.ogrid[:60, :160]
    assert whole(((rows - 30) / 15) ** 2 + ((columns - 80) / 60) ** 2 <= 1) == 1
    assert whole(np.ones((17, 3000), bool)) == 1
    assert whole(np.ones((3000, 17), bool)) == 1


def test_a_ragged_disc_stays_whole():
    noise = np.random.default_rng(0).random((120, 120))
    ragged = disc((120, 120), 60, 60, 40) | (disc((120, 120), 60, 60, 42) & (noise < 0.5))
    assert whole(ragged) == 1


def test_specks_are_no_objects():
    mask = disc((100, 140), 50, 40, 25) | disc((100, 140), 50, 100, 25)
    mask[::12, ::12] = True
    assert whole(mask) == 2
    few = np.zeros((9, 9), bool)
    few[::4, ::4] = True  # among themselves they are no specks
    assert whole(few) == 9


def test_pinholes_do_not_take_a_disc_apart():
    mask = disc((100, 100), 50, 50, 40)
    mask[30:70:8, 30:70:8] = False
    found = find_objects(mask)
    assert found.count == 1
    assert ((found.labels == 1) == mask).all()  # and they are not filled


def test_a_chain_of_five():
    mask = np.zeros((60, 240), bool)
    for i in range(5):
        mask |= disc(mask.shape, 30, 30 + 40 * i, 23)
    assert whole(mask) == 5


def test_apart_means_apart_and_corners_touch():
    mask = np.zeros((5, 6), bool)
    mask[0, 0] = mask[1, 1] = True
    mask[4, 3:] = True
    found = find_objects(mask)
    assert found.sizes.tolist() == [2, 3]
    assert found.labels[0, 0] == found.labels[1, 1] == 1


def test_nothing_and_everything():
    assert whole(np.zeros((4, 7), bool)) == 0
    assert whole(np.zeros((1, 1), bool)) == 0
    assert whole(np.ones((1, 1), bool)) == 1
    assert whole(np.ones((64, 48), bool)) == 1


def test_a_component_too_large_for_one_go_is_still_taken_apart():
    shape = (1200, 2300)
    left, right = disc(shape, 600, 590, 580), disc(shape, 600, 1600, 580)
    found = find_objects(left | right)
    assert whole(left | right) == 2
    assert found.labels[600, 590] != found.labels[600, 1600]
    assert abs(int(found.sizes[0]) - int(found.sizes[1])) < 0.05 * found.sizes[0]


def test_work_is_bounded(monkeypatch):
    two = disc((100, 140), 50, 45, 25) | disc((100, 140), 50, 85, 25)
    monkeypatch.setattr("pipelines.objects.MAX_WORK", 10)
    assert whole(two) == 1


@given(arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_mask_is_shared_out_once(mask):
    whole(mask)


def test_the_same_mask_gives_the_same_numbers():
    mask = np.random.default_rng(3).random((200, 300)) < 0.7
    assert (find_objects(mask).labels == find_objects(mask.copy()).labels).all()


def test_peaks_have_to_stand_out():
    height = np.array([[1.0, 5.0, 4.5, 5.2, 1.0, 6.0, 1.0]])
    assert peaks(height, 0.1).max() == 3
    assert peaks(height, 1.0).max() == 2  # the first two are one: the dip is too shallow
    assert peaks(np.zeros((3, 3)), 1.0).max() == 0
