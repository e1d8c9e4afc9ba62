"""Fine detail for what was repaired at a smaller size, taken from its surroundings.

A large hole is repaired on a small copy and enlarged again, so it lacks what the copy cannot
show. That is put back from where the known picture looks alike when small, after the idea of
contextual residual aggregation (Yi et al. 2020). For every patch of the hole:

1. find the most alike known patch, on the small copy, then to the pixel;
2. take a neighbour's place instead where it suits nearly as well, so that detail goes on;
3. add what that place loses by being made small, the less of it the less alike the two are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .patch_search import Look, Matcher, matched

LEAST = 1.2  # factor from which there is detail to bring back
STAGE = 3.0  # larger factors go in several stages of about this one at most
HALF = 2  # half the side of a patch, and the distance of two, in pixels of the small picture
CELLS = 10_000  # patches of a hole at most; those of a larger hole are larger
BEYOND = 2.0  # times what known pixels exceed what is around them when small
STRONGER = 1.8  # what patches that do not fit together lose by being mixed, at most


def detail(
    small: np.ndarray, small_mask: np.ndarray, region: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    """A repaired hole enlarged to the size of the region, with the grain of its surroundings.

    ``small``: the repaired region at the size the network works at, (h, w, 3), 0 to 255; of it
    only what lies in the hole is used. ``small_mask``: bool (h, w), true in the hole. ``region``:
    (H, W, 3), the same part of the photo, uint8 or float of 0 to 255. ``mask``: bool (H, W).
    Returns float32 (H, W, 3), 0 to 255; outside the mask the region's own values.
    """
    (height, width), (h, w) = mask.shape, small_mask.shape
    known = region.astype(np.float32)
    found, hole = small.astype(np.float32), small_mask
    factor = max(height / h, width / w)
    if factor <= LEAST or not mask.any():
        return np.where(mask[..., None], _resized(found, mask.shape).clip(0, 255), known)
    stages = max(1, int(np.ceil(np.log(factor) / np.log(STAGE) - 0.05)))
    for stage in range(1, stages + 1):
        part, last = stage / stages, stage == stages
        size = round(h ** (1 - part) * height**part), round(w ** (1 - part) * width**part)
        target = known if last else _shrunk(known, size)
        wanted = mask if last else _shrunk(mask.astype(np.float32), size) > 0
        found = np.where(wanted[..., None], _stage(found, hole, target, wanted), target)
        hole = wanted
    return found


def _stage(small: np.ndarray, hole: np.ndarray, known: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """One enlargement; see ``detail``. float32 (H, W, 3)."""
    import cv2

    scale = mask.shape[0] / hole.shape[0], mask.shape[1] / hole.shape[1]
    plain = _shrunk(known, hole.shape)
    low = _resized(plain, mask.shape)  # the known picture as the small copy shows it
    small = np.where(hole[..., None], small, plain)
    large = _resized(small, mask.shape)  # the repaired one
    grid = _Grid.over(mask, scale)
    # What is enlarged from pixels close to a hole is spoiled by it.
    reach = 2 * int(np.ceil(2 * max(scale))) + 1
    spoiled = cv2.dilate(mask.astype(np.uint8), np.ones((reach, reach), np.uint8))
    free = _counts(grid.framed(spoiled, cv2.BORDER_CONSTANT, 1), grid.side) == 0
    shown, look = (Look.of(grid.framed(picture), grid.side) for picture in (low, large))
    matcher = Matcher.of(plain, shown, free, scale, grid.rim, grid.half)
    if matcher is None:
        return large.clip(0, 255)
    place, trust = matched(matcher, small, look, grid.cells, grid.index)
    # Detail leaves the range of the pixels around it no further than it does where it is from.
    least, most = _range(low, scale)
    beyond = np.maximum(known - most, least - known).clip(0, None).mean(2)
    beyond = cv2.boxFilter(np.where(spoiled, 0, beyond), -1, grid.step[::-1]) * BEYOND + 1
    lost = grid.framed(np.dstack([known - low, beyond]).astype(np.float32))
    del low, least, most, beyond, shown, look, matcher  # of a large picture, a lot
    added = grid.assembled(lost, place, trust, 1.5 * max(scale))
    least, most = _range(large, scale)
    beyond = added[..., 3:]
    return (large + added[..., :3]).clip(least - beyond, most + beyond).clip(0, 255)


@dataclass(frozen=True, eq=False)
class _Grid:
    """Patches that cover a hole four times, each overlapping its neighbours by half.

    ``half``: half their side in pixels of the small picture. ``step``: the same in rows and
    columns of the large one, and the distance of two. ``rim``: of framed pictures. ``shape``: of
    the picture. ``index``: int (rows, columns), number of each patch that touches the hole, or
    -1. ``cells``: int (n, 2), their top left corners in a framed picture. ``corner``: that of the
    first of all.
    """

    half: int
    step: tuple[int, int]
    rim: tuple[int, int]
    shape: tuple[int, int]
    index: np.ndarray
    cells: np.ndarray
    corner: tuple[int, int]

    @classmethod
    def over(cls, mask: np.ndarray, scale: tuple[float, float]) -> _Grid:
        patches = mask.sum() / (scale[0] * scale[1])  # of the side of one small pixel
        half = max(HALF, int(np.ceil(np.sqrt(patches / CELLS))))
        step = max(1, round(half * scale[0])), max(1, round(half * scale[1]))
        rim = 3 * step[0], 3 * step[1]
        corners = []
        for side, length, edge in zip((mask.any(1), mask.any(0)), step, rim, strict=True):
            first, last = np.flatnonzero(side)[[0, -1]]
            count = (last - first) // length + 2
            # An even number, so that every second patch tiles the hole.
            corners.append(first - length + edge + length * np.arange(count + count % 2))
        framed = np.pad(mask, [(3 * step[0], 5 * step[0]), (3 * step[1], 5 * step[1])])
        touched = _counts(framed, (2 * step[0], 2 * step[1]))[np.ix_(*corners)] > 0
        index = np.where(touched, touched.cumsum().reshape(touched.shape) - 1, -1)
        cells = np.stack(np.meshgrid(*corners, indexing="ij"), 2)[touched]
        corner = int(corners[0][0]), int(corners[1][0])
        return cls(half, step, rim, mask.shape, index, cells, corner)

    @property
    def side(self) -> tuple[int, int]:
        """Rows and columns of a patch."""
        return 2 * self.step[0], 2 * self.step[1]

    def framed(self, picture: np.ndarray, border: int | None = None, value: int = 0) -> np.ndarray:
        """With a rim around it, reflected unless said otherwise."""
        import cv2

        rows, columns = self.rim
        kind = cv2.BORDER_REFLECT_101 if border is None else border
        return cv2.copyMakeBorder(picture, rows, rows, columns, columns, kind, value=value)

    def assembled(
        self, lost: np.ndarray, place: np.ndarray, trust: np.ndarray, around: float
    ) -> np.ndarray:
        """Patches of ``lost`` (framed, four channels) at ``place``, put where they are wanted.

        Where patches that do not fit together overlap, their mixture is as strong as they are:
        of the first three channels, in an area of ``around`` pixels. Returns (H, W, 4).
        """
        import cv2

        (rows, columns), (high, wide) = self.index.shape, self.side
        shift = np.zeros((rows, columns, 2), np.int32)
        weight = np.zeros((rows, columns), np.float32)
        shift[self.index >= 0], weight[self.index >= 0] = place - self.cells, trust
        box = (rows + 1) * self.step[0], (columns + 1) * self.step[1]
        mixed, power = np.zeros((*box, 4), np.float32), np.zeros(box, np.float32)
        total = np.full(box, 1e-8, np.float32)
        share = np.tile(np.outer(*(_rise(step) for step in self.step)), columns // 2)
        top, left = self.corner
        for i, j in np.ndindex(rows, 2):  # every second patch of a row, which do not overlap
            y, x = i * self.step[0], j * self.step[1]
            part = np.s_[y : y + high, x : x + columns // 2 * wide]
            moved, taken = (np.repeat(values[i, j::2], wide, 0) for values in (shift, weight))
            down = np.arange(top + y, top + y + high)[:, None] + moved[:, 0]
            along = np.arange(left + x, left + x + len(moved)) + moved[:, 1]
            down, along = (
                at.clip(0, length - 1)
                for at, length in zip((down, along), lost.shape[:2], strict=True)
            )
            values = lost[down, along] * taken[:, None]
            mixed[part] += share[..., None] * values
            power[part] += share * np.square(values[..., :3]).sum(2)
            total[part] += share
        mixed /= total[..., None]
        have, due = np.square(mixed[..., :3]).sum(2), power / total
        have, due = (cv2.GaussianBlur(field, (0, 0), around) + 1e-3 for field in (have, due))
        mixed[..., :3] *= np.sqrt(due / have).clip(1, STRONGER)[..., None]
        whole = np.zeros(
            (lost.shape[0] + self.side[0], lost.shape[1] + self.side[1], 4), np.float32
        )
        whole[top : top + box[0], left : left + box[1]] = mixed
        return whole[self.rim[0] :, self.rim[1] :][: self.shape[0], : self.shape[1]]


def _rise(step: int) -> np.ndarray:
    """Weights along a patch of two steps, (2 * step,)."""
    return (np.sin(np.pi * (np.arange(2 * step) + 0.5) / (2 * step)) ** 4).astype(np.float32)


def _counts(flags: np.ndarray, side: tuple[int, int]) -> np.ndarray:
    """How many are set in the patch at each place, its top left corner."""
    import cv2

    table = cv2.integral(flags.astype(np.uint8))
    rows = table[side[0] :] - table[: -side[0]]
    return rows[:, side[1] :] - rows[:, : -side[1]]


def _range(picture: np.ndarray, scale: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """Least and most around every pixel, as far as a pixel of the small picture reaches."""
    import cv2

    side = 2 * int(np.ceil(max(scale) / 2)) + 1
    kernel = np.ones((side, side), np.uint8)
    return cv2.erode(picture, kernel), cv2.dilate(picture, kernel)


def _shrunk(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    import cv2

    return cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)


def _resized(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    import cv2

    return cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
