"""The network of a diffusion model that fills holes: diffusers' U-Net on folded pictures.

What is diffused is not the picture but what it is beside a first guess of its hole (Whang et al.
2022, "Deblurring via Stochastic Refinement"), be that a smooth fill or what a one-pass network
says; enlarged to a deviation of about 1. So what is known need not be learnt again, and what the
network gets wrong is a third as wrong. It sees this, noisy, and the filled picture and the hole.
Folding two by two pixels into channels makes it four times faster at little loss, for what it has
to invent is coarser than a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPREAD = 1 / 3  # deviation of photos from guesses of them, white being 1 and black -1


@dataclass(frozen=True)
class DenoiserConfig:
    """``channels``: of each resolution, fine first; ``attention``: in how many of the coarsest."""

    channels: tuple[int, ...] = (48, 96, 128)
    layers: int = 1
    attention: int = 1
    groups: int = 16
    fold: int = 2


class Denoiser(nn.Module):
    """What a hole holds beside a guess of it, out of a noisy version of that.

    ``noisy``: (b, 3, h, w), in units of SPREAD, 0 beside the hole; ``filled``: the picture with a
    guess in its hole, (b, 3, h, w) in [-1, 1]; ``mask``: (b, 1, h, w), 1 = missing; ``time``: (b,)
    in [0, 1000); sides multiples of STRIDE. Returns it clean, (b, 3, h, w).
    """

    STRIDE = 16

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        if not config.channels or config.fold * 2 ** (len(config.channels) - 1) > self.STRIDE:
            raise ValueError(f"the network halves too often: {config.channels}")
        self.config = config
        self.unet = build_unet(config)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, noisy: Tensor, filled: Tensor, mask: Tensor, time: Tensor) -> Tensor:
        return predict(self.unet, self.config.fold, noisy, filled, mask, time)


def predict(
    unet: Any, fold: int, noisy: Tensor, filled: Tensor, mask: Tensor, time: Tensor
) -> Tensor:
    """One pass of a U-Net of ``build_unet``, as ``Denoiser`` makes it."""
    x = F.pixel_unshuffle(torch.cat([noisy, filled, mask], 1), fold)
    x = x.contiguous(memory_format=torch.channels_last)
    return F.pixel_shuffle(unet(x, time).sample, fold)


def build_unet(config: DenoiserConfig) -> Any:
    """The ``diffusers.UNet2DModel`` of a configuration, untrained."""
    from diffusers.models.unets.unet_2d import UNet2DModel  # seconds; only this network needs it

    plain = len(config.channels) - config.attention
    kinds = ["" if i < plain else "Attn" for i in range(len(config.channels))]
    unet = UNet2DModel(
        in_channels=7 * config.fold**2,
        out_channels=3 * config.fold**2,
        block_out_channels=tuple(config.channels),
        down_block_types=tuple(f"{kind}DownBlock2D" for kind in kinds),
        up_block_types=tuple(f"{kind}UpBlock2D" for kind in reversed(kinds)),
        layers_per_block=config.layers,
        norm_num_groups=config.groups,
        attention_head_dim=min(32, min(config.channels[plain:], default=32)),
        add_attention=config.attention > 0,
    )
    nn.init.zeros_(unet.conv_out.weight)  # at first the guess itself
    nn.init.zeros_(unet.conv_out.bias)  # type: ignore[arg-type]
    return unet
