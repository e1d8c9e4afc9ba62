"""Networks that fill holes: masks, data, judges with known answers, runs, and what ships."""

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
from pipelines.networks.fill import smooth_fill
from training import complete, diffuse
from training.cli import SettingError
from training.complete import CompleteConfig, CompleteTrainer
from training.diffuse import DiffuseConfig, DiffuseTrainer
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, export
from training.hole_config import HoleConfig
from training.hole_data import Holes, Photos, load_photos, squares
from training.hole_export import command, read_hole_run
from training.hole_metrics import Judge, classical, seam
from training.lpips import Lpips
from training.masks import any_hole, boxes, free_form, margins
from training.runs import CHECKPOINT, QUALITY
from training.vgg import Vgg, perceptual

SMALL: dict[str, Any] = {"size": 32, "batch": 4, "images": 16, "holdout": 0.2, "device": "cpu"}


def completing(data: Path, run: Path, **changes: Any) -> CompleteConfig:
    settings = {**SMALL, "width": 8, "blocks": 2, "spectral": 4, **changes}
    return CompleteConfig((str(data),), run, **settings)


def diffusing(data: Path, run: Path, **changes: Any) -> DiffuseConfig:
    settings = {**SMALL, "channels": (16, 16), "warmup": 4, **changes}
    return DiffuseConfig((str(data),), run, **settings)


@pytest.mark.parametrize(("least", "most"), [(0.2, 0.4), (0.05, 0.1), (0.3, 0.5)])
def test_strokes_cover_what_was_asked(least: float, most: float) -> None:
    shares = [free_form(np.random.default_rng(i), 96, least, most).mean() for i in range(40)]
    assert least * 0.8 <= min(shares) < max(shares) <= most
    assert np.std(shares) > (most - least) / 10


def test_holes_are_the_same_for_the_same_seed_and_never_everything() -> None:
    for kind in (any_hole, boxes, margins):
        for i in range(60):
            mask = kind(np.random.default_rng(i), 64)
            assert mask.shape == (64, 64)
            assert mask.dtype == bool
            assert 0 < mask.mean() < 0.95
            np.testing.assert_array_equal(mask, kind(np.random.default_rng(i), 64))
    bands = margins(np.random.default_rng(1), 64)
    assert bands[0].any() or bands[-1].any() or bands[:, 0].any() or bands[:, -1].any()


def test_photos_are_cropped_from_all_sets_and_follow_from_their_number(
    pictures_zip: Path, tmp_path: Path
) -> None:
    (tmp_path / "green").mkdir()
    for i in range(3):
        Image.new("RGB", (50, 40), (0, 200, 0)).save(tmp_path / "green" / f"{i}.png")
    sets = [load_photos(str(pictures_zip), 32), load_photos(str(tmp_path), 32)]
    assert min(sets[0].images[0].shape[:2]) == 32  # enlarged
    assert sets[1].images[0].shape == (40, 50, 3)  # left as it was
    holes = Holes(sets, 32, seed=3, count=40)
    drawn = [holes[i] for i in range(40)]
    greens = sum(bool((x[1] - x[0]).mean() > 1) for x, _ in drawn)
    assert 2 < greens < 30  # 3 of 63 pictures, but more often than that
    for (x, m), (y, n) in zip(
        drawn[:5], (Holes(sets, 32, 3, 40)[i] for i in range(5)), strict=True
    ):
        assert x.shape == (3, 32, 32)
        assert m.shape == (1, 32, 32)
        assert x.abs().max() <= 1
        assert torch.equal(x, y)
        assert torch.equal(m, n)
    assert not torch.equal(Holes(sets, 32, 4, 40)[0][0], drawn[0][0])


def test_the_held_out_part_is_that_of_the_generators(pictures_zip: Path) -> None:
    from training.data import load_pictures

    train, held = load_photos(str(pictures_zip), 10).split(0.2)
    ours = {image[:10, 1:11].tobytes() for image in held.images}
    _, theirs = load_pictures(str(pictures_zip), 10).split(0.2)
    assert len(train) == 48
    assert {x.permute(1, 2, 0).numpy().tobytes() for x in theirs.images} == ours
    assert [p.size for p in squares(held, 8, 5)] == [(8, 8)] * 5


def test_vgg_sees_what_its_layers_say(vgg: str) -> None:
    network = Vgg(vgg)
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    maps = network(x, ("conv12", "conv21", "conv44"))
    assert [tuple(m.shape[1:]) for m in maps] == [(16, 32, 32), (32, 16, 16), (128, 4, 4)]
    tensors = load_file(vgg)
    by_hand = x / 2 + 0.5
    for name in ("conv0", "conv11", "conv12"):
        pad = (1, 1, 1, 1) if name != "conv0" else (0, 0, 0, 0)
        by_hand = torch.nn.functional.pad(by_hand, pad, mode="reflect")
        by_hand = torch.conv2d(by_hand, tensors[f"{name}.weight"], tensors[f"{name}.bias"])
        by_hand = by_hand if name == "conv0" else by_hand.relu()
    torch.testing.assert_close(maps[0], by_hand)
    assert perceptual(network, x, x, ("conv12",)) == 0
    assert perceptual(network, x, x.flip(-1), ("conv12",)) > 0.05
    with pytest.raises(ValueError, match="no layers"):
        network(x, ("conv21", "conv12"))


