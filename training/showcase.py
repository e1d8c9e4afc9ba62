"""A picture of what each shipped model makes: ``python -m training.showcase``.

Made by the shipped weights out of pictures that are nobody's photos of a data set: samples of our
own generators, and what comes with scikit-image. ``weights/README.md`` shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from pipelines import Inpainter, Sampler, Segmenter, Studio, Stylizer
from pipelines.blemishes import EXAMPLES as BLEMISHED
from pipelines.cards import Card, load
from pipelines.examples import EXAMPLES
from pipelines.limits import DEFAULT_MODEL
from pipelines.media import grid
from training.cli import run
from training.evaluate import sample_grid
from training.texture_quality import texture_grid

TILE = 192  # pixels
PHOTOS = (("mountain", 8), ("glacier", 15), ("forest", 11))  # class and seed of samples


@dataclass(frozen=True)
class ShowcaseConfig:
    """Draw the grids of all shipped models, or of some."""

    weights: Path = Path("weights")
    out: Path = Path("weights/pictures")
    models: tuple[str, ...] = ()
    """Only these ids; all when empty."""


def showcase(studio: Studio, card: Card, path: Path) -> Image.Image | None:
    """What a model makes, as one picture; None where there is nothing of our own to show it on.

    ``path``: of its card.
    """
    if card.tool == "generator":
        return sample_grid(load(path, torch.device("cpu")))
    if card.tool == "texture":
        return texture_grid(load(path, torch.device("cpu")), TILE // 2)
    if card.tool == "style":
        return _styles(studio, card)
    if card.tool == "segmenter":
        return _segments(studio, card)
    return _fills(studio, card)


def photos(studio: Studio) -> list[Image.Image]:
    """Squares that styles are shown on."""
    found = [ImageOps.fit(example.make()[0], (2 * TILE, 2 * TILE)) for example in BLEMISHED]
    if any(card.id == DEFAULT_MODEL for card in studio.cards("generator")):
        for label, seed in PHOTOS:
            image = studio.get(Sampler)([seed], model=DEFAULT_MODEL, label=label).images[0]
            found.append(image.resize((2 * TILE, 2 * TILE), Image.Resampling.LANCZOS))
    return found


def _styles(studio: Studio, card: Card) -> Image.Image:
    stylizer = studio.get(Stylizer)
    rows = [(None, ""), *stylizer.built_in(card.id)]
    tiles = [
        photo if style is None else stylizer(photo, style, model=card.id).image
        for style, _ in rows
        for photo in photos(studio)
    ]
    return grid([_tile(tile) for tile in tiles], len(tiles) // len(rows), gap=2)


def _segments(studio: Studio, card: Card) -> Image.Image | None:
    tiles = []
    for example in (e for e in EXAMPLES if e.model == card.id):
        found = studio.get(Segmenter)(example.make()[0], model=card.id)
        tiles += [found.image, found.overlay()]
    return grid([_tile(tile, 2) for tile in tiles], 2, gap=2) if tiles else None


def _fills(studio: Studio, card: Card) -> Image.Image:
    tiles = []
    for example in BLEMISHED:
        image, mask = example.make()
        found = studio.get(Inpainter)(image, mask, method=card.tool, model=card.id, seed=1)
        marked = np.where(np.asarray(mask)[..., None] >= 128, [235, 60, 120], np.asarray(image))
        tiles += [image, Image.fromarray(marked.astype(np.uint8)), found.image]
    return grid([_tile(tile, 2) for tile in tiles], 3, gap=2)


def _tile(image: Image.Image, times: int = 1) -> Image.Image:
    return ImageOps.fit(image, (TILE * times, TILE * times), Image.Resampling.LANCZOS)


def main(config: ShowcaseConfig) -> None:
    studio = Studio("cpu", [config.weights])
    config.out.mkdir(parents=True, exist_ok=True)
    for card in studio.cards():
        if config.models and card.id not in config.models:
            continue
        picture = showcase(studio, card, config.weights / f"{card.id}.json")
        if picture:
            picture.convert("RGB").save(config.out / f"{card.id}.webp", quality=72, method=6)


if __name__ == "__main__":
    run("training.showcase", ShowcaseConfig, main)
