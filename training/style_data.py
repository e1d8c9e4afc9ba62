"""Contents and styles: a photo's crop, and a crop of a painting or texture in changed colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import Dataset

from training.hole_data import Photos

ITSELF = 0.08  # share of pictures whose style is their own: they must stay as they are


class Pairs(Dataset[tuple[Tensor, Tensor]]):
    """Pair ``i`` of an endless row; it follows from ``seed`` and ``i`` alone.

    A content (3, s, s) in [-1, 1] and a style of the same size. Contents are drawn by the root of
    their set's size, styles evenly by set: few paintings as often as many textures.
    """

    def __init__(
        self, contents: Sequence[Photos], styles: Sequence[Photos], side: int, seed: int, count: int
    ) -> None:
        self._contents, self._styles = contents, styles
        self._side, self._seed, self._count = side, seed, count
        roots = np.sqrt([len(photos) for photos in contents])
        self._shares = roots / roots.sum()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([self._seed, i])
        photos = self._contents[int(rng.choice(len(self._contents), p=self._shares))]
        content = crop(photos, self._side, rng, least=0.8)
        if rng.random() < ITSELF:
            return content, content.clone()
        styles = self._styles[int(rng.integers(len(self._styles)))]
        return content, recoloured(crop(styles, self._side, rng, least=0.3), rng)


def crop(photos: Photos, side: int, rng: np.random.Generator, least: float) -> Tensor:
    """A square of ``least`` to all of a picture's shorter side, at ``side`` pixels."""
    image = photos.images[int(rng.integers(len(photos)))]
    h, w = image.shape[:2]
    cut = min(h, w, max(side // 2, round(min(h, w) * rng.uniform(least, 1))))
    top, left = int(rng.integers(h - cut + 1)), int(rng.integers(w - cut + 1))
    part = Image.fromarray(image[top : top + cut, left : left + cut])
    square = np.asarray(part.resize((side, side), Image.Resampling.LANCZOS))
    if rng.random() < 0.5:
        square = square[:, ::-1]
    return torch.from_numpy(square.copy()).movedim(-1, 0).float() / 127.5 - 1


def recoloured(style: Tensor, rng: np.random.Generator) -> Tensor:
    """Half of the time in other colours: channels exchanged, turned to negative, saturated more
    or less, lighter or darker; so that a few paintings stand for many."""
    if rng.random() < 0.5:
        return style
    style = style[torch.from_numpy(rng.permutation(3))]
    if rng.random() < 0.3:
        style = -style
    grey = style.mean(0, keepdim=True)
    style = grey + (style - grey) * rng.uniform(0.2, 1.6)
    contrast, light = rng.uniform(0.7, 1.3), rng.uniform(-0.2, 0.2)
    return (style * contrast + light).clamp(-1, 1)
