"""Recipes are trained at one budget, judged alike, and told about on one page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from training import compare
from training.cli import SettingError
from training.compare import CompareConfig
from training.comparison import RECIPES, Comparison, Outcome, Recipe, read, section
from training.gan_config import GanConfig
from training.gan_trainer import Trainer

CURVE = ((10, 9.0), (20, 4.0))


@pytest.fixture
def config(pictures_zip: Path, judge: Path, backbone: Path, tmp_path: Path) -> CompareConfig:
    return CompareConfig(
        str(pictures_zip), str(judge), str(backbone), tmp_path / "runs", tmp_path / "out",
        images=24, size=8, width=4, batch=4, holdout=0.4, only=("hinge", "wgan"), device="cpu",
    )  # fmt: skip


def test_recipes_that_are_finished_are_left_as_they_are(
    config: CompareConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = compare.compare(config)
    assert [outcome.name for outcome in found.outcomes] == ["hinge", "wgan"]
    for outcome in found.outcomes:
        assert outcome.figures["frechet_over_floor"] > 0
        assert outcome.curve[-1][0] == 24
        assert outcome.minutes >= 0
        with Image.open(config.out / f"{outcome.name}.webp") as picture:
            assert picture.width > picture.height  # ten of each class in a row
    assert read(config.out) == found

    def refuse(_: Any) -> None:
        raise AssertionError("a finished run takes no further step")

    monkeypatch.setattr(Trainer, "step", refuse)
    assert compare.compare(config) == found
    # Another budget is another table.
    assert compare.protocol(config, 9) != compare.protocol(replace(config, images=48), 9)


def test_what_breaks_down_is_told_of(
    config: CompareConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_step = Trainer.step

    def breaking(trainer: Trainer) -> dict[str, float]:
        losses = take_step(trainer)
        if trainer.config.loss != "wasserstein" or trainer.shown <= limit:
            return losses
        return dict.fromkeys(losses, float("nan"))

    def saving(config: CompareConfig, recipe: Recipe) -> GanConfig:
        return replace(settings(config, recipe), save_every=0.0)

    settings = compare.settings
    monkeypatch.setattr(Trainer, "step", breaking)
    monkeypatch.setattr(compare, "settings", saving)
    for limit in (0, 12):  # before and after there is a checkpoint to go on from
        asked = replace(config, run=config.run / str(limit), out=config.out / str(limit))
        found = compare.compare(asked)
        hinge, wgan = found.outcomes
        assert (hinge.failed, wgan.failed) == (0, limit + 4)
        assert hinge.figures
        assert not wgan.figures
        assert [images for images, _ in wgan.curve] == list(range(4, limit + 1, 4))
        lines = section("grids", found)
        assert any(f"not finite after {limit + 4}" in line for line in lines)
        assert not any("wgan.webp" in line for line in lines)
        assert compare.compare(asked).outcomes[1].failed == limit + 4


def test_a_setting_that_cannot_be_is_no_breakdown(config: CompareConfig) -> None:
    with pytest.raises(SettingError, match="--size"):
        compare.compare(replace(config, size=12))


def test_names_that_are_none(config: CompareConfig) -> None:
    with pytest.raises(SettingError, match="not 'moon'"):
        compare.compare(replace(config, only=("moon",)))
    assert len(compare.recipes(replace(config, only=()))) == len(RECIPES) == 9


def test_settings_differ_in_what_a_recipe_is_about(config: CompareConfig) -> None:
    made = {recipe.name: compare.settings(config, recipe) for recipe in RECIPES}
    for name, settings in made.items():
        settings.check()
        assert (settings.images, settings.width, settings.critic_width) == (24, 4, 4), name
        assert (settings.backbone != "") == (name == "projected")
    alike = {replace(made[name], loss="hinge", run=Path()) for name in ("minimax", "hinge")}
    assert len(alike) == 1
    assert made["wgan"].clip == 0.01
    assert made["wgan-gp"].critic_steps == 5


def test_the_best_comes_first() -> None:
    figures = {"frechet_over_floor": 7.0, "precision": 0.5, "recall": 0.1, "class_agreement": 0.2}
    better = {**figures, "frechet_over_floor": 3.0}
    found = Comparison("How it was done.").with_outcome(Outcome("hinge", figures, CURVE, 2, "one"))
    found = found.with_outcome(Outcome("minimax", figures, CURVE, 1, "one"))
    found = found.with_outcome(Outcome("minimax", better, CURVE, 1, "one"))  # done again
    assert len(found.outcomes) == 2
    lines = section("grids", found)
    assert "How it was done. Minutes are those of one, with whatever else ran beside." in lines
    rows = [line for line in lines if line.startswith("| ") and "20" in line]
    assert "minimax (Goodfellow" in rows[0]
    assert "| 3 | 0.5 | 0.1 | 0.2 | 1.0 |" in rows[0]
    assert "hinge (Lim" in rows[1]
    assert "| 10 | 20 |" in "\n".join(lines)
    pictures = [line for line in lines if line.startswith("![")]
    assert pictures == ["![minimax](grids/minimax.webp)", "![hinge](grids/hinge.webp)"]
