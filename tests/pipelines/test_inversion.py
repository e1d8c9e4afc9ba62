"""Finding a photo again: nearer than chance, and nearer after refinement."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import InputError, Morpher, Sampler, Studio
from pipelines.inversion import unlikeness
from pipelines.media import to_tensor
from pipelines.steps import drain


def levels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, float)


def test_a_sample_is_found_nearer_than_a_random_picture(seeing: Studio) -> None:
    sampler, morpher = seeing.get(Sampler), seeing.get(Morpher)
    sample = sampler([21], model="seer", label="bee").images[0]
    found = drain(morpher.invert_steps(sample, "seer", "bee", refine=60))
    others = sampler(range(100, 120), model="seer", label="bee").images
    gaps = [np.abs(levels(other) - levels(sample)).mean() for other in others]
    assert np.abs(levels(found.reconstruction) - levels(sample)).mean() < min(gaps)
    assert found.distance < found.distance_before
    assert found.label == "bee"


def test_the_nearest_class_is_chosen(seeing: Studio) -> None:
    morpher = seeing.get(Morpher)
    sample = seeing.get(Sampler)([4], model="seer", label="cow").images[0]
    guesses = {
        label: drain(morpher.invert_steps(sample, "seer", label, refine=0)).distance
        for label in ("ant", "bee", "cow")
    }
    chosen = drain(morpher.invert_steps(sample, "seer", None, refine=0))
    assert chosen.label == min(guesses, key=guesses.__getitem__)
    assert chosen.distance == pytest.approx(min(guesses.values()), rel=1e-4)


def test_progress_never_gets_worse_and_twice_is_the_same(seeing: Studio) -> None:
    photo = Image.radial_gradient("L").resize((50, 70))
    steps = list(seeing.get(Morpher).invert_steps(photo, "seer", refine=10))
    distances = [step.partial.distance for step in steps]
    assert distances == sorted(distances, reverse=True)
    assert (steps[-1].done, steps[-1].total) == (10, 10)
    assert steps[-1].preview is not None
    again = drain(seeing.get(Morpher).invert_steps(photo, "seer", refine=10))
    assert again.latent == steps[-1].partial.latent
    assert again.photo.size == again.reconstruction.size == (16, 16)
    norm = torch.tensor(again.latent).norm().item()
    assert norm == pytest.approx(8**0.5, rel=1e-3)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16", "1"])
def test_photos_of_any_kind(seeing: Studio, mode: str) -> None:
    photo = Image.new(mode, (33, 20))
    assert drain(seeing.get(Morpher).invert_steps(photo, "seer", refine=0)).distance > 0


def test_unlikeness_is_zero_for_equal_pictures_and_grows(seeing: Studio) -> None:
    encoder = seeing.network("seer").networks["encoder"]
    images = seeing.get(Sampler)([1, 2], model="seer").images
    x = to_tensor(images)
    with torch.no_grad():
        maps = encoder.features(x[:1])  # type: ignore[operator]
        mixed = torch.cat([x[:1], (x[:1] * 3 + x[1:]) / 4, x[1:]])
        equal, near, far = unlikeness(encoder, mixed, x[:1], maps).tolist()
    assert equal == pytest.approx(0, abs=1e-4)
    assert equal < near < far


def test_without_an_encoder(seeing: Studio) -> None:
    with pytest.raises(InputError, match="tiny has no encoder"):
        seeing.get(Morpher).invert_steps(Image.new("RGB", (40, 40)), "tiny")
    with pytest.raises(InputError, match="no class dog"):
        seeing.get(Morpher).invert_steps(Image.new("RGB", (40, 40)), "seer", "dog")
