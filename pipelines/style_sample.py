"""A picture of our own to show styles on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from .cards import Card, Loaded
from .errors import PipelineError
from .limits import DEFAULT_MODEL

SEED, LABEL = 19, "mountain"


def sample(
    side: int, networks: Callable[[str], Loaded], cards: Callable[[str], Sequence[Card]]
) -> Image.Image:
    """A landscape, RGB, ``side`` pixels square: drawn by our own model of scenes if it is there,
    else by hand."""
    known = [card for card in cards("generator") if card.id == DEFAULT_MODEL]
    if known and known[0].tool == "generator":
        try:
            image = _generated(networks(DEFAULT_MODEL))
            return image.resize((side, side), Image.Resampling.LANCZOS)
        except PipelineError:
            pass  # a broken model: its own tab says so
    return drawn(side)


def _generated(loaded: Loaded) -> Image.Image:
    import torch

    from .latents import Point, draw, latents
    from .media import to_images

    network, classes = loaded.networks["generator"], loaded.card.classes
    index = classes.index(LABEL) if LABEL in classes else 0
    with torch.inference_mode():
        z = latents([Point(SEED)], network)
        return to_images(draw(network, z, torch.eye(len(classes))[[index]]))[0]


def drawn(side: int) -> Image.Image:
    """Sun, sky and three ranges of hills."""
    y, x = np.mgrid[:side, :side] / side
    sky = y[..., None]
    picture = (1 - sky) * np.array([70, 120, 190]) + sky * np.array([250, 200, 150])
    picture[np.hypot(x - 0.7, y - 0.3) < 0.09] = 255, 240, 190
    hills = ((0.55, 9, (110, 120, 150)), (0.68, 6, (70, 100, 90)), (0.82, 4, (40, 70, 40)))
    for level, waves, color in hills:
        rim = level + 0.05 * np.sin(waves * x + 9 * level) + 0.02 * np.sin(3 * waves * x)
        shade = 1 + 0.12 * np.sin(40 * x + 60 * y)
        inside = y > rim
        picture[inside] = (np.array(color) * shade[..., None])[inside]
    return Image.fromarray(picture.clip(0, 255).astype(np.uint8))
