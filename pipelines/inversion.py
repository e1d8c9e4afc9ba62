"""From a photo to the latent of the picture nearest to it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .cards import Loaded
from .errors import InputError, PictureError
from .limits import MIN_PHOTO
from .media import grid, square, to_images, to_tensor
from .steps import Step

if TYPE_CHECKING:
    from PIL.Image import Image

REPORT = 4  # optimisation steps between two reports
RATE = 0.06  # of Adam, on latents whose entries are about 1


@dataclass(frozen=True)
class Inversion:
    """A photo found again in a model.

    ``photo``: cropped to the model's square; ``reconstruction``: what the model draws for
    ``latent`` and ``label``. ``distance``: how unlike the two look, see ``unlikeness``;
    ``distance_before``: that of the encoder's first guess.
    """

    photo: Image
    reconstruction: Image
    latent: tuple[float, ...]
    label: str
    distance: float
    distance_before: float


def invert(
    photo: Image, loaded: Loaded, label: str | None = None, refine: int = 40
) -> Iterator[Step[Inversion]]:
    """Find the latent of a photo with the model's encoder, then improve it step by step.

    The encoder's guess is refined by Adam on ``unlikeness``, kept on the generator's sphere, and
    the best latent seen counts. ``label``: a class, or None for the one whose guess is nearest.
    The latent is rounded to float16, as settings keep it.

    Raises InputError without encoder, PictureError for a photo below 16 pixels.
    """
    card = loaded.card
    if "encoder" not in loaded.networks:
        raise InputError("encoder", model=card.id)
    if min(photo.size) < MIN_PHOTO:
        size = f"{photo.width}×{photo.height}"
        raise PictureError("photo_small", found=size, least=MIN_PHOTO)
    return _invert(square(photo, card.size), loaded, label, refine)


def unlikeness(encoder: Any, pictures: Tensor, target: Tensor, maps: list[Tensor]) -> Tensor:
    """How unlike pictures are to a target: (n, 3, s, s), (1, 3, s, s) -> (n,), 0 for equal.

    Mean difference of pixels, of pixels averaged over eighths of the side (where things are), and
    of the encoder's feature maps, relative to ``maps``, those of the target (what they look like).
    """
    pixels = (pictures - target).abs().mean((1, 2, 3))
    side = max(1, pictures.shape[-1] // 8)
    near, far = F.avg_pool2d(pictures, side), F.avg_pool2d(target, side)
    layout = (near - far).abs().mean((1, 2, 3))
    looks = [
        (a - b).abs().mean((1, 2, 3)) / b.abs().mean().clamp(min=1e-6)
        for a, b in zip(encoder.features(pictures), maps, strict=True)
    ]
    return pixels + 2 * layout + torch.stack(looks).mean(0)


def _invert(
    photo: Image, loaded: Loaded, label: str | None, refine: int
) -> Iterator[Step[Inversion]]:
    card = loaded.card
    generator: Any = loaded.networks["generator"]
    encoder: Any = loaded.networks["encoder"]
    target = to_tensor([photo]).to(loaded.device)
    classes = len(card.classes)
    with torch.no_grad():
        maps = encoder.features(target)
        guess = rounded(encoder(target))
        tried = [card.classes.index(label)] if label else list(range(classes))
        weights = torch.eye(classes, device=loaded.device)[tried]
        pictures = generator(guess.expand(len(tried), -1), weights)
        first = unlikeness(encoder, pictures, target, maps)
    best = int(first.argmin())
    name, weight = card.classes[tried[best]], weights[[best]]
    before = first[best].item()

    def result(z: Tensor, picture: Tensor, distance: float) -> Inversion:
        return Inversion(photo, to_images(picture)[0], tuple(z[0].tolist()), name, distance, before)

    found = result(guess, pictures[[best]], before)
    yield Step(0, max(1, refine), grid([photo, found.reconstruction], 2), found)
    moving = guess.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([moving], RATE)
    for done in range(refine):
        # Nothing may be yielded inside: the context would leak to whoever asks for the steps.
        with torch.enable_grad():
            for group in optimizer.param_groups:  # falls to rest at the end
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * done / refine))
            optimizer.zero_grad()
            z = generator.prior(moving)
            loss = unlikeness(encoder, generator(z, weight), target, maps)
            loss.sum().backward()
            optimizer.step()
        if (done + 1) % REPORT == 0 or done + 1 == refine:
            with torch.no_grad():
                z = rounded(generator.prior(moving))
                picture = generator(z, weight)
                distance = unlikeness(encoder, picture, target, maps).item()
            if distance < found.distance:
                found = result(z, picture, distance)
            yield Step(done + 1, refine, grid([photo, found.reconstruction], 2), found)


def rounded(z: Tensor) -> Tensor:
    """As settings keep it."""
    return z.detach().half().float()
