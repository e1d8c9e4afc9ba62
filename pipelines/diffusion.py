"""Sampling what is missing: from noise in the hole to a picture, step by step.

v-prediction on a schedule whose last step is noise alone, and steps spaced from there (Lin et al.
2024, "Common diffusion noise schedules and sample steps are flawed"). Noise is only ever in the
hole; beside it stands the picture (Saharia et al. 2022, Palette).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
from torch import Tensor

from .device import generator
from .networks.denoiser import Denoiser, predict
from .networks.fill import smooth_fill

if TYPE_CHECKING:
    from diffusers.pipelines.pipeline_utils import DiffusionPipeline

SamplerName = Literal["ddim", "dpm++"]
SAMPLERS: tuple[SamplerName, ...] = get_args(SamplerName)
TRAINED_STEPS = 1000


def scheduler(sampler: SamplerName = "ddim") -> Any:
    """The diffusers scheduler that models of ``training.diffuse`` are trained for."""
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler
    from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

    shared: dict[str, Any] = {
        "num_train_timesteps": TRAINED_STEPS,
        "beta_schedule": "squaredcos_cap_v2",
        "prediction_type": "v_prediction",
        "timestep_spacing": "trailing",
        "rescale_betas_zero_snr": True,
    }
    if sampler == "ddim":
        return DDIMScheduler(clip_sample=True, clip_sample_range=1.0, **shared)
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
) -> Iterator[Tensor]:
    """Fill the hole of one picture, once per seed; yields after each of ``steps`` steps.

    ``picture``: (1, 3, h, w) in [-1, 1], ``mask``: (1, 1, h, w), 1 = missing, sides multiples of
    the network's STRIDE. Yields the clean pictures expected by then, (n, 3, h, w) in [-1, 1]; the
    last is the result. The picture of a seed does not depend on the other seeds.
    """
    filled = smooth_fill(picture, mask)

    def velocity(noisy: Tensor, time: Tensor) -> Tensor:
        # One by one: a seed's picture must not depend on the size of the batch.
        parts = [
            predict(network.unet, network.config.fold, x[None], filled, mask, time) for x in noisy
        ]
        return torch.cat(parts)

    yield from denoised(velocity, scheduler(sampler), picture, mask, seeds, steps)


def denoised(
    velocity: Callable[[Tensor, Tensor], Tensor],
    schedule: Any,
    picture: Tensor,
    mask: Tensor,
    seeds: Sequence[int],
    steps: int,
) -> Iterator[Tensor]:
    """The loop of ``denoise``: ``velocity(noisy (n, 3, h, w), time (1,))`` is the network's v."""
    schedule.set_timesteps(steps, device=picture.device)
    noisy = noise_in(picture.shape[1:], seeds).to(picture)
    for time in schedule.timesteps:
        # What is known stays as it is at every step.
        shown = noisy * mask + picture * (1 - mask)
        v = velocity(shown, time[None])
        alpha = schedule.alphas_cumprod.to(noisy.device)[time]
        clean = (alpha.sqrt() * noisy - (1 - alpha).sqrt() * v).clamp(-1, 1)
        noisy = schedule.step(v, time, noisy).prev_sample
        yield clean * mask + picture * (1 - mask)


def to_diffusers(network: Denoiser) -> DiffusionPipeline:
    """The network as a pipeline of diffusers, whose ``save_pretrained`` any program can read."""
    from .hole_pipeline import HolePipeline

    return HolePipeline(network.unet, scheduler(), network.config.fold)
