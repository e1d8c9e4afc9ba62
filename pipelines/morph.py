"""Morpher: films through latent space, from key frame to key frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .cards import Card, Loaded
from .checks import one_of, whole
from .errors import InputError
from .inversion import Inversion, invert
from .keys import AnyKey, Key, as_key, as_keys, film_settings
from .latents import Point, draw, latents, lerp, shift, slerp
from .limits import (
    DEFAULT_MODEL,
    MAX_FRAMES,
    MAX_REFINE,
    MAX_SHIFT,
)
from .media import grid, to_images
from .settings import Settings, attach
from .steps import Step, drain

if TYPE_CHECKING:
    from PIL.Image import Image

    from .studio import Studio

DEFAULT_KEYS = (1, 2, 3)
BATCH = 8  # frames between two reports

METHODS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "slerp": slerp,
    "lerp": lerp,
}
EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda t: t,
    "smooth": lambda t: t * t * (3 - 2 * t),  # smoothstep: starts and ends at rest
    "smoother": lambda t: t**3 * (10 - 15 * t + 6 * t * t),  # rests longer (Perlin 2002)
}


@dataclass(frozen=True)
class Film:
    """Frames and what they were made from.

    ``frames``: key k is frame k * ``per_leg``; of a film that was stopped, those drawn so far.
    ``keys``: as used, with class and, for photos, latent. ``inversions``: of the photos, by the
    number of their key.
    """

    frames: tuple[Image, ...]
    keys: tuple[Key, ...]
    inversions: dict[int, Inversion]
    model: str
    weights: str
    per_leg: int
    method: str
    easing: str
    loop: bool

    def settings(self) -> Settings:
        """What makes this film again; photos travel as their latents."""
        way = self.per_leg, self.method, self.easing, self.loop
        return film_settings(self.model, self.weights, self.keys, *way)

    def strip(self, columns: int = 8) -> Image:
        """A film strip of all keys and frames evenly between them, rows of about ``columns``.

        It carries the film's settings. Raises InputError for a film without frames.
        """
        if not self.frames:
            raise InputError("no_film")
        legs = len(self.keys) - (not self.loop)
        between = max(1, round(columns / max(1, legs)))
        marks = [
            min(round(i * self.per_leg / between), len(self.frames) - 1)
            for i in range(legs * between + (not self.loop))
        ]
        chosen = [self.frames[i] for i in dict.fromkeys(marks)]
        rows = max(1, round(len(chosen) / columns))
        return attach(grid(chosen, -(-len(chosen) // rows), gap=2), self.settings())


class Morpher:
    """Draws films of a generator, and single pictures moved along its latent directions."""

    def __init__(
        self,
        networks: Callable[[str], Loaded],
        card: Callable[[str], Card] | None = None,
        directions: Callable[[str], dict[str, Tensor]] = lambda _: {},
    ) -> None:
        self._networks = networks
        self._card = card or (lambda model: networks(model).card)
        self._directions = directions

    @classmethod
    def load(cls, studio: Studio) -> Morpher:
        return cls(studio.network, lambda model: studio.card(model, "generator"), studio.directions)

    def __call__(self, keys: Sequence[AnyKey] = DEFAULT_KEYS, **settings: Any) -> Film:
        """Draw a film; see ``steps`` for the arguments."""
        return drain(self.steps(keys, **settings))

    def steps(
        self,
        keys: Sequence[AnyKey] = DEFAULT_KEYS,
        model: str = DEFAULT_MODEL,
        frames: int = 24,
        method: str = "slerp",
        easing: str = "smooth",
        loop: bool = False,
        refine: int = 40,
    ) -> Iterator[Step[Film]]:
        """Draw a film from key to key, reporting every few frames.

        ``keys``: 2 to 12 of seed, Point, Key, settings of a picture made in Generate. ``frames``:
        1 to 120 per leg. Key k is frame k * ``frames``, and exactly what Sampler draws; the last
        key is the last frame. With ``loop`` a further leg leads back to the first key, which is
        not drawn twice: the frame after the last is frame 0. ``method``: slerp or lerp, of
        latents; class weights always mix linearly. ``easing``: linear, smooth or smoother.
        ``refine``: optimisation steps for photos, 0 to 200.

        Raises InputError or PictureError for what cannot be used, CardError for a broken model.
        """
        card = self._card(model)
        frames = whole("frames", frames, 1, MAX_FRAMES)
        method = one_of("method", method, METHODS)
        easing = one_of("easing", easing, EASINGS)
        refine = whole("refine", refine, 0, MAX_REFINE)
        checked = as_keys(keys, card)
        film = Film(
            (), tuple(checked), {}, card.id, card.sha256, frames, method, easing, bool(loop)
        )
        return self._draw(film, self._networks(model), refine)

    def key(self, value: AnyKey, model: str = DEFAULT_MODEL) -> Key:
        """A checked key with its class. Raises InputError."""
        return as_key(value, self._card(model))

    def invert_steps(
        self, photo: Image, model: str = DEFAULT_MODEL, label: str | None = None, refine: int = 40
    ) -> Iterator[Step[Inversion]]:
        """Find the latent nearest to a photo; see ``pipelines.inversion.invert``.

        ``label``: a class, or None for the one that fits best. Raises InputError, PictureError.
        """
        key = as_key(Key(photo=photo, label=label), self._card(model))
        return invert(
            photo, self._networks(model), key.label, whole("refine", refine, 0, MAX_REFINE)
        )

    def pictures(self, keys: Sequence[AnyKey], model: str = DEFAULT_MODEL) -> tuple[Image, ...]:
        """The pictures of 1 to 12 keys, each with its settings. Raises as ``steps`` does."""
        card = self._card(model)
        film = Film(
            (), tuple(as_keys(keys, card, 1)), {}, card.id, card.sha256, 1, "slerp", "linear", False
        )
        loaded = self._networks(model)
        film = last_of(self._inverted(film, loaded, 40))
        with torch.inference_mode():
            z, weights = self._places(film, loaded)
            images = to_images(draw(loaded.networks["generator"], z, weights))
        return tuple(
            attach(image, replace(film, keys=(key,)).settings())
            for image, key in zip(images, film.keys, strict=True)
        )

    def spectrum(
        self,
        key: AnyKey,
        model: str = DEFAULT_MODEL,
        method: str = "ganspace",
        index: int = 0,
        amounts: Sequence[float] = (-4, -2, 0, 2, 4),
    ) -> tuple[Image, ...]:
        """A key moved along one latent direction by each of the amounts (1 to 12).

        Raises as ``steps`` does.
        """
        start = self.key(key, model)
        if isinstance(amounts, str) or not isinstance(amounts, Iterable):
            raise InputError("shift", found=amounts, most=MAX_SHIFT)
        moved = [replace(start, shifts=(*start.shifts, (method, index, a))) for a in amounts]
        return self.pictures(moved, model)

    def _draw(self, film: Film, loaded: Loaded, refine: int) -> Iterator[Step[Film]]:
        legs = len(film.keys) - (not film.loop)
        total = legs * film.per_leg + (not film.loop)
        found = film
        for found, preview in self._inverted(film, loaded, refine):
            yield Step(0, total, preview, found)
        network = loaded.networks["generator"]
        with torch.inference_mode():
            z, weights = self._places(found, loaded)
        images: list[Image] = []
        ease, path = EASINGS[film.easing], METHODS[film.method]
        for start in range(0, total, BATCH):
            with torch.inference_mode():
                latent_rows: list[Tensor] = []
                weight_rows: list[Tensor] = []
                for frame in range(start, min(start + BATCH, total)):
                    leg, step = divmod(frame, film.per_leg)
                    a, b, t = leg, (leg + 1) % len(z), ease(step / film.per_leg)
                    latent_rows.append(path(z[a], z[b], t))
                    weight_rows.append(lerp(weights[a], weights[b], t))
                pictures = draw(network, torch.stack(latent_rows), torch.stack(weight_rows))
            images += to_images(pictures)
            partial = replace(found, frames=tuple(images))
            yield Step(len(images), total, images[-1], partial)

    def _inverted(
        self, film: Film, loaded: Loaded, refine: int
    ) -> Iterator[tuple[Film, Image | None]]:
        """The film with its photos found in latent space, reported while that goes on."""
        yield film, None
        keys, inversions = list(film.keys), {}
        for i, key in enumerate(film.keys):
            if key.photo is None or key.latent is not None:
                continue
            step = None
            for step in invert(key.photo, loaded, key.label, refine):
                yield film, step.preview
            assert step
            found = step.partial
            inversions[i] = found
            keys[i] = replace(key, latent=found.latent, label=found.label, photo=None)
            film = replace(film, keys=tuple(keys), inversions=dict(inversions))
        yield film, None

    def _places(self, film: Film, loaded: Loaded) -> tuple[Tensor, Tensor]:
        """Latents (n, d) and class weights (n, c) of the keys."""
        network: Any = loaded.networks["generator"]
        classes = loaded.card.classes
        rows: list[Tensor] = []
        for key in film.keys:
            if key.latent is None:
                z = latents([Point(key.seed, key.path)], network, key.truncation)
            else:
                z = torch.tensor([key.latent]) * key.truncation
            if key.shifts:
                known = self._directions(film.model)
                if not known:
                    raise InputError("directions", model=film.model)
                steps = torch.stack(
                    [known[m][i] * known[f"{m}.scale"][i] for m, i, _ in key.shifts]
                )
                amounts = torch.tensor([amount for *_, amount in key.shifts])
                z = shift(z, steps.cpu(), amounts, network.sphere)
            rows.append(z)
        index = [classes.index(key.label or classes[0]) for key in film.keys]
        return torch.cat(rows), torch.eye(len(classes))[index]


def last_of(pairs: Iterator[tuple[Film, Any]]) -> Film:
    """The film of the last report."""
    film, _ = next(pairs)
    for later, _ in pairs:
        film = later
    return film
