"""Parts of a picture that a hole is repaired in: where they lie, how far they are made smaller.

A network sees little at a time. Holes near each other are repaired together; each such group is
made smaller as far as its thickest place needs, and where it is still long, a scratch for one, it
is repaired piece after piece, each piece seeing what was repaired before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from .masks import bounds, distances
from .media import to_tensor

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CONTEXT = 24  # pixels, as the network sees them, that are known around a hole at least
ROOMY = 128  # pixels, as the network sees them, that are looked at if there are as many
TOGETHER = 1.5  # times smaller than its thickness needs a hole may get to be repaired in one piece
NATIVE = 1.15  # making something smaller by less than this is not worth the blur: the network sees
# a little more than its side
GROUPS = 16  # that holes are repaired in at most
PIECES = 48  # that they are cut into at most
STRIDE = 16  # sides of what a network sees are multiples of it, as far as the picture reaches

Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Patch:
    """One piece of work.

    ``box``: the part of the picture that is looked at. ``inner``: the part of it whose missing
    pixels are filled. ``size``: width and height that the network sees the box at.
    """

    box: Box
    inner: Box
    size: tuple[int, int]

    @property
    def shrunk(self) -> bool:
        """Whether the network sees less than there is."""
        return self.size != (self.box[2] - self.box[0], self.box[3] - self.box[1])


def patches(
    mask: np.ndarray,
    side: int,
    reach: int,
    pieces: int = PIECES,
    roomy: int = ROOMY,
    wide: int | None = None,
) -> list[Patch]:
    """What fills a mask, bool (h, w), piece by piece in this order.

    ``side``, ``reach``, ``wide``: see ``cards.Completing``. ``pieces``: how many at most, as long
    as there are no more groups of holes. ``roomy``: the side of what is looked at, as the network
    sees it, at least. What an ``inner`` holds that an earlier one held too is no longer missing; no
    pixel of the mask is outside of them all.
    """
    if not mask.any():
        return []
    sight = _Sight(max(side, STRIDE), max(reach, 1), roomy, wide or max(reach, 1))
    # Small ones first: where one lies inside the box of another, it is known by then.
    groups = sorted(_groups(mask), key=_area)
    spare, found = max(0, pieces - len(groups)), []
    missing = mask.copy() if len(groups) > 1 else mask
    for box in groups:
        cut = _pieces(missing, box, sight, spare + 1)
        spare -= max(0, len(cut) - 1)
        found += cut
        if missing is not mask:
            part(missing, box)[:] = False
    return _needed(found, mask)


def _needed(found: list[Patch], mask: np.ndarray) -> list[Patch]:
    """Without those whose pixels the ones before have filled."""
    missing, kept = mask.copy(), []
    for patch in found:
        if part(missing, patch.inner).any():
            kept.append(patch)
            part(missing, patch.inner)[:] = False
    return kept


def _groups(mask: np.ndarray) -> list[Box]:
    """Boxes of the holes of a mask, those that are near each other in one."""
    import cv2

    left, top, right, bottom = bounds(mask)
    cut, cell = mask[top:bottom, left:right], CONTEXT
    while True:
        # Holes in one cell or in neighbouring cells belong together.
        cells = np.logical_or.reduceat(cut, np.arange(0, cut.shape[0], cell), axis=0)
        cells = np.logical_or.reduceat(cells, np.arange(0, cut.shape[1], cell), axis=1)
        count, _, found, _ = cv2.connectedComponentsWithStats(cells.view(np.uint8))
        if count - 1 <= GROUPS:
            break
        cell *= 2
    boxes = []
    for x, y, w, h, _ in (found[1:] * cell).tolist():
        inside = bounds(cut[y : y + h, x : x + w])
        boxes.append(moved(inside, left + x, top + y))
    return boxes


@dataclass(frozen=True)
class _Sight:
    """How a network sees: see ``patches``."""

    side: int
    reach: int
    roomy: int
    wide: int

    @property
    def context(self) -> int:
        """What is known around a hole at least."""
        return min(CONTEXT, self.side // 4)


def _pieces(mask: np.ndarray, box: Box, sight: _Sight, most: int) -> list[Patch]:
    """What fills the part of a mask that lies in a box: in one piece, or several."""
    if not part(mask, box).any():
        return []
    wide, high = box[2] - box[0], box[3] - box[1]
    # The width of the widest place, or twice the depth of what reaches over the picture's border.
    around = part(mask, _clipped((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), mask.shape))
    thickness = min(2 * float(distances(around).max()), 2 * max(wide, high))
    inside = min(box[:2]) > 0 and box[2] < mask.shape[1] and box[3] < mask.shape[0]
    seen = sight.wide if inside and thickness > sight.reach else sight.reach
    factor = max(1.0, thickness / seen)
    whole = max(
        min(length / (sight.side - 2 * sight.context), full / sight.side)
        for length, full in ((wide, mask.shape[1]), (high, mask.shape[0]))
    )
    single = max(factor, whole)
    while factor * TOGETHER < whole:
        room = min(max(thickness, sight.context * factor), sight.side * factor / 4)
        length = round(sight.side * factor - 2 * room)
        tiles = [tile for tile in _tiles(box, length) if part(mask, tile).any()]
        inners = _joined([moved(bounds(part(mask, t)), *t[:2]) for t in tiles], length)
        if len(inners) <= most:
            break
        factor *= 1.2
    else:
        inners, factor = [box], single
    return [_around(inner, thickness, factor, sight, mask.shape) for inner in inners]


def _tiles(box: Box, length: int) -> list[Box]:
    """A box cut into equal ones whose sides are at most ``length``, row by row."""
    cuts = [
        [start + (end - start) * i // count for i in range(count + 1)]
        for start, end in ((box[0], box[2]), (box[1], box[3]))
        for count in (math.ceil((end - start) / length),)
    ]
    columns, rows = cuts
    return [
        (left, top, right, bottom)
        for top, bottom in pairwise(rows)
        for left, right in pairwise(columns)
    ]


def _joined(boxes: list[Box], length: int) -> list[Box]:
    """Boxes put together wherever two have room in one of that length."""
    found: list[Box] = []
    for box in boxes:
        for i, other in enumerate(found):
            left, top = min(box[0], other[0]), min(box[1], other[1])
            right, bottom = max(box[2], other[2]), max(box[3], other[3])
            if max(right - left, bottom - top) <= length:
                found[i] = (left, top, right, bottom)
                break
        else:
            found.append(box)
    return found


def _around(
    inner: Box, thickness: float, factor: float, sight: _Sight, shape: Sequence[int]
) -> Patch:
    """A piece with as much around it as it is thick, as near to square as the picture allows."""
    if factor < NATIVE:
        factor = 1.0
    longest = max(inner[2] - inner[0], inner[3] - inner[1])
    # Half of it on either side.
    around = 2 * sight.context
    wanted = min(longest / factor + max(2 * thickness / factor, around), sight.side)
    wanted = max(wanted, longest / factor + around, min(sight.roomy, sight.side))
    small = math.ceil(wanted / STRIDE) * STRIDE
    spans, size = [], []
    for start, end, full in ((inner[0], inner[2], shape[1]), (inner[1], inner[3], shape[0])):
        length = min(round(small * factor), full)
        first = min(max((start + end - length) // 2, 0), full - length)
        spans.append((first, first + length))
        size.append(small if length < full else max(1, round(full / factor)))
    (left, right), (top, bottom) = spans
    return Patch((left, top, right, bottom), inner, (size[0], size[1]))


def padded(picture: np.ndarray, stride: int = STRIDE, least: int = 2 * STRIDE) -> np.ndarray:
    """A picture or mask mirrored to the right and below, up to sides that a network takes."""
    room = [max(-side % stride, least - side) for side in picture.shape[:2]]
    return np.pad(picture, [(0, r) for r in room] + [(0, 0)] * (picture.ndim - 2), "symmetric")


def padded_tensor(image: Image.Image, stride: int, least: int, device: torch.device) -> Tensor:
    """An RGB picture, ``padded``: (1, 3, h, w) in [-1, 1]."""
    return to_tensor([Image.fromarray(padded(np.asarray(image), stride, least))]).to(device)


def part(mask: np.ndarray, box: Box) -> np.ndarray:
    """What of an array (h, w, ...) lies in a box; writing to it writes to the array."""
    return mask[box[1] : box[3], box[0] : box[2]]


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def moved(box: Box, x: int, y: int) -> Box:
    """A box shifted to the right and down."""
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _clipped(box: Box, shape: Sequence[int]) -> Box:
    return max(0, box[0]), max(0, box[1]), min(shape[1], box[2]), min(shape[0], box[3])
