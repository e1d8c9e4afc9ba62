"""The work of filling a mask: picture by picture, piece by piece, step by step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from .blend import Seam, brought_back, reduced
from .fillers import Filler
from .inpainting import Inpainting
from .limits import MAX_SEED
from .patches import NATIVE, Box, Patch, moved, part, patches
from .settings import attach
from .steps import Step

PREVIEW = 512  # pixels of the long side of what is shown while the work goes on
MOST = 4_000_000  # pixels of a piece that are brought back one by one
MOST_MISSING = 800_000  # of them in the hole
NEXT = 0x9E3779B1  # from the seed of one piece to that of the next: other noise for each


def filled(
    blank: Inpainting, missing: np.ndarray, alpha: np.ndarray | None, filler: Filler
) -> Iterator[Step[Inpainting]]:
    """Fill ``missing``, bool (h, w), in one copy of the original for each seed.

    ``blank``: a result without images. ``alpha``: float32 (h, w), how much of what was found
    counts, or None for all of it. The copies are painted in place.
    """
    begun, spent = time.monotonic(), 0.0
    work = patches(missing, filler.side, filler.reach, filler.pieces, filler.roomy, filler.wide)
    each = sum(_units(patch, filler) for patch in work)
    images: list[Image.Image] = []
    for index, seed in enumerate(blank.seeds):
        images.append(attach(blank.original.copy(), blank.settings(index)))
        view = View(images[-1])
        for done in _painted(images[-1], missing, alpha, filler, work, seed, view):
            if index and not done:
                continue  # the one before has just said as much
            spent += time.monotonic() - begun
            seeds = blank.seeds[: index + 1]
            partial = replace(blank, images=tuple(images), seeds=seeds, seconds=spent)
            yield Step(index * each + done, len(blank.seeds) * each, view.image, partial)
            begun = time.monotonic()


def _units(patch: Patch, filler: Filler) -> int:
    """How often a piece is reported: bringing it back to its size takes time of its own."""
    return filler.steps + patch.shrunk


def _painted(
    image: Image.Image,
    missing: np.ndarray,
    alpha: np.ndarray | None,
    filler: Filler,
    work: list[Patch],
    seed: int,
    view: View,
) -> Iterator[int]:
    """Fill one picture in place; yields how many reports are done, 0 at first."""
    yield 0
    done, missing = 0, missing.copy()
    for index, patch in enumerate(work):
        units = _units(patch, filler)
        piece = _Piece.cut(image, missing, alpha, patch)
        found, count = piece.small, 0
        fill = filler.fill(piece.small, piece.hole, (seed + index * NEXT) % (MAX_SEED + 1))
        for count, found in enumerate(fill, 1):
            if count < units:
                piece.paint(image, found, filler.seam, fine=False)
                view.refresh(patch.box)
                yield done + count
        # The last, however many there were: some methods end sooner than they were asked to.
        piece.paint(image, found, filler.seam, fine=True)
        view.refresh(patch.box)
        part(missing, patch.inner)[:] = False
        done += units
        yield done


@dataclass(frozen=True, eq=False)
class _Piece:
    """A patch cut out of a picture, and the small copy of it that is repaired.

    ``crop``: uint8 (H, W, 3), smaller than the box where that is huge. ``missing``: bool (H, W).
    ``share``: mode L, as large as the box: how much of what is found counts, 0 where nothing is
    to be filled. ``small``, ``hole``: see ``blend.reduced``.
    """

    box: Box
    crop: np.ndarray
    missing: np.ndarray
    share: Image.Image
    small: np.ndarray
    hole: np.ndarray

    @classmethod
    def cut(
        cls, image: Image.Image, missing: np.ndarray, alpha: np.ndarray | None, patch: Patch
    ) -> _Piece:
        crop, gone = np.asarray(image.crop(patch.box)), part(missing, patch.box).copy()
        share = np.zeros(gone.shape, np.uint8)
        inner = moved(patch.inner, -patch.box[0], -patch.box[1])
        part(share, inner)[part(gone, inner)] = 255
        if alpha is not None:
            share = (share * part(alpha, patch.box)).round().astype(np.uint8)
        crop, gone = _moderate(crop, gone, patch.size)
        small, hole = reduced(crop, gone, patch.size)
        return cls(patch.box, crop, gone, Image.fromarray(share), small, hole)

    def paint(self, image: Image.Image, found: np.ndarray, seam: Seam, fine: bool) -> None:
        """Put what was found into the picture; what is not to be filled keeps its bytes."""
        back = brought_back(found, self.small, self.hole, self.crop, self.missing, seam, fine)
        patch = Image.fromarray(back.round().clip(0, 255).astype(np.uint8))
        if patch.size != self.share.size:
            patch = patch.resize(self.share.size, Image.Resampling.BICUBIC)
        image.paste(patch, self.box[:2], self.share)


def _moderate(
    crop: np.ndarray, gone: np.ndarray, least: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """A crop and its hole, made smaller where bringing back every pixel would take minutes."""
    factor = max(1.0, (gone.size / MOST) ** 0.5, (gone.sum() / MOST_MISSING) ** 0.5)
    if factor < NATIVE:
        return crop, gone
    height, width = (
        max(a, round(side / factor)) for a, side in zip(least[::-1], gone.shape, strict=True)
    )
    small, hole = reduced(crop, gone, (width, height))
    return small.round().astype(np.uint8), hole


class View:
    """A small copy of a picture that keeps up with it."""

    def __init__(self, image: Image.Image) -> None:
        self._source = image
        self._scale = min(1.0, PREVIEW / max(image.size))
        size = [max(1, round(side * self._scale)) for side in image.size]
        self._copy = image.resize((size[0], size[1]), Image.Resampling.BOX)

    @property
    def image(self) -> Image.Image:
        """The copy as it is now; later changes do not reach it."""
        return self._copy.copy()

    def refresh(self, box: Box) -> None:
        """Look again at a part of the picture."""
        x, y = (a / b for a, b in zip(self._source.size, self._copy.size, strict=True))
        left, top = int(box[0] / x), int(box[1] / y)
        right = min(self._copy.width, math.ceil(box[2] / x))
        bottom = min(self._copy.height, math.ceil(box[3] / y))
        seen = (left * x, top * y, right * x, bottom * y)
        seen = (*seen[:2], min(seen[2], self._source.width), min(seen[3], self._source.height))
        size = (right - left, bottom - top)
        self._copy.paste(self._source.resize(size, Image.Resampling.BOX, box=seen), (left, top))
