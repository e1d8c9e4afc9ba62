"""Rivals: several generators at the same task, side by side, and how long each of them takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .cards import Card, Loaded
from .checks import real, whole
from .errors import CardError, InputError
from .keys import Key, film_settings
from .latents import Point, as_point, consecutive, draw, latents, lerp, seed_class, slerp
from .limits import MAX_RIVAL_PICTURES, MAX_RIVALS
from .media import grid, to_images
from .sampler import settings_of
from .settings import Settings, attach
from .steps import Step, drain

if TYPE_CHECKING:
    from PIL.Image import Image

    from .studio import Studio


@dataclass(frozen=True)
class Rival:
    """What one model made; every tuple has one entry per picture.

    ``seeds`` and ``labels``: None for a picture that lies between two seeds. ``seconds``: per
    picture, without loading the model. Every picture carries its settings in ``info``.
    """

    card: Card
    images: tuple[Image, ...]
    seeds: tuple[int | None, ...]
    labels: tuple[str | None, ...]
    seconds: float


@dataclass(frozen=True)
class Contest:
    """The rivals in the order in which they were asked for, and what is wrong with the models
    left out."""

    rivals: tuple[Rival, ...] = ()
    problems: tuple[CardError, ...] = ()


@dataclass(frozen=True)
class _Task:
    """What every rival has to do, checked."""

    points: tuple[Point, ...]
    label: str | None
    truncation: float
    walk: int | None
    """Number of pictures from the first of two points to the second; None: one a point."""


class Rivals:
    """Draws the same seeds with several class-conditional generators.

    The pictures of a seed are exactly those that Sampler draws, and a walk is the film that
    Morpher makes of its two ends.
    """

    def __init__(
        self, networks: Callable[[str], Loaded], card: Callable[[str], Card] | None = None
    ) -> None:
        self._networks = networks
        self._card = card or (lambda model: networks(model).card)

    @classmethod
    def load(cls, studio: Studio) -> Rivals:
        return cls(studio.network, lambda model: studio.card(model, "generator"))

    def __call__(self, models: Sequence[str], **settings: Any) -> Contest:
        """Compare models; see ``steps`` for the arguments."""
        return drain(self.steps(models, **settings))

    def steps(
        self,
        models: Sequence[str],
        seed: int | Point = 0,
        label: str | None = None,
        truncation: float = 1.0,
        count: int = 8,
        walk: bool = False,
    ) -> Iterator[Step[Contest]]:
        """Have each model draw the same, reporting before the first and after every one.

        ``models``: 1 to 8 ids; one named twice counts once. ``label``: a class that all of them
        know, or None for one drawn from each seed. ``truncation``: in [0, 1]. ``count``: pictures
        per model, 1 to 16: of consecutive seeds from ``seed`` on, or with ``walk`` evenly along
        the great circle from the latent of ``seed`` to that of the next seed, both included.

        A model whose card or weights cannot be used is left out and named in ``problems``. Raises
        InputError for a setting that cannot be used.
        """
        if isinstance(models, str) or not isinstance(models, Sequence):
            raise InputError("rivals", found=models, most=MAX_RIVALS)
        if not 1 <= len(models) <= MAX_RIVALS:
            raise InputError("rivals", found=len(models), most=MAX_RIVALS)
        count = whole("count", count, 1, MAX_RIVAL_PICTURES)
        start = as_point(seed)
        points = consecutive(start.seed, 2 if walk else count, path=start.path)
        truncation = real("truncation", truncation, 0.0, 1.0)
        chosen: list[Card] = []
        problems: list[CardError] = []
        for i, model in enumerate(models):
            if model in models[:i]:
                continue
            try:
                card = self._card(model)
            except CardError as error:
                problems.append(error)
                continue
            if label is not None and label not in card.classes:
                raise InputError("label", model=model, found=label, known=", ".join(card.classes))
            chosen.append(card)
        task = _Task(tuple(points), label, truncation, count if walk else None)
        return self._compare(chosen, task, problems)

    def _compare(
        self, cards: list[Card], task: _Task, problems: list[CardError]
    ) -> Iterator[Step[Contest]]:
        rivals: list[Rival] = []
        yield Step(0, len(cards), None, Contest((), tuple(problems)))
        for done, card in enumerate(cards, 1):
            preview = None
            try:
                rivals.append(_drawn(self._networks(card.id), task))
                preview = grid(list(rivals[-1].images), 8)
            except CardError as error:
                problems.append(error)
            yield Step(done, len(cards), preview, Contest(tuple(rivals), tuple(problems)))


@torch.inference_mode()
def _drawn(loaded: Loaded, task: _Task) -> Rival:
    """What one model makes of the task."""
    card, network = loaded.card, loaded.networks["generator"]
    names = [
        task.label or card.classes[seed_class(point.seed, len(card.classes))]
        for point in task.points
    ]
    z = latents(task.points, network, task.truncation)  # (n, d)
    weights = torch.eye(len(card.classes))[[card.classes.index(name) for name in names]]  # (n, c)
    if task.walk is not None:
        z, weights = _walked(z, weights, task.walk)
    draw(network, z[:1], weights[:1])  # the first pass also pays for what is prepared only once
    began = time.perf_counter()
    images = to_images(draw(network, z, weights))
    seconds = (time.perf_counter() - began) / len(images)
    made = [
        settings_of(card, point, name, task.truncation)
        for point, name in zip(task.points, names, strict=True)
    ]
    seeds: list[int | None] = [point.seed for point in task.points]
    labels: list[str | None] = list(names)
    if task.walk is not None:
        between = max(0, task.walk - 2)
        film = _film(card, task, names)
        made = [made[0], *[film] * between, made[1]][: task.walk]
        seeds = [seeds[0], *[None] * between, seeds[1]][: task.walk]
        labels = [labels[0], *[None] * between, labels[1]][: task.walk]
    for image, settings in zip(images, made, strict=True):
        attach(image, settings)
    return Rival(card, tuple(images), tuple(seeds), tuple(labels), seconds)


def _walked(z: Tensor, weights: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Latents (count, d) and class weights (count, c) from the first of two to the second."""
    shares = [i / max(1, count - 1) for i in range(count)]
    return (
        torch.stack([slerp(z[0], z[1], t) for t in shares]),
        torch.stack([lerp(weights[0], weights[1], t) for t in shares]),
    )


def _film(card: Card, task: _Task, names: list[str]) -> Settings:
    """Settings of the film that a picture on the way is a frame of."""
    keys = [
        Key(point.seed, name, point.path, task.truncation)
        for point, name in zip(task.points, names, strict=True)
    ]
    return film_settings(card.id, card.sha256, keys, max(1, (task.walk or 1) - 1), "slerp")
