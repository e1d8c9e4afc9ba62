"""Runs of the GAN: they learn, stop, resume after a kill, and say what they cannot do."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from training.cli import SettingError
from training.data import load_pictures
from training.gan import train
from training.gan_config import GanConfig
from training.gan_trainer import Trainer
from training.runs import CHECKPOINT, LOG, QUALITY

from .conftest import SMALL

ROOT = Path(__file__).resolve().parents[2]


def trainer(config: GanConfig, **changes: Any) -> Trainer:
    config = replace(config, **changes)
    return Trainer(config, load_pictures(config.data, config.size))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def same(a: Path, b: Path) -> bool:
    first, second = load_file(a), load_file(b)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "minimax", "norm": "batch", "ema": 0.0},
        {"loss": "non-saturating", "norm": "none", "r1": 1.0, "optimizer": "rmsprop"},
        {"r1": 1.0, "augment": ("color", "translation", "cutout"), "optimizer": "adagrad"},
        {"precision": "bf16", "r1": 1.0, "anneal": 0.5},
        {"size": 32, "spectra": 1.0},
        {"generator": "lstm", "hidden": 12},
    ],
    ids=["untuned", "none-r1-rmsprop", "spectral-r1-adagrad", "bf16", "spectra", "lstm"],
)
def test_a_step_changes_every_weight(small: GanConfig, changes: dict[str, Any]) -> None:
    t = trainer(small, **changes)
    before = {
        f"{name}/{key}": tensor.clone()
        for name in ("generator", "critic")
        for key, tensor in t.modules[name].named_parameters()
    }
    for _ in range(2):
        losses = t.step()
    assert all(abs(value) < 100 for value in losses.values())
    for name in ("generator", "critic"):
        for key, tensor in t.modules[name].named_parameters():
            # Reals and fakes pull the hinge's bias equally as long as all are inside the margin.
            if key != "score.bias":
                assert not torch.equal(tensor, before[f"{name}/{key}"]), f"{name}/{key}"
            assert tensor.dtype == torch.float32


def test_steps_depend_on_seed_and_number_alone(small: GanConfig) -> None:
    first, second, other = trainer(small), trainer(small), trainer(small, seed=1)
    torch.manual_seed(99)  # what others draw between the steps changes nothing
    assert first.step() == second.step()
    assert first.step() == second.step()
    assert other.step() != trainer(small).step()


def test_the_average_follows_and_is_the_generator_without_ema(small: GanConfig) -> None:
    live, averaged = trainer(small, ema=0.0), trainer(small)
    for _ in range(12):
        live.step()
        averaged.step()
    assert torch.equal(live.average.project.weight, live.generator.project.weight)
    assert not torch.equal(averaged.average.project.weight, averaged.generator.project.weight)


def test_learning_rates_fall_to_zero(small: GanConfig) -> None:
    t = trainer(small, anneal=0.5)
    rates = []
    for _ in range(12):
        t.step()
        rates.append(t.optimizers["critic"].param_groups[0]["lr"] / small.critic_lr)
    assert rates[:7] == pytest.approx([1.0] * 7)
    assert rates[7:] == pytest.approx([5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])


def test_a_run_stops_at_its_number_of_images(finished: GanConfig) -> None:
    assert [int(row["images"]) for row in rows(finished.run / LOG)] == [48]
    assert (finished.run / "grid-00000048.png").exists()
    assert list(train(finished)) == []  # and is not trained on


def test_a_run_stops_at_its_target(small: GanConfig, judge: Path) -> None:
    config = replace(small, target=1e9, judge=str(judge), measure_every=16)
    assert [shown for shown, _ in train(config)] == [4, 8, 12, 16]
    assert [int(row["images"]) for row in rows(config.run / QUALITY)] == [16]
    assert list(train(config)) == []  # it remembers


@pytest.mark.parametrize("every", [3, 10, 16])
def test_measurements_are_met_once_per_multiple(small: GanConfig, judge: Path, every: int) -> None:
    config = replace(small, judge=str(judge), measure_every=every, images=40)
    list(train(config))
    measured = [int(row["images"]) for row in rows(config.run / QUALITY)]
    expected = sorted({-(-m // 4) * 4 for m in range(every, 41, every)} | {40})
    assert measured == expected


def test_resuming_drops_later_and_half_written_rows(small: GanConfig) -> None:
    list(train(replace(small, images=400)))
    assert len(rows(small.run / LOG)) == 2
    with (small.run / LOG).open("a") as file:
        file.write("600,1,1,1,1,1\n400,7")
    list(train(replace(small, images=800)))
    assert [int(row["images"]) for row in rows(small.run / LOG)] == [200, 400, 600, 800]


def test_a_run_without_checkpoint_starts_its_log_again(small: GanConfig) -> None:
    small.run.mkdir()
    (small.run / LOG).write_text("images,seconds\n4,1\n")
    list(train(small))
    assert [int(row["images"]) for row in rows(small.run / LOG)] == [48]


def test_wgan_clips_and_takes_several_critic_steps(small: GanConfig) -> None:
    t = trainer(small, loss="wasserstein", norm="none", clip=0.01, critic_steps=3)
    t.step()
    assert t.critic is not None
    assert max(p.abs().max().item() for p in t.critic.parameters()) <= 0.01
    steps = t.optimizers["critic"].state_dict()["state"][0]["step"]
    assert steps.item() == 3
    penalised = trainer(small, loss="wasserstein", norm="none", gradient_penalty=10.0)
    free = trainer(small, loss="wasserstein", norm="none")
    assert penalised.step()["critic_loss"] > free.step()["critic_loss"] + 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"width": 8}, "width 4, not 8: go on with 4"),
        ({"batch": 8}, "batch 4, not 8"),
        ({"optimizer": "rmsprop"}, "optimizer adam, not rmsprop"),
        ({"norm": "none"}, "norm spectral, not none"),
        ({"holdout": 0.1}, "holdout 0.4, not 0.1"),
    ],
)
def test_changed_settings_are_named(
    finished: GanConfig, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(SettingError, match=sentence):
        next(train(replace(finished, **changes)))


def test_other_classes_are_named(finished: GanConfig, tmp_path: Path) -> None:
    (tmp_path / "green").mkdir()
    for i in range(5):
        Image.new("RGB", (8, 8)).save(tmp_path / "green" / f"{i}.png")
    with pytest.raises(SettingError, match="classes blue, red, not green"):
        next(train(replace(finished, data=str(tmp_path))))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"target": 2.0}, "--target needs --judge"),
        ({"measure_every": -1}, "--measure-every at least 0"),
        ({"judge": "road.json", "backbone": "x"}, "takes no segmenter with --backbone"),
        ({"augment": ("rotation",)}, "color, translation, cutout, not 'rotation'"),
        ({"size": 12}, "--size: size must be 8, 16, 32"),
        ({"holdout": 1.0}, "--holdout is a fraction"),
        ({"batch": 0}, "must be at least 1"),
        ({"critic_steps": 0}, "must be at least 1"),
        ({"critic_width": 0}, "no critic at all"),
        ({"encoder": 1.0}, "go with --backbone"),
        ({"encoder": 1.0, "backbone": "x"}, "needs --generator glu"),
        ({"encoder": 1.0, "backbone": "x", "generator": "glu", "backbone_size": 32}, "size 64"),
        ({"grain": True}, "--grain needs --generator glu"),
        ({"mirror": 16}, "--mirror needs --generator glu"),
        ({"mirror": -1, "generator": "glu"}, "--mirror must be at least 0"),
        ({"loss": "elbo", "backbone": "x"}, "has no critic"),
        ({"divergence": -1.0}, "--divergence must be at least 0"),
        ({"generator": "lstm", "size": 9}, "--size: size must be even"),
        ({"crops": True, "backbone": "x"}, "larger than --backbone-size"),
        ({"backbone": "x"}, "neither a safetensors file"),
        ({"generator": "glu", "size": 20}, "--size: size must be 8, 16, 32"),
        ({"holdout": 0.02, "judge": "x"}, "neither a safetensors file"),
    ],
)
def test_settings_that_cannot_work(
    small: GanConfig, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises((SettingError, FileNotFoundError), match=sentence):
        next(train(replace(small, **changes)))


def test_too_few_held_out_pictures_to_judge_with(small: GanConfig, judge: Path) -> None:
    with pytest.raises(SettingError, match="too few to judge with"):
        next(train(replace(small, holdout=0.1, judge=str(judge))))


def test_losses_that_are_not_finite_stop_the_run(small: GanConfig) -> None:
    with pytest.raises(SettingError, match=r"no longer finite.*lower --lr"):
        list(train(replace(small, lr=1e30, critic_lr=1e30, norm="none", images=400)))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad"])
def test_stopping_anywhere_changes_nothing(small: GanConfig, optimizer: Any) -> None:
    small = replace(small, optimizer=optimizer, r1=1.0, save_every=0.0)
    list(train(small))
    broken = replace(small, run=small.run.with_name("broken"))
    for shown, _ in train(broken):
        if shown == 20:
            break
    list(train(broken))
    assert same(small.run / CHECKPOINT, broken.run / CHECKPOINT)


def test_a_killed_process_goes_on_to_the_same_weights(small: GanConfig) -> None:
    config = replace(small, images=2400, save_every=0.0, grid_every=1e9, threads=1)
    command = [sys.executable, "-m", "training.gan"]
    for name in ("data", "run", "save_every", "grid_every", "threads", *SMALL):
        command += [f"--{name.replace('_', '-')}", str(getattr(config, name))]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not (config.run / LOG).exists() and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    resumed = [shown for shown, _ in train(config)]
    assert 0 < resumed[0] - config.batch < config.images
    assert resumed[-1] == config.images
    undisturbed = replace(config, run=small.run.with_name("undisturbed"), save_every=1e9)
    list(train(undisturbed))
    assert same(config.run / CHECKPOINT, undisturbed.run / CHECKPOINT)
    assert len(rows(config.run / LOG)) == len(rows(undisturbed.run / LOG)) == 12
