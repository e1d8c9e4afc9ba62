"""What a style is painted on: a photo at its size, and how much of what is painted counts where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from .colors import recolored
from .errors import InputError
from .masks import distances, to_mask
from .media import checked
from .patches import Box, part


@dataclass(frozen=True, eq=False)
class Canvas:
    """``photo``: RGB. ``share``: float32 (h, w) in [0, 1], 0 where the photo stays as it is, or
    None for 1 everywhere; ``weight`` multiplies it. ``reduced``: whether the photo was too large.
    """

    photo: Image.Image
    share: np.ndarray | None = None
    weight: float = 1.0
    keep_colors: bool = False
    reduced: bool = False

    def mixed(self, found: np.ndarray, box: Box) -> Image.Image:
        """What was painted in a box, uint8 (h, w, 3), as far as it counts."""
        before = np.asarray(self.photo.crop(box))
        if self.keep_colors:
            found = recolored(found, before)
        share: Any = np.float32(self.weight)
        if self.share is not None:
            share = share * part(self.share, box)[..., None]
        if np.all(share == 1):
            return Image.fromarray(found)
        mix = before + share * (found - before.astype(np.float32))
        return Image.fromarray(mix.round().astype(np.uint8))

    def touched(self, box: Box) -> bool:
        """Whether anything counts in a box."""
        return self.share is None or bool(part(self.share, box).any())

    def smaller(self, size: tuple[int, int]) -> Canvas:
        """The same at another size, no larger."""
        photo = self.photo.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        if self.share is None:
            return replace(self, photo=photo)
        share = Image.fromarray(self.share).resize(size, Image.Resampling.BOX)
        return replace(self, photo=photo, share=np.asarray(share))


def canvas(
    photo: Any,
    size: int | None,
    most: int,
    mask: Any = None,
    outside: bool = False,
    feather: int = 0,
    keep_colors: bool = False,
) -> Canvas:
    """The canvas for a photo.

    ``size``: pixels of the long side, None for the photo's own; ``most``: pixels that there may
    be. ``mask``: see ``masks.to_mask``; ``feather``: pixels to both sides of its rim. Raises
    PictureError for a photo or mask that cannot be used, InputError for a mask of nothing.
    """
    picture = checked(photo)
    wanted, reduced = _size(picture.size, size, most)
    if wanted != picture.size:
        picture = picture.resize(wanted, Image.Resampling.LANCZOS, reducing_gap=3.0)
    share = None
    if mask is not None:
        meant = to_mask(mask, picture.size)
        share = _share(~meant if outside else meant, feather)
        if not share.any():
            raise InputError("style_mask")
    return Canvas(picture, share, 1.0, keep_colors, reduced)


def _share(meant: np.ndarray, feather: int) -> np.ndarray:
    """Float32 (h, w): 1 inside, 0 outside, rising smoothly over ``feather`` pixels to both sides
    of the rim."""
    if not feather or not meant.any() or meant.all():
        return meant.astype(np.float32)
    # Half a pixel: the rim is between two of them.
    away = np.where(meant, distances(meant) - 0.5, 0.5 - distances(~meant))
    share = np.clip(away / (2 * feather) + 0.5, 0, 1).astype(np.float32)
    return share * share * (3 - 2 * share)


def _size(size: tuple[int, int], long: int | None, most: int) -> tuple[tuple[int, int], bool]:
    """Width and height to work at, and whether that is less than was asked for."""
    factor = long / max(size) if long else 1.0
    fits = (most / (size[0] * size[1])) ** 0.5
    if factor > fits:
        return (max(1, int(size[0] * fits)), max(1, int(size[1] * fits))), True
    return (max(1, round(size[0] * factor)), max(1, round(size[1] * factor))), False
