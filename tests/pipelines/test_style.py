"""Stylizer: another style where it was asked for, as much as was asked for, and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import InputError, Stylizer

from ..styles import HOLE, MASK, PAINTING, PHOTO, array, check, make_stylizer, noisy, style


@pytest.fixture(scope="module")
def stylizer(tmp_path_factory: pytest.TempPathFactory) -> Stylizer:
    return make_stylizer(tmp_path_factory.mktemp("styles"))


# Sizes and masks


@settings(max_examples=40)
@given(
    width=st.integers(1, 100),
    height=st.integers(1, 100),
    seed=st.integers(0, 999),
    strength=st.sampled_from([0.0, 0.2, 1.0, 1.5]),
    outside=st.booleans(),
    feather=st.sampled_from([0, 3]),
    keep_colors=st.booleans(),
)
def test_where_the_style_does_not_reach_every_byte_is_the_same(
    stylizer: Stylizer,
    width: int,
    height: int,
    seed: int,
    strength: float,
    outside: bool,
    feather: int,
    keep_colors: bool,
) -> None:
    rng = np.random.default_rng(seed)
    photo = Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
    mask = np.zeros((height, width), bool)
    top, left = rng.integers(height), rng.integers(width)
    mask[top : top + rng.integers(1, 60), left : left + rng.integers(1, 60)] = True
    asked = {"outside": outside, "feather": feather, "keep_colors": keep_colors}
    if outside and mask.all():
        with pytest.raises(InputError, match="leaves nothing to be restyled"):
            style(stylizer, photo, mask=mask, **asked)
        return
    found = style(stylizer, photo, mask=mask, strength=strength, **asked)
    away = mask if outside else ~mask
    if feather:  # it reaches over the rim
        inside = Image.fromarray((~away).astype(np.uint8) * 255).resize((width, height))
        rows, columns = np.nonzero(np.asarray(inside))
        y, x = np.mgrid[:height, :width]
        near = np.hypot(y[..., None] - rows, x[..., None] - columns).min(-1) <= feather + 1
        away = away & ~near
    check(found, away if strength else np.ones_like(mask))


@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (7, 900), (513, 9), (520, 3)])
def test_extreme_sizes(stylizer: Stylizer, size: tuple[int, int]) -> None:
    photo = noisy(*size)
    found = style(stylizer, photo, strength=1.2)
    check(found)
    assert found.image.size == size
    assert not found.reduced


@pytest.mark.parametrize("mode", ["L", "RGBA", "CMYK", "I;16", "P", "1"])
def test_photos_and_styles_of_any_mode(stylizer: Stylizer, mode: str) -> None:
    def converted(image: Image.Image) -> Image.Image:
        grey = image.convert("L")
        if mode == "I;16":
            return Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
        return grey.convert(mode)

    check(style(stylizer, converted(PHOTO), converted(PAINTING)))


def test_a_mask_says_where(stylizer: Stylizer) -> None:
    whole = style(stylizer, style=PAINTING)
    inside = style(stylizer, style=PAINTING, mask=MASK)
    outside = style(stylizer, style=PAINTING, mask=MASK, outside=True)
    check(inside, ~HOLE)
    check(outside, HOLE)
    np.testing.assert_array_equal(array(inside.image)[HOLE], array(whole.image)[HOLE])
    np.testing.assert_array_equal(array(outside.image)[~HOLE], array(whole.image)[~HOLE])


def test_a_feather_fades_to_both_sides_of_the_rim(stylizer: Stylizer) -> None:
    photo, mask = Image.new("RGB", (80, 40), (40, 90, 160)), np.zeros((40, 80), bool)
    mask[:, 40:] = True
    whole = style(stylizer, photo, PAINTING)
    soft = array(style(stylizer, photo, PAINTING, mask=mask, feather=10).image)
    before, after = array(photo), array(whole.image)
    np.testing.assert_array_equal(soft[:, :29], before[:, :29])
    np.testing.assert_array_equal(soft[:, 51:], after[:, 51:])
    change = np.abs(after - before)[20].sum(1)
    share = np.abs(soft - before)[20].sum(1) / np.maximum(change, 1)
    assert 0.05 < share[36] < 0.45
    assert 0.55 < share[43] < 0.95


# How much


def test_strength_leads_from_the_photo_to_the_style_and_beyond(stylizer: Stylizer) -> None:
    found = [style(stylizer, style=PAINTING, strength=s) for s in (0, 0.05, 0.2, 0.35, 1.0, 1.5)]
    assert found[0].image.tobytes() == PHOTO.tobytes()
    away = [np.abs(array(one.image) - array(PHOTO)).mean() for one in found]
    assert away[:4] == sorted(away[:4])
    assert away[1] < 0.1 * away[3]
    assert not np.array_equal(found[4].image, found[5].image)


@pytest.mark.parametrize("first", ["a", PAINTING])
def test_the_ends_of_a_blend_are_the_single_styles(stylizer: Stylizer, first: Any) -> None:
    pair = first, "b"
    start, middle, end = (style(stylizer, style=pair, blend=x) for x in (0.0, 0.5, 1.0))
    assert start.image.tobytes() == style(stylizer, style=first).image.tobytes()
    assert end.image.tobytes() == style(stylizer, style="b").image.tobytes()
    assert middle.image.tobytes() not in (start.image.tobytes(), end.image.tobytes())
    assert middle.styles == ("A" if first == "a" else "", "B")


def test_kept_colors(stylizer: Stylizer) -> None:
    plain, kept = (style(stylizer, style=PAINTING, keep_colors=x) for x in (False, True))
    bright, dull = (np.asarray(f.image.convert("YCbCr")).astype(int) for f in (plain, kept))
    before = np.asarray(PHOTO.convert("YCbCr")).astype(int)
    assert np.abs(bright[..., 0] - dull[..., 0]).max() <= 2
    # Colourfulness is taken back where there is no such colour; the hue stays.
    ours, theirs = dull[..., 1:] - 128, before[..., 1:] - 128
    assert (np.abs(ours) <= np.abs(theirs) + 2).all()
    turned = ours[..., 0] * theirs[..., 1] - ours[..., 1] * theirs[..., 0]
    assert np.abs(turned).max() <= 3 * np.abs(theirs).max()


# Styles


def test_none_is_the_first_of_the_model(stylizer: Stylizer) -> None:
    first = style(stylizer, style=None)
    assert first.image.tobytes() == style(stylizer, style="a").image.tobytes()
    assert first.styles == ("A",)
    assert not np.array_equal(first.image, style(stylizer, style="b").image)


def test_the_same_request_gives_the_same_pixels(stylizer: Stylizer) -> None:
    first, second = (style(stylizer, noisy(600, 40), PAINTING) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (2000, 30)])
def test_styles_of_any_size(stylizer: Stylizer, size: tuple[int, int]) -> None:
    check(style(stylizer, style=noisy(*size)))
