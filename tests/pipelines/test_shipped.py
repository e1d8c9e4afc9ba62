"""One contract for every model that ships: a new model is covered the moment its card is there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from pipelines import Sampler, Studio
from pipelines.cards import Card
from pipelines.settings import read_settings
from pipelines.studio import WEIGHTS
from training.bars import BARS, reached

# Read by file name, so that a broken card fails below instead of being left out.
CARDS = sorted(WEIGHTS.glob("*.json"))
GENERATORS = [card.id for card in Studio("cpu").cards("generator")]
MEGABYTE = 10**6

every_card = pytest.mark.parametrize(
    "path",
    CARDS or [pytest.param(None, marks=pytest.mark.skip(reason="no model in weights/ yet"))],
    ids=lambda path: path.stem if path else "none",
)
every_generator = pytest.mark.parametrize(
    "model",
    GENERATORS or [pytest.param("", marks=pytest.mark.skip(reason="no generator in weights/ yet"))],
)


@pytest.fixture(scope="module")
def shipped() -> Studio:
    return Studio("cpu")


def card_of(path: Path) -> Card:
    return Card.model_validate_json(path.read_text(encoding="utf-8"))


@every_card
def test_it_loads(shipped, path):
    loaded = shipped.network(path.stem)
    assert loaded.card.id == path.stem
    assert set(loaded.networks) == set(loaded.card.networks)


@every_card
def test_its_file_is_as_the_card_says(path):
    card, file = card_of(path), path.with_suffix(".safetensors")
    raw = file.read_bytes()
    assert len(raw) == card.bytes < 16 * MEGABYTE
    assert hashlib.sha256(raw).hexdigest() == card.sha256
    with safe_open(file, "np") as tensors:
        for name in tensors.keys():  # noqa: SIM118 (no mapping)
            tensor = tensors.get_tensor(name)
            if np.issubdtype(tensor.dtype, np.floating):
                assert tensor.dtype == np.float16, name
                assert np.isfinite(tensor).all(), name


@every_card
def test_its_card_is_honest(path):
    card = card_of(path)
    assert card.quality, "a shipped model was measured"
    assert all(figure.protocol for figure in card.quality)
    assert card.data.pictures > 0
    assert card.recipe.images > 0
    assert card.recipe.minutes > 0
    assert len(set(card.classes)) == len(card.classes)
    for text in (card.name, card.summary, card.terms, card.data.terms, card.recipe.command):
        assert text.strip()


@every_card
def test_its_terms_are_written_down(path):
    assert f"`{path.stem}`" in (WEIGHTS / "LICENSE.md").read_text(encoding="utf-8")


def test_all_weights_together():
    assert sum(file.stat().st_size for file in WEIGHTS.glob("*.safetensors")) < 60 * MEGABYTE


def test_no_weights_without_a_card():
    expected = {f"{path.stem}.safetensors" for path in CARDS}
    expected |= {
        f"{path.stem}.directions.safetensors" for path in CARDS if card_of(path).directions
    }
    assert {path.name for path in WEIGHTS.glob("*.safetensors")} == expected


@every_card
def test_its_directions_are_those_of_its_weights(shipped, path):
    known = card_of(path).directions
    if known is None:
        pytest.skip("has no latent directions")
    # Checks the hash; those of other weights would be left out.
    directions = shipped.directions(path.stem)
    assert set(directions) == {n for m in known.methods for n in (m, f"{m}.scale")}
    assert all(tensor.isfinite().all() for tensor in directions.values())


def test_no_broken_cards(shipped):
    assert shipped.problems() == []


@every_generator
def test_its_seeds_reproduce(shipped, model):
    draw = shipped.get(Sampler)
    batch = draw(range(20), model=model)
    alone = draw([17], model=model)
    difference = np.asarray(alone.images[0], int) - np.asarray(batch.images[17], int)
    assert np.abs(difference).max() <= 1
    assert alone.labels[0] == batch.labels[17]
    settings = read_settings(alone.images[0])
    assert (settings.model, settings.seed) == (model, 17)


@every_generator
def test_every_class_draws_pictures(shipped, model):
    card = shipped.card(model, "generator")
    for label in card.classes:
        images = shipped.get(Sampler)(range(4), model=model, label=label).images
        pictures = np.stack([np.asarray(image, float) for image in images])
        assert pictures.shape == (4, card.size, card.size, 3)
        assert pictures.std(axis=(1, 2, 3)).min() > 8, f"{label}: hardly any contrast"
        assert pictures.std(axis=0).mean() > 8, f"{label}: one picture for all seeds"


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: f"{bar.model}-{bar.measure}")
def test_it_is_good_enough_to_ship(bar):
    figure = bar.figure(card_of(WEIGHTS / f"{bar.model}.json"))
    assert reached(figure, bar.least)
