"""Our diffusion model as a ``diffusers.DiffusionPipeline``.

Apart from ``diffusion`` because importing diffusers takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from diffusers.models.unets.unet_2d import UNet2DModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.utils.outputs import BaseOutput
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from .diffusion import denoised
from .media import to_images, to_tensor
from .networks.denoiser import predict
from .networks.fill import smooth_fill


@dataclass
class Filled(BaseOutput):
    """``images``: the picture with its hole filled, one per seed."""

    images: list[Image.Image]


class HolePipeline(DiffusionPipeline):
    """Fills the hole of a picture.

    ``unet``: sees noisy picture, smoothly filled picture and mask, ``fold`` by ``fold`` pixels of
    each folded into channels.
    """

    def __init__(self, unet: UNet2DModel, scheduler: DDIMScheduler, fold: int = 2) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler)
        self.register_to_config(fold=fold)

    @torch.no_grad()
    def __call__(
        self,
        image: Image.Image,
        mask: Image.Image,
        seeds: Sequence[int] = (0,),
        num_inference_steps: int = 20,
    ) -> Filled:
        """``image``: RGB, sides multiples of 16; ``mask``: mode L of that size, >= 128 = missing.

        What is not missing stays as it is.
        """
        picture = to_tensor([image]).to(self.device, self.unet.dtype)
        missing = torch.from_numpy(_bits(mask))[None, None].to(picture)
        filled = smooth_fill(picture, missing)
        fold = self.config["fold"]

        def velocity(noisy: Tensor, time: Tensor) -> Tensor:
            parts = [predict(self.unet, fold, x[None], filled, missing, time) for x in noisy]
            return torch.cat(parts)

        steps = denoised(velocity, self.scheduler, picture, missing, seeds, num_inference_steps)
        *_, clean = tqdm(steps, total=num_inference_steps, **self._bar)
        return Filled(images=to_images(clean))

    @property
    def _bar(self) -> dict[str, Any]:
        return getattr(self, "_progress_bar_config", {})  # see set_progress_bar_config


def _bits(mask: Image.Image) -> np.ndarray:
    return (np.asarray(mask.convert("L")) >= 128).astype(np.float32)
