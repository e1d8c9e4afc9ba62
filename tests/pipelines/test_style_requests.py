"""Stylizer: what can be asked of it, and what it says while it works."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import CardError, InputError, PictureError, Studio, Stylizer
from pipelines.cards import load, read_card
from pipelines.limits import MAX_PIXELS, MAX_STYLED
from pipelines.settings import read_settings, save_png
from pipelines.styling import OWN

from ..styles import MASK, MODEL, PAINTING, PHOTO, array, check, make_stylizer, noisy, style
from ..tiny import make_model, make_style


@pytest.fixture(scope="module")
def stylizer(tmp_path_factory: pytest.TempPathFactory) -> Stylizer:
    return make_stylizer(tmp_path_factory.mktemp("styles"))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"strength": float("nan")}, "strength nan"),
        ({"strength": -0.1}, "strength -0.1"),
        ({"strength": 1.6}, "from 0 to 1.5"),
        ({"strength": None}, r"strength \(empty\)"),
        ({"blend": float("nan")}, "blend nan"),
        ({"blend": 1.1}, "blend 1.1"),
        ({"feather": 257}, "feathered by 257"),
        ({"feather": 0.5}, "feathered by 0.5"),
        ({"size": 15}, "size 15"),
        ({"size": 8193}, "from 16 to 8192"),
        ({"size": "large"}, "size large"),
        ({"style": "c"}, "no built-in style c. Give a picture, or one of: a, b"),
        ({"style": ""}, r"no built-in style \(empty\)"),
        ({"style": 5}, "no built-in style 5"),
        ({"style": OWN}, "no built-in style own"),
        ({"style": ("a", "c")}, "no built-in style c"),
        ({"style": ()}, "0 styles"),
        ({"style": ("a", "b", "a")}, "3 styles"),
        ({"model": "nothing"}, "no model nothing"),
        ({"model": "tiny"}, "no model tiny"),
        ({"mask": Image.new("L", PHOTO.size)}, "leaves nothing to be restyled"),
        ({"mask": Image.new("L", PHOTO.size, 255), "outside": True}, "leaves nothing"),
    ],
)
def test_settings_that_cannot_be_used(
    stylizer: Stylizer, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        stylizer.steps(PHOTO, **{"style": "a", "model": MODEL, **settings})


def test_pictures_that_cannot_be_used(stylizer: Stylizer) -> None:
    for photo in (None, "photo.png", Image.new("RGB", (0, 4))):
        with pytest.raises(PictureError, match="is not a picture"):
            style(stylizer, photo)
    with pytest.raises(PictureError, match="is not a picture"):
        style(stylizer, style=Image.new("RGB", (0, 4)))
    with pytest.raises(PictureError, match="is not a mask"):
        style(stylizer, mask="mask.png")
    side = int(MAX_PIXELS**0.5)
    huge = Image.new("1", (side + 10, side))
    with pytest.raises(PictureError, match="million pixels"):
        style(stylizer, huge)
    with pytest.raises(PictureError, match="million pixels"):
        style(stylizer, style=huge)


def test_a_photo_is_brought_to_the_size_that_is_asked_for(stylizer: Stylizer) -> None:
    small, large = (style(stylizer, size=size, mask=MASK) for size in (45, 180))
    assert (small.image.size, large.image.size) == ((45, 35), (180, 140))
    for found in (small, large):
        check(found)
        assert not found.reduced
    thin = style(stylizer, Image.new("RGB", (600, 2)), size=16)
    assert thin.image.size == (16, 1)


@pytest.mark.parametrize(("size", "asked"), [((5000, 3000), None), ((100, 75), 8192)])
def test_a_photo_that_is_too_large_is_made_smaller_and_the_result_says_so(
    stylizer: Stylizer, size: tuple[int, int], asked: int | None
) -> None:
    photo = Image.new("1", size)
    found = next(stylizer.steps(photo, "a", model=MODEL, size=asked)).partial
    assert found.reduced
    width, height = found.image.size
    assert 0.99 * MAX_STYLED < width * height <= MAX_STYLED
    assert abs(width / height - size[0] / size[1]) < 0.01
    ordinary = next(stylizer.steps(Image.new("1", (4032, 3024)), "a", model=MODEL)).partial
    assert (ordinary.image.size, ordinary.reduced) == ((4032, 3024), False)


@pytest.mark.parametrize("asked", ["b", ("b", "a"), PAINTING])
def test_the_settings_of_a_picture_make_it_again(stylizer: Stylizer, asked: Any) -> None:
    more = {"strength": 0.8, "blend": 0.3, "keep_colors": True, "feather": 2, "size": 60}
    found = style(stylizer, style=asked, mask=MASK, outside=True, **more)
    file = io.BytesIO()
    save_png(found.image, file)
    settings = read_settings(Image.open(file))
    assert settings == found.settings()
    assert (settings.tab, settings.model, settings.weights) == ("style", MODEL, found.weights)
    again = dict(settings.parameters)
    if asked is PAINTING:  # it is no part of the settings
        assert again.pop("style") == OWN
        again["style"] = PAINTING
    assert style(stylizer, mask=MASK, **again).image.tobytes() == found.image.tobytes()


# Step by step


def test_a_large_photo_is_told_of_tile_by_tile_and_stop_keeps_what_is_finished(
    stylizer: Stylizer,
) -> None:
    photo = noisy(1700, 200)
    whole = array(style(stylizer, photo, PAINTING, refine=0).image)
    steps = stylizer.steps(photo, PAINTING, model=MODEL, refine=0)
    start = next(steps)
    assert (start.done, start.total) == (0, 4)
    assert start.partial.image.tobytes() == photo.tobytes()
    foreseen = next(steps)
    assert foreseen.partial.image.tobytes() == photo.tobytes()
    assert foreseen.preview is not None
    assert start.preview is not None
    assert not np.array_equal(foreseen.preview, start.preview)
    first = next(steps)
    assert (first.done, first.preview.size) == (2, (512, 60))  # type: ignore[union-attr]
    stopped = array(first.partial.image)
    np.testing.assert_array_equal(stopped[:, :560], whole[:, :560])
    np.testing.assert_array_equal(stopped[:, 600:], array(photo)[:, 600:])
    done = [step.done for step in steps]
    assert done == [3, 4]
    assert np.array_equal(array(first.partial.image), whole)  # painted in place
    assert first.partial.seconds > foreseen.partial.seconds > 0


def test_tiles_that_a_mask_leaves_out_are_not_painted(stylizer: Stylizer) -> None:
    mask = np.zeros((40, 1700), bool)
    mask[:, 1600:] = True
    steps = list(stylizer.steps(noisy(1700, 40), PAINTING, model=MODEL, refine=0, mask=mask))
    assert steps[-1].done == steps[-1].total == 2
    check(steps[-1].partial, ~mask)
    assert not np.array_equal(steps[-1].partial.image, steps[-1].partial.photo)


def test_a_small_photo_is_there_at_once(stylizer: Stylizer) -> None:
    steps = list(stylizer.steps(PHOTO, "a", model=MODEL))
    assert steps[-1].done == steps[-1].total
    assert np.array_equal(steps[-1].preview, steps[-1].partial.image)


# Models


def test_built_in_styles_and_their_thumbnails(stylizer: Stylizer) -> None:
    assert stylizer.built_in(MODEL) == (("a", "A"), ("b", "B"))
    first, second = (stylizer.thumbnail(id, MODEL) for id in ("a", "b"))
    assert first.size == second.size == (160, 160)
    assert not np.array_equal(first, second)
    assert stylizer.thumbnail("a", MODEL) is first
    with pytest.raises(InputError, match="no built-in style c"):
        stylizer.thumbnail("c", MODEL)
    with pytest.raises(InputError, match="no model nothing"):
        stylizer.built_in("nothing")


def test_thumbnails_show_the_scenes_model_if_it_is_there(tmp_path: Path) -> None:
    def thumbnail() -> bytes:
        paths = {path.stem: path for path in tmp_path.glob("*.json")}
        tool = Stylizer(
            lambda id: load(paths[id], torch.device("cpu")),
            lambda tool: [c for c in map(read_card, paths.values()) if c.tool == tool],
        )
        return tool.thumbnail("a", MODEL).tobytes()

    make_style(tmp_path)
    drawn = thumbnail()
    make_model(tmp_path, "scenes")
    assert thumbnail() != drawn
    (tmp_path / "scenes.safetensors").unlink()
    assert thumbnail() == drawn


def test_a_broken_model_gets_a_sentence(tmp_path: Path) -> None:
    make_style(tmp_path, "broken").with_suffix(".safetensors").unlink()
    studio = Studio("cpu", [tmp_path])
    with pytest.raises(CardError, match="weights of the model broken are missing"):
        studio.get(Stylizer)(PHOTO, "a", model="broken")


def test_a_model_without_styles_takes_pictures(tmp_path: Path) -> None:
    make_style(tmp_path, "bare", names=())
    tool = Studio("cpu", [tmp_path]).get(Stylizer)
    assert tool.built_in("bare") == ()
    with pytest.raises(InputError, match="or one of: none"):
        tool(PHOTO, model="bare")
    check(tool(PHOTO, PAINTING, model="bare"))
