"""A decoder's coarsest step with fewer channels, the next layers refitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines import Studio
from pipelines.cards import Loaded, load
from pipelines.networks.unet import Unet, UnetConfig
from training.cli import SettingError
from training.prune import PruneConfig, choose, main, moments, prune, refit
from training.segment_data import Labelled, load_labelled
from training.shipping import reship, spec_of

from ..labelled import Pair, write_labelled
from ..tiny import CLASSES, make_model, make_segmenter

CONV = "net.decoder.blocks.0.conv2.0"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)

    def noise(_: int) -> Pair:
        return rng.integers(0, 256, (96, 128, 3)), rng.integers(0, 3, (96, 128))

    root = tmp_path_factory.mktemp("data")
    return write_labelled(root, CLASSES, map(noise, range(4)), map(noise, range(2)))


@pytest.fixture
def pictures(data: Path) -> Labelled:
    return load_labelled(str(data), "train")


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """A network whose coarsest step has 16 channels; the last 8 of each convolution say what the
    first 8 say, half or twice as loudly."""
    card = load(make_segmenter(tmp_path), torch.device("cpu")).card
    torch.manual_seed(0)
    network = Unet(UnetConfig(len(CLASSES), decoder=(16, 8, 8, 8, 8))).eval()
    for conv, loud in (("conv1", 0.5), ("conv2", 2.0)):
        block = network.net.decoder.blocks[0].get_submodule(conv)
        with torch.no_grad():
            block[0].weight[8:] = block[0].weight[:8]
            block[1].weight[8:] = loud * block[1].weight[:8]
    reship(
        card.model_copy(update={"networks": {"segmenter": spec_of(network)}}),
        {"segmenter": network},
        tmp_path,
        lambda _: (),
    )
    return load(tmp_path / "tiny-seg.json", torch.device("cpu"))


def test_channels_that_say_the_same_are_not_missed(loaded: Loaded, pictures: Labelled):
    smaller = prune(loaded, pictures, 8, 4)
    assert smaller.config.decoder == (8, 8, 8, 8, 8)
    x = torch.rand(1, 3, 64, 96) * 2 - 1
    with torch.inference_mode():
        wanted, found = loaded.networks["segmenter"](x), smaller(x)
    assert (found - wanted).abs().max() < 0.02 * wanted.std()


def test_what_a_layer_sees_is_the_mean_over_all_places(loaded: Loaded, pictures: Labelled):
    (seen,) = moments(loaded, pictures, 2, [CONV])
    assert seen.shape == (16 * 9 + 1,) * 2
    assert seen[-1, -1] == 1
    torch.testing.assert_close(seen, seen.T)
    # A hook that stayed would see this as well.
    assert not loaded.networks["segmenter"].get_submodule(CONV)._forward_pre_hooks


def test_the_channel_that_is_least_missed_goes():
    rng = torch.Generator().manual_seed(0)
    rows = torch.randn(4000, 6, 9, generator=rng, dtype=torch.float64)
    rows[:, 4] = 0.7 * rows[:, 0] + 0.3 * rows[:, 1]  # can be made up for
    rows = torch.cat([rows.flatten(1), torch.ones(4000, 1)], 1)
    seen = rows.T @ rows / len(rows)
    weight = torch.randn(5, 6, 3, 3, generator=rng)
    weight[:, 3] *= 0.01  # hardly heard
    assert choose(weight, seen, range(6), 4) == [0, 1, 2, 5]
    # Where 4 has to stay it makes up for one of those that it is made of.
    assert 5 in choose(weight, seen, [0, 1, 5], 2)
    fit, offset = refit(weight, seen, [0, 1, 2, 3, 5])
    rest = [9 * c + i for c in (0, 1, 2, 3, 5) for i in range(9)]
    wanted = rows[:, :-1] @ weight.double().flatten(1).T
    found = rows[:, rest] @ fit.double().flatten(1).T + offset.double()
    assert (found - wanted).abs().max() < 0.02 * wanted.std()


def test_a_mean_that_is_lost_is_put_into_the_offset():
    rows = torch.zeros(50, 2 * 9 + 1, dtype=torch.float64)
    rows[:, 9:18], rows[:, -1] = 0.5, 1  # the second channel never varies
    rows[:, :9] = torch.randn(50, 9, generator=torch.Generator().manual_seed(0))
    weight = torch.ones(1, 2, 3, 3)
    fit, offset = refit(weight, rows.T @ rows / 50, [0])
    assert offset.item() == pytest.approx(4.5, abs=0.01)
    torch.testing.assert_close(fit, weight[:, :1], atol=0.01, rtol=0)


def test_a_shipped_model_is_replaced_and_measured_again(loaded: Loaded, data: Path, tmp_path: Path):
    main(PruneConfig("tiny-seg", str(data), 12, 4, tmp_path))
    card = Studio("cpu", [tmp_path]).card("tiny-seg")  # the hash is that of the new file
    assert card.networks["segmenter"].config["decoder"][0] == 12
    assert card.bytes < loaded.card.bytes
    assert "left 12 of 16 channels" in card.recipe.notes
    assert [figure.measure for figure in card.quality] == ["mean_iou", "pixel_accuracy"]


def test_what_cannot_be_pruned_is_left_as_it_was(loaded: Loaded, data: Path, tmp_path: Path):
    make_model(tmp_path, "painter")
    with pytest.raises(SettingError, match="painter is no segmenter"):
        main(PruneConfig("painter", str(data), 8, 4, tmp_path))
    before = (tmp_path / "tiny-seg.json").read_bytes()
    for keep in (0, 7, 16, 999):
        with pytest.raises(SettingError, match=f"8 to 15 for tiny-seg, not {keep}"):
            main(PruneConfig("tiny-seg", str(data), keep, 4, tmp_path))
    foreign = replace(loaded, networks={"segmenter": torch.nn.Conv2d(3, 3, 1)})
    with pytest.raises(SettingError, match="tiny-seg is no U-Net"):
        prune(foreign, load_labelled(str(data), "train"), 8, 4)
    assert (tmp_path / "tiny-seg.json").read_bytes() == before
