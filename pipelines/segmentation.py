"""What a segmenter found in a picture, and the pictures that show it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageColor

from .errors import InputError
from .heat import heat
from .limits import MAX_SHOWN
from .settings import Settings, attach

if TYPE_CHECKING:
    from .objects import Objects

UNSURE = 255  # label of pixels below the threshold, or not reached yet
UNSURE_COLOR = (128, 128, 128)
PREVIEW = MAX_SHOWN


@dataclass(frozen=True)
class Area:
    """How much of a picture one class has: pixels, and their share in [0, 1]."""

    name: str
    color: str
    pixels: int
    share: float


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A label for every pixel of ``image``.

    ``labels``: uint8 (H, W), indices into ``classes``; UNSURE (255) where the confidence is below
    the threshold asked for. ``confidence``: float32 (H, W) in [0, 1], the probability of the
    label. ``colors``: ``#rrggbb`` per class. ``counts``: the class whose objects are counted, if
    any. ``parameters``: what was asked for beside picture and model.
    """

    image: Image.Image
    labels: np.ndarray
    confidence: np.ndarray
    classes: tuple[str, ...]
    colors: tuple[str, ...]
    model: str
    weights: str
    counts: str | None = None
    parameters: dict[str, Any] | None = None

    def settings(self) -> Settings:
        """What was asked for; the picture itself is not part of it."""
        return Settings(
            tab="segment",
            model=self.model,
            weights=self.weights,
            seed=0,
            parameters=self.parameters or {},
        )

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """Area of every class, in their order, and of what is unsure if there is any."""
        pixels = np.bincount(self.labels.ravel(), minlength=256)
        rows = list(zip(self.classes, self.colors, pixels, strict=False))
        if pixels[UNSURE]:
            rows.append(("unsure", "#{:02x}{:02x}{:02x}".format(*UNSURE_COLOR), pixels[UNSURE]))
        return tuple(Area(n, c, int(p), int(p) / self.labels.size) for n, c, p in rows)

    @cached_property
    def objects(self) -> Objects | None:
        """The objects of the class that is counted, one by one; None if none is."""
        if self.counts is None:
            return None
        from .objects import find_objects

        return find_objects(self.labels == self.classes.index(self.counts))

    def above(self, threshold: float) -> Segmentation:
        """The same, with every label less probable than ``threshold`` unsure."""
        labels = np.where(self.confidence < threshold, np.uint8(UNSURE), self.labels)
        parameters = {**(self.parameters or {}), "threshold": threshold}
        return replace(self, labels=labels, parameters=parameters)

    def reduced(self, side: int = PREVIEW) -> Segmentation:
        """The same at most ``side`` pixels long, for what is only shown."""
        image, labels = self._smaller(side)
        if image is self.image:
            return self
        confidence = Image.fromarray(self.confidence).resize(image.size, Image.Resampling.NEAREST)
        return replace(self, image=image, labels=labels, confidence=np.asarray(confidence))

    def indices(self, names: Collection[str]) -> list[int]:
        """Labels of classes by name. Raises InputError for a class there is not."""
        for name in names:
            if name not in self.classes:
                known = ", ".join(self.classes)
                raise InputError("label", model=self.model, found=name, known=known)
        return [self.classes.index(name) for name in names]

    def mask(self, names: Collection[str]) -> Image.Image:
        """Mode L: 255 where the label is one of these classes, 0 elsewhere."""
        chosen = np.isin(self.labels, self.indices(names))
        return attach(Image.fromarray(chosen.astype(np.uint8) * 255), self.settings())

    def cutout(self, names: Collection[str]) -> Image.Image:
        """RGBA: the picture, transparent outside these classes."""
        rgba = self.image.convert("RGBA")
        rgba.putalpha(self.mask(names))
        return attach(rgba, self.settings())

    def painted(self, names: Collection[str] | None = None) -> Image.Image:
        """RGB: every class in its colour, what is unsure in grey, classes left out in black."""
        return attach(Image.fromarray(self._table(names)[self.labels]), self.settings())

    def index_png(self) -> Image.Image:
        """Mode P: the labels themselves, shown in the colours of the classes."""
        picture = Image.fromarray(self.labels, "P")
        picture.putpalette(self._table(None).tobytes())
        return attach(picture, self.settings())

    @property
    def shown(self) -> tuple[str, ...]:
        """Classes that an overlay shows unasked: all, or the one whose objects are counted."""
        return (self.counts,) if self.counts else self.classes

    def layer(self, names: Collection[str] | None = None, unsure: bool = True) -> Image.Image:
        """Mode P: classes in their colours, all else transparent, to be laid over the picture."""
        picture = Image.fromarray(self.labels, "P")
        picture.putpalette(self._table(None).tobytes())
        shown = range(len(self.classes)) if names is None else self.indices(names)
        seen = {*shown, UNSURE} if unsure else set(shown)
        picture.info["transparency"] = bytes(255 if i in seen else 0 for i in range(256))
        return picture

    def overlay(
        self, opacity: float = 0.5, names: Collection[str] | None = None, side: int = PREVIEW
    ) -> Image.Image:
        """RGB: the picture with its classes laid over it, at most ``side`` pixels long.

        ``opacity``: in [0, 1]. ``names``: the classes shown, None for those of ``shown``.
        """
        image, labels = self._smaller(side)
        wanted = self.indices(self.shown if names is None else names)
        shown = np.isin(labels, [*wanted, UNSURE])
        alpha = np.where(shown, opacity, 0.0)[..., None].astype(np.float32)
        mixed = np.asarray(image) * (1 - alpha) + self._table(None)[labels] * alpha
        return attach(Image.fromarray(mixed.round().astype(np.uint8)), self.settings())

    def confidence_map(self, side: int = PREVIEW) -> Image.Image:
        """RGB: from dark (unsure) to bright (sure), at most ``side`` pixels long."""
        levels = Image.fromarray((self.confidence * 255).round().astype(np.uint8))
        levels.thumbnail((side, side), Image.Resampling.BOX)
        return heat(np.asarray(levels) / 255)

    def _smaller(self, side: int) -> tuple[Image.Image, np.ndarray]:
        """Picture and labels, reduced to at most ``side`` pixels on the long side."""
        if max(self.image.size) <= side:
            return self.image, self.labels
        image = self.image.copy()
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2)
        labels = Image.fromarray(self.labels).resize(image.size, Image.Resampling.NEAREST)
        return image, np.asarray(labels)

    def _table(self, names: Collection[str] | None) -> np.ndarray:
        """Colour of every label: uint8 (256, 3)."""
        table = np.zeros((256, 3), np.uint8)
        shown = range(len(self.classes)) if names is None else self.indices(names)
        for index in shown:
            table[index] = ImageColor.getrgb(self.colors[index])[:3]
        table[UNSURE] = UNSURE_COLOR
        return table
