"""Networks on pictures of any size: at a working scale, in tiles that overlap and blend.

A tile's logits count fully in its middle and fade to nothing towards its neighbours, so that the
weights of all tiles sum to one everywhere and no seam shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

TILE = 768  # pixels of a tile's side
OVERLAP = 128  # pixels that neighbours share at least
MAX_ZOOMED = 16_000_000  # pixels up to which a card may enlarge a picture
WHOLE = 1024 * 1024  # pixels that are seen in one pass


class Tiled(NamedTuple):
    """How far the work is: tiles, finished rows, and logits (c, h, w) valid in those rows."""

    done: int
    total: int
    rows: int
    logits: Tensor


def working_size(
    size: tuple[int, int],
    long_side: tuple[int, int] | None,
    zoom: float,
    scale: float,
    closer: float | None = None,
) -> tuple[int, int]:
    """Width and height that a network sees a picture at; see ``cards.Segmenting``.

    ``scale``: what a person asks for on top of what the card says.
    """
    pixels = size[0] * size[1]
    factor = min(zoom, max(1.0, math.sqrt(MAX_ZOOMED / pixels)))
    factor = scale * max(factor, min(closer or zoom, math.sqrt(WHOLE / pixels)))
    if long_side:
        longest = max(size)
        factor *= min(max(longest, long_side[0]), long_side[1]) / longest
    width, height = (max(1, round(side * factor)) for side in size)
    return width, height


def spans(length: int, tile: int, overlap: int) -> list[tuple[int, int]]:
    """Starts and ends of tiles that cover ``length``, evenly placed, each at most ``tile``."""
    if length <= tile:
        return [(0, length)]
    count = math.ceil((length - overlap) / (tile - overlap))
    # As many tiles, no larger than they must be; whole strides, or padding would waste that again.
    least = math.ceil((length + (count - 1) * overlap) / count)
    tile = min(tile, math.ceil(least / 32) * 32)
    starts = [round(i * (length - tile) / (count - 1)) for i in range(count)]
    return [(start, start + tile) for start in starts]


def fades(parts: list[tuple[int, int]]) -> list[Tensor]:
    """Weight of every pixel along each span; over all spans they sum to one everywhere.

    The outer quarter of what two share counts nothing: there a network cannot see the surroundings.
    """
    weights = [torch.ones(end - start) for start, end in parts]
    for i in range(1, len(parts)):
        shared = parts[i - 1][1] - parts[i][0]
        ramp = (2 * (torch.arange(shared) + 0.5) / shared - 0.5).clamp(0, 1)
        weights[i][:shared] *= ramp
        weights[i - 1][-shared:] *= 1 - ramp
    total = torch.zeros(parts[-1][1])
    for (start, end), weight in zip(parts, weights, strict=True):
        total[start:end] += weight
    # Only where evenly placed tiles overlap by more than half of them is that not one already.
    return [weight / total[start:end] for (start, end), weight in zip(parts, weights, strict=True)]


def padded(network: nn.Module, image: np.ndarray) -> Tensor:
    """A picture uint8 (h, w, 3) as a network takes it: (1, 3, h', w') in [-1, 1] on its device,
    mirrored at the lower and right border up to the network's stride."""
    device = next(network.parameters()).device
    h, w = image.shape[:2]
    stride: int = network.STRIDE  # type: ignore[assignment]
    larger = np.pad(image, ((0, -h % stride), (0, -w % stride), (0, 0)), "symmetric")
    return torch.from_numpy(larger).to(device).permute(2, 0, 1)[None].float() / 127.5 - 1


def logits_of(network: nn.Module, image: np.ndarray, flips: bool = False) -> Tensor:
    """One pass over a picture uint8 (h, w, 3), mirrored up to the network's stride: (c, h, w).

    ``flips``: the mean of the picture and its mirror image.
    """
    h, w = image.shape[:2]
    x = padded(network, image)
    logits = network(x)
    if flips:
        logits = (logits + network(x.flip(-1)).flip(-1)) / 2
    return logits[0, :, :h, :w].float()


def tiled(
    network: nn.Module,
    image: np.ndarray,
    flips: bool = False,
    tile: int = TILE,
    overlap: int = OVERLAP,
    whole: int = WHOLE,
) -> Iterator[Tiled]:
    """Logits of a picture uint8 (h, w, 3), reported tile by tile, from top to bottom."""
    h, w = image.shape[:2]
    if h * w <= whole:
        yield Tiled(1, 1, h, logits_of(network, image, flips))
        return
    rows, columns = spans(h, tile, overlap), spans(w, tile, overlap)
    row_weights, column_weights = fades(rows), fades(columns)
    total, done = len(rows) * len(columns), 0
    logits: Tensor | None = None
    for i, (top, bottom) in enumerate(rows):
        # Rows that the next row of tiles does not touch.
        finished = rows[i + 1][0] if i + 1 < len(rows) else h
        for j, (left, right) in enumerate(columns):
            part = logits_of(network, image[top:bottom, left:right], flips).cpu()
            part *= row_weights[i][:, None] * column_weights[j]
            if logits is None:
                # Half precision: the only array here that grows with picture and classes.
                logits = torch.zeros(len(part), h, w, dtype=torch.float16)
            logits[:, top:bottom, left:right] += part.half()
            done += 1
            last = j + 1 == len(columns)
            yield Tiled(done, total, finished if last else top, logits)


def enlarged_rows(logits: Tensor, size: tuple[int, int], start: int, stop: int) -> Tensor:
    """Rows ``start`` to ``stop`` of logits (c, h, w) brought to ``size`` (height, width).

    Bilinear, as if all were enlarged at once: (c, stop - start, width), float32.
    """
    h, w = logits.shape[1:]
    if (h, w) == size:
        return logits[:, start:stop].float()
    at = ((torch.arange(start, stop, device=logits.device) + 0.5) * h / size[0] - 0.5).clamp(0)
    low = at.long().clamp(max=h - 1)
    high = (low + 1).clamp(max=h - 1)
    share = (at - low)[None, :, None]  # (1, rows, 1)
    rows = torch.lerp(logits[:, low].float(), logits[:, high].float(), share)  # (c, rows, w)
    return F.interpolate(rows[None], (stop - start, size[1]), mode="bilinear")[0]
