"""Inpainter: every method fills what is masked, and leaves every other byte alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import Inpainter, InputError
from pipelines.hub_inpaint import DEFAULT
from pipelines.inpainting import METHODS

from ..holes import HOLE, MASK, MODELS, PHOTO, check, fill, make_inpainter, noisy

every_method = pytest.mark.parametrize("method", METHODS)
ALONE = ("texture", "hub")  # they need nothing to go by


@pytest.fixture(scope="module")
def inpainter(tmp_path_factory: pytest.TempPathFactory) -> Inpainter:
    return make_inpainter(tmp_path_factory.mktemp("fillers"))


# Every method


@every_method
@settings(max_examples=25)
@given(
    width=st.integers(1, 100),
    height=st.integers(1, 100),
    seed=st.integers(0, 999),
    share=st.sampled_from([0.0, 0.01, 0.5, 0.95]),
    feather=st.sampled_from([0, 0, 5]),
)
def test_outside_the_mask_every_byte_is_the_same(
    inpainter: Inpainter,
    method: str,
    width: int,
    height: int,
    seed: int,
    share: float,
    feather: int,
) -> None:
    rng = np.random.default_rng(seed)
    photo = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    hole = rng.random((height, width)) < share
    top, left = rng.integers(height), rng.integers(width)
    hole[top : top + rng.integers(1, 60), left : left + rng.integers(1, 60)] = True
    if hole.all() and method not in ALONE:
        with pytest.raises(InputError, match="Everything is marked"):
            fill(inpainter, method, photo, hole)
        return
    found = fill(inpainter, method, photo, hole, sampling_steps=2, feather=feather)
    assert found.original is photo
    check(found, hole)


@every_method
def test_the_hole_is_filled_with_something_else(inpainter: Inpainter, method: str) -> None:
    photo = PHOTO.copy()
    photo.paste((255, 0, 255), mask=MASK)  # what is to go
    found = fill(inpainter, method, photo)
    check(found, HOLE)
    before, after = np.asarray(photo).astype(int), np.asarray(found.image).astype(int)
    assert np.abs(after - before)[HOLE].mean() > 30
    assert photo.getpixel((45, 35)) == (255, 0, 255)
    if method == "hub":
        return  # it may look at what was there: see strength
    # Nothing of it decides what comes instead.
    other = PHOTO.copy()
    other.paste((0, 255, 0), mask=MASK)
    assert np.abs(after - np.asarray(fill(inpainter, method, other).image)).max() == 0


@every_method
def test_the_same_request_gives_the_same_pixels(inpainter: Inpainter, method: str) -> None:
    first, second = (fill(inpainter, method, seed=7) for _ in range(2))
    assert np.array_equal(first.image, second.image)
    assert (first.method, first.seeds) == (method, (7,))
    assert first.model == {**MODELS, "hub": DEFAULT}.get(method, "")
    assert len(first.weights) == (64 if method in MODELS else 0)
    assert first.seconds > 0


@every_method
@pytest.mark.parametrize("size", [(1, 2), (2, 1), (3, 700), (700, 3), (17, 33)])
def test_extreme_sizes(inpainter: Inpainter, method: str, size: tuple[int, int]) -> None:
    hole = np.zeros(size[::-1], bool)
    hole[size[1] // 2 :, size[0] // 2 :] = True
    check(fill(inpainter, method, noisy(*size), hole), hole)


@every_method
def test_one_pixel_has_nothing_left_to_go_by(inpainter: Inpainter, method: str) -> None:
    if method != "texture":
        with pytest.raises(InputError, match="Everything is marked"):
            fill(inpainter, method, Image.new("RGB", (1, 1)), np.ones((1, 1), bool), prompt="")
    found = fill(inpainter, method, Image.new("RGB", (1, 1), (9, 8, 7)), None, margins=(1, 2, 3, 0))
    assert found.image.size == (5, 3)
    assert found.image.getpixel((1, 2)) == (9, 8, 7)


@every_method
def test_holes_larger_than_what_a_network_sees(inpainter: Inpainter, method: str) -> None:
    hole = np.zeros((400, 500), bool)
    hole[40:300, 100:450] = hole[350:356] = hole[:, 480:] = True
    check(fill(inpainter, method, noisy(500, 400), hole), hole)


@every_method
@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "1"])
def test_a_photo_of_any_mode(inpainter: Inpainter, method: str, mode: str) -> None:
    photo = PHOTO.convert("L")
    if mode == "I;16":
        photo = Image.fromarray(np.asarray(photo).astype(np.uint16) * 257)
    check(fill(inpainter, method, photo if mode == "I;16" else photo.convert(mode)), HOLE)


@every_method
def test_a_canvas_is_extended(inpainter: Inpainter, method: str) -> None:
    found = fill(inpainter, method, mask=None, margins=(10, 0, 40, 25))
    assert found.image.size == (140, 95)
    hole = np.ones((95, 140), bool)
    hole[:70, 10:100] = False
    check(found, hole)
    assert found.image.crop((10, 0, 100, 70)).tobytes() == PHOTO.tobytes()
    assert found.original.getpixel((0, 0)) == (128, 128, 128)
    # What is drawn there resembles the photo more than it does the grey.
    assert np.asarray(found.image)[hole].std() > 1
    both = fill(inpainter, method, margins=(10, 0, 40, 25), feather=4)
    hole[:70, 10:100] = HOLE
    check(both, hole)


# Masks


def test_a_mask_is_inverted_then_grown(inpainter: Inpainter) -> None:
    small = np.zeros((70, 90), bool)
    small[30:40, 30:40] = True
    grown = fill(inpainter, "telea", mask=small, grow=3)
    hole = np.asarray(grown.mask) >= 128
    check(grown, hole)
    assert hole.sum() > small.sum()
    assert hole[27, 35]
    assert not hole[27, 27]
    shrunk = fill(inpainter, "telea", mask=small, grow=-3)
    assert (np.asarray(shrunk.mask) >= 128).sum() == 16
    turned = fill(inpainter, "telea", mask=small, invert=True, grow=-2)
    outer = np.asarray(turned.mask) >= 128
    assert not outer[28:42, 30:40].any()
    assert outer[27, 35]


def test_greys_layers_and_other_sizes_are_masks_too(inpainter: Inpainter) -> None:
    wanted = fill(inpainter, "telea").image.tobytes()
    grey = Image.fromarray(np.where(HOLE, 130, 120).astype(np.uint8))
    layer = Image.new("RGBA", PHOTO.size)
    layer.paste((0, 0, 0, 255), mask=MASK)
    twice = MASK.resize((180, 140), Image.Resampling.NEAREST)
    for mask in (grey, layer, twice, HOLE, MASK.convert("RGB")):
        assert fill(inpainter, "telea", mask=mask).image.tobytes() == wanted


def test_a_feather_fades_into_the_photo(inpainter: Inpainter) -> None:
    photo = PHOTO.copy()
    photo.paste((255, 0, 255), mask=MASK)
    hard = np.asarray(fill(inpainter, "telea", photo).image).astype(float)
    soft = np.asarray(fill(inpainter, "telea", photo, feather=8).image).astype(float)
    np.testing.assert_array_equal(soft[30:40, 42:48], hard[30:40, 42:48])  # far inside
    rim = soft[35, 31]
    assert np.abs(rim - (255, 0, 255)).sum() < np.abs(rim - hard[35, 31]).sum()


@pytest.mark.parametrize(
    ("mask", "settings", "sentence"),
    [
        (None, {}, "Nothing is marked"),
        (Image.new("L", PHOTO.size), {}, "Nothing is marked"),
        (Image.new("L", PHOTO.size, 127), {}, "Nothing is marked"),
        (MASK, {"grow": -40}, "Nothing is marked"),
        (Image.new("L", PHOTO.size, 255), {"invert": True}, "Nothing is marked"),
        (Image.new("L", PHOTO.size, 255), {}, "Everything is marked"),
        (MASK, {"grow": 200}, "Everything is marked"),
        (Image.new("L", PHOTO.size, 255), {"margins": (0, 9, 0, 0)}, "Everything is marked"),
    ],
)
def test_masks_of_nothing_and_of_everything(
    inpainter: Inpainter, mask: Any, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        fill(inpainter, "telea", mask=mask, **settings)
