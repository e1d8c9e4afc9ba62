"""Networks: shapes, ranges, and sizes they refuse."""

from __future__ import annotations

import dataclasses

import pytest
import torch
import torchvision

from pipelines.networks import NETWORKS
from pipelines.networks.dcgan import (
    ClassBatchNorm,
    Critic,
    CriticConfig,
    Generator,
    GeneratorConfig,
)
from pipelines.networks.encoder import (
    MEAN,
    STD,
    Encoder,
    EncoderConfig,
    mobilenet_layers,
    tapped,
)
from pipelines.networks.glu import GluGenerator, GluGeneratorConfig, Stage
from pipelines.networks.lstm import LstmGenerator, LstmGeneratorConfig

ONE_HOT = torch.eye(3)


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("norm", ["none", "batch"])
def test_shapes_and_ranges(size, norm):
    generator = Generator(GeneratorConfig(latent_dim=5, classes=3, size=size, width=2)).eval()
    critic = Critic(CriticConfig(classes=3, size=size, width=2, norm=norm)).eval()
    with torch.inference_mode():
        pictures = generator(torch.randn(3, 5), ONE_HOT)
        scores = critic(pictures, ONE_HOT)
    assert pictures.shape == (3, 3, size, size)
    assert pictures.abs().max() <= 1
    assert scores.shape == (3,)


@pytest.mark.parametrize("size", [-8, 0, 3, 4, 7, 12, 33, 100])
def test_impossible_sizes(size):
    with pytest.raises(ValueError, match=f"not {size}"):
        Generator(GeneratorConfig(size=size))
    with pytest.raises(ValueError, match=f"not {size}"):
        Critic(CriticConfig(size=size))


def test_classes_may_be_mixed():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(latent_dim=5, classes=3, size=8, width=4)).eval()
    for norm in generator.norms:
        assert isinstance(norm, ClassBatchNorm)
        torch.nn.init.normal_(norm.offset.weight)
    z = torch.randn(1, 5)
    with torch.inference_mode():
        ends = [generator(z, ONE_HOT[[i]]) for i in (0, 1)]
        middle = generator(z, (ONE_HOT[[0]] + ONE_HOT[[1]]) / 2)
    assert not torch.allclose(ends[0], ends[1])
    gap = (ends[0] - ends[1]).norm()
    assert 0 < (middle - ends[0]).norm() < gap
    assert 0 < (middle - ends[1]).norm() < gap


def test_a_class_changes_the_critics_score():
    torch.manual_seed(0)
    critic = Critic(CriticConfig(classes=3, size=8, width=4)).eval()
    with torch.inference_mode():
        scores = critic(torch.rand(1, 3, 8, 8).expand(3, -1, -1, -1), ONE_HOT)
    assert len(set(scores.tolist())) == 3


@pytest.mark.parametrize("batch", [1, 5])
def test_pictures_of_a_batch_do_not_mix_when_drawing(batch):
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(latent_dim=5, classes=3, size=8, width=4)).eval()
    z = torch.randn(batch, 5)
    label = ONE_HOT[[0] * batch]
    with torch.inference_mode():
        together = generator(z, label)
        alone = torch.cat([generator(z[[i]], label[[i]]) for i in range(batch)])
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_architecture_has_a_frozen_config_with_defaults(name):
    config = NETWORKS[name].config()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.size = 1
    assert NETWORKS[name].module.__doc__


