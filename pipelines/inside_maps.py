"""Maps of units and of gradients as pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .checks import real
from .heat import heat
from .insight import Inside, Layer, Unit

SHOWN = 24  # units of a layer that are shown
TILE = 96  # pixels of the long side of a map, at least: single cells can be told apart
PLACE = 0.07  # of a picture's side: how far a place reaches
DIM = 0.25  # brightness of what does not count


def place_of(at: tuple[float, float] | None, side: int) -> Tensor:
    """How much every pixel of a square picture belongs to a place: (side, side).

    All the same without one, else a bump around it. Raises InputError.
    """
    if at is None:
        return torch.ones(side, side)
    x, y = checked_place(at)
    along = (torch.arange(side) + 0.5) / side
    squares = (along - x).square()[None, :] + (along - y).square()[:, None]
    return torch.exp(-squares / (2 * PLACE**2))


def checked_place(at: object) -> tuple[float, float]:
    """x and y in [0, 1]. Raises InputError."""
    pair = list(at) if isinstance(at, tuple | list) else [at]
    if len(pair) != 2:
        pair = ["?", "?"] if at is None else [at, at]
    x, y = (real("place", value, 0.0, 1.0) for value in pair)
    return x, y


def inside(image: Image.Image, maps: Sequence[Tensor], index: int, weight: Tensor) -> Inside:
    """Layers as pictures. ``maps``: of every layer, (1, c, h, w); ``weight``: of every unit of
    layer ``index``, (c,), the larger the earlier it is shown."""
    widest = max(image.size)
    layers = [Layer(i, m.shape[1], max(m.shape[-2:]) / widest) for i, m in enumerate(maps)]
    order = weight.argsort(descending=True, stable=True).tolist()
    chosen = maps[index][0].abs().cpu()
    units = [
        Unit(unit, float(weight[unit]), _tile(chosen[unit], image.size)) for unit in order[:SHOWN]
    ]
    overview = [_tile(m[0].abs().mean(0).cpu(), image.size) for m in maps]
    return Inside(
        image, tuple(layers), tuple(overview), index, tuple(units), tuple(int(i) for i in order)
    )


def _tile(map: Tensor, size: tuple[int, int]) -> Image.Image:
    """A map (h, w) as a picture in the shape of ``size``, its cells sharp squares."""
    picture = heat(spread(map))
    scale = max(1.0, TILE / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    if max(width, height) > 4 * TILE:
        shrink = 4 * TILE / max(width, height)
        width, height = (max(1, round(side * shrink)) for side in (width, height))
    return picture.resize((width, height), Image.Resampling.NEAREST)


def spread(map: Tensor) -> np.ndarray:
    """A map of numbers from 0 on as levels in [0, 1]; the highest half per cent is clipped."""
    levels = map.detach().float().cpu().numpy()
    most = float(np.quantile(levels, 0.995)) or float(levels.max())
    return np.clip(levels / most, 0, 1) if most > 0 else np.zeros_like(levels)


def shade(image: Image.Image, levels: np.ndarray) -> tuple[Image.Image, Image.Image]:
    """Levels (h, w) in [0, 1] as heat, and the picture dark where they are low: both in the
    picture's size."""
    light = Image.fromarray((levels * 255).round().astype(np.uint8))
    light = light.resize(image.size, Image.Resampling.BILINEAR)
    share = np.asarray(light)[..., None] / 255
    seen = np.asarray(image) * (DIM + (1 - DIM) * np.sqrt(share))
    overlay = Image.fromarray(seen.round().astype(np.uint8))
    return heat(share[..., 0]), overlay


def difference(before: Tensor, after: Tensor) -> Image.Image:
    """Where two pictures (3, h, w) in [-1, 1] differ: RGB, brightest at half the range."""
    apart = (after - before).float().abs().mean(0).cpu().numpy()
    return heat(apart)


def change_of(before: Tensor, after: Tensor, place: Tensor | None) -> float:
    """Root mean square of what two pictures differ by, of 255, everywhere or at a place."""
    apart = (after.clamp(-1, 1) - before.clamp(-1, 1)).float().square().mean(0).cpu()
    weight = torch.ones_like(apart) if place is None else place
    return 127.5 * float((apart * weight).sum() / weight.sum()) ** 0.5
