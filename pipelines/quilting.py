"""Image quilting (Efros and Freeman 2001): a texture of any size out of blocks of a sample.

Blocks are laid in rows. Each is drawn among the places of the sample that agree best with what
it overlaps, rather those that were seldom taken, and joined to that along the cut of least
error. In a seamless texture the last block of a row overlaps the first, and the last row the
first one.

Blocks that do not touch each other are laid together, in waves. Errors are whole numbers, so
that the same seed takes the same places on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .quilt_search import Matcher, Side

Block = tuple[int, int]  # its row and column


class Quilt(NamedTuple):
    """A texture, whole at any time: what no block has reached yet repeats the sample.

    ``origin``: int32 (H, W), which pixel of the sample, counted row by row, each pixel is; what
    follows changes it. ``done`` of ``total`` waves.
    """

    origin: np.ndarray
    done: int
    total: int


@dataclass(frozen=True)
class Axis:
    """How blocks lie along one side of the canvas.

    ``starts``: of each block. ``span``: pixels of a block. ``seam``: pixels of an overlap.
    ``length``: of the canvas, which may be longer than asked. ``wraps``: its ends meet.
    """

    starts: tuple[int, ...]
    span: int
    seam: int
    length: int
    wraps: bool

    @classmethod
    def of(cls, length: int, block: int, wraps: bool) -> Axis:
        """``block``: at most ``length`` if it wraps."""
        seam = max(1, block // 4)
        step = max(1, block - seam)
        if not wraps:
            count = max(1, -(-(length - seam) // step))
            return cls(tuple(range(0, count * step, step)), block, seam, count * step + seam, False)
        count = max(2, -(-length // step))
        edges = [i * length // count for i in range(count + 1)]
        return cls(tuple(edges[:-1]), -(-length // count) + seam, seam, length, True)

    def at(self, block: int) -> np.ndarray:
        """Pixels of the canvas that a block covers, (span,)."""
        return np.arange(self.starts[block], self.starts[block] + self.span) % self.length

    def near(self) -> slice:
        """Where in a block the one before it ends."""
        return slice(0, self.seam)

    def far(self) -> slice:
        """Where in the last block the first one begins."""
        closing = self.length - self.starts[-1]
        return slice(closing, closing + self.seam)


def quilt(
    sample: np.ndarray, size: tuple[int, int], block: int, seamless: bool, seed: int
) -> Iterator[Quilt]:
    """A texture of ``size`` (H, W), before the first block and after every wave.

    ``sample``: uint8 (h, w, 3). ``block``: side in pixels, 2 at least, and at most the shorter
    side of the sample and, if the texture is to be seamless, of ``size``.
    """
    height, width = sample.shape[:2]
    down, across = (Axis.of(length, block, seamless) for length in size)
    order = list(waves(len(down.starts), len(across.starts)))
    random = np.random.default_rng(seed)
    chance = random.random((len(down.starts), len(across.starts)))
    matcher = Matcher(sample, (down.span, across.span), random)
    origin = (np.arange(down.length) % height)[:, None] * width + np.arange(across.length) % width
    origin = origin.astype(np.int32)
    inside = np.arange(down.span)[:, None] * width + np.arange(across.span)
    for done, wave in enumerate(order):
        yield Quilt(origin[: size[0], : size[1]], done, len(order))
        rows = np.stack([down.at(i) for i, _ in wave])[:, :, None]
        columns = np.stack([across.at(j) for _, j in wave])[:, None, :]
        sides, old = sides_of(wave, down, across), origin[rows, columns]
        corners = matcher.drawn(old, sides, chance[tuple(np.transpose(wave))])
        new = corners[:, None, None] + inside
        stays = kept(sample, old, new, sides)
        origin[rows, columns] = np.where(stays, old, new)
    yield Quilt(origin[: size[0], : size[1]], len(order), len(order))


def waves(rows: int, columns: int) -> Iterator[list[Block]]:
    """Blocks that are laid together, after those to their left and above them."""
    # A row runs two columns ahead of the next, for corners overlap as well. With three columns
    # that would lay the last block of a row together with the first of the next.
    ahead = 3 if columns == 3 else 2
    for wave in range(columns + ahead * (rows - 1)):
        blocks = [(i, wave - ahead * i) for i in range(rows) if 0 <= wave - ahead * i < columns]
        if blocks:
            yield blocks


def sides_of(wave: list[Block], down: Axis, across: Axis) -> list[Side]:
    """Where blocks of a wave overlap others."""
    rows, columns = np.transpose(wave)
    last = len(down.starts) - 1, len(across.starts) - 1
    high, wide = slice(0, down.span), slice(0, across.span)
    sides = [
        Side((high, across.near()), True, False, np.flatnonzero(columns > 0)),
        Side((down.near(), wide), False, False, np.flatnonzero(rows > 0)),
    ]
    if across.wraps:
        sides.append(Side((high, across.far()), True, True, np.flatnonzero(columns == last[1])))
    if down.wraps:
        sides.append(Side((down.far(), wide), False, True, np.flatnonzero(rows == last[0])))
    return [side for side in sides if len(side.blocks)]


def kept(sample: np.ndarray, old: np.ndarray, new: np.ndarray, sides: list[Side]) -> np.ndarray:
    """Where blocks leave the pixels that are there: bool (n, h, w).

    ``old``, ``new``: int (n, h, w), pixels of the sample.
    """
    colors = sample.reshape(-1, 3).astype(np.int32)
    stays = np.zeros(old.shape, bool)
    for side in sides:
        before, after = (colors[side.of(pixels)] for pixels in (old, new))
        if not side.upright:
            before, after = before.transpose(0, 2, 1, 3), after.transpose(0, 2, 1, 3)
        path = cuts(costs(before, after, side.far), side.far)[:, :, None]
        across = np.arange(before.shape[2])
        stay = across >= path if side.far else across < path
        for block, where in zip(side.blocks, stay, strict=True):
            stays[block][side.part] |= where if side.upright else where.T
    return stays


def costs(before: np.ndarray, after: np.ndarray, far: bool) -> np.ndarray:
    """What it costs to cut a strip just before each pixel: int (n, length, width).

    ``before``, ``after``: int (n, length, width, 3). The differences of both pixels beside the
    cut, and twice the step that would be seen across it.
    """
    differ = np.square(before - after).sum(3)
    near, beyond = (after, before) if far else (before, after)
    step = np.square(near[:, :, :-1] - beyond[:, :, 1:]).sum(3)
    result = 4 * differ  # before the first pixel, nothing else is known
    result[:, :, 1:] = differ[:, :, 1:] + differ[:, :, :-1] + 2 * step
    return result


def cuts(costs: np.ndarray, closes: bool) -> np.ndarray:
    """Paths of least cost down strips, int (n, length), moving at most one pixel a row.

    ``costs``: int (n, length, width). ``closes``: they end in column 0, for what follows along
    the strip has been laid already.
    """
    count, length, width = costs.shape
    total = costs.astype(np.int64)
    edge = np.full((count, 1), np.iinfo(np.int64).max // 2)
    for row in range(1, length):
        before = np.hstack([edge, total[:, row - 1], edge])
        total[:, row] += np.minimum(np.minimum(before[:, :-2], before[:, 1:-1]), before[:, 2:])
    path = np.zeros((count, length), int)
    if not closes:
        path[:, -1] = total[:, -1].argmin(1)
    each = np.arange(count)
    for row in range(length - 2, -1, -1):
        beside = (path[:, row + 1, None] + [-1, 0, 1]).clip(0, width - 1)
        path[:, row] = beside[each, total[each[:, None], row, beside].argmin(1)]
    return path
