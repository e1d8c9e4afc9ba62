"""What came of filling a hole: the pictures, and everything they were made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from .errors import PipelineError
from .settings import Settings

METHODS = ("completion", "diffusion", "telea", "navier-stokes", "texture", "hub")
NETWORKS = ("completion", "diffusion")  # methods that need a model with a card
SEEDED = ("diffusion", "hub")  # methods that draw something else from every seed


@dataclass(frozen=True, eq=False)
class Inpainting:
    """Pictures whose hole is filled; outside the mask every byte is that of ``original``.

    ``images``: RGB, one per variant, each with its settings in ``info``; while the work goes on
    they are painted in place. ``original``: the canvas before, RGB; margins that were added are
    grey. ``mask``: mode L, 255 where it was filled, as large as the canvas. ``model``: id of the
    card, or of the Hub; "" for a method without one. ``weights``: their hash, or "". ``seeds``:
    one per image. ``seconds``: spent on the pictures so far. ``fetched``: of a model that has to
    be downloaded first, how much has arrived; below 1 nothing is filled yet.
    """

    images: tuple[Image.Image, ...]
    original: Image.Image
    mask: Image.Image
    method: str
    model: str
    weights: str
    seeds: tuple[int, ...]
    seconds: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)
    fetched: float = 1.0

    @property
    def image(self) -> Image.Image:
        """The first of the pictures."""
        return self.images[0]

    def settings(self, index: int = 0) -> Settings:
        """What makes picture ``index`` again out of the same photo and mask, alone."""
        return Settings(
            tab="inpaint",
            model=(self.model or self.method)[:80],
            weights=self.weights,
            seed=self.seeds[index],
            parameters=self.parameters,
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """One mask by several methods: what each made of it, and what kept the others from it.

    ``problems``: (method, what went wrong).
    """

    results: tuple[Inpainting, ...] = ()
    problems: tuple[tuple[str, PipelineError], ...] = ()
