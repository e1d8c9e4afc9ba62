"""A generator that draws line after line: an LSTM (Hochreiter and Schmidhuber 1997) of which every
step is a row, as in the Row LSTM of van den Oord et al. 2016. That one draws pixel after pixel at
random; here all that is random is in the latent, so that a seed is a picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .dcgan import ClassBatchNorm


@dataclass(frozen=True)
class LstmGeneratorConfig:
    """``size``: side of the pictures, even; ``hidden``: length of the LSTM's state; ``channels``:
    of the maps of half that side that its lines make up."""

    latent_dim: int = 100
    classes: int = 10
    size: int = 32
    hidden: int = 192
    channels: int = 32


class LstmGenerator(nn.Module):
    """Maps a latent and class weights to a picture, its lines from the top to the bottom.

    Every step reads the latent, the class and how far down it is; what it drew above it knows by
    its state alone. A step is two lines of pixels, which two convolutions join to the next.
    ``z``: (b, latent_dim), standard normal. ``label``: (b, classes), rows sum to one. Returns
    (b, 3, size, size) in [-1, 1]. Raises ValueError for an odd size.
    """

    sphere = False  # latents are free, not bound to a sphere

    @staticmethod
    def prior(e: Tensor) -> Tensor:
        """Standard normal noise (n, latent_dim) -> latents as the generator was trained on."""
        return e

    def __init__(self, config: LstmGeneratorConfig) -> None:
        super().__init__()
        if config.size < 8 or config.size % 2:
            raise ValueError(f"size must be even and at least 8, not {config.size}")
        self.config = config
        side, width = config.size // 2, config.channels
        self.read = nn.Linear(config.latent_dim, config.hidden)
        self.layout = nn.Linear(config.classes, config.hidden, bias=False)
        self.places = nn.Parameter(torch.randn(side, config.hidden) * 0.5)
        self.lstm = nn.LSTM(config.hidden, config.hidden, batch_first=True)
        self.line = nn.Linear(config.hidden, width * side, bias=False)
        self.up = nn.ConvTranspose2d(width, width, 4, 2, 1, bias=False)
        self.paint = nn.Conv2d(width, 3, 3, padding=1)
        self.norms = nn.ModuleList(ClassBatchNorm(width, config.classes) for _ in range(2))
        # Where one can listen to the units, or silence some (``pipelines.units``).
        self.heard = nn.ModuleList(nn.Identity() for _ in self.norms)

    def forward(self, z: Tensor, label: Tensor) -> Tensor:
        told = self.read(z) + self.layout(label)  # (b, hidden)
        state, _ = self.lstm(told[:, None] + self.places)  # (b, side, hidden)
        side = self.config.size // 2
        x = self.line(state).unflatten(2, (-1, side)).transpose(1, 2)  # (b, c, side, side)
        x = self.up(self.heard[0](torch.relu(self.norms[0](x, label))))
        x = self.heard[1](torch.relu(self.norms[1](x, label)))  # (b, c, size, size)
        return torch.tanh(self.paint(x))

    def layers(self) -> list[nn.Module]:
        """Modules whose outputs (b, c, h, w) are the units of a layer, from coarse to fine."""
        return list(self.heard)
