"""How generators are judged: one fixed protocol, for shipped models and for runs in progress.

Samples have the class mix of the reference and come from seeds 0, 1, 2 ..., without truncation,
as 8-bit pictures. The reference was never trained on, and the features come from a network that
trained nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from pipelines import Sampler
from pipelines.cards import Loaded, Measurement
from pipelines.limits import MAX_COUNT
from pipelines.media import to_images
from training.cli import SettingError
from training.data import Pictures
from training.metrics import (
    Features,
    class_spread,
    frechet_distance,
    kernel_distance,
    linear_probe,
    nearest_distance,
    precision_recall,
)

SAMPLES = 1_000
TRAINING = 10_000  # training pictures that memorisation and the classifier are measured with
LEAST = 10  # fewer pictures than this have no distribution to speak of
BLURRED = 8  # side that pictures are reduced to for the blurred comparison
UNTUNED = "untuned recipe"
AFTER = "after "  # so many pictures: a figure on the way


def input_size(size: int) -> int:
    """Pixels that pictures of ``size`` pixels are brought to before the feature network."""
    return 64 if size <= 64 else 128


def stack(images: Sequence[Image.Image]) -> Tensor:
    """Equal RGB pictures as uint8 (n, 3, h, w)."""
    return torch.from_numpy(np.stack([np.asarray(image) for image in images])).movedim(-1, 1)


def eight_bit(pictures: Tensor) -> Tensor:
    """(n, 3, h, w) in [-1, 1] -> uint8, rounded as the app rounds what it shows."""
    return stack(to_images(pictures))


def blur(images: Tensor) -> Tensor:
    """uint8 (n, 3, h, w) averaged down to 8x8 and enlarged again: what any model must beat."""
    small = F.interpolate(images.float(), (BLURRED, BLURRED), mode="area")
    return F.interpolate(small, images.shape[-2:], mode="bilinear").round().byte()


def shipped_samples(loaded: Loaded, labels: Tensor) -> Tensor:
    """Pictures of seeds 0, 1, 2 ... as the app draws them, one per label: uint8 (n, 3, s, s)."""
    sampler = Sampler(lambda _: loaded)
    images: list[Image.Image | None] = [None] * len(labels)
    for index, label in enumerate(loaded.card.classes):
        for seeds in (labels == index).nonzero().squeeze(1).split(MAX_COUNT):
            drawn = sampler(seeds.tolist(), model=loaded.card.id, label=label)
            for seed, image in zip(seeds.tolist(), drawn.images, strict=True):
                images[seed] = image
    return stack([image for image in images if image is not None])


class Protocol:
    """Judges pictures against the held-out part of a data set.

    ``training``, ``held_out``: the two parts of ``Pictures.split``. ``features``: pictures in
    [-1, 1] -> (n, d). Samples to be judged are uint8 (n, 3, s, s), one for each of ``labels``.
    Raises SettingError when too few pictures were held out.
    """

    MEASURE = "frechet_over_floor"

    def __init__(self, training: Pictures, held_out: Pictures, features: Features) -> None:
        n = min(SAMPLES, len(held_out) // 2)
        if n < LEAST:
            raise SettingError(
                f"{len(held_out)} held-out pictures are too few to judge with: use more pictures"
                f" or a larger --holdout, so that at least {2 * LEAST} are held out"
            )
        order = torch.randperm(len(held_out), generator=torch.Generator().manual_seed(0))
        reference = held_out.subset(order[:n])
        self.labels = reference.labels
        self.classes = reference.classes
        self._training = training
        self._network = features
        self._others = held_out.subset(order[n : 2 * n])
        self._real = self._features(reference.images)
        self._other = self._features(self._others.images)
        self._floor = frechet_distance(self._real, self._other)

    def _features(self, images: Tensor) -> Tensor:
        return torch.cat([self._network(x.float() / 127.5 - 1) for x in images.split(500)])

    def frechet_over_floor(self, images: Tensor) -> float:
        """Frechet distance to the reference, as a multiple of that of other real pictures."""
        return frechet_distance(self._real, self._features(images)) / self._floor

    def measure(self, images: Tensor, compare: dict[str, float]) -> tuple[Measurement, ...]:
        """Every figure of a card. ``compare`` joins the comparisons of frechet_over_floor."""
        n, side = len(images), f"{input_size(images.shape[-1])} px"
        on = f"Pooled features of SqueezeNet 1.1 (ImageNet) at {side} input"
        what = (
            f"{n:,} samples (seeds 0 to {n - 1}, truncation 1, 8 bits) of the reference's classes"
        )
        reference = f"{n:,} held-out real pictures"
        real, fake = self._real, self._features(images)
        blurred = self.frechet_over_floor(blur(self._others.images))
        precision, recall = precision_recall(real, fake)
        # The kernel is cubic: features of unit mean square keep its values near one.
        scale = real.square().mean().sqrt()
        kid, real_kid = (kernel_distance(real / scale, x / scale) for x in (fake, self._other))
        real_precision, real_recall = precision_recall(real, self._other)
        figures = [
            figure_of(
                self.MEASURE,
                frechet_distance(real, fake) / self._floor,
                "lower",
                f"Frechet distance of {what} to {reference}, over that of {n:,} other held-out"
                f" pictures to the same reference. {on}.",
                {"blurred real pictures": blurred, **compare},
            ),
            figure_of(
                "kid",
                kid,
                "lower",
                f"Kernel distance (unbiased MMD^2, cubic kernel, features scaled"
                f" to unit mean square) of {what} to {reference}. {on}.",
                {"real pictures": real_kid},
            ),
            figure_of(
                "precision",
                precision,
                "higher",
                f"Share of {what} inside the 3-nearest-neighbour balls of {reference}. {on}.",
                {"real pictures": real_precision},
            ),
            figure_of(
                "recall",
                recall,
                "higher",
                f"Share of {reference} inside the 3-nearest-neighbour balls of {what}. {on}.",
                {"real pictures": real_recall},
            ),
            *self._against_training(fake, what, on),
        ]
        spread, real_spread = (class_spread(x, self.labels) for x in (fake, real))
        if math.isfinite(spread):
            figures.append(
                figure_of(
                    "class_spread",
                    spread / real_spread,
                    "higher",
                    f"Mean distance between two of {what} that share a class, over that of"
                    f" {reference}. {on}.",
                    {
                        "other real pictures": class_spread(self._other, self._others.labels)
                        / real_spread
                    },
                )
            )
        return tuple(figures)

    def _against_training(self, fake: Tensor, what: str, on: str) -> list[Measurement]:
        """Figures that need features of training pictures: memorisation and recognisability."""
        rng = torch.Generator().manual_seed(0)
        chosen = self._training.subset(
            torch.randperm(len(self._training), generator=rng)[:TRAINING]
        )
        known = self._features(chosen.images)
        figures = [
            figure_of(
                "nearest_training_distance",
                nearest_distance(fake, known).median().item(),
                "higher",
                f"Median distance of {what} to the nearest of {len(known):,} training pictures;"
                f" far below that of real pictures would mean memorised. {on}.",
                {"real pictures": nearest_distance(self._real, known).median().item()},
            )
        ]
        if len(self.classes) > 1:
            classify = linear_probe(known, chosen.labels)
            agreement, real = (
                (classify(x) == self.labels).double().mean().item() for x in (fake, self._real)
            )
            figures.append(
                figure_of(
                    "class_agreement",
                    agreement,
                    "higher",
                    f"Share of {what} that a linear classifier (ridge regression on"
                    f" {len(known):,} training pictures) gives the class asked for. {on}.",
                    {"real pictures": real},
                )
            )
        return figures


def figure_of(
    measure: str,
    value: float,
    better: Literal["lower", "higher"],
    protocol: str,
    compare: dict[str, float],
) -> Measurement:
    """A Measurement with four significant digits, which is more than n = 1,000 can tell."""
    rounded = {name: float(f"{x:.4g}") for name, x in {"": value, **compare}.items()}
    if not all(map(math.isfinite, rounded.values())):
        raise SettingError(f"{measure} is {value}: these pictures cannot be judged")
    return Measurement(
        measure=measure,
        value=rounded.pop(""),
        better=better,
        protocol=protocol,
        compare=rounded,
    )
