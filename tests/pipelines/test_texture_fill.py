"""Holes filled with a picture that is laid beside itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import Inpainter, InputError, PictureError, Studio
from pipelines.limits import MAX_PIXELS
from pipelines.texture_fill import BAND, OWN

from ..holes import HOLE, MASK, PHOTO, TEXTURE, check, noisy


@pytest.fixture(scope="module")
def inpainter() -> Inpainter:
    return Studio("cpu").get(Inpainter)


def laid(texture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """The slow way: pasted again and again."""
    canvas = Image.new("RGB", size)
    for x in range(0, size[0], texture.width):
        for y in range(0, size[1], texture.height):
            canvas.paste(texture, (x, y))
    return np.asarray(canvas)


@settings(max_examples=40)
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    tile=st.tuples(st.integers(1, 120), st.integers(1, 120)),
    margins=st.lists(st.sampled_from([0, 0, 1, 30]), min_size=4, max_size=4),
    seed=st.integers(0, 99),
    share=st.sampled_from([0.01, 0.5, 1.0]),
)
def test_it_lies_beside_itself_from_the_corner_of_the_canvas_on(
    inpainter: Inpainter,
    size: tuple[int, int],
    tile: tuple[int, int],
    margins: list[int],
    seed: int,
    share: float,
) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.random(size[::-1]) < share
    mask[rng.integers(size[1]), rng.integers(size[0])] = True
    texture = noisy(*tile, seed=seed)
    found = inpainter(noisy(*size), mask, method="texture", fill=texture, margins=margins)
    hole = np.asarray(found.mask) >= 128
    check(found, hole)
    assert found.image.size == (
        size[0] + margins[0] + margins[2],
        size[1] + margins[1] + margins[3],
    )
    np.testing.assert_array_equal(
        np.asarray(found.image)[hole], laid(texture, found.image.size)[hole]
    )


def test_a_feather_mixes_it_with_the_photo_and_a_margin_has_nothing_to_mix_with(
    inpainter: Inpainter,
) -> None:
    photo, texture = Image.new("RGB", (60, 40), (0, 0, 200)), Image.new("RGB", (1, 1), (200, 0, 0))
    mask = np.zeros((40, 60), bool)
    mask[:, 20:] = True
    soft = inpainter(photo, mask, method="texture", fill=texture, feather=8, margins=(0, 0, 5, 0))
    check(soft, np.pad(mask, ((0, 0), (0, 5)), constant_values=True))
    red = np.asarray(soft.image)[20, 20:, 0].astype(int)
    assert (np.diff(red[:30]) >= 0).all()
    assert 0 < red[0] < 30
    assert (red[10:] == 200).all()


def test_a_tall_hole_is_told_of_band_by_band(inpainter: Inpainter) -> None:
    photo = noisy(20, 3 * BAND)
    hole = np.zeros((3 * BAND, 20), bool)
    hole[5 : 2 * BAND + 6, 3:17] = True
    steps = inpainter.steps(photo, hole, method="texture", fill=TEXTURE)
    assert next(steps).partial.image.tobytes() == photo.tobytes()
    half = next(steps)
    assert (half.done, half.total) == (1, 3)
    check(half.partial, hole)
    seen = np.asarray(half.partial.image)
    expected = laid(TEXTURE, photo.size)
    first = hole.copy()
    first[5 + BAND :] = False
    np.testing.assert_array_equal(seen[first], expected[first])
    np.testing.assert_array_equal(seen[hole & ~first], np.asarray(photo)[hole & ~first])
    last = list(steps)[-1]
    assert (last.done, last.total) == (3, 3)
    np.testing.assert_array_equal(np.asarray(last.partial.image)[hole], expected[hole])


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "1"])
def test_a_texture_of_any_mode(inpainter: Inpainter, mode: str) -> None:
    grey = TEXTURE.convert("L")
    texture: Any = grey.convert(mode) if mode != "I;16" else None
    if texture is None:
        texture = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    check(inpainter(PHOTO, MASK, method="texture", fill=texture), HOLE)


def test_what_is_transparent_lies_on_white(inpainter: Inpainter) -> None:
    clear = Image.new("RGBA", (5, 5))
    found = inpainter(PHOTO, MASK, method="texture", fill=clear)
    assert (np.asarray(found.image)[HOLE] == 255).all()


def test_without_a_texture_or_with_none_that_can_be_used(inpainter: Inpainter) -> None:
    with pytest.raises(InputError, match="no texture to fill with"):
        inpainter.steps(PHOTO, MASK, method="texture")
    huge = Image.new("1", (int(MAX_PIXELS**0.5) + 10, int(MAX_PIXELS**0.5)))
    bad: list[tuple[Any, str]] = [
        (OWN, "is not a picture"),
        (Image.new("RGB", (0, 4)), "is not a picture"),
        (huge, "million pixels"),
    ]
    for fill, sentence in bad:
        with pytest.raises(PictureError, match=sentence):
            inpainter.steps(PHOTO, MASK, method="texture", fill=fill)
        with pytest.raises(PictureError, match=sentence):
            inpainter.compare_steps(PHOTO, MASK, fill=fill)
    found = inpainter.compare(PHOTO, MASK, methods=["texture", "telea"])
    assert [result.method for result in found.results] == ["telea"]
    ((method, problem),) = found.problems
    assert (method, problem.code) == ("texture", "no_fill")


def test_the_whole_picture_may_be_filled(inpainter: Inpainter) -> None:
    found = inpainter(PHOTO, np.ones_like(HOLE), method="texture", fill=TEXTURE)
    np.testing.assert_array_equal(np.asarray(found.image), laid(TEXTURE, PHOTO.size))


def test_settings_say_that_a_picture_filled_it(inpainter: Inpainter) -> None:
    found = inpainter(PHOTO, MASK, method="texture", fill=TEXTURE, seed=5)
    made = found.settings()
    assert (made.model, made.weights, made.seed) == ("texture", "", 5)
    assert made.parameters["fill"] == OWN
    assert "fill" not in inpainter(PHOTO, MASK, method="telea", fill=TEXTURE).parameters
