"""Textures out of a picture: of the size asked, like it, and made again from their settings."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines.errors import InputError, PictureError
from pipelines.settings import read_settings, save_png
from pipelines.steps import drain
from pipelines.studio import Studio
from pipelines.texture import Texturer
from pipelines.texture_scores import gram_distance, likeness_score, seam_score

TEXTURER = Texturer()


def wall(height: int = 64, width: int = 64, across: int = 0) -> Image.Image:
    """Bricks with grain, a crop that begins ``across`` pixels to the right."""
    random = np.random.default_rng(0)
    y, x = np.mgrid[:height, : width + across]
    mortar = (y % 12 < 2) | ((x + y // 12 * 9) % 18 < 2)
    pixels = np.where(mortar[..., None], [190, 185, 180], [150, 70, 50])
    pixels = (pixels + random.normal(0, 10, pixels.shape))[:, across:]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def stones() -> np.ndarray:
    """Bright blots on dark ground, (64, 160, 3)."""
    noise = np.random.default_rng(0).normal(0, 1, (64, 160))
    blots = np.tanh(cv2.GaussianBlur(noise, (0, 0), 2) * 12)
    return (120 + blots[..., None] * [60, 50, 40]).astype(np.uint8)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image)


def test_a_texture_is_like_its_sample_and_shows_no_seams():
    sample, other = stones()[:, :64], stones()[:, 96:]
    found = TEXTURER(Image.fromarray(sample), size=(128, 96))
    assert found.image.size == (128, 96)
    assert found.image.mode == "RGB"
    assert likeness_score(pixels(found.image), sample, other) < 1.1
    assert found.likeness
    assert found.likeness < 1.5
    assert found.seam
    assert found.seam < 1.05


def test_the_library_as_it_is_written_down():
    found = Studio("cpu").get(Texturer)(wall(), size=(40, 50), seamless=True)
    assert found.image.size == (40, 50)
    found = Studio("cpu").get(Texturer)(wall())
    assert (found.image.size, found.model, found.labels) == ((512, 512), "quilting", ())
    assert found.settings() == read_settings(found.image)


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(16, 90), st.integers(16, 90)),
    st.tuples(st.integers(16, 50), st.integers(16, 50)),
    st.none() | st.integers(4, 256),
    st.booleans(),
    st.sampled_from(["RGB", "L", "RGBA", "P", "CMYK", "1"]),
)
def test_any_size_from_any_sample(size, sample, block, seamless, mode):
    picture = wall(*sample).convert(mode)
    steps = list(TEXTURER.steps(picture, size=size, block=block, seamless=seamless, seed=3))
    assert steps[-1].done == steps[-1].total
    for step in steps:  # stopped at any time, there is a texture
        assert step.partial.image.size == size
    again = TEXTURER(picture, size=list(size), block=block, seamless=seamless, seed=3)
    assert np.array_equal(pixels(again.image), pixels(steps[-1].partial.image))


def test_settings_make_it_again(tmp_path):
    found = TEXTURER(wall(), size=(70, 40), seamless=False, seed=9, block=11)
    save_png(found.image, tmp_path / "texture.png")
    said = read_settings(tmp_path / "texture.png")
    assert (said.tab, said.model, said.weights, said.seed) == ("texture", "quilting", "", 9)
    again = TEXTURER(wall(), seed=said.seed, **said.parameters)
    assert np.array_equal(pixels(again.image), pixels(found.image))
    other = TEXTURER(wall(), **{**said.parameters, "seed": 10})
    assert not np.array_equal(pixels(other.image), pixels(found.image))


def test_a_large_sample_is_made_smaller():
    large = wall().resize((1500, 1100))
    found = TEXTURER(large, size=(32, 32))
    assert found.sample
    assert found.sample.size == (1024, 751)
    assert large.size == (1500, 1100)


def test_previews_are_small():
    steps = list(TEXTURER.steps(wall(), size=(700, 100), block=24))
    assert steps[-1].preview
    assert max(steps[-1].preview.size) == 512
    assert drain(iter(steps)).image.size == (700, 100)


def test_tiles():
    found = TEXTURER(wall(), size=(32, 48))
    tiled = found.tiled(3, 2)
    assert tiled.size == (96, 96)
    assert np.array_equal(pixels(tiled)[48:, 64:], pixels(found.image))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"size": (15, 64)}, "texture_size"),
        ({"size": (64, 2049)}, "texture_size"),
        ({"size": (64.5, 64)}, "texture_size"),
        ({"size": (64,)}, "texture_size"),
        ({"size": "64"}, "texture_size"),
        ({"size": None}, "texture_size"),
        ({"seed": -1}, "seed"),
        ({"block": 3}, "block"),
        ({"block": 257}, "block"),
    ],
)
def test_settings_that_cannot_be_used(wrong, code):
    with pytest.raises(InputError) as error:
        TEXTURER(wall(), **wrong)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        ("photo.png", "not_a_picture"),
        (wall(15, 64), "photo_small"),
        (Image.new("RGB", (2000, 20)), "photo_small"),  # when it is made smaller
    ],
)
def test_samples_that_cannot_be_used(sample, code):
    with pytest.raises((InputError, PictureError)) as error:
        TEXTURER(sample)
    assert error.value.code == code


# Scores


def test_a_blur_does_not_win():
    sample, other = pixels(wall()), pixels(wall(across=40))
    assert gram_distance(sample, sample) == 0
    assert likeness_score(other, sample, other) == pytest.approx(1)
    blurred = cv2.GaussianBlur(sample, (0, 0), 1)
    assert likeness_score(blurred, sample, other) > 1.5
    noise = np.random.default_rng(0).integers(0, 256, sample.shape).astype(np.uint8)
    assert likeness_score(noise, sample, other) > 3
    turned = np.rot90(sample)  # the same grain and colours, but no such bricks
    assert likeness_score(turned, sample, other) > 1.5


def test_likeness_without_another_crop():
    sample = pixels(wall())
    assert 0.3 < likeness_score(pixels(wall(across=40)), sample) < 1.5
    tiny = pixels(wall(16, 16))
    assert np.isfinite(likeness_score(tiny[::-1], tiny))


def test_a_black_texture_is_like_its_black_sample():
    found = TEXTURER(Image.new("RGB", (40, 40)), size=(60, 50))
    assert (found.likeness, found.seam) == (0, 1)


def test_seam_score_is_the_ratio_it_is_said_to_be():
    image = np.zeros((4, 6, 3), np.uint8)
    image[:, 0], image[:, 1], image[:, 2] = 10, 20, 30
    image[:, 3], image[:, 4], image[:, 5] = 90, 100, 110
    origin = np.arange(24).reshape(4, 6)
    origin[:, 3:] = np.arange(24).reshape(4, 6)[:, :3]  # a seam between the third and fourth
    # Steps of 60 across; inside 16 of 10 and 18 of none.
    assert seam_score(image, origin, 6, False) == pytest.approx(60 / (160 / 34))
    assert seam_score(image, np.arange(24).reshape(4, 6), 6, False) == 1
