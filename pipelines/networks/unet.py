"""U-Net for segmentation (Ronneberger et al. 2015), its encoder a classifier's backbone.

The network is that of ``segmentation_models_pytorch``, so its weights also fit ``smp.Unet``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

# Of RGB in [0, 1], as ImageNet backbones expect them.
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# How many modules of an encoder a decoder of fewer than five steps sees; the others, most of the
# weights, are left out. Encoders not named here are kept whole.
SEEN = {("mobilenet_v2", 4): 14, ("mobilenet_v2", 3): 7}


@dataclass(frozen=True)
class UnetConfig:
    """``outputs``: channels of the logits; ``decoder``: channels from coarse to fine, a number
    for every halving that the encoder does."""

    outputs: int = 2
    encoder: str = "mobilenet_v2"
    decoder: tuple[int, ...] = (128, 64, 48, 32, 16)


class Unet(nn.Module):
    """Pictures (b, 3, h, w) in [-1, 1], sides multiples of ``STRIDE``, to logits (b, c, h, w)."""

    STRIDE = 32
    gain: Tensor
    offset: Tensor

    def __init__(self, config: UnetConfig) -> None:
        super().__init__()
        import segmentation_models_pytorch as smp  # takes seconds, and only this network needs it

        self.config = config
        self.net: Any = smp.Unet(
            config.encoder,
            encoder_depth=len(config.decoder),
            encoder_weights=None,
            decoder_channels=tuple(config.decoder),
            classes=config.outputs,
        )
        if seen := SEEN.get((config.encoder, len(config.decoder))):
            del self.net.encoder.features[seen:]
        # Twice as fast on CPUs as the default layout, with the same result.
        self.net.to(memory_format=torch.channels_last)
        mean, std = torch.tensor(MEAN), torch.tensor(STD)
        # (x + 1) / 2 brought to the backbone's mean and deviation, in one step.
        self.register_buffer("gain", (0.5 / std)[:, None, None], persistent=False)
        self.register_buffer("offset", ((0.5 - mean) / std)[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = (x * self.gain + self.offset).contiguous(memory_format=torch.channels_last)
        return self.net(x)

    def layers(self) -> list[nn.Module]:
        """Modules whose outputs (b, c, h, w) are the units of a layer of the decoder, from coarse
        to fine."""
        return list(self.net.decoder.blocks)
