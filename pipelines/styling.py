"""What came of restyling a photo: the picture, and everything it was made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from .settings import Settings

SLOW = "gatys"  # model of what was optimised instead of painted in one pass
OWN = "own"  # stands in settings for a style that was a picture


@dataclass(frozen=True, eq=False)
class Styling:
    """A photo in another style; where its style does not reach, every byte is the photo's.

    ``image``: RGB, with its settings in ``info``; while the work goes on it is painted in place.
    ``photo``: RGB of the same size, what it was made from. ``styles``: names of the styles, ""
    for a picture. ``model``: id of the card, or SLOW. ``weights``: their hash, or "".
    ``seconds``: spent so far. ``reduced``: whether the photo had to be made smaller.
    """

    image: Image.Image
    photo: Image.Image
    styles: tuple[str, ...]
    model: str
    weights: str
    seconds: float = 0.0
    reduced: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> Settings:
        """What makes the picture again out of the same photo, mask and pictures of styles."""
        return Settings(
            tab="style",
            model=self.model,
            weights=self.weights,
            seed=0,
            parameters=self.parameters,
        )
