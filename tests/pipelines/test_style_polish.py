"""A first pass is shown, made better by codes that fit and polished; nothing is done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import Stylizer
from pipelines.cards import Loaded
from pipelines.errors import InputError
from pipelines.patches import padded_tensor
from pipelines.style_codes import Style, code_of
from pipelines.style_fit import beside
from pipelines.style_polish import REST, STYLE, blurred, polish
from pipelines.style_polishing import shares

from ..holes import noisy
from ..styles import MODEL, PAINTING, PHOTO, array, make_stylizer, style

STEPS = 8
CODES, PIXELS = 2, 6  # how they are shared out


@pytest.fixture
def stylizer(tmp_path: Path) -> Stylizer:
    return make_stylizer(tmp_path)


@pytest.fixture
def loaded(stylizer: Stylizer) -> Loaded:
    return stylizer._networks(MODEL)


def steps_of(stylizer: Stylizer, chosen: Any = "a", refine: int = STEPS, **settings: Any) -> list:
    return list(stylizer.steps(PHOTO, chosen, model=MODEL, refine=refine, **settings))


def test_pixels_come_nearer_to_style_and_photo_with_every_few_steps(loaded: Loaded) -> None:
    network: Any = loaded.networks["style"]
    photo = noisy(64, 44)  # 44 is no multiple of 8
    code = code_of(Style("a", "A", index=0), loaded)
    x = padded_tensor(photo, 8, 8, code.device)
    with torch.no_grad():
        once = network(x, code)[0, :, :44].add(1).mul(127.5).round().byte()
    start = once.permute(1, 2, 0).numpy()
    found = list(polish(network, photo, start, code, 12))
    assert len(found) == 12
    assert all(one.shape == (44, 64, 3) and one.dtype == np.uint8 for one in found)
    near = beside(network, x, code, STYLE, REST)
    with torch.no_grad():
        losses = [
            float(near(padded_tensor(Image.fromarray(one), 8, 8, code.device)))
            for one in (start, found[5], found[-1])
        ]
    assert losses[0] > losses[1] > losses[2]
    assert losses[2] < 0.9 * losses[0]


@pytest.mark.parametrize(
    "photo", [Image.new("RGB", (1, 1)), Image.new("RGB", (40, 24), "red"), noisy(3, 70)]
)
def test_photos_with_nothing_in_them_do_no_harm(loaded: Loaded, photo: Image.Image) -> None:
    code = code_of(Style("a", "A", index=0), loaded)
    network: Any = loaded.networks["style"]
    found = list(polish(network, photo, np.asarray(photo), code, 3))
    assert found[-1].shape == (photo.height, photo.width, 3)


def test_what_is_changed_alternates_nowhere() -> None:
    checks = torch.tensor([[1.0, -1.0] * 4, [-1.0, 1.0] * 4] * 4)[None, None]
    assert blurred(checks)[..., 1:-1, 1:-1].abs().max() < 1e-6
    flat = torch.full((1, 3, 5, 7), 0.3)
    torch.testing.assert_close(blurred(flat), flat)


def test_large_pictures_are_not_polished() -> None:
    assert shares(40, (1024, 1024)) == (10, 30)
    assert shares(40, (1025, 1024)) == (40, 0)
    assert shares(1, (10, 10)) == (0, 1)
    assert shares(0, (10, 10)) == (0, 0)


def test_the_first_pass_is_shown_and_then_made_better(stylizer: Stylizer) -> None:
    once = style(stylizer, refine=0)
    steps, kept = [], []
    for step in stylizer.steps(PHOTO, "a", model=MODEL, refine=STEPS):
        steps.append(step)
        kept.append(array(step.partial.image))
    # Who stops half way has that pass.
    np.testing.assert_array_equal(kept[CODES], array(once.image))
    assert [step.done for step in steps] == list(range(STEPS + 3))
    assert {step.total for step in steps} == {STEPS + 2}
    first = steps[1].preview
    assert first is not None
    before = once.image.resize(first.size)
    assert np.abs(array(first) - array(before)).mean() < 3  # but for how it was made smaller
    # Nothing else is to be seen until the codes are found, and then what they give.
    assert all(step.preview is None for step in steps[2 : CODES + 2])
    assert steps[CODES + 2].preview is not None
    assert (kept[CODES + 2] != kept[CODES]).any()
    # Of what is polished some is shown, and the last of it.
    shown = [step.preview is not None for step in steps[CODES + 3 :]]
    assert shown == [False, False, False, True, False, True]
    assert all((a != b).any() for a, b in zip(kept[CODES + 2 :], kept[CODES + 3 :], strict=False))
    assert steps[-1].partial.parameters["refine"] == STEPS


def test_what_was_polished_is_remembered(stylizer: Stylizer) -> None:
    found = style(stylizer, refine=STEPS)
    steps = steps_of(stylizer)
    assert [step.done for step in steps] == [0, 1]
    np.testing.assert_array_equal(array(steps[-1].partial.image), array(found.image))
    # Colours and masks are a matter of how it is laid upon the photo.
    mask = np.zeros((PHOTO.height, PHOTO.width), bool)
    mask[:, : PHOTO.width // 2] = True
    (*_, half) = steps_of(stylizer, mask=mask)
    assert half.total == 1
    width = PHOTO.width // 2
    np.testing.assert_array_equal(
        array(half.partial.image)[:, :width], array(found.image)[:, :width]
    )
    np.testing.assert_array_equal(array(half.partial.image)[:, width:], array(PHOTO)[:, width:])
    assert steps_of(stylizer, keep_colors=True)[-1].total == 1


def test_what_was_fitted_is_remembered(stylizer: Stylizer) -> None:
    found = style(stylizer, refine=STEPS)
    # Whatever else is changed, but for the steps.
    assert steps_of(stylizer, strength=0.5, size=40)[-1].total == PIXELS + 2
    assert steps_of(stylizer, refine=STEPS + 4)[-1].total == STEPS + 4 + 2
    # Of two styles only the other one.
    pair = steps_of(stylizer, ("a", PAINTING), blend=0)
    assert pair[-1].total == STEPS + 2
    np.testing.assert_array_equal(array(pair[-1].partial.image), array(found.image))


def test_what_was_stopped_is_not_remembered_as_if_it_were_done(stylizer: Stylizer) -> None:
    whole = style(make_stylizer_beside(stylizer), refine=STEPS)
    steps = stylizer.steps(PHOTO, "a", model=MODEL, refine=STEPS)
    for _ in range(CODES + 4):
        next(steps)
    steps.close()
    np.testing.assert_array_equal(array(style(stylizer, refine=STEPS).image), array(whole.image))


def make_stylizer_beside(stylizer: Stylizer) -> Stylizer:
    """One that knows the same models and remembers nothing."""
    return Stylizer(stylizer._networks, stylizer._cards)


@pytest.mark.parametrize("refine", [-1, 101, 2.5, "many", None, True])
def test_counts_that_cannot_be(stylizer: Stylizer, refine: object) -> None:
    with pytest.raises(InputError, match="steps of refining"):
        stylizer.steps(PHOTO, "a", model=MODEL, refine=refine)  # type: ignore[arg-type]
