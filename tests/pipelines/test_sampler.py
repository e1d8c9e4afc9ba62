"""The promises of the Sampler: same request, same pixels; bad input, a sentence."""

from __future__ import annotations

import io
import json
import math
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import InputError, Point, Sampler, Samples, Studio
from pipelines.latents import as_radius, consecutive, latent, latents, seed_class
from pipelines.limits import MAX_BEST_OF, MAX_COUNT, MAX_PATH, MAX_SEED
from pipelines.settings import read_settings, save_png
from tests.tiny import CLASSES


def apart(a: Image.Image, b: Image.Image) -> int:
    """The largest difference of any channel, in 255ths."""
    return int(np.abs(np.asarray(a, dtype=int) - np.asarray(b, dtype=int)).max())


def distance(a: Image.Image, b: Image.Image) -> float:
    """Root mean squared difference, in 255ths."""
    return float(np.sqrt(np.square(np.asarray(a, float) - np.asarray(b, float)).mean()))


def same(a: Samples, b: Samples) -> bool:
    """Equal in everything that is said, and within a rounding of every pixel."""
    return (
        (a.points, a.labels, a.model, a.truncation) == (b.points, b.labels, b.model, b.truncation)
        and all(apart(x, y) <= 1 for x, y in zip(a.images, b.images, strict=True))
    )  # fmt: skip


# Same request, same pixels


def test_a_request_gives_a_result_that_fits_its_card(sampler):
    samples = sampler([1, 2, 3], model="tiny", label="bee")
    assert [image.size for image in samples.images] == [(8, 8)] * 3
    assert all(image.mode == "RGB" for image in samples.images)
    assert samples.labels == ("bee", "bee", "bee")
    assert samples.points == (Point(1), Point(2), Point(3))
    assert samples.scores
    assert len(samples.scores) == 3
    # The networks are random but not dull: tests on grey pictures would prove nothing.
    assert min(np.asarray(image).std() for image in samples.images) > 15
    assert distance(samples.images[0], samples.images[1]) > 10


def test_without_a_critic_there_are_no_scores(sampler):
    assert sampler([1], model="plain").scores is None


@pytest.mark.parametrize("label", [None, "cow"])
def test_one_seed_alone_and_in_a_batch_of_64(sampler, label):
    seeds = list(range(100, 164))
    batch = sampler(seeds, model="tiny", label=label)
    for i in (0, 1, 15, 16, 40, 63):
        alone = sampler([seeds[i]], model="tiny", label=label)
        assert apart(alone.images[0], batch.images[i]) <= 1
        assert alone.labels[0] == batch.labels[i]
        assert alone.scores[0] == pytest.approx(batch.scores[i], abs=1e-3)


def test_order_of_seeds_and_requests_does_not_matter(folder, sampler):
    first = sampler([5, 6, 7], model="tiny")
    sampler([99], model="plain")
    sampler([8], model="tiny", truncation=0.1)
    backwards = sampler([7, 6, 5], model="tiny")
    for a, b in zip(first.images, reversed(backwards.images), strict=True):
        assert apart(a, b) <= 1
    assert first.labels == backwards.labels[::-1]
    fresh = Studio("cpu", [folder]).get(Sampler)([5, 6, 7], model="tiny")
    assert same(fresh, first)


def test_state_of_global_random_numbers_does_not_matter(sampler):
    torch.manual_seed(1)
    first = sampler([5], model="tiny")
    state = torch.get_rng_state()
    assert same(sampler([5], model="tiny"), first)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_seed_given_twice_gives_the_picture_twice(sampler):
    samples = sampler([4, 4], model="tiny")
    assert apart(*samples.images) <= 1


@given(st.integers(0, MAX_SEED))
def test_any_class_means_one_class_for_each_seed(seed):
    index = seed_class(seed, len(CLASSES))
    assert index in range(len(CLASSES))
    assert index == seed_class(seed, len(CLASSES))


