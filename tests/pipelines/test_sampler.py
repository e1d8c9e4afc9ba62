"""The promises of the Sampler: same request, same pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipelines import Point, Sampler, Studio
from pipelines.latents import consecutive, seed_class
from pipelines.limits import MAX_BEST_OF, MAX_COUNT, MAX_SEED
from tests.tiny import CLASSES

from .sampling import apart, distance, same

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