def test_files_that_are_no_judge_are_refused(vgg: str, judge: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="vgg19"):
        Vgg("nothing")
    with pytest.raises(SettingError, match="layers of VGG-19"):
        Vgg(str(judge))
    with pytest.raises(FileNotFoundError, match="does not exist"):
        Lpips(str(judge), str(tmp_path / "nothing"))
    with pytest.raises(SettingError, match="heads of LPIPS"):
        Lpips(str(judge), vgg)


def test_lpips_is_what_its_definition_says(judge: Path, heads: str) -> None:
    import torchvision

    lpips = Lpips(str(judge), heads)
    x, y = torch.rand(2, 1, 3, 64, 64) * 2 - 1
    assert lpips(x, x).abs().max() == 0
    network = torchvision.models.squeezenet1_1()
    network.load_state_dict(load_file(judge))
    shift = torch.tensor((-0.030, -0.088, -0.188))[:, None, None]
    scale = torch.tensor((0.458, 0.448, 0.450))[:, None, None]
    a, b = ((x - shift) / scale, (y - shift) / scale)
    total = 0.0
    with torch.no_grad():
        for i, layer in enumerate(network.features.eval()):
            a, b = layer(a), layer(b)
            if i in (1, 4, 7, 9, 10, 11, 12):
                unit = [v / v.square().sum(1, keepdim=True).sqrt().clamp(min=1e-10) for v in (a, b)]
                total += float((unit[0] - unit[1]).square().mean())
    # Bilinear enlarging keeps the mean but for the rim.
    assert float(lpips(x, y).mean()) == pytest.approx(total, rel=0.05)
    # A difference on one side is seen on that side.
    z = x.clone()
    z[..., :20] = y[..., :20]
    distance = lpips(x, z)[0, 0]
    assert distance[:, :16].mean() > 5 * distance[:, 52:].mean()


def test_the_judge_calls_truth_nothing_and_classical_one(
    pictures_zip: Path, judge: Path, heads: str
) -> None:
    held = [load_photos(str(pictures_zip), 48)]
    j = Judge.of(held, 48, str(judge), heads, count=4)
    assert j.names == ("pictures",)
    x = j.pictures[0]
    assert j.measure(lambda a, _: x[: len(a)])["ratio"] == 0  # the truth, rounded as it was
    found = [
        j.measure(lambda a, m, k=k: classical(a, m, k))["ratio"] for k in ("telea", "navier-stokes")
    ]
    assert min(found) == 1
    assert max(found) >= 1
    assert j.measure(lambda a, _: -a)["ratio"] > 1


def test_a_seam_is_a_seam() -> None:
    ramp = torch.linspace(-1, 1, 32).expand(1, 3, 32, 32)
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 10:20, 10:20] = 1
    assert seam(ramp, ramp, mask) == pytest.approx(1)
    assert seam(ramp + 0.5 * mask, ramp, mask) > 3
    smooth = smooth_fill(ramp, mask)
    assert torch.equal(smooth * (1 - mask), ramp * (1 - mask))
    assert (smooth - ramp).abs().max() < 0.5


def test_a_smooth_fill_knows_no_more_than_is_known() -> None:
    x = torch.rand(2, 3, 24, 40)
    mask = torch.zeros(2, 1, 24, 40)
    mask[..., 3:20, 5:33] = 1
    other = torch.where(mask > 0, 7.0, x)
    torch.testing.assert_close(smooth_fill(x, mask), smooth_fill(other, mask))
    flat = torch.full((1, 3, 24, 40), 0.3)
    torch.testing.assert_close(smooth_fill(flat, mask[:1]), flat)
    assert (smooth_fill(flat, torch.ones_like(mask[:1])) == 0).all()


def test_a_completion_step_moves_every_weight(
    pictures_zip: Path, tmp_path: Path, vgg: str, backbone: Path
) -> None:
    critics = {"vgg": vgg, "backbone": str(backbone), "backbone_size": 32, "critic_after": 0}
    config = completing(pictures_zip, tmp_path, **critics, spectra=1.0)
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
    named = {"l1", "outside", "perceptual", "spectra", "critic", "adversarial", "features"}
    assert losses.keys() == named
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
    first = completing(pictures_zip, tmp_path / "first")
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
