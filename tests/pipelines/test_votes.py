"""What known patches make of a filled hole."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines import votes
from pipelines.votes import voted


def stripes(side: int = 48) -> np.ndarray:
    """Vertical stripes four pixels wide, float32 (side, side, 3), 0 to 255."""
    row = np.where(np.arange(side) // 4 % 2, 200.0, 40.0)
    return np.repeat(np.tile(row, (side, 1))[..., None], 3, 2).astype(np.float32)


def square(side: int = 48) -> np.ndarray:
    hole = np.zeros((side, side), bool)
    hole[16:30, 16:30] = True
    return hole


def test_a_rough_guess_becomes_what_is_around_it():
    truth, hole = stripes(), square()
    noise = np.random.default_rng(0).normal(0, 30, truth.shape).astype(np.float32)
    guess = np.where(hole[..., None], truth + noise, truth)
    found = voted(guess, hole)
    assert (found[~hole] == truth[~hole]).all()
    before, after = (np.abs(x - truth)[hole].mean() for x in (guess, found))
    assert after < 0.7 * before  # half of what comes out was guessed


def test_what_is_already_like_its_surroundings_stays():
    truth, hole = stripes(), square()
    assert np.abs(voted(truth, hole) - truth).max() < 0.01


@pytest.mark.parametrize("places", [64, 10**6])
def test_places_are_counted_and_found_whatever_is_held_at_a_time(monkeypatch, places):
    truth, hole = stripes(), square()
    guess = np.where(hole[..., None], truth[:, ::-1] * 0.9, truth)
    monkeypatch.setattr(votes, "PLACES", places)
    whole = voted(guess, hole)
    monkeypatch.setattr(votes, "BYTES", 4 * 1000)
    assert np.abs(voted(guess, hole) - whole).max() < 0.01


@pytest.mark.parametrize(("height", "width"), [(1, 1), (4, 40), (40, 4), (5, 5), (6, 33), (64, 7)])
def test_sizes_that_leave_little(height, width):
    picture = np.random.default_rng(1).uniform(0, 255, (height, width, 3)).astype(np.float32)
    for hole in (
        np.zeros((height, width), bool),
        np.ones((height, width), bool),
        np.arange(width)[None].repeat(height, 0) < width // 2,
    ):
        found = voted(picture, hole)
        assert found.shape == picture.shape
        assert found.dtype == np.float32
        assert (found[~hole] == picture[~hole]).all()
        assert np.isfinite(found).all()
        # No colour that nothing had: votes are means, shifted towards the guess.
        assert found.min() >= -255
        assert found.max() <= 510


def test_nothing_is_changed_in_place():
    truth, hole = stripes(), square()
    guess = np.where(hole[..., None], np.float32(120), truth)
    kept = guess.copy()
    assert voted(guess, hole) is not guess
    assert (guess == kept).all()
