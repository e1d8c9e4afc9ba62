"""Polygons cover exactly the pixels they are made from."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines import PictureError
from pipelines.polygons import Ring, polygons


def shoelace(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


def filled(rings: list[Ring], shape: tuple[int, int]) -> np.ndarray:
    """Pixels inside by the even-odd rule, slow and obvious: count the walls to the left."""
    inside = np.zeros(shape, bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if x0 == x1:
                for y in range(min(y0, y1), max(y0, y1)):
                    inside[y, x0:] ^= True
    return inside


def test_a_square_with_a_hole():
    mask = np.ones((3, 3), int)
    mask[1, 1] = 0
    assert polygons(mask) == {
        1: [
            [
                [[0, 0], [3, 0], [3, 3], [0, 3], [0, 0]],
                [[1, 2], [2, 2], [2, 1], [1, 1], [1, 2]],
            ]
        ]
    }


def test_an_island_in_a_lake_is_a_polygon_of_its_own():
    mask = np.zeros((7, 7), int)
    mask[0:7, 0:7] = 1
    mask[1:6, 1:6] = 0
    mask[3, 3] = 1
    parts = polygons(mask)[1]
    assert [len(part) for part in parts] == [2, 1]
    assert [sum(map(shoelace, part)) for part in parts] == [24, 1]


def test_corners_only_keep_parts_apart():
    parts = polygons(np.eye(2, dtype=int) * 4)
    assert list(parts) == [4]
    assert [shoelace(part[0]) for part in parts[4]] == [1, 1]


def test_a_hole_that_meets_the_outside_at_a_corner_is_a_hole():
    mask = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]])
    ((outer, hole),) = polygons(mask)[1]
    assert (shoelace(outer), shoelace(hole)) == (8, -1)


def test_two_values_share_a_border():
    parts = polygons(np.array([[1, 1, 2]]))
    assert parts == {
        1: [[[[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]]],
        2: [[[[2, 0], [3, 0], [3, 1], [2, 1], [2, 0]]]],
    }


def test_nothing_and_everything():
    assert polygons(np.zeros((5, 4), int)) == {}
    assert polygons(np.full((1, 1), 9)) == {9: [[[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]]}
    strip = polygons(np.ones((17, 3000), int))[1]
    assert strip == [[[[0, 0], [3000, 0], [3000, 17], [0, 17], [0, 0]]]]


@given(
    arrays(np.int32, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 3))
)
def test_any_map_comes_back(values):
    found = polygons(values)
    assert set(found) == set(np.unique(values)) - {0}
    for value, parts in found.items():
        for outer, *holes in parts:
            assert shoelace(outer) > 0
            assert all(shoelace(hole) < 0 for hole in holes)
            for ring in (outer, *holes):
                assert ring[0] == ring[-1]
                # No corner twice, and none that is not one.
                assert len({tuple(corner) for corner in ring}) == len(ring) - 1
                for a, b, c in zip(ring, ring[1:], ring[2:], strict=False):
                    assert (a[0] == b[0]) != (b[0] == c[0])
        rings = [ring for part in parts for ring in part]
        assert (filled(rings, values.shape) == (values == value)).all()
        assert sum(map(shoelace, rings)) == (values == value).sum()


def test_a_large_noisy_mask_keeps_its_area():
    mask = (np.random.default_rng(0).random((1000, 2000)) < 0.5).astype(int)
    parts = polygons(mask)[1]
    assert sum(shoelace(ring) for part in parts for ring in part) == mask.sum()


def test_too_many_corners_are_refused(monkeypatch):
    monkeypatch.setattr("pipelines.polygons.MAX_CORNERS", 7)
    with pytest.raises(PictureError) as error:
        polygons(np.eye(3, dtype=int))
    assert error.value.code == "corners"
