"""Films: keys are exactly the samples, loops close, and what cannot be filmed is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import (
    InputError,
    Key,
    Morpher,
    PictureError,
    Point,
    Sampler,
    Studio,
)
from pipelines.cards import read_card
from pipelines.keys import as_key
from pipelines.limits import EASING_NAMES, METHOD_NAMES
from pipelines.morph import EASINGS, METHODS
from pipelines.settings import read_settings


@pytest.fixture(scope="session")
def morpher(seeing: Studio) -> Morpher:
    return seeing.get(Morpher)


def same(a: Image.Image, b: Image.Image) -> bool:
    return a.size == b.size and a.tobytes() == b.tobytes()


def gap(a: Image.Image, b: Image.Image) -> float:
    return float(np.abs(np.asarray(a, float) - np.asarray(b, float)).mean())


def photo(seed: int = 0, size: tuple[int, int] = (40, 30)) -> Image.Image:
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (4, 5, 3), np.uint8)
    return Image.fromarray(small).resize(size, Image.Resampling.BICUBIC)


@pytest.mark.parametrize("model", ["seer", "tiny"])
@given(
    seeds=st.lists(st.integers(0, 2**32 - 1), min_size=2, max_size=4),
    frames=st.integers(1, 11),
    loop=st.booleans(),
    method=st.sampled_from(["slerp", "lerp"]),
    easing=st.sampled_from(sorted(EASINGS)),
)
def test_keys_are_exactly_the_samples(
    seeing: Studio, model: str, seeds: list[int], frames: int, loop: bool, method: Any, easing: Any
) -> None:
    film = seeing.get(Morpher)(
        seeds, model=model, frames=frames, method=method, easing=easing, loop=loop
    )
    legs = len(seeds) - (not loop)
    assert len(film.frames) == legs * frames + (not loop)
    for k, seed in enumerate(seeds):
        # Alone, as it would be drawn for somebody who asks for this seed.
        (sample,) = seeing.get(Sampler)([seed], model=model).images
        assert same(film.frames[k * frames], sample)


def test_class_truncation_and_variations_of_a_key_count(seeing: Studio, morpher: Morpher) -> None:
    point = Point(7, ((0.4, 2),))
    film = morpher([Key(7, "cow", point.path, 0.6), Key(7, "ant"), point], model="seer", frames=3)
    sampler = seeing.get(Sampler)
    cow = sampler([point], model="seer", label="cow", truncation=0.6).images[0]
    assert same(film.frames[0], cow)
    assert same(film.frames[3], sampler([7], model="seer", label="ant").images[0])
    assert same(film.frames[6], sampler([point], model="seer").images[0])
    assert [key.label for key in film.keys[:2]] == ["cow", "ant"]


def test_classes_change_gradually(morpher: Morpher) -> None:
    film = morpher([Key(5, "ant"), Key(5, "bee")], model="seer", frames=8, easing="linear")
    start, middle, end = (film.frames[i] for i in (0, 4, 8))
    assert gap(start, end) > 1
    assert gap(start, middle) < gap(start, end) > gap(middle, end)


def test_neighbouring_frames_are_near(morpher: Morpher) -> None:
    film = morpher([1, 2], model="seer", frames=40, easing="linear")
    steps = [gap(a, b) for a, b in zip(film.frames, film.frames[1:], strict=False)]
    assert max(steps) < gap(film.frames[0], film.frames[-1]) / 4


def test_a_loop_closes_without_doubling_a_frame(morpher: Morpher) -> None:
    film = morpher([1, 2, 3], model="seer", frames=20, loop=True, easing="linear")
    steps = [gap(a, b) for a, b in zip(film.frames, film.frames[1:], strict=False)]
    seam = gap(film.frames[-1], film.frames[0])
    assert 0 < seam <= 1.5 * max(steps)


def test_what_the_page_offers_is_what_there_is() -> None:
    assert (*METHODS,) == METHOD_NAMES
    assert (*EASINGS,) == EASING_NAMES


@pytest.mark.parametrize("name", sorted(EASINGS))
def test_easings_lead_from_0_to_1(name: str) -> None:
    ease = EASINGS[name]
    values = [ease(i / 50) for i in range(51)]
    assert values[0] == 0
    assert values[-1] == pytest.approx(1)
    assert values == sorted(values)
    assert ease(0.5) == pytest.approx(0.5)


def test_smooth_starts_slower_than_linear(morpher: Morpher) -> None:
    linear, smooth = (
        morpher([1, 2], model="seer", frames=10, easing=easing) for easing in ("linear", "smooth")
    )
    assert gap(smooth.frames[0], smooth.frames[1]) < gap(linear.frames[0], linear.frames[1])


def test_what_is_finished_is_a_film(morpher: Morpher) -> None:
    steps = list(morpher.steps([1, 2, 3], model="tiny", frames=20))
    assert [step.done for step in steps][-1] == steps[-1].total == 41
    assert len(steps) > 4
    for step in steps:
        assert len(step.partial.frames) == step.done
    half = steps[len(steps) // 2].partial
    assert all(map(same, half.frames, steps[-1].partial.frames))
    assert half.strip().width > 0


def test_the_strip_makes_the_film_again(morpher: Morpher) -> None:
    keys = [Key(3, "cow", truncation=0.5, shifts=(("sefa", 1, 2.5),)), 9, Key(photo=photo())]
    film = morpher(keys, model="seer", frames=5, loop=True, easing="linear", refine=4)
    strip = film.strip()
    settings = read_settings(strip)
    assert settings.tab == "morph"
    given = dict(settings.parameters)
    again = morpher(given.pop("keys"), model=settings.model, **given)
    assert all(map(same, film.frames, again.frames))
    assert again.settings() == settings
    assert film.inversions.keys() == {2}
    assert strip.width <= 1_600


def test_strip_shows_keys_and_what_lies_between(morpher: Morpher) -> None:
    film = morpher([1, 2], model="tiny", frames=24)
    strip = film.strip(8)
    assert strip.size == (9 * 8 + 8 * 2, 8)  # one more than asked for, rather than a row of one
    assert same(strip.crop((0, 0, 8, 8)), film.frames[0])
    assert same(strip.crop((80, 0, 88, 8)), film.frames[24])


def test_photos_are_found_on_the_way(morpher: Morpher) -> None:
    steps = list(morpher.steps([Key(photo=photo(1)), 5], model="seer", frames=2, refine=8))
    film = steps[-1].partial
    assert any(step.done == 0 and step.preview is not None for step in steps)
    assert same(film.frames[0], film.inversions[0].reconstruction)
    assert film.keys[0].photo is None
    assert film.keys[0].latent == film.inversions[0].latent


def test_shifts_move_a_picture_and_are_kept_as_keys(morpher: Morpher) -> None:
    still, moved = morpher.pictures([Key(4), Key(4, shifts=(("ganspace", 0, 3.0),))], "seer")
    assert gap(still, moved) > 0.5
    film = morpher([Key(4), Key(4, shifts=(("ganspace", 0, 3.0),))], model="seer", frames=2)
    assert same(film.frames[2], moved)
    assert same(film.frames[0], still)
    key = read_settings(moved).parameters["keys"][0]
    (again,) = morpher.pictures([key], "seer")
    assert same(again, moved)


def test_a_spectrum_passes_through_the_key(morpher: Morpher) -> None:
    row = morpher.spectrum(4, "seer", "sefa", 1, (-3, 0, 3))
    assert len(row) == 3
    assert same(row[1], morpher.pictures([4], "seer")[0])
    assert gap(row[0], row[2]) > 0.5


def test_keys_come_from_pictures_of_generate(seeing: Studio, morpher: Morpher) -> None:
    samples = seeing.get(Sampler)([11], model="seer", label="bee", truncation=0.7)
    key = morpher.key(read_settings(samples.images[0]), "seer")
    assert key == Key(11, "bee", truncation=0.7)
    with pytest.raises(InputError, match="made by the model seer, but the film is one of tiny"):
        morpher.key(read_settings(samples.images[0]), "tiny")
    with pytest.raises(InputError, match="made by the model seer"):
        morpher([{"seed": 1, "model": "seer"}, 2], model="tiny")


def test_keys_survive_json(seeing: Studio) -> None:
    card = seeing.card("seer", "generator")
    key = as_key(Key(2, "cow", ((0.5, 1),), 0.25, (("sefa", 2, -1.5),), None, (0.5,) * 8), card)
    assert as_key(key.to_json(), card) == key
    assert as_key(replace(key, latent=None).to_json(), card).latent is None


@pytest.mark.parametrize(
    ("keys", "settings", "sentence"),
    [
        ([1], {}, "needs 2 to 12 key frames, not 1"),
        (list(range(13)), {}, "not 13"),
        ("12", {}, "needs 2 to 12"),
        ([1, -1], {}, "seed -1"),
        ([1, float("nan")], {}, "seed nan"),
        ([1, Key(2, "dog")], {}, "no class dog"),
        ([1, Key(2, truncation=2.0)], {}, "truncation 2"),
        ([1, Key(2, truncation=float("nan"))], {}, "truncation nan"),
        ([1, 2], {"frames": 10**6}, "1000000 frames per leg"),
        ([1, 2], {"frames": 0}, "0 frames per leg"),
        ([1, 2], {"frames": float("nan")}, "nan frames per leg"),
        ([1, 2], {"method": "cubic"}, "no path cubic.*slerp, lerp"),
        ([1, 2], {"easing": "bounce"}, "no easing bounce"),
        ([1, 2], {"method": ["slerp"]}, "no path"),
        ([1, 2], {"easing": {}}, "no easing {}"),
        ([1, 2], {"refine": -1}, "-1 refinement steps"),
        ([1, 2], {"model": "nothing"}, "no model nothing"),
        ([1, Key(photo=photo())], {"model": "tiny"}, "tiny has no encoder"),
        ([1, Key(shifts=(("sefa", 0, 1.0),))], {"model": "tiny"}, "tiny has no latent directions"),
        ([1, Key(shifts=(("sefa", 3, 1.0),))], {}, "shift"),
        ([1, Key(shifts=(("sefa", 0, 5.1),))], {}, "shift"),
        ([1, Key(shifts=(("sefa", 0, float("nan")),))], {}, "shift"),
        ([1, Key(shifts=(("pca", 0, 1.0),))], {}, "shift"),
        ([1, Key(shifts=((1,),))], {}, "shift"),  # type: ignore[arg-type]
        ([1, Key(latent=(1.0, 2.0))], {}, "2 numbers"),
        ([1, Key(latent=(float("nan"),) * 8)], {}, "latent"),
        ([1, {"latent": "!!"}], {}, "latent"),
    ],
)
def test_what_cannot_be_filmed_is_said(
    morpher: Morpher, keys: Any, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        morpher.steps(keys, **{"model": "seer", **settings})
    assert len(morpher([1, 2], model="seer", frames=2).frames) == 3  # and the next one works


def test_a_photo_of_one_pixel(morpher: Morpher) -> None:
    with pytest.raises(PictureError, match=r"1×1 pixels.*At least 16"):
        morpher([1, Key(photo=Image.new("RGB", (1, 1)))], model="seer")


def test_directions_of_a_model_whose_file_is_gone(seers: Any) -> None:
    card = read_card(seers / "seer.json")
    assert card.directions is not None
    lost = Morpher(Studio("cpu", [seers]).network)  # knows no directions
    with pytest.raises(InputError, match="no latent directions"):
        lost.pictures([Key(1, shifts=(("sefa", 0, 1.0),))], "seer")
