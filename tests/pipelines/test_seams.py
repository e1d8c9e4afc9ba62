"""Seams of a texture: found where they are, and not seen any more."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipelines.quilting import quilt
from pipelines.seams import healed, seams
from pipelines.texture_scores import seam_score


def soft(height: int, width: int, size: float = 3) -> np.ndarray:
    """A texture of blots, on which every step is seen."""
    noise = np.random.default_rng(0).normal(0, 1, (height, width, 3))
    blots = cv2.GaussianBlur(noise, (0, 0), size)
    return (128 + 40 * blots / blots.std()).clip(0, 255).astype(np.uint8)


def quilted(sample: np.ndarray, seamless: bool) -> np.ndarray:
    *_, state = quilt(sample, (96, 128), 24, seamless, 0)
    return state.origin


@pytest.mark.parametrize("wraps", [False, True])
def test_seams_are_where_neighbours_were_none(wraps):
    random = np.random.default_rng(1)
    origin = random.integers(0, 6, (9, 11))  # of a sample of 2 rows and 3 columns
    above, left = seams(origin, 3, wraps)
    for y in range(9):
        for x in range(11):
            row, column = divmod(int(origin[y, x]), 3)
            up = divmod(int(origin[y - 1, x]), 3)
            back = divmod(int(origin[y, x - 1]), 3)
            assert above[y, x] == ((wraps or y > 0) and up != (row - 1, column))
            assert left[y, x] == ((wraps or x > 0) and back != (row, column - 1))


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize("size", [1.5, 3])
def test_no_step_is_left(wraps, size):
    sample = soft(64, 64, size)
    origin = quilted(sample, wraps)
    rough = sample.reshape(-1, 3)[origin]
    assert seam_score(rough, origin, 64, wraps) > 1.3  # or there would be nothing to show
    assert seam_score(healed(sample, origin, wraps), origin, 64, wraps) < 1.15


@pytest.mark.parametrize("axis", [0, 1])
def test_a_seamless_texture_can_be_laid_beside_itself(axis):
    sample = soft(64, 64)

    def step(picture: np.ndarray) -> float:
        picture = picture.astype(float)
        border = np.take(picture, 0, axis) - np.take(picture, -1, axis)
        return float(np.abs(border).mean() / np.abs(np.diff(picture, axis=axis)).mean())

    assert step(healed(sample, quilted(sample, True), True)) < 1.15
    assert step(healed(sample, quilted(sample, False), False)) > 2


def test_what_has_no_seam_stays_as_it_is():
    sample = soft(20, 30)
    origin = np.arange(600).reshape(20, 30)
    assert np.array_equal(healed(sample, origin, False), sample)
    part = origin[3:17, 5:26]
    assert np.array_equal(healed(sample, part, False), sample[3:17, 5:26])


def test_sharp_detail_stays_sharp():
    sample = np.where(np.indices((48, 48)).sum(0)[..., None] % 8 < 4, 30, 220)
    sample = np.repeat(sample, 3, 2).astype(np.uint8)
    origin = quilted(sample, True)
    found = healed(sample, origin, True).astype(float)
    assert np.abs(found - sample.reshape(-1, 3)[origin]).mean() < 3


@pytest.mark.parametrize("wraps", [False, True])
def test_the_smallest(wraps):
    for size in ((1, 1), (1, 5), (2, 2), (3, 2)):
        sample = soft(4, 4)
        origin = np.random.default_rng(2).integers(0, 16, size)
        assert healed(sample, origin, wraps).shape == (*size, 3)
