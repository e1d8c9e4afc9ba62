"""Means of the weights of several models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pipelines import Studio
from pipelines.cards import load, read_card
from training.cli import SettingError
from training.mean import MeanConfig, main, mean

from ..tiny import (
    edit_card,
    make_model,
    make_seer,
    make_segmenter,
    make_style,
    make_textures,
    random_network,
    write_weights,
)


def folders(tmp_path: Path, count: int = 2) -> tuple[Path, ...]:
    """The same tiny model with other weights in each."""
    found = []
    for i in range(count):
        folder = tmp_path / f"of-{i}"
        folder.mkdir()
        card = make_model(folder, critic=False)
        spec = read_card(card).networks["generator"]
        tensors = random_network(f"weights {i}", spec.architecture, dict(spec.config))
        named = {f"generator/{name}": tensor for name, tensor in tensors.items()}
        edit_card(card, **write_weights(card.with_suffix(".safetensors"), named))
        found.append(folder)
    return tuple(found)


def state(folder: Path) -> dict[str, torch.Tensor]:
    return load(folder / "tiny.json", torch.device("cpu")).networks["generator"].state_dict()


def test_a_mean_lies_where_its_shares_say(tmp_path: Path):
    models = folders(tmp_path)
    main(MeanConfig("tiny", models, tmp_path / "mean", (1, 3)))
    a, b, found = (state(folder) for folder in (*models, tmp_path / "mean"))
    floating = [name for name in a if a[name].is_floating_point()]
    assert any(not torch.equal(a[name], b[name]) for name in floating)
    for name in floating:
        torch.testing.assert_close(found[name], a[name] / 4 + b[name] * 3 / 4, atol=1e-3, rtol=1e-3)
    card = Studio("cpu", [tmp_path / "mean"]).card("tiny")  # the hash is that of the new file
    assert card.quality == ()
    assert f"0.25 of {read_card(models[0] / 'tiny.json').sha256[:8]}" in card.recipe.notes


def test_shares_are_even_and_whole_numbers_the_last_ones():
    a, b, c = (
        {"x": torch.tensor([x]), "n": torch.tensor(n)} for x, n in ((0.0, 1), (3.0, 2), (6.0, 7))
    )
    found = mean((a, b, c), (1, 1, 1))
    assert found["x"].item() == pytest.approx(3)
    assert found["n"] == 7
    assert mean((a, b, c), (1, 1, 2))["x"].item() == pytest.approx(3.75)


def test_directions_are_not_those_of_a_mean(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_seer(tmp_path / name)
    main(MeanConfig("seer", (tmp_path / "a", tmp_path / "b"), tmp_path / "mean"))
    assert read_card(tmp_path / "a" / "seer.json").directions
    assert read_card(tmp_path / "mean" / "seer.json").directions is None


def test_thumbnails_are_not_what_a_mean_paints_and_textures_have_none(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        make_style(tmp_path / name)
        make_textures(tmp_path / name)
    models = (tmp_path / "a", tmp_path / "b")
    main(MeanConfig("tiny-style", models, tmp_path / "mean"))
    styling = read_card(tmp_path / "mean" / "tiny-style.json").styling
    assert styling
    assert not styling.thumbnails
    with pytest.raises(SettingError, match="textures are measured when a run is exported"):
        main(MeanConfig("tiny-textures", models, tmp_path / "mean"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"models": slice(0, 1)}, "two models"),
        ({"shares": (1.0,)}, "1 numbers for 2 folders"),
        ({"shares": (1.0, -1.0)}, "above 0, these are 1, -1"),
        ({"shares": (1.0, float("nan"))}, "above 0"),
    ],
)
def test_what_is_no_mean_is_said(tmp_path: Path, change: dict, said: str):
    models = folders(tmp_path)[change.get("models", slice(None))]
    with pytest.raises(SettingError, match=said):
        main(MeanConfig("tiny", models, tmp_path / "mean", change.get("shares", ())))
    assert not (tmp_path / "mean").exists()


def test_other_networks_have_no_mean(tmp_path: Path):
    for name, outputs in (("a", (0, 1, 2)), ("b", (0, 1, 2, 2))):
        (tmp_path / name).mkdir()
        make_segmenter(tmp_path / name, outputs=outputs)
    with pytest.raises(SettingError, match="another network"):
        main(MeanConfig("tiny-seg", (tmp_path / "a", tmp_path / "b"), tmp_path / "mean"))
    assert not (tmp_path / "mean").exists()
