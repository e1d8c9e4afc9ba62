"""Texturer: textures of any size, out of a small picture of one or out of a model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .checks import real, whole
from .errors import InputError, PictureError
from .limits import (
    DEFAULT_TEXTURIST,
    MAX_BLOCK,
    MAX_SAMPLE,
    MAX_SEED,
    MAX_TEXTURE,
    MIN_BLOCK,
    MIN_SAMPLE,
    MIN_TEXTURE,
)
from .media import checked
from .settings import Settings, attach
from .steps import Step, drain
from .texturing import QUILTING, Texture

if TYPE_CHECKING:
    from .cards import Card, Loaded
    from .studio import Studio
    from .texture_model import Request

PREVIEW = 512  # pixels of the long side
PAUSE = 0.4  # seconds from one report to the next


class Texturer:
    """Makes textures: out of a picture by quilting, or out of a model."""

    def __init__(
        self,
        networks: Callable[[str], Loaded] | None = None,
        cards: Callable[[str], Sequence[Card]] | None = None,
    ) -> None:
        """``networks``: a model by its id; ``cards``: what is installed of one tool. Neither is
        needed to quilt."""
        self._networks = networks
        self._cards = cards

    @classmethod
    def load(cls, studio: Studio) -> Texturer:
        return cls(studio.network, studio.cards)

    def __call__(self, sample: Image.Image | None = None, **settings: Any) -> Texture:
        """Make a texture; see ``steps`` for the arguments."""
        return drain(self.steps(sample, **settings))

    def steps(
        self,
        sample: Image.Image | None = None,
        size: Sequence[int] = (512, 512),
        seamless: bool = True,
        seed: int | Sequence[int] = 0,
        block: int | None = None,
        model: str = DEFAULT_TEXTURIST,
        label: Any = None,
        blend: float = 0.0,
        across: bool = False,
    ) -> Iterator[Step[Texture]]:
        """Make a texture out of blocks of a sample, or without one out of a model.

        ``size``: (width, height) of the texture, 16 to 2,048 each. ``seamless``: it can be laid
        beside itself.

        Of a quilt what is not reached yet repeats the sample. ``sample``: any mode, at least 16
        pixels on each side; if a side has more than 1,024, it is made smaller first. ``seed``:
        which blocks are taken. ``block``: side of the blocks in pixels, 4 to 256, as far as
        sample and texture have room; None: a third of the sample. Larger ones keep more of what
        the sample shows, smaller ones repeat less.

        Out of a model there is nothing before the last step. ``label``: a class of ``model``,
        None for the one that the seed stands for, or a pair of these. ``seed``: which texture of
        the class, and how it falls out; of a pair one for both or one each. ``blend``: from 0,
        the first of a pair, to 1, the second. ``across``: it turns from the first into the second
        from left to right instead, and a seamless one back again.

        Raises InputError for a setting, PictureError for a sample that cannot be used, CardError
        for a broken model.
        """
        width, height = _size(size)
        seeds = _pair(seed)
        for one in seeds:
            whole("seed", one, 0, MAX_SEED)
        if block is not None:
            block = whole("block", block, MIN_BLOCK, MAX_BLOCK)
        if sample is None:
            card = self._card(model)
            asked = _request((width, height), seamless, seeds, label, blend, across, card)
            return self._woven(asked, card)
        given = {"size": [width, height], "seamless": bool(seamless), "block": block}
        picture = _sample(sample)
        room = min(*picture.size, *((width, height) if seamless else ()))
        side = min(block or min(96, max(16, min(picture.size) // 3)), room)
        return _quilted(picture, (width, height), bool(seamless), int(seeds[0]), side, given)

    def _card(self, model: str) -> Card:
        """Raises InputError."""
        cards = list(self._cards("texture")) if self._cards else []
        for card in cards:
            if card.id == model:
                return card
        known = ", ".join(card.id for card in cards) or "none"
        raise InputError("model", found=model, known=known)

    def _woven(self, asked: Request, card: Card) -> Iterator[Step[Texture]]:
        from .texture_model import classes, drawn

        networks = self._networks
        assert networks  # or there would have been no card
        start = time.monotonic()
        labels = tuple(card.classes[i] for i in classes(asked, len(card.classes)))
        texture = Texture(
            image=Image.new("RGB", asked.size),
            seamless=asked.seamless,
            seed=asked.seeds[0],
            seconds=0.0,
            parameters=_parameters(asked, labels),
            model=card.id,
            weights=card.sha256,
            labels=labels,
        )
        for done, total, image in drawn(asked, lambda: networks(card.id)):
            spent = time.monotonic() - start
            if image:
                texture = replace(texture, image=image, seconds=spent)
                attach(image, texture.settings())
            yield Step(done, total, _preview(image) if image else None, texture)


def _parameters(asked: Request, labels: tuple[str, ...]) -> dict[str, Any]:
    given: dict[str, Any] = {"size": list(asked.size), "seamless": asked.seamless}
    if len(labels) == 1:
        return {**given, "label": labels[0]}
    both = {"label": list(labels), "second_seed": asked.seeds[1]}
    return {**given, **both, "blend": asked.blend, "across": asked.across}


def _request(
    size: tuple[int, int],
    seamless: bool,
    seeds: Sequence[int],
    label: Any,
    blend: float,
    across: bool,
    card: Card,
) -> Request:
    """What is asked of a model. Raises InputError."""
    from .texture_model import Request

    labels = _pair(label)
    for one in labels:
        if one is not None and one not in card.classes:
            known = ", ".join(card.classes)
            raise InputError("label", model=card.id, found=one, known=known)
    return Request(
        size,
        bool(seamless),
        tuple(None if one is None else card.classes.index(one) for one in labels),
        tuple(int(seeds[i % len(seeds)]) for i in range(len(labels))),
        real("blend", blend, 0.0, 1.0),
        bool(across),
    )


def _pair(value: Any) -> tuple[Any, ...]:
    """One value, or the two of a pair. Raises InputError."""
    if not isinstance(value, tuple | list):
        return (value,)
    if len(value) not in (1, 2):
        raise InputError("textures", found=len(value))
    return tuple(value)


def _sample(sample: Any) -> Image.Image:
    """A sample as it is used. Raises PictureError."""
    picture = checked(sample)
    if max(picture.size) > MAX_SAMPLE and min(picture.size) >= MIN_SAMPLE:
        picture = picture.copy()
        picture.thumbnail((MAX_SAMPLE, MAX_SAMPLE), Image.Resampling.LANCZOS, reducing_gap=3)
    if min(picture.size) < MIN_SAMPLE:
        found = f"{picture.width} × {picture.height}"
        raise PictureError("photo_small", found=found, least=MIN_SAMPLE)
    return picture


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
    settings = Settings(tab="texture", model=QUILTING, weights="", seed=seed, parameters=given)
    reported = -PAUSE
    for state in quilt(pixels, (size[1], size[0]), block, seamless, seed):
        seconds = time.monotonic() - start
        if seconds - reported < PAUSE and state.done < state.total:
            continue
        reported = seconds
        last = state.done == state.total
        found = healed(pixels, state.origin, seamless) if last else colors[state.origin]
        image = attach(Image.fromarray(found), settings)
        spent = time.monotonic() - start
        texture = Texture(
            image,
            seamless,
            seed,
            spent,
            given,
            sample=sample,
            origin=state.origin.copy(),
            block=block,
        )
        yield Step(state.done, state.total, _preview(image), texture)


def _preview(image: Image.Image) -> Image.Image:
    preview = image.copy()
    preview.thumbnail((PREVIEW, PREVIEW))
    return preview


def _size(size: Any) -> tuple[int, int]:
    """Width and height of a texture. Raises InputError."""
    if isinstance(size, str) or not isinstance(size, Sequence) or len(size) != 2:
        raise InputError("texture_size", found=size, most=MAX_TEXTURE)
    width, height = (whole("texture_size", side, MIN_TEXTURE, MAX_TEXTURE) for side in size)
    return width, height
