"""Our diffusion model as a ``diffusers.DiffusionPipeline``.

Apart from ``diffusion`` because importing diffusers takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from diffusers.models.unets.unet_2d import UNet2DModel
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.utils.outputs import BaseOutput
from PIL import Image
from torch import Tensor
from tqdm.auto import tqdm

from .diffusion import denoised, guessed
from .media import to_images, to_tensor
from .networks.completion import Completion, CompletionConfig
from .networks.denoiser import predict


@dataclass
class Filled(BaseOutput):
    """``images``: the picture with its hole filled, one per seed."""

    images: list[Image.Image]


class Guess(ModelMixin, ConfigMixin):
    """A completion network as diffusers stores models."""

    config_name = "config.json"

    @register_to_config
    def __init__(
        self,
        width: int = 32,
        blocks: int = 6,
        spectral: int = 32,
        attention: int = 0,
        finer: int = 0,
        finest: int = 0,
    ) -> None:
        super().__init__()
        config = CompletionConfig(width, blocks, spectral, attention, finer, finest)
        self.network = Completion(config)

    @classmethod
    def of(cls, network: Completion) -> Guess:
        model = cls(**asdict(network.config))
        model.network = network
        return model

    def forward(self, picture: Tensor, mask: Tensor) -> Tensor:
        return self.network(picture, mask)


class HolePipeline(DiffusionPipeline):
    """Fills the hole of a picture.

    ``unet``: sees the noisy difference from a first guess, the picture with that guess and the
    mask, ``fold`` by ``fold`` pixels of each folded into channels; see ``networks.denoiser``.
    ``guess``: what guesses; None: a smooth fill. ``strength``: see ``diffusion.denoise``.
    """

    _optional_components = ["guess"]  # noqa: RUF012, of diffusers

    def __init__(
        self,
        unet: UNet2DModel,
        scheduler: DDIMScheduler,
        guess: Guess | None = None,
        fold: int = 2,
        strength: float = 1.0,
    ) -> None:
        super().__init__()
        self.register_modules(unet=unet, scheduler=scheduler, guess=guess)
        self.register_to_config(fold=fold, strength=strength)

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
        guess = self.guess.network if self.guess else None
        filled = guessed(guess, picture, missing)
        fold = self.config["fold"]

        def clean(noisy: Tensor, time: Tensor) -> Tensor:
            parts = [predict(self.unet, fold, x[None], filled, missing, time) for x in noisy]
            return torch.cat(parts)

        steps = denoised(
            clean,
            self.scheduler,
            filled,
            missing,
            seeds,
            num_inference_steps,
            self.config["strength"],
        )
        *_, last = tqdm(steps, total=num_inference_steps, **self._bar)
        return Filled(images=to_images(last))

    @property
    def _bar(self) -> dict[str, Any]:
        return getattr(self, "_progress_bar_config", {})  # see set_progress_bar_config


def _bits(mask: Image.Image) -> np.ndarray:
    return (np.asarray(mask.convert("L")) >= 128).astype(np.float32)