@pytest.mark.parametrize("name", NETWORKS)
def test_state_survives_float16(name):
    """What a card's file holds: names and shapes of a fresh network fit those of another."""
    architecture = NETWORKS[name]
    first, second = (architecture.module(architecture.config()) for _ in range(2))
    second.load_state_dict({k: v.half() for k, v in first.state_dict().items()})
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("size", [8, 18, 32])
def test_an_lstm_draws_from_the_top_to_the_bottom(size):
    config = LstmGeneratorConfig(latent_dim=5, classes=3, size=size, hidden=12, channels=4)
    generator = LstmGenerator(config).eval()
    z = torch.randn(3, 5)
    with torch.inference_mode():
        pictures = generator(z, ONE_HOT)
        # Another step further down cannot change what is above it.
        generator.places[-1] += 3
        later = generator(z, ONE_HOT)
    assert pictures.shape == (3, 3, size, size)
    assert pictures.abs().max() <= 1
    moved = (pictures - later).abs().amax((0, 1, 3))
    assert moved[-2:].min() > 0
    assert moved[:-4].max() == 0
    with pytest.raises(ValueError, match="not 9"):
        LstmGenerator(LstmGeneratorConfig(size=9))


@pytest.mark.parametrize("size", [8, 16, 64])
def test_glu_generator_shapes_and_ranges(size):
    config = GluGeneratorConfig(latent_dim=5, classes=3, size=size, detail=64)
    generator = GluGenerator(config).eval()
    with torch.inference_mode():
        pictures = generator(generator.prior(torch.randn(3, 5)), ONE_HOT)
    assert pictures.shape == (3, 3, size, size)
    assert pictures.abs().max() <= 1
    with pytest.raises(ValueError, match="not 12"):
        GluGenerator(GluGeneratorConfig(size=12))


def test_a_sphere_is_of_one_radius_and_keeps_directions():
    e = torch.randn(7, 16)
    z = GluGenerator.prior(e)
    torch.testing.assert_close(z.norm(dim=1), torch.full((7,), 4.0))
    torch.testing.assert_close(z / 4, e / e.norm(dim=1, keepdim=True))
    assert torch.equal(Generator.prior(e), e)


def test_both_latent_and_class_change_the_picture():
    torch.manual_seed(0)
    config = GluGeneratorConfig(latent_dim=5, classes=3, size=16, detail=64)
    generator = GluGenerator(config).eval()
    z = generator.prior(torch.randn(2, 5))
    with torch.inference_mode():
        pictures = generator(z[[0, 1, 0]], ONE_HOT[[0, 0, 1]])
    assert (pictures[0] - pictures[1]).abs().mean() > 0.01
    assert (pictures[0] - pictures[2]).abs().mean() > 0.01


def test_grain_is_the_same_for_everyone_unless_drawn():
    torch.manual_seed(0)
    config = GluGeneratorConfig(latent_dim=5, classes=3, size=16, detail=64, grain=True)
    first, second = GluGenerator(config).eval(), GluGenerator(config).eval()
    assert not [key for key in first.state_dict() if "noise" in key]  # nothing of it ships
    second.load_state_dict(first.state_dict())
    z = first.prior(torch.randn(1, 5)).expand(3, -1)
    label = ONE_HOT[:1].expand(3, -1)
    with torch.inference_mode():
        grain = [torch.randn(shape) for shape in first.grains(3)]
        fixed, drawn = first(z, label), first(z, label, grain)
        assert torch.equal(fixed, second(z, label))
    assert torch.equal(fixed[0], fixed[1])
    assert (drawn[0] - drawn[1]).abs().mean() > 1e-4
    assert (drawn[0] - fixed[0]).abs().mean() > 1e-4


def test_fine_maps_can_have_more_channels():
    config = GluGeneratorConfig(size=64, detail=512, least=24)
    assert [config.channels(side) for side in (4, 16, 32, 64)] == [128, 32, 24, 24]
    assert GluGenerator(config).stages[-1].paint.in_channels == 24


@pytest.mark.parametrize("mirror", [False, True])
def test_a_mirrored_border_is_like_the_middle(mirror):
    torch.manual_seed(0)
    stage = Stage(4, 4, classes=3, mirror=mirror).eval()
    with torch.inference_mode():
        x, picture = stage(torch.ones(1, 4, 8, 8), ONE_HOT[:1])
    for even in (x, picture):
        assert torch.allclose(even, even[..., 8:9, 8:9], atol=1e-5) is mirror


