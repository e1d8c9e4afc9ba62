"""Filling a hole with a texture: a picture, laid beside itself over the whole canvas."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from .filling import View
from .inpainting import Inpainting
from .masks import bounds
from .settings import attach
from .steps import Step

OWN = "own"  # stands in settings for the picture that a hole was filled with
BAND = 1024  # rows that are filled together


def textured(
    blank: Inpainting, missing: np.ndarray, alpha: np.ndarray | None, texture: Image.Image
) -> Iterator[Step[Inpainting]]:
    """Fill ``missing``, bool (h, w), with ``texture``, band by band.

    It begins in the top left corner of the canvas and keeps its colours. ``blank``: a result
    without images. ``alpha``: float32 (h, w), how much of the texture counts, or None for all.
    """
    begun = time.monotonic()
    image = attach(blank.original.copy(), blank.settings())
    view, pixels = View(image), np.asarray(texture)
    left, top, right, bottom = bounds(missing)
    starts = range(top, bottom, BAND)
    found = replace(blank, images=(image,))
    yield Step(0, len(starts), view.image, found)
    columns = np.arange(left, right) % texture.width
    for done, start in enumerate(starts, 1):
        end = min(start + BAND, bottom)
        rows = np.arange(start, end) % texture.height
        share = missing[start:end, left:right] * np.float32(255)
        if alpha is not None:
            share = share * alpha[start:end, left:right]
        image.paste(
            Image.fromarray(pixels[np.ix_(rows, columns)]),
            (left, start),
            Image.fromarray(share.round().astype(np.uint8)),
        )
        view.refresh((left, start, right, end))
        yield Step(done, len(starts), view.image, replace(found, seconds=time.monotonic() - begun))
