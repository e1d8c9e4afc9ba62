"""Offsets of a segmenter's logits, found on training pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import Segmenter, Studio
from pipelines.cards import load, read_card
from training.calibrate import CalibrateConfig, calibrate, main, offsets, seen
from training.cli import SettingError
from training.segment_data import IGNORE, load_labelled
from training.segment_metrics import confusion, mean_iou

from ..labelled import Pair, write_labelled
from ..tiny import CLASSES, make_model, make_segmenter


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures in three bands of unlike brightness, each a class; some pixels have no label."""
    rng = np.random.default_rng(0)

    def bands(i: int) -> Pair:
        label = np.repeat(np.arange(30) // 10, 40).reshape(30, 40)
        image = rng.integers(0, 40, (30, 40, 3)) + 90 * label[..., None]
        label[i, :7] = IGNORE
        return image, label

    root = tmp_path_factory.mktemp("data")
    return write_labelled(root, CLASSES, map(bands, range(3)), map(bands, range(2)))


def score(logits: np.ndarray, labels: np.ndarray) -> float:
    return mean_iou(confusion(logits.argmax(1), labels, logits.shape[1]))


def test_offsets_take_back_what_was_added():
    rng = np.random.default_rng(0)
    labels = rng.choice(3, 5000, p=(0.8, 0.15, 0.05))
    logits = rng.normal(0, 1, (5000, 3)).astype(np.float32)
    logits[np.arange(5000), labels] += 4
    wrong = logits + np.array([0, 0, 1.5], np.float32)
    found = offsets(wrong, labels)
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert score(wrong + found, labels) >= score(logits, labels)
    assert found[2] - found[0] == pytest.approx(-1.5, abs=0.8)


def test_offsets_of_a_perfect_network_and_of_a_class_that_is_not_there():
    labels = np.array([0, 1, 0, 1])
    logits = np.eye(3, dtype=np.float32)[labels] * 9
    assert (offsets(logits, labels) == 0).all()


def test_pixels_are_seen_as_the_app_sees_them(data: Path, tmp_path: Path):
    make_segmenter(tmp_path, zoom=1.5)
    loaded = load(tmp_path / "tiny-seg.json", torch.device("cpu"))
    training = load_labelled(str(data), "train")
    logits, labels = seen(loaded, training)
    assert len(labels) == len(logits) == sum((x < 3).sum() for x in training.labels)
    segmenter = Segmenter(lambda _: loaded)
    found = [segmenter(Image.fromarray(x), model="tiny-seg").labels for x in training.images]
    matrix = sum(confusion(a, b, 3) for a, b in zip(found, training.labels, strict=True))
    assert (confusion(logits.argmax(1), labels, 3) == matrix).all()


def test_several_outputs_of_a_class_move_together(data: Path, tmp_path: Path):
    make_segmenter(tmp_path, outputs=(0, 1, 2, 2))
    loaded = load(tmp_path / "tiny-seg.json", torch.device("cpu"))
    bias = loaded.networks["segmenter"].net.segmentation_head[0].bias  # type: ignore[union-attr]
    before = bias.detach().clone()
    found = calibrate(loaded, load_labelled(str(data), "train"))
    moved = (bias - before).tolist()
    assert moved[2] == pytest.approx(moved[3])
    assert moved[:3] == pytest.approx(list(found.values()), abs=0.01)


def test_a_shipped_model_is_replaced_and_measured_again(data: Path, tmp_path: Path):
    before = read_card(make_segmenter(tmp_path))
    training = load_labelled(str(data), "train")
    old = score(*seen(load(tmp_path / "tiny-seg.json", torch.device("cpu")), training))
    main(CalibrateConfig("tiny-seg", str(data), tmp_path))
    card = Studio("cpu", [tmp_path]).card("tiny-seg")  # the hash is that of the new file
    loaded = load(tmp_path / "tiny-seg.json", torch.device("cpu"))
    assert score(*seen(loaded, training)) > old  # random weights leave much to gain
    assert card.sha256 != before.sha256
    assert card.networks["segmenter"].config["decoder"] == [8, 8, 8, 8, 8]
    assert "training.calibrate" in card.recipe.notes
    assert [figure.measure for figure in card.quality] == ["mean_iou", "pixel_accuracy"]


def test_what_cannot_be_calibrated_is_left_as_it_was(data: Path, tmp_path: Path):
    make_model(tmp_path, "painter")
    with pytest.raises(SettingError, match="painter is no segmenter"):
        main(CalibrateConfig("painter", str(data), tmp_path))
    path = make_segmenter(tmp_path, outputs=(0, 1, 2))
    before = path.read_bytes()
    black = np.zeros((8, 8, 3)), np.zeros((8, 8))
    strange = write_labelled(tmp_path / "strange", ("a", "b"), [black], [black])
    with pytest.raises(SettingError, match="other classes"):
        main(CalibrateConfig("tiny-seg", str(strange), tmp_path))
    assert path.read_bytes() == before
