"""What networks that fill holes learn from and are judged by: masks, photos, judges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from pipelines.networks.fill import smooth_fill
from training.cli import SettingError
from training.hole_data import Holes, Photos, load_photos, squares
from training.hole_metrics import Judge, classical, seam
from training.lpips import Lpips
from training.masks import any_hole, boxes, free_form, margins
from training.vgg import Vgg, directions, perceptual


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


def test_small_sets_are_drawn_as_often_as_asked() -> None:
    plain = [np.full((8, 8, 3), level, np.uint8) for level in (0, 255)]
    sets = [Photos("a", [plain[0]] * 90, ["a"] * 90), Photos("b", [plain[1]] * 10, ["b"] * 10)]
    for power, share in ((0.0, 0.5), (0.5, 0.25), (1.0, 0.1)):
        holes = Holes(sets, 8, 0, 400, power=power)
        drawn = np.mean([float(holes[i][0].mean() > 0) for i in range(400)])
        assert drawn == pytest.approx(share, abs=0.06)


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
    others = network(x.flip(-1), ("conv12", "conv21", "conv44"))
    for distance in (perceptual, directions):
        assert distance(maps, maps) == 0
        assert distance(others, maps) > 0.05
    doubled = [2 * one for one in maps]
    assert perceptual(doubled, maps) == pytest.approx(1)
    assert directions(doubled, maps) == pytest.approx(0, abs=1e-6)
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
