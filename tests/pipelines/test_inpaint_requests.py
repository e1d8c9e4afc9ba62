"""Inpainter: what can be asked of it, what it says while it works, methods side by side."""

from __future__ import annotations

import io
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import CardError, Inpainter, InputError, PictureError
from pipelines.cards import Card, load, read_card
from pipelines.inpainting import METHODS
from pipelines.limits import MAX_PIXELS
from pipelines.settings import read_settings, save_png
from pipelines.texture_fill import OWN

from ..holes import HOLE, MASK, MODELS, PHOTO, TEXTURE, check, fill, make_inpainter, noisy
from ..tiny import make_completion, make_diffusion

LOCAL = METHODS[:-1]
every_method = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(scope="module")
def inpainter(tmp_path_factory: pytest.TempPathFactory) -> Inpainter:
    return make_inpainter(tmp_path_factory.mktemp("fillers"))


# Seeds, models, settings


def test_the_hub_may_paint_a_picture_over(inpainter: Inpainter) -> None:
    hole = np.ones((70, 90), bool)
    found = fill(inpainter, "hub", mask=hole)
    check(found, hole)
    assert not np.array_equal(found.image, PHOTO)


@pytest.mark.parametrize("method", ["diffusion", "hub"])
def test_a_variant_is_what_its_seed_gives_alone(inpainter: Inpainter, method: str) -> None:
    three = fill(inpainter, method, seed=2**32 - 2, variants=3)
    assert three.seeds == (2**32 - 2, 2**32 - 1, 0)
    for image, seed in zip(three.images, three.seeds, strict=True):
        alone = fill(inpainter, method, seed=seed)
        assert np.array_equal(alone.image, image)
    assert not np.array_equal(three.images[0], three.images[1])


@pytest.mark.parametrize("method", ["completion", "telea", "navier-stokes", "texture"])
def test_without_seeds_there_is_one_picture(inpainter: Inpainter, method: str) -> None:
    many = fill(inpainter, method, seed=3, variants=4)
    assert len(many.images) == 1
    assert np.array_equal(many.image, fill(inpainter, method, seed=9).image)


def test_more_steps_another_picture(inpainter: Inpainter) -> None:
    as_on_card = fill(inpainter, "diffusion")
    assert np.array_equal(as_on_card.image, fill(inpainter, "diffusion", sampling_steps=3).image)
    assert not np.array_equal(
        as_on_card.image, fill(inpainter, "diffusion", sampling_steps=8).image
    )


def test_any_model_of_the_method(inpainter: Inpainter) -> None:
    wide, narrow = (fill(inpainter, "completion", model=m) for m in ("tiny-completion", "narrow"))
    assert (wide.model, narrow.model) == ("tiny-completion", "narrow")
    assert not np.array_equal(wide.image, narrow.image)
    for model in ("nothing", "tiny", "tiny-diffusion"):
        with pytest.raises(InputError, match=f"There is no model {model}"):
            fill(inpainter, "completion", model=model)


def test_classical_is_telea(inpainter: Inpainter) -> None:
    found = fill(inpainter, "classical")
    assert found.method == "telea"
    assert np.array_equal(found.image, fill(inpainter, "telea").image)


@every_method
def test_the_settings_of_a_picture_make_it_again(inpainter: Inpainter, method: str) -> None:
    found = fill(inpainter, method, seed=5, variants=2, grow=2, feather=3, margins=[0, 6, 0, 0])
    image = found.images[-1]
    file = io.BytesIO()
    save_png(image, file)
    settings = read_settings(Image.open(file))
    assert settings == found.settings(len(found.images) - 1)
    assert (settings.tab, settings.weights) == ("inpaint", found.weights)
    given = dict(settings.parameters)
    if method == "texture":  # it is no part of the settings
        assert given["fill"] == OWN
        given["fill"] = TEXTURE
    again = inpainter(PHOTO, MASK, seed=settings.seed, **given)
    assert np.array_equal(again.image, image)


