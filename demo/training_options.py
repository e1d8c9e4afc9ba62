"""What a person chooses for a training, and what the command line makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.checks import one_of, whole
from pipelines.errors import InputError
from pipelines.limits import (
    MAX_MODEL_NAME,
    MAX_SEED,
    MAX_TRAINED,
    MIN_TRAINED,
    TRAINED_SIDES,
)

from .training_quality import target_of

if TYPE_CHECKING:
    from pipelines import Studio
    from pipelines.cards import Card

FAMILIES = ("dcgan", "lstm")
VAE = "elbo"  # has no critic
LOSSES = ("hinge", "non-saturating", "wasserstein", "minimax", VAE)
NORMS = ("spectral", "none")
WIDTH, LATENT, BATCH = 32, 100, 32  # small enough for two cores
AUGMENTATIONS = ("color", "translation", "cutout")
# Gulrajani et al. 2017; their penalty goes with a critic that is not normalised.
WGAN_GP = (
    *("--norm", "none", "--gradient-penalty", "10", "--critic-steps", "5"),
    *("--lr", "0.0001", "--critic-lr", "0.0001", "--beta1", "0", "--beta2", "0.9"),
)


@dataclass(frozen=True)
class Options:
    """``family``: of the generator. ``images``: pictures to show. ``target``: quality to stop at
    before; 0: none. ``start``: id of a model to begin with, or empty."""

    size: int = 32
    images: int = 200_000
    target: float = 0.0
    family: str = FAMILIES[0]
    loss: str = LOSSES[0]
    norm: str = NORMS[0]
    augment: bool = True
    seed: int = 0
    start: str = ""

    def checked(self, studio: Studio) -> Options:
        """Clean values; size and family are those of the model to begin with. Raises InputError."""
        size = int(one_of("trained_side", str(self.size), map(str, TRAINED_SIDES)))
        family = one_of("family", self.family, FAMILIES)
        if self.start:
            known = {card.id: card for card in startable(studio)}
            card = known[one_of("training_start", self.start, known)]
            size, family = card.size, _family(card)
        return Options(
            size=size,
            images=least_images(self.images),
            target=target_of(self.target),
            family=family,
            loss=one_of("loss", self.loss, LOSSES),
            norm=one_of("norm", self.norm, NORMS),
            augment=bool(self.augment),
            seed=whole("seed", self.seed, 0, MAX_SEED),
            start=self.start or "",
        )

    def arguments(self, studio: Studio) -> list[str]:
        """The flags of ``training.gan``, but for data and run. To be called on checked options."""
        width, latent = WIDTH, LATENT
        words = ["--generator", self.family]
        if self.start:
            shape = studio.card(self.start, "generator").networks["generator"].config
            width, latent = shape.get("width") or shape["channels"], shape["latent_dim"]
            words += ["--start", str(studio.card_file(self.start))]
            words += ["--hidden", str(shape["hidden"])] if self.family == "lstm" else []
        words += ["--images", str(self.images), "--size", str(self.size)]
        words += ["--width", str(width), "--critic-width", str(WIDTH), "--latent-dim", str(latent)]
        words += ["--batch", str(BATCH), "--seed", str(self.seed), "--loss", self.loss]
        if self.loss == VAE:
            return words
        words += WGAN_GP if self.loss == "wasserstein" else ("--norm", self.norm)
        if self.augment:
            words += ["--augment", *AUGMENTATIONS]
        return words


def least_images(images: object) -> int:
    """A number of pictures to show. Raises InputError."""
    return whole("trained", images, MIN_TRAINED, MAX_TRAINED)


def startable(studio: Studio) -> list[Card]:
    """The models that a training can begin with: of the families and sizes trained here."""
    return [
        card
        for card in studio.cards("generator")
        if _family(card) in FAMILIES and card.size in TRAINED_SIDES
    ]


def _family(card: Card) -> str:
    return card.networks["generator"].architecture.removesuffix("-generator")


def model_id(name: object, studio: Studio) -> str:
    """The id of a new model. Raises InputError for what is none, and for one that exists."""
    text = name.strip() if isinstance(name, str) else ""
    if len(text) > MAX_MODEL_NAME or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise InputError("model_name", found=name, most=MAX_MODEL_NAME)
    if text in {card.id for card in studio.cards()}:
        raise InputError("model_taken", found=text)
    return text


def free_name(studio: Studio, stem: str = "my-model") -> str:
    """A name that no model has yet."""
    taken = {card.id for card in studio.cards()}
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
