"""Whether a restyled picture is to be polished, and what was polished before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .limits import MAX_POLISHED

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image
    from torch import Tensor

    from .recent import Recent

KEPT = 8  # pictures, of 3 MB at most


def shares(refine: int, size: tuple[int, int]) -> tuple[int, int]:
    """How many steps of refining fit codes, and how many polish a picture of this size."""
    if size[0] * size[1] > MAX_POLISHED:
        return refine, 0
    return refine // 4, refine - refine // 4


class Polishing:
    """The last touch of one photo.

    ``photo``: RGB, at the size that is painted; ``steps``: 0 for none; ``strength``: of the style;
    ``keys``: all else that the result depends on; ``known``: what was polished before, uint8
    (h, w, 3). ``count``: the steps, where nothing was found.
    """

    def __init__(
        self,
        photo: Image.Image,
        steps: int,
        strength: float,
        keys: Sequence[object],
        known: Recent[np.ndarray],
    ) -> None:
        self._photo, self._strength, self._known = photo, strength, known
        self.count = steps
        found = hashlib.sha256(repr((steps, strength, photo.size, *keys)).encode())
        found.update(photo.tobytes())
        self._key = found.hexdigest()

    @property
    def found(self) -> np.ndarray | None:
        """What was polished before, if it was."""
        return self._known.find(self._key) if self.count else None

    def steps(
        self, network: Any, painted: Callable[[], np.ndarray], code: Tensor
    ) -> Iterator[np.ndarray]:
        """The picture after every step, and remember the last; see ``style_polish.polish``."""
        from .style_polish import polish

        picture = None
        start, strength = painted(), self._strength
        for picture in polish(network, self._photo, start, code, self.count, strength):
            yield picture
        if picture is not None:
            self._known.keep(self._key, picture)
