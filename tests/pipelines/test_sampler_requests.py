"""What comes with pictures of the Sampler, how it reports, and bad input, a sentence."""

from __future__ import annotations

import io
import json
from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import InputError, Point
from pipelines.latents import as_radius, consecutive
from pipelines.limits import MAX_PATH, MAX_SEED
from pipelines.settings import read_settings, save_png

from .sampling import same

# Settings


@pytest.mark.parametrize("best", [1, 4])
def test_settings_reproduce_the_picture(sampler, best):
    samples = sampler([11, 12], model="tiny", truncation=0.7, best_of=best)
    varied = sampler.variations(samples.points[0], model="tiny", radius=1 / 3, truncation=0.9)
    for image in (*samples.images, *varied.images):
        file = io.BytesIO()
        save_png(image, file)
        settings = read_settings(Image.open(file))
        assert settings.tab == "generate"
        assert settings.weights == samples.weights
        values = json.loads(settings.model_dump_json())["parameters"]
        point = Point(settings.seed, values["path"])
        again = sampler(
            [point], model=settings.model, label=values["label"], truncation=values["truncation"]
        )
        assert again.images[0].tobytes() == image.tobytes()


def test_settings_name_the_weights_of_the_card(studio, sampler):
    samples = sampler([1], model="plain")
    assert samples.weights == studio.card("plain", "generator").sha256
    assert read_settings(samples.images[0]).weights == samples.weights


# Steps


@pytest.mark.parametrize(("count", "best"), [(1, 1), (16, 1), (17, 1), (64, 1), (5, 16), (64, 16)])
def test_every_step_is_a_valid_result(sampler, count, best):
    whole = sampler(range(count), model="tiny", best_of=best)
    before, last = 0, None
    for step in sampler.steps(range(count), model="tiny", best_of=best):
        assert before < step.done <= step.total == count
        assert len(step.partial.images) == len(step.partial.points) == step.done
        assert len(step.partial.labels) == len(step.partial.scores) == step.done
        assert step.partial.points == whole.points[: step.done]
        assert step.preview.width >= 8
        before, last = step.done, step.partial
    assert before == count
    assert last is not None
    assert same(last, whole)


def test_many_pictures_come_in_several_steps(sampler):
    assert len(list(sampler.steps(range(64), model="tiny"))) >= 4


def test_work_can_be_left_and_what_is_done_kept(sampler):
    steps = sampler.steps(range(64), model="tiny")
    (first,) = islice(steps, 1)
    steps.close()
    assert 0 < first.done < 64
    assert same(first.partial, sampler(range(first.done), model="tiny"))
    assert torch.is_inference_mode_enabled() is False


def test_earlier_results_do_not_change(sampler):
    first, second, *_ = sampler.steps(range(48), model="tiny")
    assert len(first.partial.images) < len(second.partial.images)


def test_variations_report_too(sampler):
    steps = list(sampler.variation_steps(1, model="tiny", count=40))
    assert [step.total for step in steps] == [40] * len(steps)
    assert len(steps) > 1


def test_results_are_frozen(sampler):
    with pytest.raises(AttributeError):
        sampler([1], model="tiny").model = "other"


# Bad input


class Endless(list[int]):
    """Says that it holds a billion seeds, and fails once somebody starts to read them all."""

    def __len__(self):
        return 10**9

    def __iter__(self):
        yield from range(100)
        pytest.fail("read seeds beyond the limit")


BAD_SEEDS = ["", " ", None, -1, MAX_SEED + 1, 10**18, 10**5000, "9" * 5000, "seven", "1e3", 1.5,
             float("nan"), float("inf"), True, [1], {}, b"1", 1j]  # fmt: skip


@pytest.mark.parametrize("seed", BAD_SEEDS, ids=lambda value: repr(type(value)))
def test_impossible_seed(sampler, seed):
    for call in (
        lambda: sampler([1, seed], model="tiny"),
        lambda: sampler([Point(seed)], model="tiny"),
        lambda: sampler.variations(seed, model="tiny"),
        lambda: consecutive(seed),
    ):
        with pytest.raises(InputError, match="Enter a whole number from 0 to 4294967295") as caught:
            call()
        assert caught.value.code == "seed"
    assert len(sampler([1], model="tiny").images) == 1  # the next request works


