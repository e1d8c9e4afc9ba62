"""A shipped segmenter that is changed without training: what its tools have in common."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pipelines.cards import Card, Loaded, load
from pipelines.networks.unet import Unet
from pipelines.tiles import working_size
from training.cli import SettingError
from training.segment_data import Labelled, load_labelled
from training.segment_export import measure_segmenter
from training.shipping import reship, spec_of

log = logging.getLogger(__name__)

# A loaded model and its training pictures -> the network that is to ship, and a sentence for the
# notes of its recipe.
Change = Callable[[Loaded, Labelled], tuple[Unet, str]]


def unet(loaded: Loaded) -> Unet:
    """Its network. Raises SettingError where it is none of ours."""
    network = loaded.networks["segmenter"]
    if not isinstance(network, Unet):
        raise SettingError(f"{loaded.card.id} is no U-Net")
    return network


def as_shown(card: Card, data: Labelled, chosen: list[int]) -> Iterator[np.ndarray]:
    """Pictures uint8 (h, w, 3) at the size at which the app shows them to the network."""
    how = card.segmenting
    assert how
    for i in chosen:
        image = Image.fromarray(data.images[i])
        size = working_size(image.size, how.long_side, how.zoom, 1.0, how.closer)
        same = size == image.size
        yield np.asarray(image if same else image.resize(size, Image.Resampling.BICUBIC))


def retouch(id: str, data: str, weights: Path, change: Change) -> Card:
    """Change, measure and replace a model; returns its new card.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    loaded = load(weights / f"{id}.json", torch.device("cpu"))
    card = loaded.card
    if not card.segmenting:
        raise SettingError(f"{id} is no segmenter")
    training = load_labelled(data, "train")
    if training.classes != card.classes:
        raise SettingError(f"{data} has other classes than {id}: give its own data")
    network, words = change(loaded, training)
    log.info("%s", words)
    changed = {
        "networks": {"segmenter": spec_of(network)},
        "recipe": card.recipe.model_copy(update={"notes": f"{card.recipe.notes} {words}".strip()}),
    }
    card = reship(
        card.model_copy(update=changed),
        {"segmenter": network},
        weights,
        lambda path: measure_segmenter(load(path, torch.device("cpu")), data),
    )
    for figure in card.quality:
        log.info("%s %g (%s)", figure.measure, figure.value, figure.compare)
    return card
