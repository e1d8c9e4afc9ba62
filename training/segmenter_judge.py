"""A judge that ships: small runs measured with what a shipped segmenter's encoder sees.

The protocol of ``training.protocol`` needs thousands of pictures and a network that is not part of
this repository. This one needs some hundreds and no download: 96 features rather than 512, all of
what was held out as the reference, and real pictures out of the training part for the floor, which
are as good for that as others: the judge was trained on none.

How far to trust it: with 300 pictures, ``weights/road.json`` says 1.4, 4.2, 4.4, 5.3, 6.1 and 7.1
of cifar10-dcgan, small-dcgan, small-sngan, small-lstm, small-vae and small-wgan-gp, and 7.1 of
blurred pictures; with 1,000, SqueezeNet says 1.2, 4.3, 4.8, 6.6, 6.5, 7.2 and 6.7. Other held-out
pictures move such a figure by about 6 %. The fewer pictures there are, the higher the floor and
the nearer everything to 1: with MIN_MEASURED, 100, it says 1.1, 2.0, 2.1, 2.6 and 2.9 of
cifar10-dcgan, small-dcgan, small-sngan, small-vae and small-wgan-gp; with 40 it says 1.0, 1.3, 1.4,
1.5 and 1.7, give or take 0.1. With more than MAX_MEASURED, 300, its scale would no longer be that
of ``training.protocol``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pipelines.cards import Measurement, load
from pipelines.limits import MAX_MEASURED, MIN_MEASURED
from training.cli import SettingError
from training.data import Pictures
from training.metrics import Features, frechet_distance
from training.protocol import blur, figure_of, input_size

BLOCK, CHANNELS = 13, 96
"""Where the encoder is read, at a sixteenth of its input. Earlier blocks hold blur against a
picture more than anything else (small-vae comes out worse than small-wgan-gp by a fifth to a half);
later ones have more channels than few pictures can fill, and a floor that a few of them move
by a factor of two."""
DRAWS = 4  # of as many real pictures, whose mean is the floor
LEAST_FLOOR = 1e-3  # pictures that are all the same have none, and would divide by zero


def segmenter_features(card: Path, size: int, device: str = "cpu") -> Features:
    """Averaged maps of a shipped segmenter's encoder: (n, 3, h, w) in [-1, 1] -> (n, 96).

    ``card``: of a U-Net on MobileNetV2. Pictures are brought to ``size`` pixels first, bilinearly.
    Raises CardError, or SettingError for another model.
    """
    loaded = load(card, torch.device(device))
    network: Any = loaded.networks.get("segmenter")
    config = getattr(network, "config", None)
    layers = (
        network.net.encoder.features if getattr(config, "encoder", "") == "mobilenet_v2" else ()
    )
    if len(layers) <= BLOCK:
        raise SettingError(
            f"{card.name} cannot judge: give the card of a segmenter whose encoder is a"
            f" MobileNetV2 of more than {BLOCK} blocks, such as weights/road.json"
        )

    @torch.inference_mode()
    def features(pictures: Tensor) -> Tensor:
        parts: list[Tensor] = []
        for part in pictures.split(100):
            x = F.interpolate(part.to(device), (size, size), mode="bilinear", antialias=True)
            x = x.clamp(-1, 1) * network.gain + network.offset
            x = x.contiguous(memory_format=torch.channels_last)
            for layer in layers[: BLOCK + 1]:
                x = layer(x)
            parts.append(x.mean((2, 3)).cpu())
        return torch.cat(parts)

    return features


class SegmenterProtocol:
    """Judges pictures against the held-out part of a data set, as ``training.protocol`` does.

    ``training``, ``held_out``: the two parts of ``Pictures.split``, pictures of ``size`` pixels.
    ``card``, ``device``: see ``segmenter_features``. Samples to be judged are uint8 (n, 3, s, s),
    one for each of ``labels``. Raises SettingError when too few pictures were held out.
    """

    MEASURE = "frechet_by_segmenter"  # another judge's figure, never to be compared with the first

    def __init__(
        self, training: Pictures, held_out: Pictures, card: Path, size: int, device: str = "cpu"
    ) -> None:
        n = min(MAX_MEASURED, len(held_out), len(training))
        if n < MIN_MEASURED:
            raise SettingError(
                f"{len(held_out)} held-out pictures are too few to judge with: use more pictures"
                f" or a larger --holdout, so that at least {MIN_MEASURED} are held out, and as many"
                " are trained on"
            )
        self.classes = held_out.classes
        self._side = input_size(size)
        self._judge = card.stem
        self._network = segmenter_features(card, self._side, device)
        rng = torch.Generator().manual_seed(0)
        reference = held_out.subset(torch.randperm(len(held_out), generator=rng)[:n])
        self.labels = reference.labels
        self._real = self._features(reference.images)
        self._draws = min(DRAWS, len(training) // n)
        order = torch.randperm(len(training), generator=rng)[: self._draws * n]
        others = training.subset(order)
        self._other = others.images[:n]
        parts = self._features(others.images).split(n)
        floors = [frechet_distance(self._real, part) for part in parts]
        self._floor = max(sum(floors) / len(floors), LEAST_FLOOR)

    def _features(self, images: Tensor) -> Tensor:
        return self._network(images.float() / 127.5 - 1)

    def frechet_over_floor(self, images: Tensor) -> float:
        """Frechet distance to the reference, as a multiple of that of real pictures."""
        return frechet_distance(self._real, self._features(images)) / self._floor

    def measure(self, images: Tensor, compare: dict[str, float]) -> tuple[Measurement, ...]:
        """The one figure of a card. ``compare`` joins its comparisons."""
        n = len(images)
        blurred = self.frechet_over_floor(blur(self._other))
        protocol = (
            f"Frechet distance of {n:,} samples (seeds 0 to {n - 1}, truncation 1, 8 bits) of the"
            f" reference's classes to {n:,} held-out real pictures, over that of {n:,} pictures"
            f" that were trained on to the same reference (mean of {self._draws} draws)."
            f" Averaged features of block {BLOCK} ({CHANNELS} channels) of the MobileNetV2 in this"
            f" app's segmenter {self._judge} at {self._side} px input. The fewer the pictures, the"
            " nearer to 1."
        )
        value = self.frechet_over_floor(images)
        beside = {"blurred real pictures": blurred, **compare}
        return (figure_of(self.MEASURE, value, "lower", protocol, beside),)
