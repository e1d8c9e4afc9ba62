"""Training a segmenter: data, crops, losses, known answers of metrics, and resuming."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from training.cli import SettingError
from training.segment import main
from training.segment_config import SegmentConfig
from training.segment_data import IGNORE, Augmentation, Crops, Labelled, load_labelled
from training.segment_export import command, read_segment_run
from training.segment_metrics import accuracy, confusion, iou, mean_iou
from training.segment_trainer import JaccardLoss, build_unet, class_weights, found_labels
from training.state import load_checkpoint

from ..labelled import write_labelled

CLASSES = ["left", "right", "dot", "unlabelled"]
TINY = (8, 8, 8, 8, 8)


def picture(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A red and a blue half, with a green dot, and a strip nobody has named."""
    rng = np.random.default_rng(seed)
    cut = int(rng.integers(16, 32))
    image = np.zeros((40, 48, 3), np.uint8)
    label = np.zeros((40, 48), np.uint8)
    image[:, :cut], image[:, cut:], label[:, cut:] = (200, 0, 0), (0, 0, 200), 1
    image[10:14, 10:14], label[10:14, 10:14] = (0, 200, 0), 2
    label[-2:] = 3
    return image, label


def write_pictures(root: Path) -> Path:
    """Four to learn from and two to measure with."""
    return write_labelled(root, CLASSES, map(picture, range(4)), map(picture, range(4, 6)))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "data")


def config(data: Path, run: Path, **changes: object) -> SegmentConfig:
    settings = {"size": 32, "batch": 2, "images": 8, "decoder": TINY, "measure_every": 4}
    return SegmentConfig(str(data), run, **{**settings, **changes})  # type: ignore[arg-type]


def test_folder_and_zip_hold_the_same(data: Path, tmp_path: Path) -> None:
    packed = tmp_path / "data.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in data.rglob("*.*"):
            archive.write(path, path.relative_to(data))
    folder, archive = load_labelled(str(data), "train"), load_labelled(str(packed), "train")
    assert folder.classes == archive.classes == ("left", "right", "dot")
    assert len(folder) == len(archive) == 4
    for a, b in zip(folder.labels, archive.labels, strict=True):
        np.testing.assert_array_equal(a, b)
    assert set(np.unique(folder.labels[0])) == {0, 1, 2, IGNORE}
    assert folder.shares().sum() == pytest.approx(1)


def test_what_cannot_be_read_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither a zip nor a folder"):
        load_labelled(str(tmp_path / "nothing.zip"), "train")
    with pytest.raises(SettingError, match="holds no test/images"):
        load_labelled(str(data), "test")
    label = data / "train" / "labels" / "0.png"
    Image.new("L", (3, 3)).save(label)
    with pytest.raises(SettingError, match="one index per pixel"):
        load_labelled(str(data), "train")
    label.unlink()
    with pytest.raises(SettingError, match="has no labels"):
        load_labelled(str(data), "train")
    (data / "classes.json").unlink()
    with pytest.raises(SettingError, match=r"no classes\.json"):
        load_labelled(str(data), "val")


