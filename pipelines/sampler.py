"""Sampler: pictures from seeds, and their neighbours in latent space."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from .cards import Card, Loaded
from .checks import real, whole
from .errors import CardError, InputError
from .latents import Point, as_point, as_radius, draw, latents, seed_class
from .limits import DEFAULT_MODEL, MAX_BEST_OF, MAX_COUNT, MAX_SEED
from .media import grid, to_images
from .settings import Settings, attach
from .steps import Step, drain

if TYPE_CHECKING:
    from PIL.Image import Image

    from .studio import Studio

BATCH = 16  # candidates between two reports


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


@dataclass(frozen=True)
class Comparison:
    """One seed in several models: a Samples of one picture each, and the models left out."""

    samples: tuple[Samples, ...]
    problems: tuple[CardError, ...]


class Sampler:
    """Draws pictures of a class-conditional generator.

    The same seed, class and truncation give the same picture, alone or among others.
    """

    def __init__(
        self,
        networks: Callable[[str], Loaded],
        card: Callable[[str], Card] | None = None,
        models: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """``networks``: a model's networks by its id; ``models``: the ids that compare draws."""
        self._networks = networks
        self._card = card or (lambda model: networks(model).card)
        self._models = models

    @classmethod
    def load(cls, studio: Studio) -> Sampler:
        return cls(
            studio.network,
            lambda model: studio.card(model, "generator"),
            lambda: [card.id for card in studio.cards("generator")],
        )

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
        points = [as_point(seed) for seed in seeds]
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
        start = as_point(seed)
        radius = as_radius(radius)
        count = whole("count", count, 1, MAX_COUNT)
        points = [Point(start.seed, (*start.path, (radius, i))) for i in range(count)]
        return self.steps(points, model=model, label=label, truncation=truncation)

    def compare(
        self,
        seed: int | Point = 0,
        truncation: float = 1.0,
        models: Sequence[str] | None = None,
    ) -> Comparison:
        """The same seed through every model; see ``compare_steps``."""
        return drain(self.compare_steps(seed, truncation, models))

    def compare_steps(
        self,
        seed: int | Point = 0,
        truncation: float = 1.0,
        models: Sequence[str] | None = None,
    ) -> Iterator[Step[Comparison]]:
        """What each generator makes of one seed, in the class the seed stands for.

        ``models``: ids, or None for all that are installed. A model that cannot be loaded is left
        out and named in ``problems``. Raises InputError for a setting that cannot be used.
        """
        point = as_point(seed)
        truncation = real("truncation", truncation, 0.0, 1.0)
        chosen = list(self._models() if models is None else models)
        if not chosen:
            raise InputError("model", found=None, known="none")
        for model in chosen:
            if models is not None:
                self._card(model)
        return self._compare(point, truncation, chosen)

    def _compare(
        self, point: Point, truncation: float, models: list[str]
    ) -> Iterator[Step[Comparison]]:
        drawn: list[Samples] = []
        problems: list[CardError] = []
        for done, model in enumerate(models, 1):
            try:
                drawn.append(self([point], model=model, truncation=truncation))
            except CardError as error:
                problems.append(error)
            partial = Comparison(tuple(drawn), tuple(problems))
            preview = drawn[-1].images[0] if drawn else None
            yield Step(done, len(models), preview, partial)

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
            network = loaded.networks["generator"]
            one_hot = torch.eye(len(card.classes))[classes]
            pictures = draw(network, latents(candidates, network, truncation), one_hot)
            images = to_images(pictures)
            scores: list[float | None] = [None] * len(candidates)
            if critic := loaded.networks.get("critic"):
                scores = critic(pictures, one_hot.to(loaded.device)).float().tolist()
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
