"""Pictures per second: the Sampler against drawing one by one with plain PyTorch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from PIL import Image
from torchvision.transforms.v2.functional import to_pil_image

from pipelines import Sampler, Studio
from pipelines.cards import Loaded
from pipelines.media import to_images
from pipelines.settings import save_png

from .tables import medians, show

COUNTS = (1, 16, 64)


def one_by_one(loaded: Loaded, seeds: Sequence[int]) -> list[Image.Image]:
    """What a script does: one seed, one forward pass, one conversion after another."""
    generator: Any = loaded.networks["generator"]
    images = []
    for seed in seeds:
        torch.manual_seed(seed)
        z = generator.prior(torch.randn(1, generator.config.latent_dim)).to(loaded.device)
        label = torch.zeros(1, len(loaded.card.classes), device=loaded.device)
        label[0, seed % len(loaded.card.classes)] = 1
        with torch.no_grad():
            picture = generator(z, label)[0]
        images.append(to_pil_image((picture.clamp(-1, 1) + 1) / 2))
    return images


def write_pngs(images: Sequence[Image.Image]) -> None:
    """What a download adds."""
    for image in images:
        save_png(image, io.BytesIO())


def measure(studio: Studio, model: str, repeats: int) -> None:
    """Print the table of one model."""
    draw, loaded = studio.get(Sampler), studio.network(model)
    rows = []
    for count in COUNTS:
        seeds = list(range(count))
        images = draw(seeds, model=model).images
        pixels = torch.rand(count, 3, loaded.card.size, loaded.card.size, device=loaded.device)
        ours, plain, convert, write = medians(
            repeats,
            partial(draw, seeds, model=model),
            partial(one_by_one, loaded, seeds),
            partial(to_images, pixels),
            partial(write_pngs, images),
        )
        rows.append(
            [
                str(count),
                f"{count / ours:.0f}",
                f"{count / plain:.0f}",
                f"{plain / ours:.1f} x",
                f"{ours * 1e3:.1f}",
                f"{convert * 1e3:.1f}",
                f"{write * 1e3:.1f}",
            ]
        )
    scored = ", scored by its critic" if "critic" in loaded.networks else ""
    show(
        f"{model}: drawing on {studio.device}. The Sampler's pictures carry their settings{scored};"
        "\none by one is the same generator in eager float32, without any of that.",
        ["pictures", "Sampler/s", "one by one/s", "faster", "total ms", "to PIL ms", "PNG ms"],
        rows,
    )
