"""Training of styles and textures: data, losses with known answers, and runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from pipelines.gatys import gram, gram_distance
from training import style, texture
from training.cli import SettingError
from training.hole_data import Photos, load_photos
from training.runs import CHECKPOINT
from training.style import StyleConfig, StyleTrainer, distances, variation
from training.style_data import Pairs, recoloured
from training.style_metrics import against_optimisation, losses, optimised
from training.texture import TextureConfig, TextureTrainer
from training.vgg import Vgg

SMALL: dict[str, Any] = {"size": 32, "batch": 2, "images": 8, "holdout": 0.2, "device": "cpu"}


def checker(cell: int) -> np.ndarray:
    y, x = np.mgrid[:48, :48] // cell
    image = np.zeros((48, 48, 3), np.uint8)
    image[(x + y) % 2 == 0] = (230, 180, 40)
    return image


@pytest.fixture
def patterns(tmp_path: Path) -> Path:
    folder = tmp_path / "patterns" / "checkered"
    folder.mkdir(parents=True)
    for cell in (2, 3, 4, 6, 8):
        Image.fromarray(checker(cell)).save(folder / f"{cell}.png")
    return folder.parent


def styling(data: Path, patterns: Path, run: Path, vgg: str, **changes: Any) -> StyleConfig:
    settings = {**SMALL, "blocks": 1, "deep": 1, "vgg": vgg, **changes}
    return StyleConfig((str(data),), run, styles=(str(patterns),), **settings)


def texturing(patterns: Path, run: Path, vgg: str, **changes: Any) -> TextureConfig:
    settings = {**SMALL, "code": 8, "widths": (8,) * 5, "vgg": vgg, "warmup": 0, **changes}
    return TextureConfig((str(patterns),), run, **settings)


def test_pairs_follow_from_their_number_and_some_are_twins(
    pictures_zip: Path, patterns: Path
) -> None:
    sets = [load_photos(str(pictures_zip), 32)], [load_photos(str(patterns), 32)]
    pairs = Pairs(*sets, 32, seed=1, count=200)
    drawn = [pairs[i] for i in range(120)]
    twins = sum(torch.equal(content, other) for content, other in drawn)
    assert 2 < twins < 30
    again = Pairs(*sets, 32, seed=1, count=200)[7]
    assert all(map(torch.equal, drawn[7], again))
    for content, other in drawn[:20]:
        assert content.shape == other.shape == (3, 32, 32)
        assert max(content.abs().max(), other.abs().max()) <= 1


def test_other_colours_keep_the_pattern() -> None:
    x = torch.from_numpy(checker(4)).movedim(-1, 0).float() / 127.5 - 1
    changed = [recoloured(x, np.random.default_rng(i)) for i in range(20)]
    assert any(torch.equal(c, x) for c in changed)
    assert any(not torch.equal(c, x) for c in changed)
    edges = x.diff(dim=-1).abs().sum(0) > 0
    for c in changed:
        assert ((c.diff(dim=-1).abs().sum(0) > 1e-4) <= edges).all()


def test_gram_matrices_forget_where_things_are(vgg: str) -> None:
    maps = torch.rand(1, 4, 6, 6)
    torch.testing.assert_close(gram(maps), gram(maps.roll((2, 3), (2, 3))))
    by_hand = torch.einsum("bchw,bdhw->bcd", maps, maps) / 36
    torch.testing.assert_close(gram(maps), by_hand)
    eyes = Vgg(vgg)
    x = torch.from_numpy(checker(4)).movedim(-1, 0).float()[None] / 127.5 - 1
    other = torch.from_numpy(checker(2)).movedim(-1, 0).float()[None] / 127.5 - 1
    own, moved, others = (
        [gram(found) for found in eyes(picture, ("conv12", "conv22"))]
        for picture in (x, x.roll(8, -1), other)
    )
    assert gram_distance(own, own) == 0
    assert gram_distance(moved, own) < gram_distance(others, own)


def test_losses_are_nothing_for_the_picture_itself(vgg: str) -> None:
    eyes = Vgg(vgg)
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    found = distances(eyes, x, x, x)
    assert found["content"] == found["style"] == 0
    assert variation(torch.full((1, 3, 8, 8), 0.4)) == 0
    kept, away = losses(eyes, x, x, x.flip(0))
    assert (kept == 0).all()
    assert (away > 0).all()


def test_optimising_brings_the_style_nearer_and_is_what_a_network_is_held_against(vgg: str) -> None:
    eyes = Vgg(vgg)
    content = torch.rand(1, 3, 32, 32) * 0.4
    pattern = torch.from_numpy(checker(4)[:32, :32].copy()).movedim(-1, 0).float()[None] / 127.5 - 1
    best = optimised(eyes, content, pattern, iterations=12)
    assert losses(eyes, best, content, pattern)[1] < losses(eyes, content, content, pattern)[1]

    # A "network" that fades into the very optimum is as good as it, at full strength.
    found = against_optimisation(
        eyes, lambda x, _, strength: torch.lerp(x, best, min(strength, 1.0)), content, pattern, best
    )
    assert found.ratio == pytest.approx(1, rel=0.15)
    idle = against_optimisation(eyes, lambda x, *_: x, content, pattern, best)
    assert idle.ratio > 1
    assert idle.strength == 1.5


def test_a_style_step_moves_every_weight_but_the_eye(
    pictures_zip: Path, patterns: Path, tmp_path: Path, vgg: str
) -> None:
    trainer = StyleTrainer(styling(pictures_zip, patterns, tmp_path / "run", vgg))
    before = {k: v.clone() for k, v in trainer.network.named_parameters()}
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    for _ in range(2):
        found = trainer.step(x, x.flip(-1))
    assert found.keys() == {"content", "style", "variation", "unrest", "itself"}
    for key, value in trainer.network.named_parameters():
        assert torch.equal(value, before[key]) == key.startswith("eye."), key


def test_textures_learn(patterns: Path, tmp_path: Path, vgg: str, backbone: Path) -> None:
    config = texturing(
        patterns, tmp_path / "run", vgg, images=400, lr=4e-3, backbone=str(backbone),
        backbone_size=32, critic_after=60,
    )  # fmt: skip
    trainer = TextureTrainer(config)
    textures = texture.Textures([load_photos(str(patterns), 32)], 32, 0, 80)
    seen = []
    for i in range(0, 80, 2):
        seen.append(trainer.step(torch.stack([textures[i][0], textures[i + 1][0]])))
    assert np.mean([s["gram"] for s in seen[-8:]]) < np.mean([s["gram"] for s in seen[:8]])
    assert "critic" in seen[-1]
    painted = trainer.paint(torch.rand(2, 3, 32, 48) * 2 - 1)
    assert painted.shape == (2, 3, 32, 48)
    # Its edges fit: no step across them is out of the ordinary.
    across = (painted[..., 0] - painted[..., -1]).abs().mean()
    assert across < 3 * painted.diff(dim=-1).abs().mean() + 0.05


@pytest.mark.parametrize("kind", ["style", "texture"])
def test_a_run_stops_and_goes_on_as_if_it_had_not(
    kind: str, pictures_zip: Path, patterns: Path, tmp_path: Path, vgg: str
) -> None:
    def config(name: str, images: int) -> Any:
        if kind == "style":
            run = tmp_path / name
            return styling(pictures_zip, patterns, run, vgg, images=images, anneal=0.0)
        return texturing(patterns, tmp_path / name, vgg, images=images, anneal=0.0)

    module: Any = {"style": style, "texture": texture}[kind]
    list(module.train(config("whole", 8)))
    list(module.train(config("parted", 4)))
    list(module.train(config("parted", 8)))
    a, b = (load_file(tmp_path / name / CHECKPOINT) for name in ("whole", "parted"))
    assert a.keys() == b.keys()
    for key in a:
        torch.testing.assert_close(a[key], b[key], rtol=0, atol=1e-5, msg=key)
    assert (tmp_path / "whole" / "grid-00000008.png").exists()


def test_settings_that_cannot_work_are_said(
    pictures_zip: Path, patterns: Path, tmp_path: Path, vgg: str, judge: Path
) -> None:
    config = styling(pictures_zip, patterns, tmp_path / "run", vgg)
    with pytest.raises(SettingError, match="--styles names no pictures"):
        replace(config, styles=()).check()
    with pytest.raises(SettingError, match="--vgg is needed"):
        replace(config, vgg="").check()
    with pytest.raises(SettingError, match="does not hold the layers"):
        StyleTrainer(replace(config, vgg=str(judge)))


def test_of_few_paintings_some_are_held_out(patterns: Path) -> None:
    train, held = style.load_sets((str(patterns),), 32, 0.1)
    assert len(train[0]) + len(held[0]) == 5
    assert len(held[0]) >= 1
    assert isinstance(held[0], Photos)
