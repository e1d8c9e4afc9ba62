"""Variations of a picture, and the latents that paths of seeds name."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pipelines import Point
from pipelines.latents import latent, latents

from .sampling import apart, distance, same


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
