"""Batches of real pictures for a GAN's training, which live where it computes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.data import Pictures
from training.draws import Draw


class Real:
    """Draws batches of ``pictures``; a step has no time to bring them to ``device``."""

    def __init__(self, pictures: Pictures, device: torch.device) -> None:
        self._classes = pictures.labels  # on the CPU, where batches are drawn
        self._images = pictures.images.to(device)
        self._labels = F.one_hot(pictures.labels, len(pictures.classes)).float().to(device)

    def __call__(self, draw: Draw, count: int) -> tuple[Tensor, Tensor]:
        """Pictures (count, 3, s, s) in [-1, 1], half of them mirrored, with one-hot labels."""
        classes = self._classes

        def chosen(rng: torch.Generator) -> Tensor:
            index = torch.randint(len(classes), (count,), generator=rng)
            # By class within each half, so that neighbours show how varied a class is.
            halves = index.tensor_split(2)
            return torch.cat([half[classes[half].argsort(stable=True)] for half in halves])

        index = draw(chosen)
        mirrored = draw(lambda rng: torch.rand(count, 1, 1, 1, generator=rng)) < 0.5
        images = self._images[index]
        real = torch.where(mirrored, images.flip(-1), images).float() / 127.5 - 1
        return real, self._labels[index]
