"""Photos with holes, an Inpainter of tiny models, and what is true of all it returns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from pipelines import Inpainter, Studio
from pipelines.hub_inpaint import load_pipeline
from pipelines.inpainting import Inpainting

from .hub import saved_pipeline
from .tiny import make_completion, make_diffusion, make_model

MODELS = {"completion": "tiny-completion", "diffusion": "tiny-diffusion"}


def make_inpainter(folder: Path) -> Inpainter:
    """An Inpainter of tiny models; its Hub has but one pipeline."""
    make_completion(folder)
    make_completion(folder, "narrow", side=32, reach=8)
    make_diffusion(folder)
    make_model(folder, "tiny")
    saved_pipeline(folder / "pipeline")
    studio = Studio("cpu", [folder])
    return Inpainter(
        studio.network, studio.cards, lambda _: load_pipeline(folder / "pipeline", studio.device)
    )


def noisy(width: int, height: int, seed: int = 0) -> Image.Image:
    """Soft blobs of colour and some grain."""
    rng = np.random.default_rng(seed)
    small = rng.integers(40, 216, (max(1, height // 8), max(1, width // 8), 3), dtype=np.uint8)
    soft = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))
    grain = rng.integers(-9, 10, soft.shape)
    return Image.fromarray((soft + grain).clip(0, 255).astype(np.uint8))


def disc(width: int, height: int, box: tuple[float, float, float, float]) -> Image.Image:
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


PHOTO, MASK = noisy(90, 70), disc(90, 70, (30, 20, 60, 50))
HOLE = np.asarray(MASK) >= 128
TEXTURE = noisy(24, 16, seed=1)


def fill(
    inpainter: Inpainter, method: str, photo: Any = PHOTO, mask: Any = MASK, **more: Any
) -> Inpainting:
    """Fill a hole with the tiny model of a method."""
    if method == "hub":
        more = {"sampling_steps": 2, "prompt": "a wall", **more}
    if method == "texture":
        more = {"fill": TEXTURE, **more}
    return inpainter(photo, mask, **{"method": method, "model": MODELS.get(method), **more})


def check(found: Inpainting, hole: np.ndarray) -> None:
    """Every image is the original with something else where the hole is."""
    before = np.asarray(found.original)
    np.testing.assert_array_equal(np.asarray(found.mask), hole.astype(np.uint8) * 255)
    assert len(found.images) == len(found.seeds) > 0
    for image in found.images:
        assert image.mode == "RGB"
        after = np.asarray(image)
        assert after.shape == before.shape
        np.testing.assert_array_equal(after[~hole], before[~hole])