def test_only_fine_maps_are_mirrored():
    stages = GluGenerator(GluGeneratorConfig(size=64, detail=64, mirror=16)).stages
    edges = [(stage.gated.padding_mode, stage.more.padding_mode) for stage in stages]
    assert edges == [("zeros", "zeros")] * 2 + [("reflect", "reflect")] * 2


@pytest.mark.parametrize("side", [1, 7, 64, 200])
def test_encoder_takes_pictures_of_any_size(side):
    torch.manual_seed(0)
    encoder = Encoder(EncoderConfig(latent_dim=6)).eval()
    x = torch.rand(2, 3, side, side) * 2 - 1
    with torch.inference_mode():
        z = encoder(x)
        maps = encoder.features(x)
    torch.testing.assert_close(z.norm(dim=1), torch.full((2,), 6**0.5))
    assert [tuple(m.shape[1:]) for m in maps] == [(24, 16, 16), (32, 8, 8), (96, 4, 4), (320, 2, 2)]


def test_folding_batch_norms_changes_nothing():
    torch.manual_seed(0)
    network = torchvision.models.mobilenet_v2().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    x = torch.rand(1, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))
        expected = network.features[:18]((x / 2 + 0.5 - mean) / std)
        folded = tapped(mobilenet_layers(network), x, 64)[-1]
    torch.testing.assert_close(folded, expected, rtol=1e-3, atol=1e-3)


HOLED = {
    "completion": {"width": 8, "blocks": 2, "spectral": 4},
    "denoiser": {"channels": (8, 16), "groups": 8},
}


@pytest.mark.parametrize("name", HOLED)
@pytest.mark.parametrize("size", [(32, 32), (48, 80), (16, 112)])
def test_holes_of_any_size_are_filled(name, size):
    kind = NETWORKS[name]
    network = kind.module(kind.config(**HOLED[name])).eval()
    picture = torch.rand(2, 3, *size) * 2 - 1
    mask = torch.zeros(2, 1, *size)
    mask[..., 4:12, 3:10] = 1
    other = torch.where(mask > 0, 0.9, picture)
    with torch.inference_mode():
        if name == "completion":
            a, b = network(picture, mask), network(other, mask)
            assert a.abs().max() <= 1
        else:
            assert (network(picture, picture, mask, torch.tensor([999, 3])) == 0).all()
            torch.nn.init.normal_(network.unet.conv_out.weight)
            a = b = network(picture, other, mask, torch.tensor([999, 3]))
            assert a.std() > 0
    assert a.shape == picture.shape
    torch.testing.assert_close(a, b)  # nothing is seen under the mask


def test_fillers_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="at least 8 channels"):
        NETWORKS["completion"].module(NETWORKS["completion"].config(width=4))
    with pytest.raises(ValueError, match="halves too often"):
        NETWORKS["denoiser"].module(NETWORKS["denoiser"].config(channels=(16,) * 6))


def test_styles_of_tiles_are_those_of_the_whole():
    kind = NETWORKS["stylizer"]
    network = kind.module(kind.config(blocks=1, deep=1)).eval()
    random = torch.Generator().manual_seed(0)
    for weight in network.parameters():
        if weight.ndim == 4:
            deviation = (2 / weight[0].numel()) ** 0.5
            torch.nn.init.normal_(weight, 0.0, deviation, generator=random)
    torch.nn.init.normal_(network.eye.conv11.weight, generator=random)
    picture = torch.rand(1, 3, 64, 448, generator=random) * 2 - 1
    code = network.encode(torch.rand(1, 3, 40, 56, generator=random) * 2 - 1)
    with torch.inference_mode():
        whole, stats = network.styled(picture, code)
        tile, _ = network.styled(picture[..., 64:384], code, stats)
        alone, _ = network.styled(picture[..., 64:384], code)
    assert whole.shape == picture.shape
    # But for the halo that a tile's rim needs.
    torch.testing.assert_close(tile[..., 144:176], whole[..., 208:240], atol=1e-4, rtol=0)
    assert (alone[..., 144:176] - whole[..., 208:240]).abs().max() > 0.01
