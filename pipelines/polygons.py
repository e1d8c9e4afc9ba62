"""Regions of a label map as polygons along the edges of their pixels."""

from __future__ import annotations

import numpy as np

from .errors import PictureError
from .limits import MAX_CORNERS

Ring = list[list[int]]  # [x, y] corners, the last equal to the first
EAST, SOUTH, WEST, NORTH = range(4)  # a ring goes this way with its region on the right


def polygons(values: np.ndarray) -> dict[int, list[list[Ring]]]:
    """Polygons of every value of an integer map (H, W), values 0 left out.

    A polygon is a part whose pixels touch along edges: its outer ring, then the rings of its
    holes. Corners are in pixel coordinates, x to the right and y down, from 0 to the picture's
    size. The outer ring's shoelace area is positive and a hole's negative, so that together they
    give the number of pixels. No ring touches itself: regions that meet at a corner only are two
    polygons, and a hole that meets the outside at a corner stays a ring of its own. Raises
    PictureError for more than ``limits.MAX_CORNERS`` corners.
    """
    from skimage.measure import label

    parts: np.ndarray = np.asarray(label(values, background=0, connectivity=1), np.int32)
    count = int(parts.max(initial=0))
    if not count:
        return {}
    start, end, owner, way = _segments(parts)
    if len(start) > MAX_CORNERS:
        found, most = -(-len(start) // 10**6), MAX_CORNERS // 10**6
        raise PictureError("corners", found=found, most=most)
    following = _following(start, end, owner, way, (parts.shape[0] + 1) * (parts.shape[1] + 1))
    order, firsts = _cycles(following)
    y, x = np.divmod(start[order], parts.shape[1] + 1)
    corners = np.stack([x, y], 1)
    # Twice the area of each ring: the shoelace sum, with steps that end a ring led back.
    ahead = np.arange(1, len(order) + 1)
    ahead[np.append(firsts[1:], len(order)) - 1] = firsts
    x, y = x.astype(np.int64), y.astype(np.int64)
    areas = np.add.reduceat(x * y[ahead] - x[ahead] * y, firsts)
    owners = owner[order[firsts]]
    value = np.zeros(count + 1, np.int64)
    value[parts.ravel()] = values.ravel()
    drawn: dict[int, list[list[Ring]]] = {}
    points = corners.tolist()
    lasts = np.append(firsts[1:], len(order)).tolist()
    bounds = firsts.tolist()
    # By part, its outer ring first; the sort is stable, so holes stay in their order.
    for i in np.lexsort((areas < 0, owners)).tolist():
        ring = points[bounds[i] : lasts[i]]
        ring.append(ring[0])
        if areas[i] > 0:
            drawn.setdefault(int(value[owners[i]]), []).append([ring])
        else:
            drawn[int(value[owners[i]])][-1].append(ring)
    return drawn


def _segments(parts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Straight runs along the borders of numbered parts, each with its part on the right.

    Returns start and end (numbers of pixel corners, row by row), part, and direction.
    """
    width = parts.shape[1]
    wide = np.pad(parts, 1)
    found = []
    for way in (EAST, SOUTH, WEST, NORTH):
        level = way in (EAST, WEST)
        if level:  # border between a row and the one below it
            above, below = wide[:-1, 1:-1], wide[1:, 1:-1]
            own, other = (below, above) if way == EAST else (above, below)
        else:  # columns, turned so that runs lie along the rows
            left, right = wide[1:-1, :-1].T, wide[1:-1, 1:].T
            own, other = (left, right) if way == SOUTH else (right, left)
        border = np.where(own != other, own, 0)
        line, first, last, part = _runs(border)
        if way in (WEST, NORTH):
            first, last = last, first
        if level:
            start, end = line * (width + 1) + first, line * (width + 1) + last
        else:
            start, end = first * (width + 1) + line, last * (width + 1) + line
        found.append((start, end, part, np.full(len(part), way, np.int8)))
    start, end, part, ways = (np.concatenate(column) for column in zip(*found, strict=True))
    return start, end, part, ways


def _runs(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Runs of equal values above 0 within each row: row, first, end (past the last), value."""
    height, width = rows.shape
    fenced = np.zeros((height, width + 1), rows.dtype)
    fenced[:, :-1] = rows
    flat = np.concatenate([[0], fenced.ravel()])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    values = flat[1:][changes]
    inside = np.flatnonzero(values)
    line, first = np.divmod(changes[inside], width + 1)
    return line, first, changes[inside + 1] - line * (width + 1), values[inside]


def _following(
    start: np.ndarray, end: np.ndarray, owner: np.ndarray, way: np.ndarray, corners: int
) -> np.ndarray:
    """The segment that continues each one: the same part's, to the left where there are two.

    There are two only where a part meets itself at a corner; to the left keeps the rings apart.
    """
    following = np.full(len(start), -1, np.int64)
    starts_here = np.full(corners, -1, np.int64)
    # A corner is the start of at most one segment in each direction.
    for turn in (3, 1):  # left, then right
        for heading in (EAST, SOUTH, WEST, NORTH):
            coming = np.flatnonzero((way == heading) & (following < 0))
            going = np.flatnonzero(way == (heading + turn) % 4)
            starts_here[start[going]] = going
            next_one = starts_here[end[coming]]
            fits = (next_one >= 0) & (owner[next_one] == owner[coming])
            following[coming[fits]] = next_one[fits]
            starts_here[start[going]] = -1
    return following


def _cycles(following: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cycles of a permutation, one after the other, and where each begins."""
    steps = following.tolist()
    seen = bytearray(len(steps))
    order: list[int] = []
    firsts: list[int] = []
    for first in range(len(steps)):
        if seen[first]:
            continue
        firsts.append(len(order))
        here = first
        while not seen[here]:
            seen[here] = 1
            order.append(here)
            here = steps[here]
    return np.array(order, np.int64), np.array(firsts, np.int64)
