"""Tiles: they cover, their weights sum to one, and the fast way is the obvious way."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from pipelines.tiles import enlarged_rows, fades, logits_of, spans, tiled, working_size


class Blur(nn.Module):
    """A network whose outputs depend on pixels up to eight away, and on nothing else."""

    STRIDE = 32

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 17, padding=8, padding_mode="reflect")
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


@pytest.fixture(scope="module")
def network() -> Blur:
    torch.manual_seed(0)
    return Blur()


@given(length=st.integers(1, 3000), tile=st.integers(64, 800), share=st.floats(0.05, 0.45))
def test_tiles_cover_everything_and_sum_to_one(length: int, tile: int, share: float) -> None:
    overlap = round(tile * share)
    parts = spans(length, tile, overlap)
    total = torch.zeros(length)
    for (start, end), weight in zip(parts, fades(parts), strict=True):
        assert 0 <= start < end <= length
        assert end - start <= max(tile, 1)
        total[start:end] += weight
    torch.testing.assert_close(total, torch.ones(length))
    for (_, end), (start, _) in pairwise(parts):
        assert end - start >= overlap


def test_tiled_is_whole(network: Blur) -> None:
    image = np.random.default_rng(0).integers(0, 256, (352, 224, 3), dtype=np.uint8)
    whole = logits_of(network, image)
    *_, last = tiled(network, image, tile=96, overlap=32, whole=1)
    assert last.done == last.total == 5 * 3
    assert last.rows == 352
    # A tile counts nothing where it cannot see its surroundings; what is left is half precision.
    torch.testing.assert_close(last.logits.float(), whole, atol=0.01, rtol=0)


def test_rows_said_to_be_finished_do_not_change_any_more(network: Blur) -> None:
    image = np.random.default_rng(1).integers(0, 256, (200, 150, 3), dtype=np.uint8)
    seen = [
        (part.rows, part.logits[:, : part.rows].clone())
        for part in tiled(network, image, tile=64, overlap=16, whole=1)
    ]
    *_, last = tiled(network, image, tile=64, overlap=16, whole=1)
    assert [rows for rows, _ in seen] == sorted(rows for rows, _ in seen)
    for rows, logits in seen:
        assert torch.equal(logits, last.logits[:, :rows])


@pytest.mark.parametrize("size", [(1, 1), (31, 3), (65, 32)])
def test_any_size_keeps_its_size(network: Blur, size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    assert logits_of(network, image, flips=True).shape == (2, *size)


def test_mirrored_pictures_have_mirrored_logits(network: Blur) -> None:
    image = np.random.default_rng(2).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    here = logits_of(network, image, flips=True)
    there = logits_of(network, image[:, ::-1].copy(), flips=True)
    torch.testing.assert_close(here, there.flip(-1))


@pytest.mark.parametrize("size", [(40, 50), (7, 9), (20, 25), (100, 30)])
def test_rows_enlarged_one_by_one_are_all_enlarged_at_once(size: tuple[int, int]) -> None:
    logits = torch.randn(3, 20, 25)
    expected = F.interpolate(logits[None], size, mode="bilinear")[0]
    parts = [enlarged_rows(logits, size, i, min(i + 3, size[0])) for i in range(0, size[0], 3)]
    torch.testing.assert_close(torch.cat(parts, 1), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("size", "long_side", "zoom", "scale", "expected"),
    [
        ((480, 360), (480, 960), 1, 1.0, (480, 360)),
        ((2880, 2160), (480, 960), 1, 1.0, (960, 720)),
        ((240, 180), (480, 960), 1, 1.0, (480, 360)),
        ((700, 500), (480, 960), 1, 1.0, (700, 500)),
        ((700, 500), None, 1, 2.0, (1400, 1000)),
        ((700, 500), None, 2, 0.5, (700, 500)),
        ((700, 500), None, 2, 1.0, (1400, 1000)),
        ((4000, 2000), None, 2, 1.0, (5657, 2828)),  # enlarged to 16 million pixels
        ((6000, 4000), None, 2, 1.0, (6000, 4000)),
        ((1, 1), None, 1, 0.25, (1, 1)),
        ((3000, 17), (480, 960), 1, 1.0, (960, 5)),
    ],
)
def test_working_size_against_known_answers(
    size: tuple[int, int],
    long_side: tuple[int, int] | None,
    zoom: float,
    scale: float,
    expected: tuple[int, int],
) -> None:
    assert working_size(size, long_side, zoom, scale) == expected


@pytest.mark.parametrize(
    ("side", "expected"), [(96, 288), (341, 1023), (512, 1024), (1000, 1500), (9000, 9000)]
)
def test_small_pictures_are_seen_closer(side: int, expected: int) -> None:
    assert working_size((side, side), None, 1.5, 1.0, closer=3.0) == (expected, expected)
    half = round(expected / 2)
    assert working_size((side, side), None, 1.5, 0.5, closer=3.0) == (half, half)
