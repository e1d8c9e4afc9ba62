"""How a restyled picture comes about, level by level, and what was painted before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .style_levels import KEPT, Level, finer, resized

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from .recent import Recent
    from .style_codes import Style

REMEMBERED = 8  # pictures, of 3 MB at most


class Polishing:
    """The steps on the pixels of one photo, from its coarsest level to the finest that has some.

    ``photo``: RGB, at the size that is painted; ``plan``: its levels; ``strength``: of the style;
    ``keys``: all else that the result depends on, beside pictures of ``styles``; ``known``: what
    was polished before, uint8 (h, w, 3).
    """

    def __init__(
        self,
        photo: Image.Image,
        plan: Sequence[Level],
        strength: float,
        styles: Sequence[Style],
        keys: Sequence[object],
        known: Recent[np.ndarray],
    ) -> None:
        self._photo, self._strength, self._known = photo, strength, known
        self._plan = [level for level in plan if level.steps]
        self.count = sum(level.steps for level in self._plan)
        self.reaches = bool(self._plan) and self._plan[-1] == plan[-1]
        found = hashlib.sha256(repr((plan, strength, *keys)).encode())
        for image in (photo, *(style.picture for style in styles if style.picture)):
            found.update(repr(image.size).encode() + image.tobytes())
        self._key = found.hexdigest()

    @property
    def found(self) -> np.ndarray | None:
        """What was polished before, if it was."""
        return self._known.find(self._key) if self.count else None

    def steps(self, network: Any, code: Tensor, asked: Tensor) -> Iterator[np.ndarray]:
        """The picture after every step, uint8 (h, w, 3) of growing size; the last is remembered.

        ``code``: (1, CODE), what the network paints every level with; ``asked``: that of the
        style.
        """
        from .style_polish import polish
        from .tiled_style import Brush, boxes

        picture = None
        for level in self._plan:
            copy = resized(self._photo, level.size)
            under = copy if picture is None else self.under(picture, level.size)
            kept = 0 if picture is None else KEPT
            picture = Brush(network, under, code, kept).whole(boxes(copy.size))
            for better in polish(network, copy, picture, asked, level.steps, self._strength):
                picture = better
                yield picture
        if picture is not None:
            self._known.keep(self._key, picture)

    def under(self, painted: np.ndarray, size: tuple[int, int]) -> Image.Image:
        """What a finer level is painted on: RGB of ``size``."""
        before = painted.shape[1], painted.shape[0]
        return finer(painted, resized(self._photo, before), resized(self._photo, size))