def test_the_sampler_is_heard_and_remembered(inpainter: Inpainter) -> None:
    given = {"seed": 3, "sampling_steps": 4}
    ddim, solver = (
        fill(inpainter, "diffusion", sampler=sampler, **given) for sampler in ("ddim", "dpm++")
    )
    assert np.array_equal(ddim.image, fill(inpainter, "diffusion", **given).image)
    assert not np.array_equal(ddim.image, solver.image)
    assert read_settings(solver.image).parameters["sampler"] == "dpm++"
    assert "sampler" not in fill(inpainter, "completion", sampler="dpm++").parameters


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"method": "magic"}, "There is no method magic"),
        ({"method": None}, "There is no method"),
        ({"method": ["telea"]}, "There is no method"),
        ({"seed": np.zeros((2, 2))}, "The seed"),
        ({"seed": -1}, "The seed -1"),
        ({"variants": 9}, "9 variants"),
        ({"variants": 0}, "0 variants"),
        ({"sampling_steps": 101}, "101 steps"),
        ({"sampling_steps": "many"}, "many steps"),
        ({"sampler": "euler"}, r"no sampler euler.*ddim, dpm\+\+"),
        ({"sampler": ["ddim"]}, "no sampler"),
        ({"grow": 257}, "grow by 257"),
        ({"grow": 0.5}, "grow by 0.5"),
        ({"feather": -1}, "feathered by -1"),
        ({"margins": (1, 2, 3)}, "four whole numbers"),
        ({"margins": (1, 2, 3, -4)}, "four whole numbers"),
        ({"margins": "1234"}, "four whole numbers"),
        ({"margins": 5}, "four whole numbers"),
        ({"prompt": "a" * 1001}, "1001 characters"),
        ({"negative_prompt": "a" * 1001}, "1001 characters"),
        ({"strength": 0}, "strength 0"),
        ({"strength": float("nan")}, "strength nan"),
        ({"guidance": 31}, "guidance 31"),
    ],
)
def test_settings_that_cannot_be_used(
    inpainter: Inpainter, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        inpainter.steps(PHOTO, MASK, **{"method": "telea", **settings})
    with pytest.raises(InputError, match=sentence):
        inpainter.compare_steps(PHOTO, MASK, **_for_comparison(settings))


def _for_comparison(settings: dict[str, Any]) -> dict[str, Any]:
    """Methods instead of one; how many variants is not asked there."""
    if "method" in settings:
        return {"methods": [settings["method"]]}
    return settings


def test_methods_that_are_no_list(inpainter: Inpainter) -> None:
    for methods in ("telea", 5):
        with pytest.raises(InputError, match=f"no method {methods}"):
            inpainter.compare_steps(PHOTO, MASK, methods=methods)  # type: ignore[arg-type]


def test_photos_and_masks_that_cannot_be_used(inpainter: Inpainter) -> None:
    for photo in (None, "photo.png", Image.new("RGB", (0, 4))):
        with pytest.raises(PictureError, match="is not a picture"):
            fill(inpainter, "telea", photo)
    with pytest.raises(PictureError, match="is not a mask"):
        fill(inpainter, "telea", mask="mask.png")
    side = int(MAX_PIXELS**0.5)
    with pytest.raises(PictureError, match="million pixels"):
        fill(inpainter, "telea", Image.new("1", (side + 10, side)))
    with pytest.raises(InputError, match="With these margins"):
        fill(inpainter, "telea", Image.new("1", (4000, 4000)), None, margins=(4096, 4096, 4096, 0))


# Step by step


def test_every_sampling_step_is_told_and_stop_keeps_the_last(inpainter: Inpainter) -> None:
    steps = inpainter.steps(PHOTO, MASK, method="diffusion", sampling_steps=5, variants=2)
    seen = []
    for step in islice(steps, 4):
        seen.append((step.done, step.total))
        assert step.preview is not None
        assert step.preview.size == PHOTO.size
        check(step.partial, HOLE)
    assert seen == [(0, 10), (1, 10), (2, 10), (3, 10)]
    stopped = step.partial
    assert stopped.seeds == (0,)
    assert not np.array_equal(stopped.image, PHOTO)
    assert np.array_equal(step.preview, stopped.image)
    last = list(steps)[-1]
    assert (last.done, last.total) == (10, 10)
    assert last.partial.seeds == (0, 1)
    assert last.partial.seconds > stopped.seconds > 0


@pytest.mark.parametrize("method", LOCAL)
def test_a_large_photo_is_told_of_piece_by_piece(inpainter: Inpainter, method: str) -> None:
    hole = np.zeros((600, 1200), bool)
    hole[300:306] = hole[20:60, 20:60] = True
    photo = noisy(1200, 600)
    model, done = MODELS.get(method), []
    given = {"model": model, "sampling_steps": 2, "fill": TEXTURE}
    steps = inpainter.steps(photo, hole, method=method, **given)
    for step in steps:
        done.append(step.done)
        assert step.preview is not None
        assert step.preview.size == (512, 256)
    check(step.partial, hole)
    assert done == sorted(set(done))
    assert (done[0], done[-1]) == (0, step.total)
    small = np.asarray(step.partial.image.resize((512, 256), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - np.asarray(step.preview)).max() <= 2


# Methods side by side


def test_several_methods_on_one_mask(inpainter: Inpainter) -> None:
    found = inpainter.compare(PHOTO, MASK, seed=4, sampling_steps=2, fill=TEXTURE)
    assert [result.method for result in found.results] == list(LOCAL)
    assert found.problems == ()
    for result in found.results:
        check(result, HOLE)
        assert result.seeds == (4,)
        assert result.seconds > 0
        given = {"seed": 4, "sampling_steps": 2, "fill": TEXTURE}
        alone = inpainter(PHOTO, MASK, method=result.method, **given)
        assert np.array_equal(alone.image, result.image)
    two = inpainter.compare(PHOTO, MASK, methods=["telea", "classical", "navier-stokes"])
    assert [result.method for result in two.results] == ["telea", "navier-stokes"]


def test_a_broken_model_is_named_and_the_others_go_on(tmp_path: Any) -> None:
    make_completion(tmp_path, "completion").with_suffix(".safetensors").unlink()
    make_diffusion(tmp_path, "a-first")
    make_diffusion(tmp_path, "diffusion")
    paths = {path.stem: path for path in tmp_path.glob("*.json")}
    device = torch.device("cpu")

    def cards(tool: str) -> list[Card]:
        return [card for card in map(read_card, sorted(paths.values())) if card.tool == tool]

    inpainter = Inpainter(lambda model: load(paths[model], device), cards)
    steps = list(inpainter.compare_steps(PHOTO, MASK))
    found = steps[-1].partial
    assert [result.method for result in found.results] == ["diffusion", "telea", "navier-stokes"]
    assert found.results[0].model == "diffusion"  # as it ships, not the first there is
    ((method, problem),) = found.problems
    assert method == "completion"
    assert isinstance(problem, CardError)
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert done[-1] == steps[-1].total
    # Without its card a method is not installed; any model of the method will do.
    del paths["completion"], paths["diffusion"]
    found = inpainter.compare(PHOTO, MASK)
    assert found.problems == ()
    assert [r.model for r in found.results] == ["a-first", "", ""]
