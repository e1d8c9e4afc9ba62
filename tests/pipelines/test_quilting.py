"""Quilting: the fast way against a slow and obvious one, and what nobody may see: its seams."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.quilt_search import AGAIN, FAINT, SELDOM, TOLERANCE
from pipelines.quilting import Axis, costs, cuts, quilt, waves


def grain(height: int, width: int, seed: int = 0, size: float = 1.5) -> np.ndarray:
    """A texture of blots."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width, 3))
    soft = cv2.GaussianBlur(noise, (0, 0), size)
    return (128 + 40 * soft / soft.std()).clip(0, 255).astype(np.uint8)


def last(*args) -> np.ndarray:
    *_, state = quilt(*args)
    assert state.done == state.total
    return state.origin


# One block after the other, one place after the other


def slow_cut(before: np.ndarray, after: np.ndarray, far: bool) -> list[int]:
    """The cheapest path down a strip (length, width, 3), by plain dynamic programming."""
    length, width = before.shape[:2]

    def cost(row: int, column: int) -> int:
        def differ(at: int) -> int:
            return int(np.square(before[row, at] - after[row, at]).sum())

        if column == 0:
            return 4 * differ(0)
        near, beyond = (after, before) if far else (before, after)
        step = int(np.square(near[row, column - 1] - beyond[row, column]).sum())
        return differ(column) + differ(column - 1) + 2 * step

    best = [[cost(0, column) for column in range(width)]]
    for row in range(1, length):
        above = best[-1]
        best.append([cost(row, c) + min(above[max(c - 1, 0) : c + 2]) for c in range(width)])
    column = 0 if far else int(np.argmin(best[-1]))
    path = [column]
    for row in range(length - 2, -1, -1):
        choices = [min(max(column + move, 0), width - 1) for move in (-1, 0, 1)]
        column = min(choices, key=lambda c: best[row][c])
        path.append(column)
    return path[::-1]