@pytest.mark.parametrize(
    ("code", "settings", "words"),
    [
        ("seeds_empty", {"seeds": []}, "at least one"),
        ("count", {"seeds": range(65)}, "65 is not.*from 1 to 64"),
        ("count", {"seeds": Endless()}, "1000000000 is not.*from 1 to 64"),
        ("truncation", {"truncation": float("nan")}, "truncation nan.*from 0 to 1"),
        ("truncation", {"truncation": -0.1}, "-0.1"),
        ("truncation", {"truncation": 1.01}, "1.01"),
        ("truncation", {"truncation": float("inf")}, "inf"),
        ("truncation", {"truncation": "much"}, "much"),
        ("truncation", {"truncation": None}, "empty"),
        ("truncation", {"truncation": ""}, "empty"),
        ("truncation", {"truncation": True}, "True"),
        ("truncation", {"truncation": [1]}, r"\[1\]"),
        ("label", {"label": "dragon"}, "tiny has no class dragon.*ant, bee, cow"),
        ("label", {"label": ""}, "empty"),
        ("label", {"label": "Ant"}, "Ant"),
        ("label", {"label": 0}, "class 0"),
        ("label", {"label": ["ant"]}, "class"),
        ("model", {"model": "nothing"}, "no model nothing.*plain, tiny"),
        ("model", {"model": "../tiny"}, "no model"),
        ("model", {"model": ""}, "empty"),
        ("model", {"model": None}, "empty"),
        ("model", {"model": ["tiny"]}, "no model"),
        ("critic", {"model": "plain", "best_of": 2}, "plain has no critic"),
        ("best_of", {"best_of": 0}, "Best of 0"),
        ("best_of", {"best_of": 17}, "from 1 to 16"),
        ("best_of", {"best_of": 2.5}, "2.5"),
        ("best_of", {"best_of": float("nan")}, "nan"),
        ("best_of", {"best_of": None}, "empty"),
    ],
)
def test_impossible_settings(sampler, code, settings, words):
    for call in (sampler, sampler.steps):
        # Told at once, before the first picture is asked for.
        with pytest.raises(InputError, match=words) as caught:
            call(**{"seeds": [1], "model": "tiny", **settings})
        assert caught.value.code == code
    assert len(sampler([1], model="tiny").images) == 1


@pytest.mark.parametrize("seeds", [None, 5, 1.5, "12", {"a": 1}])
def test_seeds_that_are_no_list(sampler, seeds):
    with pytest.raises(InputError) as caught:
        sampler(seeds, model="tiny")
    assert caught.value.code in {"seed", "seeds_empty"}


@pytest.mark.parametrize(
    ("code", "settings", "words"),
    [
        ("radius", {"radius": 0}, "radius 0.*above 0 and up to 1"),
        ("radius", {"radius": -0.5}, "-0.5"),
        ("radius", {"radius": 1.5}, "1.5"),
        ("radius", {"radius": float("nan")}, "nan"),
        ("radius", {"radius": "far"}, "far"),
        ("radius", {"radius": None}, "empty"),
        ("count", {"count": 0}, "0 is not.*from 1 to 64"),
        ("count", {"count": 65}, "65 is not"),
        ("count", {"count": 10**9}, "1000000000 is not"),
        ("count", {"count": -3}, "-3 is not"),
        ("count", {"count": float("nan")}, "nan is not"),
        ("count", {"count": "many"}, "many is not"),
        ("count", {"count": None}, "empty"),
        ("label", {"label": "dragon"}, "no class dragon"),
        ("model", {"model": "nothing"}, "no model nothing"),
        ("truncation", {"truncation": float("nan")}, "truncation nan"),
        ("variation", {"seed": Point(1, ((0.5, 0),) * MAX_PATH)}, f"up to {MAX_PATH} pairs"),
        ("variation", {"seed": Point(1, ((0.5,),))}, "variation"),  # type: ignore[arg-type]
        ("variation", {"seed": Point(1, ((2.0, 0),))}, "2.0"),
        ("variation", {"seed": Point(1, ((0.5, -1),))}, "-1"),
        ("variation", {"seed": Point(1, ((0.5, 1.5),))}, "1.5"),  # type: ignore[arg-type]
        ("variation", {"seed": Point(1, ((float("nan"), 1),))}, "nan"),
        ("variation", {"seed": Point(1, "0.5:1")}, "0.5:1"),  # type: ignore[arg-type]
        ("variation", {"seed": Point(1, None)}, "empty"),  # type: ignore[arg-type]
    ],
)
def test_impossible_variations(sampler, code, settings, words):
    for call in (sampler.variations, sampler.variation_steps):
        with pytest.raises(InputError, match=words) as caught:
            call(**{"seed": 1, "model": "tiny", **settings})
        assert caught.value.code == code
    assert len(sampler.variations(1, model="tiny", count=1).images) == 1


@pytest.mark.parametrize("count", [0, 65, 10**9, "many", None, float("nan")])
def test_impossible_number_of_consecutive_pictures(count):
    with pytest.raises(InputError) as caught:
        consecutive(1, count)
    assert caught.value.code == "count"


@given(st.floats(0, 1, exclude_min=True))
def test_every_radius_survives_its_settings(radius):
    used = as_radius(radius)
    assert 0 < used <= 1
    assert as_radius(json.loads(json.dumps(used))) == used
