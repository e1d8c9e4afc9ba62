"""The mean of several models' weights: ``python -m training.mean --id scenes --models weights
/tmp/new --shares 0.3 0.7 --weights /tmp/mean``, then ``training.evaluate`` for its figures.

Runs that began with the same weights can be averaged (model soups, Wortsman et al. 2022): what
each picked up by chance at its end cancels, what they agree on stays.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from pipelines.cards import Card, Loaded, load
from training.cli import SettingError, run
from training.shipping import reship

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MeanConfig:
    """Models of one id, each installed in a folder of its own."""

    id: str
    models: tuple[Path, ...]
    """Folders of weights with that model in them; the mean takes the card of the last."""
    weights: Path
    """Where the mean goes, in place of what that folder has of this id."""
    shares: tuple[float, ...] = ()
    """Of each in the mean; they are scaled to sum up to 1. All the same when empty."""


def mean(tensors: Sequence[Mapping[str, Tensor]], shares: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean of states with the same names and shapes, in float32.

    What is no fraction, such as counts of batches, is the last one's.
    """
    total = sum(shares)

    def of(name: str, like: Tensor) -> Tensor:
        if not like.is_floating_point():
            return like
        parts = [
            share / total * state[name].float()
            for state, share in zip(tensors, shares, strict=True)
        ]
        return torch.stack(parts).sum(0)

    return {name: of(name, like) for name, like in tensors[-1].items()}


def main(config: MeanConfig) -> None:
    """Write the mean with a card that has no figures yet.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    shares = config.shares or (1.0,) * len(config.models)
    if len(config.models) < 2:
        raise SettingError("a mean takes two models at least: give --models two folders or more")
    if len(shares) != len(config.models):
        raise SettingError(f"--shares has {len(shares)} numbers for {len(config.models)} folders")
    if not all(0 < share < float("inf") for share in shares):
        raise SettingError(f"shares are above 0, these are {', '.join(f'{x:g}' for x in shares)}")
    found = [load(folder / f"{config.id}.json", torch.device("cpu")) for folder in config.models]
    *others, last = found
    for folder, other in zip(config.models[:-1], others, strict=True):
        _comparable(folder, other.card, last.card)
    for role, network in last.networks.items():
        network.load_state_dict(mean([x.networks[role].state_dict() for x in found], shares))
    card = reship(_card(found, shares), last.networks, config.weights, lambda _: ())
    log.info("%s in %s has no figures yet: training.evaluate measures it", card.id, config.weights)


def _comparable(folder: Path, card: Card, last: Card) -> None:
    if card.tool == "texture":
        raise SettingError("textures are measured when a run is exported: no mean of them")
    if (card.networks, card.classes) != (last.networks, last.classes):
        raise SettingError(f"{card.id} in {folder} is another network than that of the last folder")


def _card(found: Sequence[Loaded], shares: Sequence[float]) -> Card:
    """The last card, which says what it is a mean of, less what its weights alone have made."""
    card = found[-1].card
    parts = [
        f"{share / sum(shares):.2g} of {model.card.sha256[:8]} ({model.card.recipe.images:,}"
        f" pictures, {model.card.recipe.minutes:g} minutes)"
        for model, share in zip(found, shares, strict=True)
    ]
    notes = f"{card.recipe.notes} A mean of weights: {', '.join(parts)}.".strip()
    recipe = card.recipe.model_copy(update={"notes": notes})
    styling = card.styling and card.styling.model_copy(update={"thumbnails": ""})
    changed = {"recipe": recipe, "directions": None, "styling": styling}
    return card.model_copy(update=changed)


if __name__ == "__main__":
    run("training.mean", MeanConfig, main)
