"""Seconds per look inside a network, beside one plain pass of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch

from pipelines import Explainer, Sampler, Segmenter, Studio

from .segment import picture
from .tables import medians, show

PHOTO = (512, 512)
AT = (0.5, 0.3)


def measure(studio: Studio, folders: Sequence[str], repeats: int) -> None:  # noqa: ARG001
    """Print what a click in the Lab takes."""
    explain, rows = studio.get(Explainer), []
    for card in studio.cards("generator"):
        draw = partial(studio.get(Sampler), [1], model=card.id)
        units = partial(explain.generator, 1, card.id, at=AT)
        off = partial(explain.silence, 1, card.id, layer=0, units=range(16), at=AT)
        reach = partial(explain.reach, 1, card.id)
        for name, look in (("units of a place", units), ("without 16", off), ("reach", reach)):
            took, plain = medians(repeats, look, draw)
            rows.append([card.id, name, f"{took:.3f}", f"{plain:.3f}"])
    photo = picture(*PHOTO)
    for card in studio.cards("segmenter"):
        find = partial(studio.get(Segmenter), photo, model=card.id)
        layers = partial(explain.photo, photo, card.id)
        why = partial(explain.decides, photo, card.id)
        for name, look in (("layers", layers), ("what decides", why)):
            took, plain = medians(max(1, repeats // 3), look, find)
            rows.append([card.id, name, f"{took:.3f}", f"{plain:.3f}"])
    show(
        f"Looks inside, in seconds ({torch.get_num_threads()} threads)",
        ["model", "look", "it takes", "a picture, or 512x512 segmented"],
        rows,
    )
