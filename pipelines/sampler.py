"""Sampler: pictures from seeds, and their neighbours in latent space."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .cards import Card, Loaded
from .checks import real, whole
from .device import generator, noise
from .errors import InputError
from .limits import MAX_BEST_OF, MAX_COUNT, MAX_PATH, MAX_SEED
from .media import grid, to_images
from .settings import Settings, attach
from .steps import Step, drain

if TYPE_CHECKING:
    from PIL.Image import Image

    from .studio import Studio

BATCH = 16  # pictures between two reports
DEFAULT_MODEL = "cifar10-dcgan"


@dataclass(frozen=True)
class Point:
    """A place in latent space: a seed, and the variations that lead on from it.

    Each entry of ``path`` is (radius, index): move from the place before by ``radius`` in the
    ``index``-th random direction.
    """

    seed: int
    path: tuple[tuple[float, int], ...] = ()


@dataclass(frozen=True)
class Samples:
    """Pictures and how each was made; every tuple has one entry per picture.

    ``scores``: the critic's logit, higher for more real, or None without a critic. Every picture
    carries its settings in ``info``.
    """

    images: tuple[Image, ...]
    points: tuple[Point, ...]
    labels: tuple[str, ...]
    scores: tuple[float, ...] | None
    model: str
    truncation: float
    weights: str


class Sampler:
    """Draws pictures of a class-conditional generator.

    The same seed, class and truncation give the same picture, alone or among others.
    """

    def __init__(
        self, networks: Callable[[str], Loaded], card: Callable[[str], Card] | None = None
    ) -> None:
        self._networks = networks
        self._card = card or (lambda model: networks(model).card)

    @classmethod
    def load(cls, studio: Studio) -> Sampler:
        return cls(studio.network, lambda model: studio.card(model, "generator"))

    def __call__(self, seeds: Sequence[int | Point] = (0,), **settings: Any) -> Samples:
        """Draw one picture per seed; see ``steps`` for the arguments."""
        return drain(self.steps(seeds, **settings))

    def steps(
        self,
        seeds: Sequence[int | Point] = (0,),
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
        best_of: int = 1,
    ) -> Iterator[Step[Samples]]:
        """Draw one picture per seed, reporting every few pictures.

        ``seeds``: 1 to 64 whole numbers in [0, 2^32) or Points. ``label``: a class of the model,
        or None for one drawn from each seed. ``truncation``: in [0, 1], shrinks latents towards
        their mean. ``best_of``: 1 to 16; above 1, that many consecutive seeds are drawn for each
        picture, starting at ``seeds[i]``, and the one the critic scores highest is kept, under its
        own seed.

        Raises InputError for a setting that cannot be used, CardError for a broken model.
        """
        if isinstance(seeds, str) or not isinstance(seeds, Sequence):
            raise InputError("seed", found=seeds, most=MAX_SEED)
        if not seeds:
            raise InputError("seeds_empty", most=MAX_SEED)
        if len(seeds) > MAX_COUNT:
            raise InputError("count", found=len(seeds), most=MAX_COUNT)
        points = [_point(seed) for seed in seeds]
        truncation = real("truncation", truncation, 0.0, 1.0)
        best_of = whole("best_of", best_of, 1, MAX_BEST_OF)
        card = self._card(model)
        if label is not None and label not in card.classes:
            raise InputError("label", model=model, found=label, known=", ".join(card.classes))
        if best_of > 1 and "critic" not in card.networks:
            raise InputError("critic", model=model)
        return self._draw(points, self._networks(model), label, truncation, best_of)

    def variations(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
        radius: float = 0.3,
        count: int = 8,
    ) -> Samples:
        """Neighbours of a picture, of the same class; see ``variation_steps``."""
        return drain(self.variation_steps(seed, model, label, truncation, radius, count))

    def variation_steps(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
        radius: float = 0.3,
        count: int = 8,
    ) -> Iterator[Step[Samples]]:
        """Draw ``count`` (1 to 64) neighbours of a picture.

        ``radius``: in (0, 1], the share of noise mixed in; near 0 almost the same picture, 1 has
        nothing left of it. Raises as ``steps`` does.
        """
        start = _point(seed)
        radius = _radius(radius)
        count = whole("count", count, 1, MAX_COUNT)
        points = [Point(start.seed, (*start.path, (radius, i))) for i in range(count)]
        return self.steps(points, model=model, label=label, truncation=truncation)

    def latents(self, points: Sequence[Point], model: str, truncation: float = 1.0) -> Tensor:
        """Latents of the points: (n, latent_dim), on the CPU."""
        config: Any = self._networks(model).networks["generator"].config
        length = config.latent_dim
        return torch.stack([latent(point, length) for point in points]) * truncation

    @torch.inference_mode()
    def _draw(
        self, points: list[Point], loaded: Loaded, label: str | None, truncation: float, best: int
    ) -> Iterator[Step[Samples]]:
        card = loaded.card
        drawn: list[tuple[Image, Point, int, float | None]] = []
        chunk = max(1, BATCH // best)
        for start in range(0, len(points), chunk):
            part = points[start : start + chunk]
            candidates = [
                Point((point.seed + i) % (MAX_SEED + 1), point.path)
                for point in part
                for i in range(best)
            ]
            classes = [
                card.classes.index(label) if label else seed_class(p.seed, len(card.classes))
                for p in candidates
            ]
            z = self.latents(candidates, card.id, truncation).to(loaded.device)
            one_hot = torch.eye(len(card.classes), device=loaded.device)[classes]
            pictures = loaded.networks["generator"](z, one_hot)
            images = to_images(pictures)
            scores: list[float | None] = [None] * len(candidates)
            if critic := loaded.networks.get("critic"):
                scores = critic(pictures, one_hot).float().tolist()
            rows = list(zip(images, candidates, classes, scores, strict=True))
            for i in range(0, len(rows), best):
                group = rows[i : i + best]
                drawn.append(max(group, key=lambda row: row[3] or 0.0))
            partial = _samples(drawn, card, truncation)
            yield Step(len(drawn), len(points), grid(list(partial.images), 8), partial)


def _samples(
    drawn: list[tuple[Image, Point, int, float | None]], card: Card, truncation: float
) -> Samples:
    for image, point, index, _ in drawn:
        attach(image, settings_of(card, point, card.classes[index], truncation))
    scores = [score for *_, score in drawn if score is not None]
    return Samples(
        images=tuple(image for image, *_ in drawn),
        points=tuple(point for _, point, *_ in drawn),
        labels=tuple(card.classes[index] for _, _, index, _ in drawn),
        scores=tuple(scores) if len(scores) == len(drawn) else None,
        model=card.id,
        truncation=truncation,
        weights=card.sha256,
    )


def settings_of(card: Card, point: Point, label: str, truncation: float) -> Settings:
    """What makes this picture again, as its PNG carries it."""
    return Settings(
        tab="generate",
        model=card.id,
        weights=card.sha256,
        seed=point.seed,
        parameters={
            "label": label,
            "truncation": truncation,
            "path": [list(step) for step in point.path],
        },
    )


def latent(point: Point, length: int) -> Tensor:
    """The latent of a point: (length,), standard normal over seeds whatever the path.

    A variation of radius r moves z to sqrt(1 - r^2) z + r e with fresh noise e, which keeps the
    distribution, so variations are as likely pictures as any other.
    """
    z = noise([point.seed], length)[0]
    trail = str(point.seed)
    for radius, index in point.path:
        trail += f"/{radius!r}:{index}"
        digest = hashlib.sha256(trail.encode()).digest()
        e = noise([int.from_bytes(digest[:8], "big") >> 1], length)[0]
        z = math.sqrt(1 - radius * radius) * z + radius * e
    return z


def consecutive(
    seed: object, count: object = 1, best_of: object = 1, path: Any = ()
) -> list[Point]:
    """Points for ``count`` (1 to 64) pictures from one seed on, ``best_of`` seeds apart.

    All share ``path``. After the last seed, 2^32 - 1, comes 0. Raises InputError.
    """
    first = _point(Point(seed, path))  # type: ignore[arg-type]
    count = whole("count", count, 1, MAX_COUNT)
    apart = whole("best_of", best_of, 1, MAX_BEST_OF)
    return [Point((first.seed + i * apart) % (MAX_SEED + 1), first.path) for i in range(count)]


def seed_class(seed: int, classes: int) -> int:
    """The class that a seed stands for when none is asked for."""
    # A stream of its own: one shared with the latent would tie the class to z's first entries.
    return int(torch.randint(classes, (1,), generator=generator(seed + MAX_SEED + 1)))


def _point(value: int | Point) -> Point:
    point = value if isinstance(value, Point) else Point(value)
    seed = whole("seed", point.seed, 0, MAX_SEED)
    path = point.path
    if not isinstance(path, tuple | list) or len(path) > MAX_PATH:
        raise InputError("variation", found=path, most=MAX_PATH)
    steps: list[tuple[float, int]] = []
    for step in path:
        try:
            radius, index = step
            steps.append((_radius(radius), whole("variation", index, 0, MAX_SEED)))
        except (TypeError, ValueError, InputError) as error:
            raise InputError("variation", found=step, most=MAX_PATH) from error
    return Point(seed, tuple(steps))


def _radius(value: object) -> float:
    radius = real("radius", value, 0.0, 1.0)
    if radius == 0:
        raise InputError("radius", found=value)
    # Rounded, so that the settings in a PNG are the very numbers that were used.
    return round(radius, 4) or 1e-4
