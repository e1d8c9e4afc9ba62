"""Photos with holes: what networks that complete pictures are trained and measured on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset

from training.cli import SettingError
from training.data import HOLDOUT_SEED, spread, walk
from training.masks import any_hole, free_form

Mask = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True)
class Photos:
    """Pictures uint8 (h, w, 3) of one data set, their shorter side at least what was asked for."""

    name: str
    images: list[np.ndarray]
    names: list[str]
    """The class of each."""

    def __len__(self) -> int:
        return len(self.images)

    def split(self, fraction: float) -> tuple[Photos, Photos]:
        """(training part, held-out part), cut by position and class as ``Pictures.split`` does.

        Of a set that has classes both cuts agree, so what one model must not see no other has.
        """
        rng = torch.Generator().manual_seed(HOLDOUT_SEED)
        held: set[int] = set()
        for name in sorted(set(self.names)):
            members = torch.tensor([i for i, other in enumerate(self.names) if other == name])
            order = members[torch.randperm(len(members), generator=rng)]
            held |= set(order[: round(len(members) * fraction)].tolist())
        parts = ([i for i in range(len(self)) if (i in held) == wanted] for wanted in (False, True))
        return tuple(  # type: ignore[return-value]
            Photos(self.name, [self.images[i] for i in part], [self.names[i] for i in part])
            for part in parts
        )


def load_photos(source: str, side: int) -> Photos:
    """Read a zip, a folder or a torchvision data set; pictures below ``side`` are enlarged.

    Raises FileNotFoundError or SettingError with a sentence.
    """
    images: list[np.ndarray] = []
    names: list[str] = []
    for name, picture in walk(source):
        if (shorter := min(picture.size)) < side:
            size = [max(side, round(x * side / shorter)) for x in picture.size]
            enlarged = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)
            images.append(np.asarray(enlarged))
        else:
            images.append(np.asarray(picture))
        names.append(name)
    if not images:
        raise SettingError(f"{source!r} holds no picture")
    return Photos(source, images, names)


def squares(photos: Photos, side: int, count: int) -> list[Image.Image]:
    """``count`` pictures spread evenly over a part, their middle square at ``side`` pixels."""
    return [
        ImageOps.fit(Image.fromarray(photos.images[i]), (side, side), Image.Resampling.LANCZOS)
        for i in spread(len(photos), count)
    ]


def measuring_masks(
    count: int, side: int, least: float = 0.2, most: float = 0.4
) -> list[np.ndarray]:
    """The holes that models are measured with: the same on every call."""
    return [free_form(np.random.default_rng([7, i]), side, least, most) for i in range(count)]


class Holes(Dataset[tuple[Tensor, Tensor]]):
    """Picture ``i`` of an endless row and its hole; both follow from ``seed`` and ``i`` alone.

    A picture (3, s, s) in [-1, 1] and a mask (1, s, s), 1 = missing. Sets are drawn by this
    ``power`` of their size: by its root, unless told otherwise, so that small ones are seen as
    well.
    """

    def __init__(
        self,
        sets: Sequence[Photos],
        side: int,
        seed: int,
        count: int,
        mask: Mask = any_hole,
        power: float = 0.5,
    ) -> None:
        self._sets, self._side, self._seed, self._count = sets, side, seed, count
        self._mask = mask
        shares = np.power([len(photos) for photos in sets], power)
        self._shares = shares / shares.sum()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([self._seed, i])
        photos = self._sets[int(rng.choice(len(self._sets), p=self._shares))]
        image = photos.images[int(rng.integers(len(photos)))]
        h, w = image.shape[:2]
        side = int(rng.integers(self._side, min(h, w) + 1))  # never enlarged: that would blur
        top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
        crop = image[top : top + side, left : left + side]
        if side != self._side:
            size = (self._side, self._side)
            crop = np.asarray(Image.fromarray(crop).resize(size, Image.Resampling.LANCZOS))
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        x = torch.from_numpy(crop.copy()).movedim(-1, 0).float() / 127.5 - 1
        mask = torch.from_numpy(self._mask(rng, self._side)).float()
        return x, mask[None]
