"""Stylizer: a photo as another picture is painted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .cards import Card, Loaded
from .checks import one_of, real, whole
from .errors import InputError
from .limits import (
    DEFAULT_STROKES,
    DEFAULT_STYLIZER,
    MAX_FEATHER,
    MAX_ITERATIONS,
    MAX_SLOW_SIDE,
    MAX_STRENGTH,
    MAX_STYLE_STEPS,
    MAX_STYLED,
    MAX_STYLED_SIDE,
    MIN_ITERATIONS,
    MIN_STYLED_SIDE,
    REFINE,
    SLOW_SIDE,
)
from .media import checked
from .recent import Recent
from .settings import attach
from .steps import Step, drain
from .style_canvas import Canvas, canvas
from .style_codes import Style, built_in, ids, wanted
from .style_levels import STROKES, levels
from .style_polishing import REMEMBERED, Polishing
from .style_sample import sample
from .style_work import optimised, painted
from .styling import SLOW, Styling
from .thumbnails import SIDE

if TYPE_CHECKING:
    import torch

    from .studio import Studio

FULL = 0.35  # strength from which nothing of the photo's own pixels is mixed in

Mask = Image.Image | np.ndarray


class Stylizer:
    """Paints photos in the style of any picture, in one pass, or by optimisation."""

    def __init__(
        self,
        networks: Callable[[str], Loaded],
        cards: Callable[[str], Sequence[Card]],
        eyes: Callable[[], Any] | None = None,
        device: Callable[[], torch.device] | None = None,
        thumbnails: Callable[[str], Mapping[str, Image.Image]] | None = None,
    ) -> None:
        """``networks``: a model by its id; ``cards``: what is installed of one tool; ``eyes``:
        the network of the slow way, see ``networks.vgg``, instead of torchvision's on
        ``device``; ``thumbnails``: those that ship with a model, by style."""
        self._networks = networks
        self._cards = cards
        self._eyes = eyes
        self._device = device
        self._shipped = thumbnails or (lambda _: {})
        self._lock = threading.RLock()
        self._kept: Any = None
        self._sample: Image.Image | None = None
        self._polished: Recent[np.ndarray] = Recent(REMEMBERED)
        self._thumbnails: dict[tuple[str, str], Image.Image] = {}

    @classmethod
    def load(cls, studio: Studio) -> Stylizer:
        return cls(
            studio.network, studio.cards, device=lambda: studio.device, thumbnails=studio.thumbnails
        )

    def __call__(self, photo: Image.Image, style: Any = None, **settings: Any) -> Styling:
        """Restyle a photo; see ``steps`` for the arguments."""
        return drain(self.steps(photo, style, **settings))

    def steps(
        self,
        photo: Image.Image,
        style: Any = None,
        model: str = DEFAULT_STYLIZER,
        strength: float = 1.0,
        blend: float = 0.5,
        keep_colors: bool = False,
        mask: Mask | None = None,
        outside: bool = False,
        feather: int = 0,
        size: int | None = None,
        refine: int = REFINE,
        strokes: str = DEFAULT_STROKES,
    ) -> Iterator[Step[Styling]]:
        """Restyle a photo: in one pass at first, then from coarse to fine, reporting every step.

        ``photo``: any mode and size; the result has at most 12.5 million pixels. ``style``: a
        picture, the id of a style that the model brings along, None for the first of these, or a
        pair. ``strength``: 0 (the photo, byte by byte) to 1.5. ``blend``: 0 to 1, from the first
        of a pair to the second. ``keep_colors``: only brightness comes from the style. ``mask``:
        see ``masks.to_mask``; the style is inside, or ``outside``, and fades over ``feather``
        pixels, 0 to 256, on both sides of the rim. ``size``: pixels of the result's long side,
        16 to 8192, or None for the photo's own. ``refine``: steps on the pixels of the coarsest
        level, 0 to 100, and fewer on finer ones, see ``style_levels`` and ``style_polish``; 0
        leaves it at one pass. ``strokes``: how coarse that level is, "fine", "medium" or "broad".
        What was found is remembered.

        Raises InputError for a setting, PictureError for a picture or mask that cannot be used,
        CardError for a broken model.
        """
        card = self._card(model)
        styles = wanted(style, card)
        if size is not None:
            size = whole("styled_size", size, MIN_STYLED_SIDE, MAX_STYLED_SIDE)
        given = _given(strength, blend, keep_colors, outside, feather, size)
        given["refine"] = refine = whole("style_refine", refine, 0, MAX_STYLE_STEPS)
        given["strokes"] = strokes = one_of("strokes", strokes, STROKES)
        place = _place(photo, mask, given, size, MAX_STYLED)
        blank = _blank(place, styles, given, card.id, card.sha256)
        strength, blend = given["strength"], given["blend"]
        plan = levels(place.photo.size, refine, strokes)
        keys = (card.sha256, ids(styles), blend if len(styles) > 1 else None)
        polishing = Polishing(place.photo, plan, strength, styles, keys, self._polished)
        network = partial(self._networks, card.id)
        return painted(blank, place, network, polishing, styles, strength, blend)

    def slow(self, photo: Image.Image, style: Any = None, **settings: Any) -> Styling:
        """Restyle a photo by optimisation; see ``slow_steps`` for the arguments."""
        return drain(self.slow_steps(photo, style, **settings))

    def slow_steps(
        self,
        photo: Image.Image,
        style: Any = None,
        strength: float = 1.0,
        blend: float = 0.5,
        keep_colors: bool = False,
        mask: Mask | None = None,
        outside: bool = False,
        feather: int = 0,
        size: int | None = None,
        iterations: int = 300,
    ) -> Iterator[Step[Styling]]:
        """Restyle a photo by optimisation (Gatys et al. 2016), reporting every iteration.

        Takes minutes, and downloads VGG-19 when it is first used. ``style``: one or two pictures;
        styles that a model brings along are not kept as pictures. ``size``: pixels of the
        result's long side, 16 to 768; None for the photo's, but no more than 512.
        ``iterations``: 50 to 1000. All else as for ``steps``, which raises the same; also raises
        CardError when VGG-19 cannot be had.
        """
        styles = wanted(style, None)
        if size is not None:
            size = whole("styled_size", size, MIN_STYLED_SIDE, MAX_SLOW_SIDE)
        iterations = whole("iterations", iterations, MIN_ITERATIONS, MAX_ITERATIONS)
        given = _given(strength, blend, keep_colors, outside, feather, size)
        long = max(checked(photo).size)
        place = _place(photo, mask, given, size or min(long, SLOW_SIDE), MAX_SLOW_SIDE**2)
        place = replace(place, reduced=size is None and long > SLOW_SIDE)
        blank = _blank(place, styles, {**given, "iterations": iterations}, SLOW, "")
        strength, blend = given["strength"], given["blend"]
        return optimised(blank, place, self._fetch, self._see, styles, strength, blend, iterations)

    def built_in(self, model: str = DEFAULT_STYLIZER) -> tuple[tuple[str, str], ...]:
        """Id and name of every style that a model brings along. Raises InputError."""
        return built_in(self._card(model))

    def thumbnail(self, style: str, model: str = DEFAULT_STYLIZER) -> Image.Image:
        """What a built-in style makes of a sample of our own, 160 by 160 pixels.

        As it ships with the model, else made once, in one pass. Raises InputError and CardError.
        """
        card = self._card(model)
        key = card.sha256, str(style)
        with self._lock:
            if key not in self._thumbnails:
                for id, picture in self._shipped(model).items():
                    self._thumbnails[card.sha256, id] = picture
            if key not in self._thumbnails:
                if not isinstance(style, str):
                    raise InputError("style", found=style, known="")
                if self._sample is None:
                    self._sample = sample(SIDE, self._networks, self._cards)
                made = self(self._sample, style, model=model, refine=0)
                self._thumbnails[key] = made.image
            return self._thumbnails[key]

    def _card(self, model: str) -> Card:
        """Raises InputError."""
        cards = [card for card in self._cards("style") if card.tool == "style"]
        for card in cards:
            if card.id == model:
                return card
        known = ", ".join(card.id for card in cards) or "none"
        raise InputError("model", found=model, known=known)

    def _fetch(self) -> Iterator[float]:
        """Download what the slow way needs, if it is not there."""
        if self._eyes is None:
            from .vgg_weights import fetch

            yield from fetch()

    def _see(self) -> Any:
        """The network of the slow way, loaded once."""
        if self._eyes:
            return self._eyes()
        with self._lock:
            if self._kept is None:
                from .device import pick_device
                from .vgg_weights import load_vgg

                self._kept = load_vgg((self._device or pick_device)())
            return self._kept


def _given(
    strength: Any, blend: Any, keep_colors: Any, outside: Any, feather: Any, size: int | None
) -> dict[str, Any]:
    """Clean settings of both ways. Raises InputError."""
    return {
        "strength": real("style_strength", strength, 0.0, MAX_STRENGTH),
        "blend": real("blend", blend, 0.0, 1.0),
        "keep_colors": bool(keep_colors),
        "outside": bool(outside),
        "feather": whole("feather", feather, 0, MAX_FEATHER),
        "size": size,
    }


def _place(
    photo: Any, mask: Mask | None, given: dict[str, Any], size: int | None, most: int
) -> Canvas:
    """The canvas; at small strengths it lets the photo through. Raises PictureError, InputError."""
    names = ("outside", "feather", "keep_colors")
    place = canvas(photo, size, most, mask, **{name: given[name] for name in names})
    share = min(1.0, given["strength"] / FULL)
    return replace(place, weight=share * share * (3 - 2 * share))


def _blank(
    place: Canvas, styles: Sequence[Style], given: dict[str, Any], model: str, weights: str
) -> Styling:
    """The result before anything is painted."""
    result = Styling(
        image=place.photo.copy(),
        photo=place.photo,
        styles=tuple(style.name for style in styles),
        model=model,
        weights=weights,
        reduced=place.reduced,
        parameters={"style": ids(styles), **given},
    )
    attach(result.image, result.settings())
    return result