def test_crops_follow_from_seed_and_number(data: Path) -> None:
    labelled = load_labelled(str(data), "train")
    how = Augmentation(noise=0.1, tint=0.3, turns=True, warp=0.05)
    one, two = (Crops(labelled, 32, how, 3, 10) for _ in range(2))
    for i in (7, 0):
        for a, b in zip(one[i], two[i], strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert not torch.equal(one[0][0], one[1][0])
    x, y = one[0]
    assert x.shape == (3, 32, 32)
    assert -1 <= x.min() < x.max() <= 1
    assert y.shape == (32, 32)


@pytest.mark.parametrize("warp", [0.0, 0.1])
def test_pixels_keep_their_labels_whatever_is_done_to_a_crop(data: Path, warp: float) -> None:
    labelled = load_labelled(str(data), "train")
    how = Augmentation(light=0.0, blur=0.0, turns=True, warp=warp)
    crops = Crops(labelled, 64, how, 0, 12)
    for i in range(12):
        x, y = crops[i]
        red, blue = x[0] > x[2] + 0.8, x[2] > x[0] + 0.8
        named = y != IGNORE
        # Interpolation mixes colours at the borders only.
        assert (y[red & named] == 0).float().mean() > 0.9 if (red & named).any() else True
        assert (y[blue & named] == 1).float().mean() > 0.9 if (blue & named).any() else True


def test_a_warp_bends_and_turns() -> None:
    stripes = np.zeros((96, 96, 3), np.uint8)
    stripes[:, 32:64] = 255
    labelled = Labelled((stripes,), (stripes[..., 0] // 255,), ("a", "b"))
    plain = Augmentation(scale=1.0, light=0.0, blur=0.0, rare=0.0)

    def slopes(how: Augmentation) -> list[int]:
        """In how many columns the edges of the stripe lie, for each of six crops."""
        labels = (Crops(labelled, 96, how, 0, 6)[i][1] for i in range(6))
        return [len(y.diff(dim=1).nonzero()[:, 1].unique()) for y in labels]

    assert slopes(plain) == [2] * 6  # one for each edge
    assert all(3 < n < 40 for n in slopes(replace(plain, warp=0.05)))
    turned = slopes(replace(plain, warp=0.05, turns=True))
    assert max(turned) > 40  # quarter turns alone leave them straight


def test_a_tint_changes_colours_and_nothing_else() -> None:
    grey = np.full((40, 40, 3), 120, np.uint8)
    labelled = Labelled((grey,), (np.zeros((40, 40), np.uint8),), ("a",))
    plain = Augmentation(light=0.0, blur=0.0)
    for i in range(4):
        x, y = Crops(labelled, 32, replace(plain, tint=0.4), 0, 4)[i]
        assert (x.amax((1, 2)) - x.amin((1, 2))).max() == 0
        shade = (x[:, 0, 0] + 1) / 2
        assert shade.max() - shade.min() > 0.01
        # 120 / 255 to the power of exp(±0.4), times exp(±0.2)
        assert 0.325 * 0.818 - 0.01 < shade.min() < shade.max() < 0.604 * 1.222 + 0.01
        assert not y[y != IGNORE].any()


def test_rare_classes_are_shown_more_often(data: Path) -> None:
    labelled = load_labelled(str(data), "train")
    often, seldom = (
        sum(
            (Crops(labelled, 8, Augmentation(scale=1.0, rare=r), 0, 60)[i][1] == 2).any()
            for i in range(60)
        )
        for r in (1.0, 0.0)
    )
    assert often > 2 * seldom


def test_metrics_against_known_answers() -> None:
    label = np.array([[0, 0, 1, 1], [2, 2, 255, 255]])
    found = np.array([[0, 1, 1, 1], [0, 2, 0, 1]])
    matrix = confusion(found, label, 4)
    np.testing.assert_array_equal(matrix[:3, :3], [[1, 1, 0], [0, 2, 0], [1, 0, 1]])
    np.testing.assert_allclose(iou(matrix), [1 / 3, 2 / 3, 1 / 2, np.nan])
    assert mean_iou(matrix) == pytest.approx(0.5)
    assert accuracy(matrix) == pytest.approx(4 / 6)


def test_class_weights_even_out() -> None:
    shares = np.array([0.9, 0.09, 0.01])
    for balance in ("log", "root"):
        weights = class_weights(shares, balance)
        assert weights[0] < weights[1] < weights[2]
        assert float(weights @ torch.tensor(shares).float()) == pytest.approx(1, rel=1e-5)
    assert class_weights(shares, "none").tolist() == [1, 1, 1]


def test_jaccard_loss_against_known_answers() -> None:
    labels = torch.tensor([[[0, 1], [1, IGNORE]]])
    sure = torch.nn.functional.one_hot(labels.clamp(max=1), 2).movedim(-1, 1) * 100.0
    assert JaccardLoss()(sure, labels).item() == pytest.approx(0, abs=1e-5)
    # All called class 1: class 0 has 0 of 1, class 1 has 2 of 3, each plus one.
    wrong = torch.tensor([-100.0, 100.0])[None, :, None, None].expand(1, 2, 2, 2)
    expected = 1 - (1 / 2 + 3 / 4) / 2
    assert JaccardLoss()(wrong, labels).item() == pytest.approx(expected, abs=1e-5)
    unknown = torch.full((1, 2, 2), IGNORE)
    assert JaccardLoss()(wrong, unknown).item() == 0


@pytest.mark.parametrize("losses", [("ce", "dice"), ("focal", "jaccard"), ("lovasz",)])
def test_it_learns_and_goes_on_where_it_was(
    data: Path, tmp_path: Path, losses: tuple[str, ...]
) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    main(config(data, whole, losses=losses))
    for images in (4, 8):
        main(config(data, parts, losses=losses, images=images))
    labelled = load_labelled(str(data), "train")
    networks = []
    for run in (whole, parts):
        network = build_unet(config(data, run), len(labelled.classes))
        load_checkpoint(run / "checkpoint.safetensors", {"average": network})
        networks.append(network)
        with (run / "quality.csv").open(encoding="utf-8") as file:
            assert [row["images"] for row in csv.DictReader(file)] == ["4", "8"]
        assert len(list(run.glob("grid-*.png"))) == 2
    # The schedule looks ahead to the end, so halves differ a little from the whole.
    pairs = zip(networks[0].parameters(), networks[1].parameters(), strict=True)
    assert max((a - b).abs().max().item() for a, b in pairs) < 0.05
    main(config(data, parts, losses=losses))  # already finished: nothing to do


def test_a_picture_of_any_size_gets_a_label_per_pixel(data: Path, tmp_path: Path) -> None:
    network = build_unet(config(data, tmp_path), 3).eval()
    for h, w in ((1, 1), (33, 7), (64, 40)):
        image = np.full((h, w, 3), 90, np.uint8)
        labels = found_labels(network, image, (0, 1, 2), zoom=1.5, flips=True)
        assert labels.shape == (h, w)
        assert labels.max() < 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"size": 40}, "multiple of 32"),
        ({"losses": ("mse",)}, "--losses knows"),
        ({"scale": 0.5}, "--scale"),
        ({"images": 0}, "at least 1"),
        ({"decoder": (8, 8)}, "3 to 5 numbers"),
    ],
)
def test_settings_that_cannot_work(
    data: Path, tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SettingError, match=sentence):
        main(config(data, tmp_path / "run", **changes))


