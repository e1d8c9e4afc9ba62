"""Pictures out of tensors, grids of them, labels, and pictures made smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import PictureError
from pipelines.media import grid, read_labels, shrunk, to_images

SIZE = (6, 4)


@given(st.lists(st.integers(0, 255), min_size=1, max_size=48))
def test_levels_survive_a_tensor(levels):
    values = torch.tensor(levels, dtype=torch.float32) / 127.5 - 1
    (image,) = to_images(values.expand(1, 3, 1, -1))
    assert np.asarray(image)[0, :, 1].tolist() == levels


def test_what_leaves_the_range_is_clipped():
    (image,) = to_images(torch.tensor([-7.0, 7.0]).expand(1, 3, 1, 2))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 255]


@given(st.integers(1, 9), st.integers(1, 4), st.integers(0, 2))
def test_grid_holds_every_picture(count, columns, gap):
    images = [Image.new("RGB", SIZE, (i, i, i)) for i in range(count)]
    canvas = grid(images, columns, gap)
    for i in range(count):
        corner = (i % columns * (SIZE[0] + gap), i // columns * (SIZE[1] + gap))
        assert canvas.getpixel(corner) == (i, i, i)
    assert canvas.width == min(columns, count) * (SIZE[0] + gap) - gap
    assert canvas.height == -(-count // columns) * (SIZE[1] + gap) - gap


def test_labels_keep_their_values(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    index = Image.fromarray(values, "P")
    index.putpalette([200] * 768)
    path = tmp_path / "index.png"
    index.save(path)
    assert (np.asarray(read_labels(path)) == values).all()
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(PictureError):
        read_labels(path)


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([64, 192, 512]))
def test_shrunk_pictures_have_no_more_pixels_than_a_square(
    width: int, height: int, side: int
) -> None:
    image = Image.new("L", (width, height))
    small = shrunk(image, side)
    if width * height <= side**2:
        assert small is image
    else:
        # But for the rounding of each side, which is never made less than a pixel.
        assert small.width * small.height <= side**2 + max(small.size) + 1
        assert max(small.size) <= max(image.size)
