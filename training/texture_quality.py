"""How good textures out of a model are: beside the textures themselves, held out of training."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import Texturer
from pipelines.cards import Loaded, Measurement
from pipelines.media import grid, to_images, to_tensor
from pipelines.networks.texturist import STRIDE, Texturist
from pipelines.texture_model import noise_of, paint, weave
from pipelines.texture_scores import border_score, gram_distance

SHOWN = 8  # textures of a class in a grid
BORDERS = 4  # textures of a class whose borders are measured

Encode = Callable[[Tensor], Tensor]


@torch.inference_mode()
def measure_textures(
    loaded: Loaded, encode: Encode, held: Sequence[Image.Image]
) -> tuple[Measurement, ...]:
    """The figures of a loaded model. ``encode``: of its run, which does not ship; ``held``:
    textures that the run did not see, as large as its crops."""
    network = loaded.networks["texture"]
    assert isinstance(network, Texturist)
    size = loaded.card.size
    drawn = [again(network, encode, image, seed) for seed, image in enumerate(held)]
    pixels = [np.asarray(image) for image in held]
    halves, ours, others, flat = [], [], [], []
    for i, (there, here) in enumerate(zip(pixels, drawn, strict=True)):
        pairs = [np.array_split(there, 2, axis) for axis in (0, 1)]
        base = float(np.mean([gram_distance(*pair) for pair in pairs]))
        halves.append(base)
        ours.append(gram_distance(np.asarray(here), there) / base)
        others.append(gram_distance(pixels[(i + len(pixels) // 2) % len(pixels)], there) / base)
        flat.append(gram_distance(np.full_like(there, there.mean((0, 1))), there) / base)
    medians = {
        "another held-out texture": float(np.median(others)),
        "its mean colour": float(np.median(flat)),
    }
    likeness = Measurement(
        measure="likeness",
        value=round(float(np.median(ours)), 4),
        better="lower",
        protocol=(
            f"Gram distance (fixed filters, pipelines/texture_scores.py) of a drawn texture to the"
            f" one whose code it was drawn from, over that of the halves of that texture; median of"
            f" {len(held)} textures held out of training, {size} pixels wide. The encoder that"
            " found their codes is part of the run and not of the file."
        ),
        compare={name: round(value, 4) for name, value in medians.items()},
    )
    texturer = Texturer(lambda _: loaded, lambda _: [loaded.card])
    scores = [
        border_score(np.asarray(texturer(None, model=loaded.card.id, label=label, seed=s).image))
        for label in loaded.card.classes
        for s in range(BORDERS)
    ]
    borders = Measurement(
        measure="seam",
        value=round(float(np.mean(scores)), 4),
        better="lower",
        protocol=(
            f"Mean step of brightness across the border of a texture laid beside itself over that"
            f" inside (pipelines/texture_scores.py), mean of {len(scores)} textures of 512 x 512"
            " pixels."
        ),
    )
    return likeness, borders


def again(network: Texturist, encode: Encode, image: Image.Image, seed: int) -> Image.Image:
    """Another piece of a texture, as large as it is, drawn as the app draws."""
    places = image.height // STRIDE, image.width // STRIDE
    code = encode(to_tensor([image]))
    one = weave(network, code, seed, places)
    noise = noise_of(seed, places, code.device)
    return to_images(paint(network, one.waves, noise, one.affines, (0, places[0])))[0]


def texture_grid(loaded: Loaded, side: int = 192) -> Image.Image:
    """A row of textures of every class."""
    card = loaded.card
    texturer = Texturer(lambda _: loaded, lambda _: [card])
    images = [
        texturer(None, model=card.id, label=label, seed=seed, size=(side, side)).image
        for label in card.classes
        for seed in range(SHOWN)
    ]
    return grid(images, SHOWN, gap=2)
