"""Sampling what is missing: from noise in the hole to a picture, step by step.

A schedule whose last step is noise alone, and steps spaced from there (Lin et al. 2024, "Common
diffusion noise schedules and sample steps are flawed"). The network says what is clean: that is as
valid there as v, and what a network has not learnt yet stays smooth, where with v it stays noise.
Noise is only ever in the hole (Saharia et al. 2022, Palette), and what is diffused there is the
difference from a first guess; see ``networks.denoiser``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from .device import generator
from .limits import SamplerName
from .networks.completion import Completion
from .networks.denoiser import SPREAD, Denoiser, predict
from .networks.fill import smooth_fill

if TYPE_CHECKING:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

TRAINED_STEPS = 1000


def scheduler(sampler: SamplerName = "ddim") -> Any:
    """The diffusers scheduler that models of ``training.diffuse`` are trained for."""
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

    shared: dict[str, Any] = {
        "num_train_timesteps": TRAINED_STEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction_type": "sample",
        "timestep_spacing": "trailing",
        "rescale_betas_zero_snr": True,
    }
    if sampler == "ddim":
        return DDIMScheduler(clip_sample=False, **shared)
    return DPMSolverMultistepScheduler(solver_order=2, final_sigmas_type="zero", **shared)


def noise_in(shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """Standard normal noise (n, c, h, w), one picture per seed and drawn for it alone, on the
    CPU."""
    return torch.stack([torch.randn(*shape, generator=generator(seed)) for seed in seeds])


def denoise(
    network: Denoiser,
    picture: Tensor,
    mask: Tensor,
    seeds: Sequence[int],
    steps: int,
    sampler: SamplerName = "ddim",
    guess: nn.Module | None = None,
    strength: float = 1.0,
) -> Iterator[Tensor]:
    """Fill the hole of one picture, once per seed; yields after each of ``steps`` steps.

    ``picture``: (1, 3, h, w) in [-1, 1], ``mask``: (1, 1, h, w), 1 = missing, sides multiples of
    the network's STRIDE. ``guess``: the completion network that it was trained with, None if with
    smooth fills. ``strength``: in (0, 1], how noisy its guess is made to begin with; 1 is noise
    alone (Meng et al. 2022, SDEdit). Yields the clean pictures expected by then, (n, 3, h, w) in
    [-1, 1]; the last is the result. The picture of a seed does not depend on the other seeds.
    """
    filled = guessed(guess, picture, mask)

    def clean(noisy: Tensor, time: Tensor) -> Tensor:
        # One by one: a seed's picture must not depend on the size of the batch.
        parts = [
            predict(network.unet, network.config.fold, x[None], filled, mask, time) for x in noisy
        ]
        return torch.cat(parts)

    yield from denoised(clean, scheduler(sampler), filled, mask, seeds, steps, strength)


def denoised(
    clean: Callable[[Tensor, Tensor], Tensor],
    schedule: Any,
    filled: Tensor,
    mask: Tensor,
    seeds: Sequence[int],
    steps: int,
    strength: float = 1.0,
) -> Iterator[Tensor]:
    """The loop of ``denoise``: ``clean(noisy (n, 3, h, w), time (1,))`` is what the network says;
    ``filled``: the picture with a first guess."""
    # Of so many steps from noise alone the last ones.
    schedule.set_timesteps(max(steps, round(steps / strength)), device=filled.device)
    times = schedule.timesteps[-steps:]
    if hasattr(schedule, "set_begin_index"):
        schedule.set_begin_index(len(schedule.timesteps) - steps)
    noise = noise_in(filled.shape[1:], seeds).to(filled)
    noisy = schedule.add_noise(torch.zeros_like(noise), noise, times[:1])
    for time in times:
        found = clean(noisy * mask, time[None])
        noisy = schedule.step(found, time, noisy).prev_sample
        yield (filled + SPREAD * found * mask).clamp(-1, 1)


def guessed(guess: nn.Module | None, picture: Tensor, mask: Tensor) -> Tensor:
    """The picture with a first guess in its hole."""
    if guess is None:
        return smooth_fill(picture, mask)
    return torch.lerp(picture, guess(picture, mask).float().clamp(-1, 1), mask)


def to_diffusers(
    network: Denoiser, guess: Completion | None = None, strength: float = 1.0
) -> DiffusionPipeline:
    """The network as a pipeline of diffusers, whose ``save_pretrained`` any program can read."""
    from .hole_pipeline import Guess, HolePipeline

    first = Guess.of(guess) if guess else None
    return HolePipeline(network.unet, scheduler(), first, network.config.fold, strength)
