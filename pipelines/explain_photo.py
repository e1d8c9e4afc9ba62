"""Looking inside a segmenter: its maps of a photo, and the pixels that decide a label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .cards import Card, Loaded
from .checks import whole
from .errors import InputError
from .inside_maps import checked_place, inside, shade, spread
from .insight import Inside, Saliency
from .media import checked
from .saliency import COPIES, half_radius, smooth_gradient
from .segment import by_class
from .steps import Step
from .tiles import padded, working_size
from .units import activations

WINDOW = 512  # pixels that the network sees of each side at most, around the place asked about


@dataclass(frozen=True, eq=False)
class View:
    """The part of a photo that a network sees. ``image``: RGB, as large as it sees it;
    ``x``, ``y``: the pixel asked about; ``scale``: seen pixels per pixel of the photo; ``input``:
    (1, 3, h, w) in [-1, 1], mirrored up to the network's stride."""

    image: Image.Image
    x: int
    y: int
    scale: float
    input: Tensor


def view_of(photo: Any, card: Card, loaded: Loaded, at: Any) -> View:
    """What the network sees around a place. Raises InputError or PictureError."""
    place = checked_place(at)
    image = checked(photo)
    how = card.segmenting
    assert how  # read_card has seen to it
    size = working_size(image.size, how.long_side, how.zoom, 1.0, how.closer)
    box = [_window(share, length) for share, length in zip(place, size, strict=True)]
    (left, right), (top, bottom) = box
    scale = size[0] / image.width
    # Only the window is brought to the working size: the rest may be large.
    edges = left / scale, top / scale, right / scale, bottom / scale
    source = (edges[0], edges[1], min(edges[2], image.width), min(edges[3], image.height))
    seen = image.resize((right - left, bottom - top), Image.Resampling.BICUBIC, box=source)
    x, y = (
        min(int(share * length), length - 1) - start
        for share, length, (start, _) in zip(place, size, box, strict=True)
    )
    return View(seen, x, y, scale, padded(loaded.networks["segmenter"], np.asarray(seen)))


def _window(share: float, length: int) -> tuple[int, int]:
    """Start and end of what is seen of a side, as near to the middle of it as can be."""
    if length <= WINDOW:
        return 0, length
    start = min(max(0, round(share * length) - WINDOW // 2), length - WINDOW)
    return start, start + WINDOW


def look(photo: Any, card: Card, loaded: Loaded, layer: int, at: Any) -> Inside:
    """The layers of a segmenter over a photo; see ``Explainer.photo``."""
    network: Any = loaded.networks["segmenter"]
    if not hasattr(network, "layers"):
        raise InputError("no_layers", model=card.id)
    view = view_of(photo, card, loaded, at)
    modules = network.layers()
    index = whole("layer", layer, 0, len(modules) - 1)
    h, w = view.input.shape[-2:]
    maps = []
    for found in activations(lambda: network(view.input), modules):
        # Without what was added at the borders.
        rows = max(1, round(found.shape[-2] * view.image.height / h))
        columns = max(1, round(found.shape[-1] * view.image.width / w))
        maps.append(found[..., :rows, :columns])
    return inside(view.image, maps, index, maps[index][0].abs().mean((1, 2)).cpu())


def saliency_steps(
    photo: Any, card: Card, loaded: Loaded, at: Any, label: str | None
) -> Iterator[Step[Saliency]]:
    """Which pixels decide a label; see ``Explainer.decides_steps``."""
    network: Any = loaded.networks["segmenter"]
    assert card.segmenting
    outputs = card.segmenting.outputs
    view = view_of(photo, card, loaded, at)

    def logits(x: Tensor) -> Tensor:
        """Of the classes, at the place: (c,)."""
        return by_class(network(x)[0, :, view.y, view.x].float()[:, None], outputs)[:, 0]

    def run() -> Iterator[Step[Saliency]]:
        with torch.no_grad():
            found = logits(view.input)
        index = int(found.argmax()) if label is None else card.classes.index(label)
        share = float(found.softmax(0)[index])
        height, width = view.image.height, view.image.width
        maps = smooth_gradient(lambda x: logits(x)[index], view.input)
        for done, whole_map in enumerate(maps, 1):
            map = whole_map[:height, :width]
            heat, overlay = shade(view.image, spread(map))
            radius = half_radius(map, view.x, view.y) / view.scale
            found_now = Saliency(view.image, heat, overlay, card.classes[index], share, radius)
            yield Step(done, COPIES, overlay, found_now)

    return run()
