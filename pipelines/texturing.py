"""What came of making a texture: the picture, and everything it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from .settings import Settings

QUILTING = "quilting"  # model of what was put together from pieces of a picture


@dataclass(frozen=True, eq=False)
class Texture:
    """A texture and what it was made from.

    ``image``: RGB, with its settings in ``info``. ``seamless``: its borders meet. ``model``: id
    of the card, or QUILTING; ``weights``: their hash, or "". ``seconds``: taken so far.

    From a picture: ``sample``: RGB, as it was used; ``origin``: int32 (h, w), which pixel of the
    sample each is but for its shade; ``block``: side of the pieces of the sample. From a model:
    ``labels``: the classes of the one or two textures.
    """

    image: Image.Image
    seamless: bool
    seed: int
    seconds: float
    parameters: dict[str, Any]
    model: str = QUILTING
    weights: str = ""
    sample: Image.Image | None = None
    origin: np.ndarray | None = None
    block: int | None = None
    labels: tuple[str, ...] = field(default=())

    @cached_property
    def seam(self) -> float | None:
        """How much the seams stand out, 1 = not at all; see ``texture_scores``: of a quilt all of
        them, else where the borders meet. None where they are not to meet."""
        from .texture_scores import border_score, seam_score

        pixels = np.asarray(self.image)
        if self.origin is not None and self.sample is not None:
            return seam_score(pixels, self.origin, self.sample.width, self.seamless)
        return border_score(pixels) if self.seamless else None

    @cached_property
    def likeness(self) -> float | None:
        """How unlike the sample it is, 1 = as parts of the sample are among themselves; see
        ``texture_scores.likeness_score``. None without a sample."""
        from .texture_scores import likeness_score

        if self.sample is None:
            return None
        return likeness_score(np.asarray(self.image), np.asarray(self.sample))

    def tiled(self, columns: int = 2, rows: int = 2) -> Image.Image:
        """The texture beside and below itself: RGB."""
        return Image.fromarray(np.tile(np.asarray(self.image), (rows, columns, 1)))

    def settings(self) -> Settings:
        """What makes the texture again, out of the same sample if there was one."""
        return Settings(
            tab="texture",
            model=self.model,
            weights=self.weights,
            seed=self.seed,
            parameters=self.parameters,
        )
