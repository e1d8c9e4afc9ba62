"""Diffusion: the loop against the paper's formulas, seeds, and the pipeline others can load."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines.cards import load
from pipelines.diffusion import (
    TRAINED_STEPS,
    denoise,
    denoised,
    guessed,
    noise_in,
    scheduler,
    to_diffusers,
)
from pipelines.limits import SAMPLERS
from pipelines.media import to_images, to_tensor
from pipelines.networks.denoiser import SPREAD
from pipelines.networks.fill import smooth_fill
from tests.tiny import make_completion, make_diffusion


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    card = make_diffusion(tmp_path_factory.mktemp("weights"))
    return load(card, torch.device("cpu")).networks["diffusion"]


@pytest.fixture(scope="module")
def guess(tmp_path_factory):
    card = make_completion(tmp_path_factory.mktemp("guess"))
    return load(card, torch.device("cpu")).networks["completion"]


@pytest.fixture
def picture():
    levels = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
    return to_tensor([Image.fromarray(levels)])


@pytest.fixture
def mask():
    hole = torch.zeros(1, 1, 32, 48)
    hole[..., 8:24, 12:30] = 1
    return hole


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("steps", [1, 2, 8])
def test_every_step_is_a_picture_and_beside_the_hole_the_photo(
    network, picture, mask, sampler, steps
):
    with torch.inference_mode():
        found = list(denoise(network, picture, mask, [3, 4], steps, sampler))
    assert len(found) == steps
    for clean in found:
        assert clean.shape == (2, 3, 32, 48)
        assert clean.abs().max() <= 1
        for one in clean:
            assert torch.equal(one * (1 - mask[0]), (picture * (1 - mask))[0])
    assert not torch.equal(found[-1][0], found[-1][1])


def test_a_seed_gives_the_same_alone_or_among_others(network, picture, mask):
    with torch.inference_mode():
        *_, both = denoise(network, picture, mask, [5, 6], 4)
        *_, alone = denoise(network, picture, mask, [6], 4)
    assert torch.equal(both[1], alone[0])


def test_what_lies_under_the_mask_is_not_looked_at(network, picture, mask):
    other = torch.where(mask > 0, -picture, picture)
    with torch.inference_mode():
        *_, a = denoise(network, picture, mask, [1], 3)
        *_, b = denoise(network, other, mask, [1], 3)
    torch.testing.assert_close(a, b)


def test_the_schedule_ends_in_noise_alone():
    kept = scheduler().alphas_cumprod
    assert len(kept) == TRAINED_STEPS
    assert kept[-1] == pytest.approx(0, abs=1e-6)  # Lin et al. 2024: zero terminal SNR
    assert kept[0] > 0.99
    assert (kept.diff() <= 0).all()
    schedule = scheduler()
    schedule.set_timesteps(10)
    assert schedule.timesteps[0] == TRAINED_STEPS - 1  # and sampling begins there


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_network_that_knows_the_truth_samples_it(picture, mask, sampler):
    schedule = scheduler(sampler)
    filled = smooth_fill(picture, mask)
    truth = (torch.roll(picture, 7, -1) - filled) / SPREAD

    *_, clean = denoised(lambda *_: truth, schedule, filled, mask, [0], 12)
    inside = mask.expand_as(clean) > 0
    expected = torch.roll(picture, 7, -1)
    torch.testing.assert_close(clean[inside], expected[inside], atol=0.02, rtol=0)
    assert torch.equal(clean[~inside], picture[~inside])


def test_noise_is_drawn_for_a_seed_alone():
    both, alone = noise_in((3, 8, 8), [1, 2]), noise_in((3, 8, 8), [2])
    assert torch.equal(both[1], alone[0])
    assert noise_in((3, 64, 64), [7]).std() == pytest.approx(1, abs=0.05)


def test_a_network_that_finds_nothing_to_better_leaves_the_guess(guess, picture, mask):
    filled = guessed(guess, picture, mask)
    assert torch.equal(filled * (1 - mask), picture * (1 - mask))
    assert not torch.equal(filled, guessed(None, picture, mask))
    nothing = torch.zeros_like(picture)
    *_, clean = denoised(lambda *_: nothing, scheduler(), filled, mask, [0], 4)
    torch.testing.assert_close(clean, filled)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_weaker_the_nearer_to_the_guess(guess, picture, mask, sampler):
    filled = guessed(guess, picture, mask)
    apart = []
    for strength in (1.0, 0.4, 0.05):
        schedule = scheduler(sampler)

        def clean(noisy, time, kept=schedule.alphas_cumprod):
            return kept[time].sqrt() * noisy  # the best guess where all that is known is a spread

        found = list(denoised(clean, schedule, filled, mask, [0], 4, strength))
        assert len(found) == 4
        apart.append(float((found[-1] - filled).abs().mean()))
    assert apart[0] > apart[1] > apart[2] >= 0


@pytest.mark.parametrize("guesses", [False, True])
def test_diffusers_saves_loads_and_runs_it(network, guess, picture, mask, tmp_path, guesses):
    from pipelines.hole_pipeline import HolePipeline

    guess = guess if guesses else None
    pipeline = to_diffusers(network, guess, 0.5)
    pipeline.save_pretrained(tmp_path / "saved", safe_serialization=True)
    assert json.loads((tmp_path / "saved" / "model_index.json").read_text())["fold"] == 2
    assert list((tmp_path / "saved" / "unet").glob("*.safetensors"))
    again = HolePipeline.from_pretrained(tmp_path / "saved")
    again.set_progress_bar_config(disable=True)
    image, hole = to_images(picture)[0], to_images(mask.expand(1, 3, -1, -1) * 2 - 1)[0]
    filled = again(image, hole.convert("L"), seeds=(2,), num_inference_steps=3).images[0]
    with torch.inference_mode():
        *_, ours = denoise(network, picture, mask, [2], 3, guess=guess, strength=0.5)
    apart = np.asarray(filled).astype(int) - np.asarray(to_images(ours)[0]).astype(int)
    assert np.abs(apart).max() <= 1
