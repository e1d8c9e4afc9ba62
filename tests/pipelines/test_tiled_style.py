"""Tiles of a restyled picture are what the picture would be in one piece."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import tiled_style
from pipelines.networks.folded import Folded
from pipelines.networks.stylizer import Stylizer, StylizerConfig
from pipelines.tiled_style import STRIDE, Brush, boxes

from ..holes import noisy


def network(blocks: int, seed: int = 0) -> Stylizer:
    """With blocks that do something."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        found = Stylizer(StylizerConfig(blocks, blocks))
        for weight in found.parameters():
            if weight.ndim == 4:
                torch.nn.init.kaiming_normal_(weight, nonlinearity="relu")
        torch.nn.init.normal_(found.eye.conv11.weight)  # type: ignore[arg-type]
    return found.eval().requires_grad_(False)


def code(seed: int = 0) -> torch.Tensor:
    """Of some picture."""
    random = torch.Generator().manual_seed(seed)
    return network(1).encode(torch.rand(1, 3, 32, 32, generator=random) * 2 - 1)


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([64, 200, 784]))
def test_tiles_cover_every_pixel_once(width: int, height: int, tile: int) -> None:
    found = boxes((width, height), tile)
    assert sum((right - left) * (bottom - top) for left, top, right, bottom in found) == (
        width * height
    )
    starts = set()
    for left, top, right, bottom in found:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert left % STRIDE == top % STRIDE == 0
        assert max(right - left, bottom - top) <= tile + STRIDE
        starts.add((left, top))
    assert len(starts) == len(found)


@pytest.mark.parametrize("size", [(530, 47), (33, 601), (515, 120)])
@pytest.mark.parametrize("blocks", [1, 5])
def test_tiles_equal_the_whole(
    size: tuple[int, int], blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiled_style, "SEEN", 96)
    brush = Brush(network(blocks), noisy(*size), code())
    assert not brush.small_is_all
    whole = brush.paint((0, 0, *size)).astype(int)
    assert whole.std() > 5
    joined = np.zeros_like(whole)
    for box in boxes(size, 64):
        joined[box[1] : box[3], box[0] : box[2]] = brush.paint(box)
    assert np.abs(joined - whole).max() <= 1


def test_large_pictures_are_normalised_as_their_small_copies() -> None:
    """The obvious way: the network itself, given the statistics of the copy."""
    photo, model = noisy(1024, 1024), network(2)
    found = Brush(model, photo, code()).paint((0, 0, 1024, 1024))

    def tensor(image: Image.Image) -> torch.Tensor:
        return torch.tensor(np.asarray(image)).movedim(-1, 0)[None] / 127.5 - 1

    small = photo.resize((512, 512), Image.Resampling.LANCZOS, reducing_gap=3.0)
    stats = model.styled(tensor(small), code())[1]
    wanted = model.styled(tensor(photo), code(), stats)[0][0].add(1).mul(127.5)
    assert np.abs(found - wanted.movedim(0, -1).numpy()).max() < 0.6


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (100, 60), (512, 33), (3000, 24)])
def test_small_pictures_are_painted_in_one_piece(size: tuple[int, int]) -> None:
    brush = Brush(network(1), noisy(*size), code())
    assert brush.small_is_all
    assert brush.small.shape == (*size[::-1], 3)
    np.testing.assert_array_equal(brush.paint((0, 0, *size)), brush.small)


@pytest.mark.parametrize("height", [96, 128])
@torch.inference_mode()
def test_folded_is_the_same_function(height: int) -> None:
    model = network(2)
    picture = torch.rand(1, 3, height, 104, generator=torch.Generator().manual_seed(1)) * 2 - 1
    wanted, stats = model.styled(picture, code())
    assert wanted.std() > 0.05
    own = Folded(model, code())
    for _ in range(2):  # not those of the picture before
        assert (own(picture) - wanted).abs().max() < 3e-4
        assert len(own.stats) == len(stats)
        for ours, theirs in zip(own.stats, stats, strict=True):
            for a, b in zip(ours, theirs, strict=True):
                assert (a - b).norm() < 1e-3 * b.norm()
    assert (Folded(model, code(), stats)(picture) - wanted).abs().max() < 3e-4
    # Statistics of another picture.
    wanted = model.styled(picture.flip(1), code(3), stats)[0]
    assert (Folded(model, code(3), stats)(picture.flip(1)) - wanted).abs().max() < 3e-4


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (700, 20), (1400, 700)])
def test_a_picture_of_one_color_becomes_one_of_one_color(size: tuple[int, int]) -> None:
    """Else rounding would be made visible by one normalisation after another."""
    photo = Image.new("RGB", size, (77, 77, 200))
    found = Brush(network(3), photo, code()).paint((0, 0, *size))
    assert np.ptp(found.reshape(-1, 3), axis=0).max() <= 1
