"""What came of filling a mask, as previews on the page and as files to take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from pipelines.settings import attach, save_png

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines.inpainting import Inpainting

    from .results import Downloads

TILE = 320  # pixels of the longer side of a picture in the gallery
ROOM = 0.6  # of a hole's size, seen around it
SEEDED = ("diffusion", "hub")


@dataclass(frozen=True, eq=False)
class Entry:
    """One picture of a result; ``seconds`` that it took."""

    found: Inpainting
    index: int = 0
    seconds: float = 0.0

    @property
    def image(self) -> Image:
        return self.found.images[self.index]

    @property
    def seed(self) -> int | None:
        """What it was drawn from, if its method draws."""
        return self.found.seeds[self.index] if self.found.method in SEEDED else None


@dataclass(frozen=True, eq=False)
class Results:
    """What is on the page: pictures of one mask, and which of them is seen large.

    ``before``: a file of the canvas at the size of what is shown. ``name``: what files are called.
    """

    entries: tuple[Entry, ...]
    before: str
    name: str
    chosen: int = 0

    @property
    def entry(self) -> Entry:
        return self.entries[min(self.chosen, len(self.entries) - 1)]

    @property
    def image(self) -> Image:
        return self.entry.image


def entries(found: Inpainting) -> tuple[Entry, ...]:
    """The pictures of one result; its time is shared by them."""
    share = found.seconds / max(1, len(found.images))
    return tuple(Entry(found, index, share) for index in range(len(found.images)))


def slider(downloads: Downloads, results: Results) -> gr.ImageSlider:
    """Before and after, as the page shows them."""
    return gr.ImageSlider((results.before, downloads.preview(results.image, "after")))


def tile(entry: Entry) -> Image:
    """A picture for the gallery: the hole and what is around it."""
    image, box = entry.image, entry.found.mask.getbbox()
    if box is not None:
        room = ROOM * max(box[2] - box[0], box[3] - box[1], 16)
        box = (
            max(0, round(box[0] - room)),
            max(0, round(box[1] - room)),
            min(image.width, round(box[2] + room)),
            min(image.height, round(box[3] + room)),
        )
        image = image.crop(box)
    else:
        image = image.copy()
    image.thumbnail((TILE, TILE), reducing_gap=2)
    image.info.clear()
    return image


def picture_file(downloads: Downloads, results: Results, effort: int | None = None) -> str:
    """The chosen picture at full resolution, with its settings."""
    entry = results.entry
    seed = "" if entry.seed is None else f"-{entry.seed}"
    path = downloads.place(f"{results.name}.{entry.found.method}{seed}.png")
    save_png(entry.image, path, effort)
    return str(path)


def mask_file(downloads: Downloads, results: Results) -> str:
    """The mask as it was applied, as large as the result, with the result's settings."""
    entry = results.entry
    path = downloads.place(f"{results.name}.mask.png")
    save_png(attach(entry.found.mask.copy(), entry.found.settings(entry.index)), path)
    return str(path)


def details(found: Inpainting) -> dict[str, Any]:
    """Everything about a result that a script may want, as JSON."""
    filled = int(np.count_nonzero(np.asarray(found.mask)))
    return {
        "method": found.method,
        "model": found.model,
        "weights": found.weights,
        "seeds": list(found.seeds),
        "seconds": round(found.seconds, 3),
        "width": found.mask.width,
        "height": found.mask.height,
        "filled": filled,
        "parameters": found.parameters,
    }