def slow_quilt(
    sample: np.ndarray, size: tuple[int, int], block: int, seamless: bool, seed: int
) -> np.ndarray:
    height, width = sample.shape[:2]
    down, across = (Axis.of(length, block, seamless) for length in size)
    rows, columns = len(down.starts), len(across.starts)
    chance = np.random.default_rng(seed).random((rows, columns))
    colors = sample.astype(int)
    origin = np.array(
        [[y % height * width + x % width for x in range(across.length)] for y in range(down.length)]
    )
    taken = np.zeros((height, width))
    places = list(itertools.product(range(height - down.span + 1), range(width - across.span + 1)))
    for wave in waves(rows, columns):
        picks = {}
        for i, j in wave:
            ys, xs = down.at(i), across.at(j)
            old = colors.reshape(-1, 3)[origin[np.ix_(ys, xs)]]
            strips = []
            if j > 0:
                strips.append(np.s_[:, : across.seam])
            if i > 0:
                strips.append(np.s_[: down.seam, :])
            if seamless and j == columns - 1:
                strips.append(np.s_[:, across.length - across.starts[-1] :])
            if seamless and i == rows - 1:
                strips.append(np.s_[down.length - down.starts[-1] :, :])
            errors, often = [], []
            for y, x in places:
                new = colors[y : y + down.span, x : x + across.span]
                errors.append(sum(int(np.square(new[s] - old[s]).sum()) for s in strips))
                area = taken[y : y + down.span, x : x + across.span]
                often.append(area.sum() / (area.size * taken.mean()) if taken.any() else 0.0)
            faint = FAINT * sum(old[s].size for s in strips)
            usual = max(sorted(errors)[len(errors) // SELDOM], faint)
            found = [e + AGAIN * usual * o for e, o in zip(errors, often, strict=True)]
            limit = max(min(found), faint)
            good = [n for n, e in enumerate(found) if e <= limit * (100 + TOLERANCE) / 100]
            picks[i, j] = places[good[int(chance[i, j] * len(good))]]
        for (i, j), (y, x) in picks.items():
            taken[y : y + down.span, x : x + across.span] += 1
            ys, xs = down.at(i), across.at(j)
            old = origin[np.ix_(ys, xs)]
            new = (y + np.arange(down.span))[:, None] * width + x + np.arange(across.span)
            stays = np.zeros(old.shape, bool)
            before, after = colors.reshape(-1, 3)[old], colors.reshape(-1, 3)[new]
            if j > 0:
                path = slow_cut(before[:, : across.seam], after[:, : across.seam], False)
                for row, column in enumerate(path):
                    stays[row, :column] = True
            if i > 0:
                top = np.s_[: down.seam]
                path = slow_cut(*(p[top].transpose(1, 0, 2) for p in (before, after)), False)
                for column, row in enumerate(path):
                    stays[:row, column] = True
            if seamless and j == columns - 1:
                begin = across.length - across.starts[-1]
                path = slow_cut(before[:, begin:], after[:, begin:], True)
                for row, column in enumerate(path):
                    stays[row, begin + column :] = True
            if seamless and i == rows - 1:
                begin = down.length - down.starts[-1]
                path = slow_cut(*(p[begin:].transpose(1, 0, 2) for p in (before, after)), True)
                for column, row in enumerate(path):
                    stays[begin + row :, column] = True
            origin[np.ix_(ys, xs)] = np.where(stays, old, new)
    return origin[: size[0], : size[1]]


@pytest.mark.parametrize("seamless", [False, True])
@pytest.mark.parametrize("size", [(20, 33), (30, 16), (24, 24)])
def test_fast_and_slow_take_the_same_pixels(size, seamless):
    sample = grain(18, 21)
    for block, seed in ((8, 1), (11, 2)):
        wanted = slow_quilt(sample, size, block, seamless, seed)
        assert np.array_equal(last(sample, size, block, seamless, seed), wanted)


def test_cuts_are_the_cheapest_there_are():
    random = np.random.default_rng(5)
    strips = random.integers(0, 30, (6, 5, 4))
    for closes in (False, True):
        for strip, path in zip(strips, cuts(strips, closes), strict=True):
            possible = [
                p
                for p in itertools.product(range(4), repeat=5)
                if np.abs(np.diff(p)).max() <= 1 and (not closes or p[-1] == 0)
            ]
            cheapest = min(sum(strip[row, c] for row, c in enumerate(p)) for p in possible)
            assert sum(strip[row, c] for row, c in enumerate(path)) == cheapest
            assert tuple(path) in possible


def test_no_cost_where_nothing_changes():
    flat = np.full((1, 4, 3, 3), 7)
    for far in (False, True):
        assert not costs(flat, flat, far).any()
        assert (costs(flat, flat + 1, far) > 0).all()


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 9])
def test_every_block_is_laid_once_after_those_it_needs(rows, columns):
    seen: set[tuple[int, int]] = set()
    for wave in waves(rows, columns):
        for i, j in wave:
            needed = {(i, j - 1), (i - 1, j - 1), (i - 1, j), (i - 1, j + 1)}
            inside = {(y, x) for y, x in needed if y >= 0 and 0 <= x < columns}
            assert inside <= seen
            if i and columns > 2:  # around the border, never at the same time
                assert not ((i, 0) in wave and (i - 1, columns - 1) in wave)
        assert not seen & set(wave)
        seen |= set(wave)
    assert len(seen) == rows * columns


# What is seen


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.integers(16, 70), st.integers(16, 70)),
    st.tuples(st.integers(16, 40), st.integers(16, 40)),
    st.integers(2, 40),
    st.booleans(),
    st.integers(0, 9),
)
def test_any_size_of_anything(size, sample_size, block, seamless, seed):
    sample = grain(*sample_size, seed)
    side = min(block, *sample_size, *(size if seamless else ()))
    states = [state.origin.copy() for state in quilt(sample, size, side, seamless, seed)]
    for origin in states:  # whole at any time
        assert origin.shape == size
        assert 0 <= origin.min() <= origin.max() < sample.shape[0] * sample.shape[1]
    assert np.array_equal(states[-1], last(sample, size, side, seamless, seed))


def test_another_seed_is_another_texture():
    sample = grain(48, 48)
    first, second = (last(sample, (64, 64), 16, True, seed) for seed in (1, 2))
    assert (first != second).mean() > 0.5


def test_all_of_the_sample_is_used():
    sample = grain(64, 64)
    origin = last(sample, (256, 256), 20, True, 0)
    inner = np.arange(64 * 64).reshape(64, 64)[4:-4, 4:-4]
    assert np.isin(inner, origin).mean() > 0.9
