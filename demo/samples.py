"""Pictures of our own for tabs that need one: drawn by the generator that menus begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL.Image import Resampling

from .tab import default_generator

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Studio


def sample(studio: Studio, seed: int, wanted: str, side: int, truncation: float = 1.0) -> Image:
    """The picture of a seed, enlarged to ``side``; of the class ``wanted`` if there is one."""
    from pipelines import Sampler

    cards = studio.cards("generator")
    model = default_generator(cards)
    classes = next((card.classes for card in cards if card.id == model), ())
    label = wanted if wanted in classes else None
    drawn = studio.get(Sampler)([seed], model=model, label=label, truncation=truncation)
    return drawn.images[0].resize((side, side), Resampling.BICUBIC)
