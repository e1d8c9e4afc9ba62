"""The style network on pictures of any size: seen whole once, small, then painted tile by tile.

What the network normalises with is found on the small copy and counts for every tile, so tiles
agree with each other; around each lies as much of the picture as the network looks at, so they
agree with the picture painted in one piece, to the last bit of rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from .media import shrunk, to_images
from .patches import Box, padded_tensor

if TYPE_CHECKING:
    from torch import Tensor

SEEN = 512  # side of a square as large as what is seen whole
TILE = 784  # pixels of a tile's side at most, without its surroundings
STRIDE = 8  # of the network; tiles begin at multiples of it


def boxes(size: tuple[int, int], tile: int = TILE) -> list[Box]:
    """Tiles that cover a picture, row by row, each pixel once."""
    columns, rows = (_cuts(length, tile) for length in size)
    return [(a, c, b, d) for c, d in rows for a, b in columns]


def _cuts(length: int, tile: int) -> list[tuple[int, int]]:
    count = -(-length // tile)
    edges = [round(i * length / count / STRIDE) * STRIDE for i in range(count)] + [length]
    return list(pairwise(edges))


def reach(network: Any) -> int:
    """How far the network looks, in pixels: as multiples of its stride, and no less than it does.

    Each block looks two of its pixels far, which are four of the picture's, or eight deep down;
    all other layers together less than a hundred.
    """
    return 8 * network.config.blocks + 16 * network.config.deep + 104


def around(box: Box, room: int, size: tuple[int, int]) -> Box:
    """A box with its surroundings, as far as the picture goes."""
    return (
        max(0, box[0] - room),
        max(0, box[1] - room),
        min(size[0], box[2] + room),
        min(size[1], box[3] + room),
    )


class Brush:
    """Paints a photo with one code, in pieces of any size.

    ``kept``: share of the photo's own pixels, in [0, 1). ``small``: the picture as it is painted
    after the small copy alone, uint8 (h, w, 3).
    """

    @torch.inference_mode()
    def __init__(self, network: Any, photo: Image.Image, code: Tensor, kept: float = 0.0) -> None:
        from .networks.folded import Folded

        self._photo, self._room, self._kept = photo, reach(network), kept
        self._device = code.device
        copy = shrunk(photo, SEEN)
        self.small_is_all = copy is photo
        first = Folded(network, code)
        self.small = self._passed(first, copy)
        self._paint = None if self.small_is_all else Folded(network, code, first.stats)

    @torch.inference_mode()
    def paint(self, box: Box) -> np.ndarray:
        """What the photo looks like in a box whose sides begin at multiples of STRIDE: uint8."""
        if self._paint is None:
            left, top, right, bottom = box
            return self.small[top:bottom, left:right]
        outer = around(box, self._room, self._photo.size)
        found = self._passed(self._paint, self._photo.crop(outer))
        top, left = box[1] - outer[1], box[0] - outer[0]
        return found[top : top + box[3] - box[1], left : left + box[2] - box[0]]

    def whole(self, parts: list[Box]) -> np.ndarray:
        """The whole picture, out of ``boxes``: uint8 (h, w, 3)."""
        found = np.empty((self._photo.height, self._photo.width, 3), np.uint8)
        for box in parts:
            found[box[1] : box[3], box[0] : box[2]] = self.paint(box)
        return found

    def _passed(self, network: Callable[[Tensor], Tensor], image: Image.Image) -> np.ndarray:
        """One pass over a picture of any size: uint8 (h, w, 3)."""
        x = padded_tensor(image, STRIDE, STRIDE, self._device)
        painted = network(x).lerp(x, self._kept) if self._kept else network(x)
        return np.asarray(to_images(painted[..., : image.height, : image.width])[0])
