"""A first pass is shown, and then painted anew from coarse to fine; nothing is done twice."""

from __future__ import annotations

from itertools import pairwise
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
from pipelines.style_polish import STYLE, beside, blurred, polish
from pipelines.unrest import unrest

from ..holes import noisy
from ..styles import MODEL, PAINTING, PHOTO, array, make_stylizer, style

STEPS = 6


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
    near = beside(network, x, code, STYLE)
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


def test_a_calm_sky_stays_calmer(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Image.new("RGB", (96, 96), (90, 120, 180))
    photo.paste(noisy(96, 32), (0, 64))
    x = padded_tensor(photo, 8, 8, torch.device("cpu"))
    code = code_of(Style("a", "A", index=0), loaded)

    def clouds(weight: float) -> float:
        monkeypatch.setattr("pipelines.style_polish.REST", weight)
        *_, found = polish(loaded.networks["style"], photo, np.asarray(photo), code, 12)  # type: ignore[arg-type]
        painted = padded_tensor(Image.fromarray(found), 8, 8, torch.device("cpu"))
        return float(unrest(painted, x))

    assert clouds(400.0) < 0.9 * clouds(0.0)


def test_the_first_pass_is_shown_and_then_made_better(stylizer: Stylizer) -> None:
    once = style(stylizer, refine=0)
    steps, kept = [], []
    for step in stylizer.steps(PHOTO, "a", model=MODEL, refine=STEPS):
        steps.append(step)
        kept.append(array(step.partial.image))
    # Who stops half way has that pass.
    np.testing.assert_array_equal(kept[1], array(once.image))
    assert [step.done for step in steps] == list(range(STEPS + 2))
    assert {step.total for step in steps} == {STEPS + 1}
    first = steps[1].preview
    assert first is not None
    before = once.image.resize(first.size)
    assert np.abs(array(first) - array(before)).mean() < 3  # but for how it was made smaller
    # Of what comes then some is shown, and the last of it.
    shown = [step.preview is not None for step in steps[2:]]
    assert shown == [False, False, False, True, False, True]
    assert all((a != b).any() for a, b in pairwise(kept[1:]))
    assert steps[-1].partial.parameters["refine"] == STEPS


def test_a_larger_photo_is_painted_small_first(stylizer: Stylizer) -> None:
    photo = noisy(400, 300)  # 173 by 130 pixels are as many as a square of 150 has
    steps = []
    for step in stylizer.steps(photo, "a", model=MODEL, refine=2, strokes="broad"):
        steps.append((step.total, step.preview and step.preview.size, array(step.partial.image)))
    totals, _, kept = zip(*steps, strict=True)
    # One pass, two steps at about 128 pixels, and one at about 210 and at 346.
    assert set(totals) == {1 + 2 + 1 + 1}
    assert len(steps) == 6
    once = style(stylizer, photo, refine=0, strokes="broad")
    np.testing.assert_array_equal(kept[1], array(once.image))
    # What is smaller is kept at the photo's size, so that it is there when somebody stops.
    assert (kept[2] != kept[1]).any()
    np.testing.assert_array_equal(kept[2], kept[3])
    assert (kept[-1] != kept[-2]).any()
    fine = style(stylizer, photo, refine=2, strokes="fine")
    assert fine.parameters["strokes"] == "fine"
    assert (array(fine.image) != kept[-1]).any()


def test_what_is_too_large_for_steps_is_painted_on_top_of_what_is_not(
    stylizer: Stylizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.style_levels.MAX_POLISHED", 200**2)
    photo = noisy(400, 300)
    asked: Any = {"refine": 2, "strokes": "broad"}
    steps = list(stylizer.steps(photo, "a", model=MODEL, **asked))
    assert steps[-1].total == 1 + 2 + 1  # a pass, two steps, one tile
    found = array(steps[-1].partial.image)
    assert (found != array(style(stylizer, photo, refine=0).image)).any()
    again = list(stylizer.steps(photo, "a", model=MODEL, **asked))
    assert again[-1].total == 1 + 1  # the steps are remembered
    np.testing.assert_array_equal(array(again[-1].partial.image), found)


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


@pytest.mark.parametrize(
    "change",
    [
        {"strength": 0.5},
        {"size": 40},
        {"refine": STEPS + 1},
        {"chosen": "b"},
        {"chosen": PAINTING},
        {"chosen": ("a", "b")},
    ],
)
def test_whatever_else_is_asked_for_is_painted_anew(
    stylizer: Stylizer, change: dict[str, Any]
) -> None:
    style(stylizer, refine=STEPS)
    assert steps_of(stylizer, **change)[-1].total > 1


def test_two_pictures_of_ones_own_are_told_apart(stylizer: Stylizer) -> None:
    style(stylizer, PHOTO, PAINTING, refine=STEPS)
    assert steps_of(stylizer, PAINTING.copy())[-1].total == 1
    assert steps_of(stylizer, noisy(50, 64, seed=6))[-1].total > 1


def test_of_two_styles_the_first_alone_is_as_if_there_were_no_other(stylizer: Stylizer) -> None:
    found = style(stylizer, refine=STEPS)
    pair = steps_of(stylizer, ("a", PAINTING), blend=0)
    np.testing.assert_array_equal(array(pair[-1].partial.image), array(found.image))


def test_what_was_stopped_is_not_remembered_as_if_it_were_done(stylizer: Stylizer) -> None:
    whole = style(make_stylizer_beside(stylizer), refine=STEPS)
    steps = stylizer.steps(PHOTO, "a", model=MODEL, refine=STEPS)
    for _ in range(4):
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


@pytest.mark.parametrize("strokes", ["huge", "", None, 3, ["fine"]])
def test_strokes_that_there_are_not(stylizer: Stylizer, strokes: Any) -> None:
    with pytest.raises(InputError, match="no strokes"):
        stylizer.steps(PHOTO, "a", model=MODEL, strokes=strokes)
