"""From a run of training.segment to a model that ships, and its figures."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import Segmenter, Studio
from pipelines.cards import load, read_card
from training.cli import SettingError
from training.evaluate import EvaluateConfig, evaluate
from training.export import ExportConfig, export
from training.segment import main
from training.segment_config import SegmentConfig
from training.segment_data import IGNORE, Labelled, load_labelled, with_rims
from training.segment_export import command, measure_segmenter, palette, read_segment_run
from training.segment_metrics import confusion, mean_iou
from training.shipping import rewrite_quality

from ..labelled import Pair, write_labelled


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright squares on dark ground; the last class is what is counted."""
    rng = np.random.default_rng(0)

    def square() -> Pair:
        image = rng.integers(0, 60, (40, 48, 3), dtype=np.uint8)
        label = np.zeros((40, 48), np.uint8)
        top, left = rng.integers(4, 16, 2)
        image[top : top + 18, left : left + 20] += 150
        label[top : top + 18, left : left + 20] = 1
        return image, label

    pairs = [square() for _ in range(7)]
    root = tmp_path_factory.mktemp("data")
    return write_labelled(root, ("ground", "square"), pairs[:4], pairs[4:])


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> SegmentConfig:
    folder = tmp_path_factory.mktemp("runs") / "squares"
    config = SegmentConfig(
        str(data), folder, images=8, size=32, batch=2, decoder=(8, 8, 8, 8, 8), rim=2, turns=True
    )
    main(config)
    return config


@pytest.fixture
def settings(data: Path, run: SegmentConfig, tmp_path: Path) -> ExportConfig:
    return ExportConfig(
        run.run, "squares", (str(data),), weights=tmp_path / "weights", notes="A try."
    )


def test_the_exported_model_is_the_run_and_says_how_good_it_is(
    settings: ExportConfig, data: Path
) -> None:
    card = export(settings)
    path = settings.weights / "squares.json"
    assert card == read_card(path)
    assert (card.tool, card.classes) == ("segmenter", ("ground", "square"))
    assert card.segmenting
    assert card.segmenting.outputs == (0, 1, 1)
    assert len(set(card.segmenting.colors)) == 2
    assert (card.data.pictures, card.recipe.images, card.recipe.notes) == (4, 8, "A try.")
    tensors = load(path, torch.device("cpu")).networks["segmenter"].state_dict()
    trained = read_segment_run(settings.run).network.state_dict()
    assert tensors.keys() == trained.keys()
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor.float(), trained[name].half().float(), rtol=0, atol=0)
    # The figure is what the app's own labels give.
    segmenter = Studio("cpu", [settings.weights]).get(Segmenter)
    held_out = load_labelled(str(data), "val")
    matrix = sum(
        confusion(segmenter(Image.fromarray(image), model="squares").labels, label, 2)
        for image, label in zip(held_out.images, held_out.labels, strict=True)
    )
    figures = {figure.measure: figure for figure in card.quality}
    assert figures["mean_iou"].value == pytest.approx(mean_iou(np.asarray(matrix)), abs=1e-4)
    assert set(figures["mean_iou"].compare) >= {"one class everywhere"}
    assert 0 < figures["pixel_accuracy"].value <= 1


def test_figures_are_written_again(settings: ExportConfig, data: Path) -> None:
    card = export(settings)
    rewrite_quality(settings.weights, "squares", ())
    evaluate(EvaluateConfig(settings.weights, data=(f"squares={data}",)))
    assert read_card(settings.weights / "squares.json").quality == card.quality


def test_other_data_is_refused(settings: ExportConfig, tmp_path: Path, data: Path) -> None:
    export(settings)
    other = Path(shutil.copytree(data, tmp_path / "other"))
    (other / "classes.json").write_text('["ground", "circle"]', encoding="utf-8")
    with pytest.raises(SettingError, match="knows the classes ground, square"):
        measure_segmenter(load(settings.weights / "squares.json", torch.device("cpu")), str(other))


def test_an_unfinished_run_is_not_exported(settings: ExportConfig, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "config.json").write_bytes((settings.run / "config.json").read_bytes())
    with pytest.raises(FileNotFoundError, match="train it first"):
        read_segment_run(empty)


def test_the_recorded_command_repeats_the_run(run: SegmentConfig) -> None:
    words = command(run)
    assert words.startswith("python -m training.segment --data ")
    for part in ("--run runs/squares", "--size 32", "--rim 2", "--turns", "--decoder 8 8 8 8 8"):
        assert part in words
    assert str(run.run.parent) not in words


def test_rims_are_what_is_near_the_edge() -> None:
    label = np.zeros((9, 9), np.uint8)
    label[2:7, 2:7] = 1
    label[0, 0] = IGNORE
    image = np.zeros((9, 9, 3), np.uint8)
    rimmed = with_rims(Labelled((image,), (label,), ("ground", "square")), 1)
    assert rimmed.classes == ("ground", "square", "rim")
    expected = label.copy()
    expected[2:7, 2:7] = 2
    expected[3:6, 3:6] = 1
    np.testing.assert_array_equal(rimmed.labels[0], expected)


def test_a_palette_has_colours_apart() -> None:
    colors = palette(12)
    assert len(set(colors)) == 12
    assert all(len(color) == 7 and color.startswith("#") for color in colors)
