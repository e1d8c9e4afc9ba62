"""Texturer: a texture of any size out of a small picture of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .checks import whole
from .errors import InputError, PictureError
from .limits import MAX_BLOCK, MAX_SAMPLE, MAX_SEED, MAX_TEXTURE, MIN_BLOCK, MIN_SAMPLE, MIN_TEXTURE
from .media import checked
from .settings import Settings, attach
from .steps import Step, drain

if TYPE_CHECKING:
    from .studio import Studio

PREVIEW = 512  # pixels of the long side
PAUSE = 0.4  # seconds from one report to the next


@dataclass(frozen=True, eq=False)
class Texture:
    """A texture and what it was made from.

    ``image``: RGB, with its settings in ``info``. ``sample``: RGB, as it was used. ``origin``:
    int32 (h, w), which pixel of the sample each is but for its shade. ``seamless``: its borders
    meet. ``block``: side of the pieces of the sample. ``seconds``: taken so far.
    """

    image: Image.Image
    sample: Image.Image
    origin: np.ndarray
    seamless: bool
    seed: int
    block: int
    seconds: float
    parameters: dict[str, Any]

    @cached_property
    def seam(self) -> float:
        """How much the seams stand out, 1 = not at all; see ``texture_scores.seam_score``."""
        from .texture_scores import seam_score

        return seam_score(np.asarray(self.image), self.origin, self.sample.width, self.seamless)

    @cached_property
    def likeness(self) -> float:
        """How unlike the sample it is, 1 = as parts of the sample are among themselves; see
        ``texture_scores.likeness_score``."""
        from .texture_scores import likeness_score

        return likeness_score(np.asarray(self.image), np.asarray(self.sample))

    def tiled(self, columns: int = 2, rows: int = 2) -> Image.Image:
        """The texture beside and below itself: RGB."""
        return Image.fromarray(np.tile(np.asarray(self.image), (rows, columns, 1)))


class Texturer:
    """Makes textures."""

    @classmethod
    def load(cls, studio: Studio) -> Texturer:  # noqa: ARG003
        """No network is needed to quilt."""
        return cls()

    def __call__(self, sample: Image.Image, **settings: Any) -> Texture:
        """Make a texture; see ``steps`` for the arguments."""
        return drain(self.steps(sample, **settings))

    def steps(
        self,
        sample: Image.Image,
        size: Sequence[int] = (512, 512),
        seamless: bool = True,
        seed: int = 0,
        block: int | None = None,
    ) -> Iterator[Step[Texture]]:
        """Quilt a texture out of blocks of a sample; what is not reached yet repeats it.

        ``sample``: any mode, at least 16 pixels on each side; if a side has more than 1,024, it
        is made smaller first. ``size``: (width, height) of the texture, 16 to 2,048 each.
        ``seamless``: it can be laid beside itself. ``block``: side of the blocks in pixels, 4 to
        256, as far as sample and texture have room; None: a third of the sample. Larger ones keep
        more of what the sample shows, smaller ones repeat less. Raises InputError for a setting,
        PictureError for a sample that cannot be used.
        """
        if sample is None:
            raise InputError("no_photo")
        picture = checked(sample)
        if min(picture.size) < MIN_SAMPLE:
            found = f"{picture.width} × {picture.height}"
            raise PictureError("photo_small", found=found, least=MIN_SAMPLE)
        width, height = _size(size)
        seed = whole("seed", seed, 0, MAX_SEED)
        if block is not None:
            block = whole("block", block, MIN_BLOCK, MAX_BLOCK)
        given = {"size": [width, height], "seamless": bool(seamless), "block": block}
        if max(picture.size) > MAX_SAMPLE:
            picture = picture.copy()
            picture.thumbnail((MAX_SAMPLE, MAX_SAMPLE), Image.Resampling.LANCZOS, reducing_gap=3)
            if min(picture.size) < MIN_SAMPLE:
                found = f"{picture.width} × {picture.height}"
                raise PictureError("photo_small", found=found, least=MIN_SAMPLE)
        room = min(*picture.size, *((width, height) if seamless else ()))
        side = min(block or min(96, max(16, min(picture.size) // 3)), room)
        return _quilted(picture, (width, height), bool(seamless), seed, side, given)


def _quilted(
    sample: Image.Image,
    size: tuple[int, int],
    seamless: bool,
    seed: int,
    block: int,
    given: dict[str, Any],
) -> Iterator[Step[Texture]]:
    from .quilting import quilt
    from .seams import healed

    start = time.monotonic()
    pixels = np.asarray(sample)
    colors = pixels.reshape(-1, 3)
    settings = Settings(tab="texture", model="quilting", weights="", seed=seed, parameters=given)
    reported = -PAUSE
    for state in quilt(pixels, (size[1], size[0]), block, seamless, seed):
        seconds = time.monotonic() - start
        if seconds - reported < PAUSE and state.done < state.total:
            continue
        reported = seconds
        last = state.done == state.total
        found = healed(pixels, state.origin, seamless) if last else colors[state.origin]
        image = attach(Image.fromarray(found), settings)
        preview = image.copy()
        preview.thumbnail((PREVIEW, PREVIEW))
        origin = state.origin.copy()
        spent = time.monotonic() - start
        texture = Texture(image, sample, origin, seamless, seed, block, spent, given)
        yield Step(state.done, state.total, preview, texture)


def _size(size: Any) -> tuple[int, int]:
    """Width and height of a texture. Raises InputError."""
    if isinstance(size, str) or not isinstance(size, Sequence) or len(size) != 2:
        raise InputError("texture_size", found=size, most=MAX_TEXTURE)
    width, height = (whole("texture_size", side, MIN_TEXTURE, MAX_TEXTURE) for side in size)
    return width, height
