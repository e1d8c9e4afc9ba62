"""From a run to a model that ships, and what is measured on the way."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from pipelines import Sampler, Studio
from pipelines.cards import load, read_card
from pipelines.device import noise
from training import export as module
from training.cli import SettingError
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, bake, export
from training.gan import train
from training.gan_config import GanConfig
from training.runs import CHECKPOINT, best_measured, command, read_config, read_run

CPU = torch.device("cpu")
FIGURES = {
    "frechet_over_floor",
    "kid",
    "precision",
    "recall",
    "nearest_training_distance",
    "class_agreement",
    "class_spread",
}


@pytest.fixture
def settings(finished: GanConfig, tmp_path: Path) -> ExportConfig:
    return ExportConfig(finished.run, "little-one", (finished.data,), weights=tmp_path / "weights")


def spoil(settings: ExportConfig, folder: Path, key: str, value: float) -> ExportConfig:
    """The same export of a copy of the run in which one weight was changed."""
    run = Path(shutil.copytree(settings.run, folder / "spoiled"))
    tensors = load_file(run / CHECKPOINT)
    tensors[key].view(-1)[0] = value
    save_file(tensors, run / CHECKPOINT, {"progress": '{"steps": 1, "seconds": 1}'})
    return replace(settings, run=run)


def test_exported_model_is_the_run_in_float16(settings: ExportConfig) -> None:
    card = export(settings)
    assert card == read_card(settings.weights / "little-one.json")
    tensors = load_file(settings.weights / "little-one.safetensors")
    floats = [tensor for tensor in tensors.values() if tensor.is_floating_point()]
    assert {tensor.dtype for tensor in floats} == {torch.float16}
    loaded = load(settings.weights / "little-one.json", CPU)
    run = read_run(settings.run)
    z, label = noise(range(6), 6), torch.eye(2).repeat(3, 1)
    with torch.inference_mode():
        ours = loaded.networks["generator"](z, label)
        exact = run.generator.half().float()(z, label)
        assert torch.equal(ours, exact)
        scores = loaded.networks["critic"](ours, label)
        torch.testing.assert_close(scores, run.critic(ours, label), atol=1e-2, rtol=1e-2)
    averaged = load_file(settings.run / CHECKPOINT)["average/project.weight"]
    assert torch.equal(tensors["generator/project.weight"], averaged.half())


def test_the_studio_draws_with_it(settings: ExportConfig) -> None:
    export(settings)
    sampler = Studio("cpu", [settings.weights]).get(Sampler)
    samples = sampler(seeds=[1, 2], model="little-one", label="red")
    assert samples.images[0].size == (8, 8)
    assert samples.scores is not None


def test_baked_spectral_norm_scores_as_the_live_critic(finished: GanConfig) -> None:
    critic = read_run(finished.run).critic
    baked = bake(critic)
    assert not any("parametrizations" in name for name in baked.state_dict())
    assert any("parametrizations" in name for name in critic.state_dict())
    pictures, label = torch.rand(4, 3, 8, 8) * 2 - 1, torch.eye(2).repeat(2, 1)
    with torch.inference_mode():
        assert torch.equal(baked(pictures, label), critic(pictures, label))


def test_the_card_tells_how_but_not_where(settings: ExportConfig) -> None:
    card = export(settings)
    assert card.recipe.images == 48
    assert card.recipe.device.endswith(("CPU core", "CPU cores"))
    assert card.data.pictures == 36
    assert card.recipe.command == (
        "python -m training.gan --data pictures.zip --run runs/run --images 48 --size 8"
        " --latent-dim 6 --width 4 --critic-width 4 --batch 4 --holdout 0.4"
    )
    text = (settings.weights / "little-one.json").read_text()
    assert text.endswith("}\n")
    assert str(settings.run.parent) not in text
    assert json.loads(text)["quality"] == []


def test_the_command_names_no_folder_of_a_network() -> None:
    config = GanConfig(
        "/a/b.zip", Path("/c/d"), backbone="/e/f.safetensors", judge="/g/h", augment=("color",)
    )
    words = command(config)
    assert "/a" not in words
    assert "--backbone f.safetensors --augment color" in words
    assert "judge" not in words
    assert "--target 2.0 --judge h" in command(replace(config, target=2.0))
    assert command(replace(config, crops=True)).replace("--crops ", "") == words


def test_a_model_with_an_encoder(small: GanConfig, backbone: Path, tmp_path: Path) -> None:
    config = replace(
        small,
        generator="glu",
        detail=64,
        size=16,
        critic_width=0,
        backbone=str(backbone),
        encoder=1.0,
    )
    list(train(config))
    weights = tmp_path / "weights"
    card = export(ExportConfig(config.run, "seer", (config.data,), weights=weights))
    assert card.networks.keys() == {"generator", "encoder"}
    loaded = load(weights / "seer.json", CPU)
    pictures = torch.rand(3, 3, 16, 16) * 2 - 1
    with torch.inference_mode():
        latents = loaded.networks["encoder"](pictures)
        drawn = loaded.networks["generator"](latents, torch.eye(2)[[0, 1, 0]])
    torch.testing.assert_close(latents.norm(dim=1), torch.full((3,), 6**0.5))
    assert drawn.shape == (3, 3, 16, 16)
    with pytest.raises(FileNotFoundError, match="neither a safetensors file"):
        export(ExportConfig(config.run, "seer", (config.data,), weights=weights, backbone="gone"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e6])
def test_weights_that_are_not_finite_are_refused(
    settings: ExportConfig, tmp_path: Path, value: float
) -> None:
    export(settings)
    before = {path.name: path.read_bytes() for path in settings.weights.iterdir()}
    with pytest.raises(SettingError, match=r"generator/project\.weight holds values"):
        export(spoil(settings, tmp_path, "average/project.weight", value))
    assert {path.name: path.read_bytes() for path in settings.weights.iterdir()} == before


def test_float16_that_changes_pictures_is_refused(
    settings: ExportConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DRIFT", 0.0)
    with pytest.raises(SettingError, match="float16 changes the pictures"):
        export(settings)
    assert not settings.weights.exists()


def test_a_run_without_average_exports_the_live_generator(small: GanConfig) -> None:
    small = replace(small, ema=0.0)
    list(train(small))
    tensors = load_file(small.run / CHECKPOINT)
    run = read_run(small.run)
    assert torch.equal(run.generator.project.weight, tensors["generator/project.weight"])


def test_folders_that_hold_no_run(tmp_path: Path, finished: GanConfig) -> None:
    with pytest.raises(FileNotFoundError, match="holds no training run"):
        read_run(tmp_path)
    shutil.copy(finished.run / "config.json", tmp_path)
    with pytest.raises(FileNotFoundError, match="train it first"):
        read_run(tmp_path)
    (tmp_path / "config.json").write_text('{"unknown": 1, "classes": [], "run": "x"}')
    with pytest.raises(SettingError, match=r"not the configuration of a run.*unknown"):
        read_config(tmp_path)


def test_measured_from_end_to_end(
    settings: ExportConfig, judge: Path, finished: GanConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.protocol.TRAINING", 20)
    card = export(replace(settings, judge=str(judge), baseline=finished.run))
    figures = {figure.measure: figure for figure in card.quality}
    assert figures.keys() == FIGURES
    frechet = figures["frechet_over_floor"]
    assert frechet.compare.keys() == {"blurred real pictures", "untuned recipe"}
    # The run is its own baseline here; the shipped one differs by float16 alone.
    assert frechet.value == pytest.approx(frechet.compare["untuned recipe"], rel=0.02)
    assert "8 bits" in frechet.protocol
    assert "64 px" in frechet.protocol

    # Measured again from weights alone, the card keeps the baseline and everything else.
    card_file = settings.weights / "little-one.json"
    grid = settings.weights / "grid.png"
    data = (f"little-one={settings.data[0]}",)
    config = EvaluateConfig(settings.weights, data, str(judge), grid=grid)
    evaluate(config)
    assert read_card(card_file) == card
    with Image.open(grid) as picture:
        assert picture.width == pytest.approx(10 * 8 * 8, abs=100)
        assert picture.height < picture.width / 4  # ten columns, two rows

    with pytest.raises(SettingError, match="no model other; it has: little-one"):
        evaluate(replace(config, data=("other=x",)))
    with pytest.raises(SettingError, match="--data takes ID=PATH"):
        evaluate(replace(config, data=("little-one",)))


def test_figures_of_a_known_model_are_as_the_run_said(
    small: GanConfig, judge: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("training.protocol.TRAINING", 20)
    small = replace(small, judge=str(judge))
    list(train(small))
    said = float((small.run / "quality.csv").read_text().splitlines()[-1].split(",")[-1])
    weights = tmp_path / "weights"
    card = export(ExportConfig(small.run, "one", (small.data,), str(judge), weights))
    assert card.quality[0].measure == "frechet_over_floor"
    assert card.quality[0].value == pytest.approx(said, rel=0.02)


def test_a_critic_may_be_left_out(settings: ExportConfig) -> None:
    assert "critic" in export(settings).networks
    assert export(replace(settings, critic=False)).networks.keys() == {"generator"}


def test_a_card_may_say_how_good_the_run_was_on_the_way(
    small: GanConfig, judge: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("training.protocol.TRAINING", 20)
    weights = tmp_path / "weights"
    settings = ExportConfig(small.run, "one", (small.data,), str(judge), weights, curve=True)
    list(train(small))
    with pytest.raises(SettingError, match="never measured on the way"):
        export(settings)
    shutil.rmtree(small.run)
    list(train(replace(small, judge=str(judge), measure_every=20)))
    card = export(settings)
    compare = card.quality[0].compare
    assert compare.keys() == {"blurred real pictures", "after 20 pictures", "after 40 pictures"}
    # Measured again, or exported without asking for it, it keeps them.
    evaluate(EvaluateConfig(weights, (f"one={small.data}",), str(judge)))
    assert read_card(weights / "one.json") == card
    other = replace(small, run=tmp_path / "other", start=str(small.run), judge=str(judge))
    list(train(other))
    with pytest.raises(SettingError, match="began from nothing"):
        export(replace(settings, run=other.run))


def test_other_data_is_refused(settings: ExportConfig, tmp_path: Path) -> None:
    (tmp_path / "green").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "green" / "0.png")
    with pytest.raises(SettingError, match="has other classes than the run"):
        export(replace(settings, data=(str(tmp_path),)))


def test_nothing_is_written_when_the_round_trip_fails(
    settings: ExportConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SettingError("no")

    monkeypatch.setattr(module, "check_round_trip", refuse)
    with pytest.raises(SettingError):
        export(settings)
    assert not settings.weights.exists()


def test_best_measurement_of_a_run(tmp_path: Path) -> None:
    assert best_measured(tmp_path) is None
    rows = ["images,seconds,frechet_over_floor", "10,1,5.5", "20,2,3.25", "30,3,6.0"]
    (tmp_path / "quality.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert best_measured(tmp_path) == (20, 3.25)
