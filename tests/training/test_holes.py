"""Networks that fill holes: steps, runs, and what ships."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from pipelines import Inpainter, Studio
from pipelines.cards import load
from pipelines.errors import CardError
from training import complete, diffuse, loop
from training.cli import SettingError
from training.complete import CompleteConfig, CompleteTrainer
from training.diffuse import DiffuseConfig, DiffuseTrainer
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, export
from training.hole_config import HoleConfig
from training.hole_data import Holes, Photos, load_photos
from training.hole_export import command, read_hole_run
from training.runs import CHECKPOINT, QUALITY

SMALL: dict[str, Any] = {"size": 32, "batch": 4, "images": 16, "holdout": 0.2, "device": "cpu"}


def completing(data: Path, run: Path, **changes: Any) -> CompleteConfig:
    settings = {**SMALL, "width": 8, "blocks": 2, "spectral": 4, "attention": 4, **changes}
    return CompleteConfig((str(data),), run, **settings)


def diffusing(data: Path, run: Path, **changes: Any) -> DiffuseConfig:
    settings = {**SMALL, "channels": (16, 16), "warmup": 4, **changes}
    return DiffuseConfig((str(data),), run, **settings)


def test_a_completion_step_moves_every_weight(
    pictures_zip: Path, tmp_path: Path, vgg: str, backbone: Path
) -> None:
    critics = {"vgg": vgg, "backbone": str(backbone), "backbone_size": 32, "critic_after": 0}
    config = completing(
        pictures_zip, tmp_path, **critics, spectra=1.0, directions=1.0, taps=1.0, finer=1, finest=1
    )
    trainer = CompleteTrainer(config)
    holes = Holes([load_photos(str(pictures_zip), 32)], 32, 0, 8)
    x, m = (torch.stack(part) for part in zip(*(holes[i] for i in range(4)), strict=True))
    before = {
        f"{name}/{key}": value.clone()
        for name in ("network", "heads")
        for key, value in trainer.modules[name].named_parameters()
    }
    for _ in range(2):
        losses = trainer.step(x, m)
    seen = {"perceptual", "directions", "features", "taps", "spectra"}
    assert losses.keys() == {"l1", "outside", "critic", "adversarial", *seen}
    for name in ("network", "heads"):
        for key, value in trainer.modules[name].named_parameters():
            # The hinge pulls the last biases equally from both sides.
            if name == "network" or "first" in key:
                assert not torch.equal(value, before[f"{name}/{key}"]), f"{name}/{key}"


def learnt(trainer: CompleteTrainer | DiffuseTrainer, loss: str, steps: int) -> float:
    """What a loss is in the last steps over what it was at first, on striped pictures."""
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[np.arange(40) % 8 < 4] = (220, 160, 40)
    holes = Holes([Photos("stripes", [stripes], ["all"])], 32, 0, 8 * steps)
    seen = []
    for start in range(0, 8 * steps, 8):
        part = [holes[i] for i in range(start, start + 8)]
        x, m = (torch.stack(t) for t in zip(*part, strict=True))
        seen.append(trainer.step(x, m)[loss])
    return float(np.mean(seen[-5:]) / np.mean(seen[:5]))


def test_a_network_that_is_given_more_blocks_paints_as_before(
    pictures_zip: Path, tmp_path: Path
) -> None:
    first = completing(pictures_zip, tmp_path / "first")
    assert list(complete.train(first))
    more = CompleteTrainer(
        completing(pictures_zip, tmp_path / "second", blocks=4, finer=2, finest=1)
    )
    loop.begin(first.run, more.modules)
    trained = read_hole_run(first.run).network
    x, m = torch.rand(2, 3, 32, 32) * 2 - 1, torch.zeros(2, 1, 32, 32)
    m[..., 8:20, 8:20] = 1
    with torch.inference_mode():
        torch.testing.assert_close(more.average(x, m), trained(x, m))


def test_completion_learns(pictures_zip: Path, tmp_path: Path) -> None:
    config = completing(pictures_zip, tmp_path, images=800, batch=8, warmup=0, lr=4e-3)
    assert learnt(CompleteTrainer(config), "l1", 50) < 0.8


def test_diffusion_learns(pictures_zip: Path, tmp_path: Path, vgg: str) -> None:
    config = diffusing(pictures_zip, tmp_path, images=800, batch=8, lr=2e-3, anneal=0.0, vgg=vgg)
    assert learnt(DiffuseTrainer(config), "clean", 50) < 0.8


@pytest.mark.parametrize("kind", ["completion", "diffusion"])
def test_a_run_stops_and_goes_on_as_if_it_had_not(
    kind: str, pictures_zip: Path, tmp_path: Path
) -> None:
    make, module, more = {
        "completion": (completing, complete, {"spectra": 1.0}),
        "diffusion": (diffusing, diffuse, {}),
    }[kind]
    whole = make(pictures_zip, tmp_path / "whole", anneal=0.0, **more)
    list(module.train(whole))  # type: ignore[attr-defined]
    parted = make(pictures_zip, tmp_path / "parted", anneal=0.0, images=8, **more)
    list(module.train(parted))  # type: ignore[attr-defined]
    list(module.train(replace(parted, images=16)))  # type: ignore[attr-defined]
    a, b = (load_file(tmp_path / name / CHECKPOINT) for name in ("whole", "parted"))
    assert a.keys() == b.keys()
    for key in a:
        torch.testing.assert_close(a[key], b[key], rtol=0, atol=1e-6, msg=key)
    assert (tmp_path / "whole" / "grid-00000016.png").exists()
    with pytest.raises(SettingError, match="holds a run with batch 4, not 2"):
        list(module.train(replace(parted, batch=2)))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": 40}, "--size must be a multiple of 16"),
        ({"images": 0}, "must be at least 1"),
        ({"holdout": 1.0}, "--holdout"),
        ({"judge": "x"}, "go together"),
        ({"mix": 1.5}, "--mix is 0 to 1"),
    ],
)
def test_settings_that_cannot_work_are_said(
    changes: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match=sentence):
        replace(HoleConfig(("x",), tmp_path), **changes).check()


@pytest.mark.parametrize("kind", ["completion", "diffusion"])
def test_from_run_to_model_to_picture(
    kind: str, pictures_zip: Path, tmp_path: Path, judge: Path, heads: str
) -> None:
    measured = {"judge": str(judge), "judge_heads": heads, "measure_every": 8}
    if kind == "completion":
        config: HoleConfig = completing(pictures_zip, tmp_path / "run", **measured)
        list(complete.train(config))  # type: ignore[arg-type]
    else:
        config = diffusing(pictures_zip, tmp_path / "run", **measured)
        list(diffuse.train(config))  # type: ignore[arg-type]
    with (config.run / QUALITY).open() as file:
        rows = list(csv.DictReader(file))
    assert [row["images"] for row in rows] == ["8", "16"]

    weights = tmp_path / "weights"
    settings = ExportConfig(
        config.run, "mine", (str(pictures_zip),), str(judge), weights, judge_heads=heads
    )
    card = export(settings)
    assert card.tool == kind
    assert card.data.pictures == 48
    assert card.recipe.images == 16
    assert card.completing is not None
    assert card.completing.side == 40
    assert (card.completing.steps is None) == (kind == "completion")
    names = [figure.measure for figure in card.quality]
    assert names == ["lpips_over_classical", "lpips_outpainting", "seam"]
    assert str(tmp_path) not in command(read_hole_run(config.run))
    assert "--data pictures.zip --run runs/run" in card.recipe.command

    # The shipped network computes what the run's does, but for float16.
    x, m = torch.rand(1, 3, 32, 32) * 2 - 1, torch.zeros(1, 1, 32, 32)
    m[..., 8:20, 8:20] = 1
    loaded = load(weights / "mine.json", torch.device("cpu"))
    extra = () if kind == "completion" else (torch.tensor([500]),)
    args = (x, m) if kind == "completion" else (x, x, m, *extra)
    with torch.inference_mode():
        ours = read_hole_run(config.run).network(*args)
        torch.testing.assert_close(loaded.networks[kind](*args), ours, atol=0.02, rtol=0.02)

    # The app offers it.
    studio = Studio("cpu", [weights])
    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8))
    mask = np.zeros((40, 50), bool)
    mask[10:20, 10:30] = True
    result = studio.get(Inpainter)(photo, mask, method=kind, model="mine", sampling_steps=3)
    before, after = np.asarray(photo), np.asarray(result.image)
    assert (before[~mask] == after[~mask]).all()
    assert (before[mask] != after[mask]).any()

    grid = tmp_path / "grid.png"
    data = (f"mine={pictures_zip}",)
    evaluate(EvaluateConfig(weights, data, str(judge), grid=grid, judge_heads=heads))
    assert load(weights / "mine.json", torch.device("cpu")).card == card
    with Image.open(grid) as picture:
        assert picture.size == (8 * 32, 3 * 32)


def test_a_run_begins_with_a_shipped_model(pictures_zip: Path, tmp_path: Path) -> None:
    first = completing(pictures_zip, tmp_path / "first")
    list(complete.train(first))
    weights = tmp_path / "weights"
    export(ExportConfig(first.run, "mine", (str(pictures_zip),), weights=weights))
    second = completing(
        pictures_zip, tmp_path / "second", start=str(weights / "mine.json"), images=4
    )
    list(complete.train(second))
    assert read_hole_run(second.run).images == 20
    stranger = completing(pictures_zip, tmp_path / "third", start=str(tmp_path / "nobody"))
    with pytest.raises(FileNotFoundError, match="choose another --start"):
        list(complete.train(stranger))


def test_a_guess_is_made_better_and_only_by_its_own_weights(
    pictures_zip: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    first = completing(pictures_zip, tmp_path / "guess")
    list(complete.train(first))
    export(ExportConfig(first.run, "guess", (str(pictures_zip),), weights=weights))
    config = diffusing(pictures_zip, tmp_path / "second", guess=str(weights / "guess.json"))
    list(diffuse.train(config))
    with pytest.raises(SettingError, match="does not hold guess"):
        export(ExportConfig(config.run, "better", (str(pictures_zip),), weights=tmp_path / "other"))
    card = export(ExportConfig(config.run, "better", (str(pictures_zip),), weights=weights))
    assert card.completing is not None
    assert card.completing.guess == "guess"
    assert "--guess guess.json" in card.recipe.command

    # Its run guesses the same.
    beside = replace(config, run=tmp_path / "third", guess=str(first.run))
    list(diffuse.train(beside))
    same = export(ExportConfig(beside.run, "same", (str(pictures_zip),), weights=weights))
    assert same.completing == card.completing
    assert same.bytes == card.bytes

    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8))
    mask = np.zeros((40, 50), bool)
    mask[10:20, 10:30] = True
    settings: dict[str, Any] = {"method": "diffusion", "model": "better", "sampling_steps": 2}
    result = Studio("cpu", [weights]).get(Inpainter)(photo, mask, **settings)
    assert result.model == "better"

    # Another model under that name would give other pictures.
    more = replace(first, images=20)
    list(complete.train(more))
    export(ExportConfig(first.run, "guess", (str(pictures_zip),), weights=weights))
    with pytest.raises(CardError, match="do not match their card"):
        Studio("cpu", [weights]).get(Inpainter)(photo, mask, **settings)
    with pytest.raises(SettingError, match="is no completion model"):
        DiffuseTrainer(replace(config, guess=str(weights / "better.json")))
