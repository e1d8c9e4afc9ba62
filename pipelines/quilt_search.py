"""Places of a sample that agree with what a block of a quilt overlaps; see ``quilting``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PLACES = 16_384  # of the sample that are compared at most
NUMBERS = 25_000_000  # held of one side of all places at most
EXACT = 1024  # products of two levels that float32 adds up without rounding
TOLERANCE = 10  # percent by which a place may agree less than the best
FAINT = 4  # mean squared error below which places agree equally well
SELDOM = 50  # of so many places the best tells what errors are usual
AGAIN = 0.2  # of the usual error: added for a place that was taken as often as the mean


@dataclass(frozen=True, eq=False)
class Side:
    """A strip of a block that overlaps others.

    ``part``: where it is in the block. ``upright``: it runs down, else across. ``far``: the
    others begin in it, else they end in it. ``blocks``: int, those of a wave that have it.
    """

    part: tuple[slice, slice]
    upright: bool
    far: bool
    blocks: np.ndarray

    def of(self, pixels: np.ndarray) -> np.ndarray:
        """The strip of the blocks that have it, out of all blocks of the wave."""
        return pixels[self.blocks][:, self.part[0], self.part[1]]


class Matcher:
    """Draws places in a sample for blocks of one size, and remembers what was taken."""

    def __init__(
        self, sample: np.ndarray, span: tuple[int, int], random: np.random.Generator
    ) -> None:
        """``sample``: uint8 (h, w, 3). ``span``: rows and columns of a block."""
        height, width = sample.shape[:2]
        free = height - span[0] + 1, width - span[1] + 1
        # A side is as long as the block and a quarter as wide.
        most = max(1, min(PLACES, NUMBERS // (3 * (max(span) ** 2 // 4 + 1))))
        count = min(free[0] * free[1], most)
        chosen = np.sort(random.choice(free[0] * free[1], count, replace=False))
        self._span = span
        self._rows, self._columns = chosen // free[1], chosen % free[1]
        self._corners = self._rows * width + self._columns
        self._levels = sample.astype(np.float32) - 128
        self._taken = np.zeros((height, width), np.float32)
        self._strips: dict[tuple[bool, bool], tuple[np.ndarray, np.ndarray]] = {}

    def drawn(self, old: np.ndarray, sides: list[Side], chance: np.ndarray) -> np.ndarray:
        """A place for each block, as the index of its first pixel: (n,).

        ``old``: int (n, h, w), pixels of the sample that are there. ``chance``: (n,), 0 to 1,
        which of the places that agree well enough is taken.
        """
        found, numbers = self.errors(old, sides)
        usual = np.partition(found, len(found) // SELDOM, 0)[len(found) // SELDOM]
        usual = np.maximum(usual, FAINT * numbers)
        found = found + AGAIN * usual * self._often()[:, None]
        limits = np.maximum(found.min(0), FAINT * numbers) * (100 + TOLERANCE) / 100
        good = [np.flatnonzero(each <= limit) for each, limit in zip(found.T, limits, strict=True)]
        picks = [g[int(c * len(g))] for g, c in zip(good, chance, strict=True)]
        for row, column in zip(self._rows[picks], self._columns[picks], strict=True):
            self._taken[row : row + self._span[0], column : column + self._span[1]] += 1
        return self._corners[picks]

    def errors(self, old: np.ndarray, sides: list[Side]) -> tuple[np.ndarray, np.ndarray]:
        """Squared differences in the overlaps, int (places, n), and of how many numbers, (n,).

        Where two overlaps cross they count twice.
        """
        levels = self._levels.reshape(-1, 3)
        total = np.zeros((len(self._corners), len(old)), np.int64)
        numbers = np.zeros(len(old), np.int64)
        for side in sides:
            places, squares = self._strip(side)
            wanted = levels[side.of(old)].reshape(len(side.blocks), -1)
            products = np.zeros((len(places), len(wanted)), np.int64)
            for start in range(0, wanted.shape[1], EXACT):
                part = np.s_[:, start : start + EXACT]
                products += (places[part] @ wanted[part].T).astype(np.int32)
            total[:, side.blocks] += squares[:, None] - 2 * products + _squares(wanted)
            numbers[side.blocks] += wanted.shape[1]
        return total, numbers

    def _often(self) -> np.ndarray:
        """How often the pixels of each place were taken, in what is the mean: (places,)."""
        import cv2

        if not self._taken.any():
            return np.zeros(len(self._corners))
        table = cv2.integral(self._taken, sdepth=cv2.CV_64F)
        top, left = self._rows, self._columns
        low, right = top + self._span[0], left + self._span[1]
        sums = table[low, right] - table[top, right] - table[low, left] + table[top, left]
        return sums / (self._span[0] * self._span[1] * self._taken.mean(dtype=np.float64))

    def _strip(self, side: Side) -> tuple[np.ndarray, np.ndarray]:
        """A side of the blocks at all places, (places, k), and its sum of squares, (places,)."""
        key = side.upright, side.far
        if key not in self._strips:
            rows, columns = side.part
            size = rows.stop - rows.start, columns.stop - columns.start
            windows = np.lib.stride_tricks.sliding_window_view(self._levels, size, (0, 1))
            strips = windows[self._rows + rows.start, self._columns + columns.start]
            strips = strips.transpose(0, 2, 3, 1).reshape(len(self._rows), -1)
            self._strips[key] = strips, _squares(strips)
        return self._strips[key]


def _squares(strips: np.ndarray) -> np.ndarray:
    """Sums of squares of rows of whole numbers, exactly: int (n,)."""
    parts = range(0, strips.shape[1], EXACT)
    sums = [np.square(strips[:, start : start + EXACT]).sum(1) for start in parts]
    return np.stack(sums).sum(0, dtype=np.int64)
