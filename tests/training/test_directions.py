"""Latent directions: orthonormal, telling, and stored so that only the right file is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pipelines import Studio
from pipelines.cards import CardError, load, load_directions, read_card
from pipelines.networks.glu import GluGenerator, GluGeneratorConfig
from tests.tiny import edit_card, make_model
from training.cli import SettingError
from training.directions import DirectionsConfig, entrance, find, ganspace, sefa, store

CPU = torch.device("cpu")


def settings(folder: Path) -> DirectionsConfig:
    return DirectionsConfig("tiny", folder, count=4, samples=200)


def test_both_methods_give_orthonormal_rows(folder: Path) -> None:
    found = find(load(folder / "tiny.json", CPU), 4, 200)
    assert found.keys() == {"ganspace", "sefa", "ganspace.scale", "sefa.scale"}
    for name in ("ganspace", "sefa"):
        rows = found[name]
        assert rows.shape == (4, 8)
        torch.testing.assert_close(rows @ rows.T, torch.eye(4), atol=1e-4, rtol=0)
        # Seeds lie about one standard deviation along any direction.
        assert (found[f"{name}.scale"] - 1).abs().max() < 0.3


def test_every_direction_is_visible(folder: Path) -> None:
    loaded = load(folder / "tiny.json", CPU)
    found = find(loaded, 4, 200)
    z, label = torch.zeros(1, 8), torch.eye(3)[[0]]
    with torch.inference_mode():
        start = loaded.networks["generator"](z, label)
        for name in ("ganspace", "sefa"):
            for row in found[name]:
                moved = loaded.networks["generator"](z + 3 * row, label)
                assert (moved - start).abs().mean() > 1 / 127.5


def test_sefa_finds_what_a_layer_amplifies() -> None:
    weight = torch.zeros(6, 4)
    weight[0, 2], weight[3, 1] = 5.0, 2.0
    rows = sefa(weight, 2)
    torch.testing.assert_close(rows, torch.eye(4)[[2, 1]])


def test_ganspace_finds_what_activations_vary_with() -> None:
    latents = torch.randn(500, 5, generator=torch.Generator().manual_seed(0))
    activations = torch.zeros(500, 7)
    activations[:, 4] = 10 * latents[:, 3]
    activations[:, 1] = 3 * latents[:, 0]
    rows = ganspace(latents, activations, 2)
    torch.testing.assert_close(rows.abs(), torch.eye(5)[[3, 0]], atol=0.1, rtol=0)


def test_the_class_is_no_direction() -> None:
    config = GluGeneratorConfig(latent_dim=6, classes=2, size=16, detail=64)
    generator = GluGenerator(config)
    assert entrance(generator).shape == (config.channels(4) * 16, 6)
    with pytest.raises(SettingError, match="where the latent enters a Linear"):
        entrance(torch.nn.Linear(2, 2))


def test_stored_directions_are_those_that_load(folder: Path) -> None:
    assert load_directions(folder / "tiny.json", CPU) == {}
    before = read_card(folder / "tiny.json")
    known = store(settings(folder))
    card = read_card(folder / "tiny.json")
    assert card.directions == known
    assert card.model_copy(update={"directions": None}) == before  # the weights are as they were
    loaded = Studio("cpu", [folder]).directions("tiny")
    found = find(load(folder / "tiny.json", CPU), 4, 200)
    for name, rows in found.items():
        torch.testing.assert_close(loaded[name], rows)


def test_a_changed_file_is_refused(folder: Path) -> None:
    store(settings(folder))
    file = folder / "tiny.directions.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(CardError, match="do not match their card"):
        load_directions(folder / "tiny.json", CPU)
    file.unlink()
    with pytest.raises(CardError, match="are missing"):
        Studio("cpu", [folder]).directions("tiny")


def test_directions_of_other_weights_do_not_count(folder: Path) -> None:
    store(settings(folder))
    make_model(folder, "other")
    other = read_card(folder / "other.json")
    known = read_card(folder / "tiny.json").directions
    assert known is not None
    edit_card(folder / "other.json", directions=known.model_dump())
    assert known.weights != other.sha256
    assert load_directions(folder / "other.json", CPU) == {}


@pytest.mark.parametrize("changes", [{"count": 9, "samples": 200}, {"count": 4, "samples": 10}])
def test_impossible_numbers(folder: Path, changes: dict[str, int]) -> None:
    with pytest.raises(SettingError, match="--count must be 1 to 8"):
        find(load(folder / "tiny.json", CPU), **changes)
