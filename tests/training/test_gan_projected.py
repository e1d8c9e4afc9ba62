"""What a generator learns from a projected critic, crops, an encoder and grain."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from training.cli import SettingError
from training.draws import Again, Draws
from training.gan import train
from training.gan_config import GanConfig
from training.projected import deviation
from training.runs import CHECKPOINT

from .test_gan import trainer


def glu(config: GanConfig, backbone: Path, **changes: Any) -> GanConfig:
    """A run of the stronger generator with projected critic and encoder."""
    settings = {
        "generator": "glu",
        "detail": 64,
        "critic_width": 0,
        "backbone": str(backbone),
        "encoder": 1.0,
        "size": 16,
        "warmup": 8,
        **changes,
    }
    return replace(config, **settings)


def test_the_projected_critic_leads_the_generator(small: GanConfig, backbone: Path) -> None:
    # With the plain critic silent, only the projected one moves the generator.
    t = trainer(small, backbone=str(backbone), backbone_size=32)
    alone = trainer(small)
    first, without = t.step(), alone.step()
    assert "heads_loss" in first
    assert first["critic_loss"] == without["critic_loss"]
    assert not torch.equal(t.generator.project.weight, alone.generator.project.weight)
    trunks = t.projector.trunks
    assert not any(p.requires_grad for trunk in trunks for p in trunk.parameters())
    assert not any(trunk.train().training for trunk in trunks)


def test_a_second_network_looks_as_well(small: GanConfig, backbone: Path, vgg: str) -> None:
    alone = trainer(glu(small, backbone, size=64, backbone_size=32, encoder=0.0, crops=True))
    t = trainer(glu(small, backbone, size=64, backbone_size=32, encoder=0.0, crops=True, vgg=vgg))
    assert (len(alone.projector.heads), len(t.projector.heads)) == (2, 4)
    # What a run without it has learnt is taken over: the same names, the same mixtures.
    mine, other = t.projector.heads.state_dict(), alone.projector.heads.state_dict()
    assert other.keys() < mine.keys()
    pictures = torch.rand(4, 3, 64, 64) * 2 - 1
    draws = [Draws(t.device, torch.Generator().manual_seed(3)) for _ in range(2)]
    seen, before = (
        x.projector.look(pictures, Again(draw)) for x, draw in zip((t, alone), draws, strict=True)
    )
    assert [[m.shape[-1] for m in maps] for maps in seen.views] == [
        [8, 4, 2, 1],
        [8, 4, 2, 1],
        [16, 8, 4, 2],
        [16, 8, 4, 2],
    ]
    for view, first in zip(seen.views, before.views, strict=False):
        torch.testing.assert_close(view, first)
    torch.testing.assert_close(seen.taps, before.taps)
    was = [p.clone() for p in t.projector.heads[3].parameters()]
    t.step()
    now = t.projector.heads[3].parameters()
    assert any(not torch.equal(a, b) for a, b in zip(was, now, strict=True))
    with pytest.raises(SettingError, match="--vgg go with --backbone"):
        replace(small, vgg=vgg).check()


def test_the_encoder_learns_with_the_generator(small: GanConfig, backbone: Path) -> None:
    t = trainer(glu(small, backbone))
    assert t.encoder is not None
    before = {key: p.clone() for key, p in t.encoder.named_parameters()}
    warming, _, training = t.step(), t.step(), t.step()
    assert warming["heads_loss"] == 0.0  # at first only reconstructions teach
    assert training["heads_loss"] > 0
    assert warming.keys() == training.keys()  # or the log would change its columns
    for key, p in t.encoder.named_parameters():
        assert not torch.equal(p, before[key]), key


def test_stopping_changes_nothing_where_weights_lie_channels_last(
    small: GanConfig, backbone: Path
) -> None:
    whole = glu(small, backbone, warmup=0, images=6 * small.batch, grain=True)
    list(train(whole))
    parted = replace(whole, run=small.run.with_name("parted"), images=3 * small.batch)
    list(train(parted))
    list(train(replace(parted, images=whole.images)))
    a, b = (load_file(config.run / CHECKPOINT) for config in (whole, parted))
    assert a.keys() == b.keys()
    for key in a:
        torch.testing.assert_close(a[key], b[key], msg=key)


def test_critics_can_learn_first(small: GanConfig, backbone: Path) -> None:
    t = trainer(glu(small, backbone, warmup=0, critics_first=small.batch, encoder=0.0))
    before = {name: copy.deepcopy(t.modules[name].state_dict()) for name in ("generator", "heads")}

    def learnt(name: str) -> bool:
        now = dict(t.modules[name].named_parameters())
        return any(not torch.equal(now[key], before[name][key]) for key in now)

    t.step()
    assert learnt("heads")
    assert not learnt("generator")
    t.step()
    assert learnt("generator")


def test_grain_is_drawn_from_the_number_of_the_step(small: GanConfig, backbone: Path) -> None:
    first, second = (trainer(glu(small, backbone, grain=True)) for _ in range(2))
    before = first.generator.get_parameter("stages.1.gain").clone()
    for _ in range(4):
        assert first.step() == second.step()
    assert not torch.equal(first.generator.get_parameter("stages.1.gain"), before)


def test_reconstructions_come_nearer(small: GanConfig, backbone: Path) -> None:
    t = trainer(glu(small, backbone, warmup=10_000, lr=2e-3, batch=16))
    losses = [t.step()["reconstruction"] for _ in range(30)]
    assert sum(losses[-5:]) < 0.8 * sum(losses[:5])


def test_crops_are_a_view_of_their_own(small: GanConfig, backbone: Path) -> None:
    config = glu(small, backbone, size=64, crops=True, encoder=0.0, backbone_size=32)
    t = trainer(config)
    assert t.projector is not None
    assert len(t.projector.heads) == 2
    before = [p.clone() for head in t.projector.heads for p in head.parameters()]
    for _ in range(2):
        t.step()
    after = [p for head in t.projector.heads for p in head.parameters()]
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert any(moved[: len(moved) // 2])
    assert any(moved[len(moved) // 2 :])


def test_equal_pictures_do_not_deviate() -> None:
    x = torch.randn(2, 3, 5, 5).repeat_interleave(4, 0)  # two groups of four equal maps
    assert deviation(x).max() <= 1.1e-3
    x[4:] = torch.randn(4, 3, 5, 5)
    first, second = deviation(x)[[0, 7], 0, 0, 0].tolist()
    assert first < 0.01
    assert second > 0.5
