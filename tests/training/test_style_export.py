"""Style networks and textures that ship: exported, measured on held-out pictures, drawn."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import Studio, Stylizer, Texturer
from pipelines.cards import load
from training import style, texture
from training.cli import SettingError
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, export
from training.readme import render
from training.style_quality import measure_style, style_grid
from training.texture_quality import texture_grid

from .test_style import checker, styling, texturing


@pytest.fixture(scope="session")
def weaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of patterns, five pictures each."""
    folder = tmp_path_factory.mktemp("weaves")
    for name, turn in (("checkered", False), ("striped", True)):
        (folder / name).mkdir()
        for cell in (2, 3, 4, 6, 8):
            pixels = checker(cell)
            pixels = np.repeat(pixels[:1], 48, 0) if turn else pixels
            Image.fromarray(pixels).save(folder / name / f"{cell}.png")
    return folder


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    folder = tmp_path / "paintings"
    folder.mkdir()
    Image.fromarray(checker(5)).save(folder / "a-night.jpg")
    Image.fromarray(checker(7)[..., ::-1]).save(folder / "A Day (Someone).png")
    (folder / "CREDITS.txt").write_text("nobody")
    return folder


def test_a_style_network_ships_with_its_built_in_styles(
    pictures_zip: Path, weaves: Path, paintings: Path, vgg: str, tmp_path: Path
) -> None:
    config = styling(pictures_zip, weaves, tmp_path / "run", vgg)
    list(style.train(config))
    weights = tmp_path / "weights"
    wanted = ExportConfig(
        config.run, "oil", config.data, weights=weights, styles=config.styles, notes="short"
    )
    with pytest.raises(SettingError, match="built-in"):
        export(wanted)
    with pytest.raises(SettingError, match="holds no picture"):
        export(ExportConfig(**{**vars(wanted), "paintings": (str(weaves),)}))
    card = export(ExportConfig(**{**vars(wanted), "paintings": (str(paintings),)}))
    assert (card.tool, card.recipe.images, card.recipe.notes) == ("style", 8, "short")
    assert "--styles weaves" in card.recipe.command
    assert str(tmp_path) not in card.model_dump_json()
    stylizer = Studio("cpu", [weights]).get(Stylizer)
    assert dict(stylizer.built_in("oil")) == {
        "a-day-someone": "A Day (Someone)",
        "a-night": "A Night",
    }
    photo = Image.fromarray(checker(9))
    named, shown = (
        stylizer(photo, style, model="oil", refine=0).image
        for style in ("a-night", Image.open(paintings / "a-night.jpg"))
    )
    difference = np.asarray(named, int) - np.asarray(shown, int)
    assert np.abs(difference).max() <= 2  # the code is that of the painting

    loaded = load(weights / "oil.json", torch.device("cpu"))
    (figure,) = measure_style(loaded, config.data, config.styles, vgg, iterations=5)
    assert figure.measure == "gram_over_optimisation"
    assert figure.value > 0
    assert "5 iterations" in figure.protocol
    assert figure.compare["one pass, nothing refined"] > 0
    grid = style_grid(loaded, config.data, config.styles)
    assert grid.width > grid.height > 64


def test_measuring_styles_needs_what_it_is_measured_with(
    pictures_zip: Path, weaves: Path, paintings: Path, vgg: str, tmp_path: Path
) -> None:
    config = styling(pictures_zip, weaves, tmp_path / "run", vgg, holdout=0.0)
    list(style.train(config))
    weights = tmp_path / "weights"
    given = {"weights": weights, "styles": config.styles, "paintings": (str(paintings),)}
    with pytest.raises(SettingError, match="nothing held out"):
        export(ExportConfig(config.run, "oil", config.data, vgg=vgg, **given))
    assert not weights.exists()
    export(ExportConfig(config.run, "oil", config.data, **given))
    with pytest.raises(SettingError, match="--styles and --vgg"):
        evaluate(EvaluateConfig(weights, (f"oil={pictures_zip}",)))


def test_textures_ship_with_codes_of_every_class(weaves: Path, vgg: str, tmp_path: Path) -> None:
    config = texturing(weaves, tmp_path / "run", vgg)
    list(texture.train(config))
    weights = tmp_path / "weights"
    wanted = ExportConfig(config.run, "cloth", (str(weaves),), weights=weights)
    with pytest.raises(SettingError, match="--vgg"):
        export(wanted)
    card = export(ExportConfig(**{**vars(wanted), "vgg": vgg}))
    assert (card.tool, card.classes) == ("texture", ("checkered", "striped"))
    assert card.networks["textures"].config == {"classes": 2, "each": 32, "code": 8}
    likeness, seam = card.quality
    assert (likeness.measure, seam.measure) == ("likeness", "seam")
    assert "2 textures held out" in likeness.protocol
    assert likeness.value > 0
    assert set(likeness.compare) == {"another held-out texture", "its mean colour"}
    texturer = Studio("cpu", [weights]).get(Texturer)
    found = texturer(None, model="cloth", label="striped", size=(40, 32))
    assert found.image.size == (40, 32)
    grid = texture_grid(load(weights / "cloth.json", torch.device("cpu")), 32)
    assert grid.width > 8 * 32
    before = (weights / "cloth.json").read_text()
    picture = tmp_path / "grid.png"
    evaluate(EvaluateConfig(weights, (f"cloth={weaves}",), grid=picture))
    assert (weights / "cloth.json").read_text() == before
    assert picture.exists()
    assert "likeness" in render([card])
    assert json.loads(before)["sha256"] == card.sha256
