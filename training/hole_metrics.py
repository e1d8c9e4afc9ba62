"""How filled holes are judged: LPIPS inside them, beside what OpenCV's methods reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from pipelines.media import to_images, to_tensor
from training.hole_data import Photos, measuring_masks, squares
from training.lpips import Lpips

Fill = Callable[[Tensor, Tensor], Tensor]
PICTURES = 32  # of every data set, while a run is watched
RADIUS = 3  # pixels that OpenCV's methods look around, as its examples do
CLASSICAL = {"telea": cv2.INPAINT_TELEA, "navier-stokes": cv2.INPAINT_NS}


def classical(pictures: Tensor, masks: Tensor, method: str) -> Tensor:
    """What OpenCV fills in: (n, 3, s, s) in [-1, 1] and (n, 1, s, s) -> pictures."""
    filled = [
        cv2.inpaint(np.asarray(image), mask[0].numpy().astype(np.uint8), RADIUS, CLASSICAL[method])
        for image, mask in zip(to_images(pictures), masks, strict=True)
    ]
    return torch.from_numpy(np.stack(filled)).movedim(-1, 1).float() / 127.5 - 1


def seam(filled: Tensor, pictures: Tensor, masks: Tensor) -> float:
    """How rough the rim of holes is, over how rough it truly is.

    Mean absolute difference of neighbours, one of them in the hole; (n, 3, h, w) each, masks
    (n, 1, h, w).
    """

    def rough(x: Tensor) -> float:
        total, count = 0.0, 0.0
        for dim in (-2, -1):
            n = x.shape[dim] - 1
            rim = masks.narrow(dim, 0, n) != masks.narrow(dim, 1, n)
            step = (x.narrow(dim, 0, n) - x.narrow(dim, 1, n)).abs().mean(1, keepdim=True)
            total, count = total + float((step * rim).sum()), count + float(rim.sum())
        return total / max(count, 1.0)

    return rough(filled) / max(rough(pictures), 1e-6)


@dataclass(frozen=True)
class Judge:
    """Held-out pictures of every data set with holes over 20 to 40 % of them."""

    names: tuple[str, ...]
    pictures: tuple[Tensor, ...]
    masks: tuple[Tensor, ...]
    lpips: Lpips | None
    baseline: dict[str, float]
    """By data set, the better of OpenCV's two methods."""

    @classmethod
    def of(
        cls,
        held_out: Sequence[Photos],
        side: int,
        network: str,
        heads: str,
        device: str = "cpu",
        count: int = PICTURES,
    ) -> Judge:
        names = tuple(photos.name.rsplit("/", 1)[-1].split(".")[0] for photos in held_out)
        pictures, masks = [], []
        for photos in held_out:
            chosen = squares(photos, side, count)
            pictures.append(to_tensor(chosen))
            holes = np.stack(measuring_masks(len(chosen), side))
            masks.append(torch.from_numpy(holes).float()[:, None])
        lpips = Lpips(network, heads, device) if network else None
        judge = cls(names, tuple(pictures), tuple(masks), lpips, {})
        if lpips:
            judge._measure_classical()
        return judge

    def _of(self, fill: Fill) -> dict[str, float]:
        """Mean LPIPS inside the holes, by data set; filled pictures are rounded to 8 bits."""
        assert self.lpips
        found: dict[str, float] = {}
        for i, (x, m) in enumerate(zip(self.pictures, self.masks, strict=True)):
            filled = to_tensor(to_images(self.filled(fill, i))) * m + x * (1 - m)
            found[self.names[i]] = float(self.lpips.inside(filled, x, m).mean())
        return found

    def filled(self, fill: Fill, i: int) -> Tensor:
        """The pictures of data set ``i`` as ``fill`` fills them, some at a time."""
        parts = zip(self.pictures[i].split(16), self.masks[i].split(16), strict=True)
        return torch.cat([fill(x, m).cpu() for x, m in parts])

    def measure(self, fill: Fill) -> dict[str, float]:
        """By data set, LPIPS over that of the better classical method; and their mean."""
        found = self._of(fill)
        ratios = {name: round(found[name] / self.baseline[name], 4) for name in self.names}
        return {"ratio": round(sum(ratios.values()) / len(ratios), 4), **ratios}

    def with_masks(self, masks: Sequence[Tensor]) -> Judge:
        """The same pictures with other holes."""
        judge = replace(self, masks=tuple(masks), baseline={})
        if self.lpips:
            judge._measure_classical()
        return judge

    def _measure_classical(self) -> None:
        found = [self._of(lambda x, m, k=k: classical(x, m, k)) for k in CLASSICAL]
        self.baseline.update({name: min(f[name] for f in found) for name in self.names})

    def sample(self, count: int) -> tuple[Tensor, Tensor]:
        """Some pictures of every data set, and their holes."""
        each = -(-count // len(self.names))
        parts = [(x[:each], m[:each]) for x, m in zip(self.pictures, self.masks, strict=True)]
        return torch.cat([x for x, _ in parts]), torch.cat([m for _, m in parts])