def test_any_class_takes_all_classes_about_equally():
    counts = np.bincount([seed_class(seed, 10) for seed in range(1000)], minlength=10)
    assert counts.min() > 60
    assert counts.max() < 140


def test_naming_the_drawn_class_changes_nothing(sampler):
    for seed in range(6):
        drawn = sampler([seed], model="tiny")
        named = sampler([seed], model="tiny", label=drawn.labels[0])
        assert same(drawn, named)


def test_classes_look_different(sampler):
    pictures = [sampler([3], model="tiny", label=label).images[0] for label in CLASSES]
    assert distance(pictures[0], pictures[1]) > 5
    assert distance(pictures[1], pictures[2]) > 5


def test_numbers_may_be_text_or_floats(sampler):
    assert same(
        sampler(["7", 8.0, np.int64(9)], model="tiny", truncation="0.5", best_of="2"),
        sampler([7, 8, 9], model="tiny", truncation=0.5, best_of=2),
    )


def test_first_and_last_seed(sampler):
    samples = sampler([0, MAX_SEED], model="tiny", best_of=2)
    assert {point.seed for point in samples.points} <= {0, 1, MAX_SEED}


@pytest.mark.cuda
def test_cuda_draws_what_the_cpu_draws(folder, sampler):
    there = Studio("cuda", [folder]).get(Sampler)
    seeds = list(range(32))
    for a, b in zip(
        there(seeds, model="tiny").images, sampler(seeds, model="tiny").images, strict=True
    ):
        assert apart(a, b) <= 2


# Truncation


def test_truncation_zero_gives_one_picture_per_class(sampler):
    for label in CLASSES:
        first, *others = sampler(range(5), model="tiny", label=label, truncation=0).images
        assert all(apart(first, other) <= 1 for other in others)
    means = [
        sampler([0], model="tiny", label=label, truncation=0).images[0].tobytes()
        for label in CLASSES
    ]
    assert len(set(means)) == len(CLASSES)


def test_truncation_draws_pictures_together(sampler):
    def spread(truncation):
        a, b = sampler([1, 2], model="tiny", label="ant", truncation=truncation).images
        return distance(a, b)

    assert spread(0.0) < spread(0.3) < spread(1.0)


def test_truncation_keeps_the_class(sampler):
    wide = sampler(range(8), model="tiny", truncation=1)
    narrow = sampler(range(8), model="tiny", truncation=0.2)
    assert wide.labels == narrow.labels


# Best of


@pytest.mark.parametrize("label", [None, "ant"])
@pytest.mark.parametrize("best", [2, 5, MAX_BEST_OF])
def test_best_of_keeps_the_highest_score_under_its_own_seed(sampler, best, label):
    picked = sampler([50, 90], model="tiny", label=label, best_of=best)
    for i, start in enumerate((50, 90)):
        candidates = sampler(range(start, start + best), model="tiny", label=label)
        top = int(np.argmax(candidates.scores))
        assert picked.points[i] == candidates.points[top]
        assert picked.scores[i] == pytest.approx(max(candidates.scores), abs=1e-3)
        assert apart(picked.images[i], candidates.images[top]) <= 1
        again = sampler([picked.points[i]], model="tiny", label=picked.labels[i])
        assert apart(again.images[0], picked.images[i]) <= 1
    # Scores below zero take part like any other: an unbounded logit has no special sign.
    assert picked.points[0].seed in range(50, 50 + best)


def test_best_of_picks_among_negative_scores(studio):
    critic = studio.network("tiny").networks["critic"]
    critic.score.bias.data.sub_(1000.0)
    candidates = studio.get(Sampler)(range(8), model="tiny")
    assert max(candidates.scores) < 0
    picked = studio.get(Sampler)([0], model="tiny", best_of=8)
    assert picked.points[0].seed == int(np.argmax(candidates.scores))