def test_another_run_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    main(config(data, tmp_path / "run", images=2))
    with pytest.raises(SettingError, match="holds a run with size 32, not 64"):
        main(config(data, tmp_path / "run", size=64))


def test_the_encoder_begins_with_a_file_that_fits(data: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    first = build_unet(config(data, tmp_path), 3)
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    save_file({k: t.contiguous() for k, t in first.net.encoder.state_dict().items()}, good)
    save_file({"features.0.0.weight": torch.zeros(1)}, bad)
    second = build_unet(config(data, tmp_path, backbone=str(good)), 3)
    for a, b in zip(first.net.encoder.parameters(), second.net.encoder.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    with pytest.raises(SettingError, match="does not fit"):
        build_unet(config(data, tmp_path, backbone=str(bad)), 3)
    with pytest.raises(FileNotFoundError, match="neither"):
        build_unet(config(data, tmp_path, backbone="nothing"), 3)


def test_a_shorter_decoder_keeps_what_it_sees_of_the_encoder(data: Path, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    whole = build_unet(config(data, tmp_path), 3)
    file = tmp_path / "whole.safetensors"
    save_file({k: t.contiguous() for k, t in whole.net.encoder.state_dict().items()}, file)
    less = build_unet(config(data, tmp_path, backbone=str(file), decoder=(8, 8, 8, 8)), 3).eval()
    assert len(less.net.encoder.features) < len(whole.net.encoder.features)
    assert len(less.layers()) == 4
    x = torch.rand(1, 3, 64, 32)
    with torch.inference_mode():
        assert less(x).shape == (1, 3, 64, 32)
        for a, b in zip(less.net.encoder(x), whole.eval().net.encoder(x), strict=False):
            torch.testing.assert_close(a, b)
    main(config(data, tmp_path / "run", images=2, decoder=(8, 8, 8)))


def test_labels_unknown_everywhere_do_no_harm() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    unknown = np.full((40, 40), IGNORE, np.uint8)
    crops = Crops(Labelled((image,), (unknown,), ("a",)), 32, Augmentation(), 0, 4)
    assert all((crops[i][1] == IGNORE).all() for i in range(4))


def test_a_run_begins_with_another(data: Path, tmp_path: Path) -> None:
    main(config(data, tmp_path / "first"))
    start = str(tmp_path / "first")
    main(config(data, tmp_path / "second", start=start, images=2, lr=0.0, encoder_lr=0.0))
    first, second = (read_segment_run(tmp_path / name) for name in ("first", "second"))
    assert (first.images, second.images) == (8, 10)
    trained = zip(first.network.parameters(), second.network.parameters(), strict=True)
    # The averages: of the first run, and of what it ended with.
    assert max((a - b).abs().max().item() for a, b in trained) < 0.1
    assert "--start first" in command(second.config)
    with pytest.raises(FileNotFoundError, match="choose another --start"):
        main(config(data, tmp_path / "third", start=str(tmp_path)))