def test_seeds_after_the_last_start_again(sampler):
    picked = sampler([MAX_SEED], model="tiny", best_of=4)
    candidates = sampler([MAX_SEED, 0, 1, 2], model="tiny")
    assert picked.points[0] == candidates.points[int(np.argmax(candidates.scores))]


@given(st.integers(0, MAX_SEED), st.integers(1, MAX_COUNT), st.integers(1, MAX_BEST_OF))
def test_consecutive_pictures_share_no_candidate(seed, count, best):
    points = consecutive(seed, count, best)
    seeds = {(point.seed + i) % (MAX_SEED + 1) for point in points for i in range(best)}
    assert len(points) == count
    assert len(seeds) == count * best
    assert points[0].seed == seed


# Variations


def test_a_small_radius_stays_nearer_than_a_large_one(sampler):
    origin = sampler([2], model="tiny", label="bee").images[0]

    def mean_distance(radius):
        near = sampler.variations(2, model="tiny", label="bee", radius=radius, count=24)
        return np.mean([distance(origin, image) for image in near.images])

    assert mean_distance(0.05) < mean_distance(0.3) < mean_distance(1.0)
    assert mean_distance(0.01) < 10


def test_variations_keep_the_class_of_their_seed(sampler):
    for seed in range(5):
        (label,) = sampler([seed], model="tiny").labels
        assert set(sampler.variations(seed, model="tiny", count=3).labels) == {label}


def test_variations_differ_and_are_points(sampler):
    samples = sampler.variations(2, model="tiny", radius=0.5, count=5)
    assert samples.points == tuple(Point(2, ((0.5, i),)) for i in range(5))
    assert len({image.tobytes() for image in samples.images}) == 5
    assert same(sampler(samples.points, model="tiny"), samples)


def test_the_first_variations_do_not_depend_on_their_number(sampler):
    few = sampler.variations(2, model="tiny", count=2)
    many = sampler.variations(2, model="tiny", count=20)
    for a, b in zip(few.images, many.images, strict=False):
        assert apart(a, b) <= 1


def test_variations_of_a_variation(sampler):
    first = sampler.variations(2, model="tiny", radius=0.4, count=3)
    second = sampler.variations(first.points[1], model="tiny", radius=0.2, count=3)
    assert second.points[2] == Point(2, ((0.4, 1), (0.2, 2)))
    parent = first.images[1]
    assert np.mean([distance(parent, image) for image in second.images]) < np.mean(
        [distance(parent, image) for image in (first.images[0], first.images[2])]
    )


@pytest.mark.parametrize("path", [(), ((0.3, 0),), ((1.0, 5),), ((0.5, 1), (0.2, 7), (0.9, 0))])
def test_latents_of_any_path_are_standard_normal(path):
    z = torch.stack([latent(Point(seed, path), 16) for seed in range(2000)])  # (2000, 16)
    assert z.mean().abs() < 4 / math.sqrt(z.numel())
    assert abs(z.var().item() - 1) < 4 * math.sqrt(2 / z.numel())
    correlation = torch.corrcoef(z.T) - torch.eye(16)
    assert correlation.abs().max() < 0.12


def test_radius_is_the_distance_in_latent_space():
    for radius in (0.1, 0.5, 1.0):
        pairs = [(latent(Point(s), 100), latent(Point(s, ((radius, 0),)), 100)) for s in range(50)]
        cosines = [torch.cosine_similarity(a, b, dim=0).item() for a, b in pairs]
        assert np.mean(cosines) == pytest.approx(math.sqrt(1 - radius**2), abs=0.05)


def test_truncated_latents(studio):
    points = [Point(1), Point(2, ((0.3, 4),))]
    network = studio.network("tiny").networks["generator"]
    whole, half = latents(points, network), latents(points, network, 0.5)
    assert whole.shape == (2, 8)
    assert torch.allclose(half, whole / 2)


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
