"""What one sees inside a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Layer:
    """A layer: how many units it has, and the side of its maps over that of the picture."""

    index: int
    units: int
    scale: float


@dataclass(frozen=True, eq=False)
class Unit:
    """One channel of a layer. ``map``: where it is active, RGB, bright where most.

    ``matters``: of 255, how much the picture changes at the place asked about, or anywhere, if
    the unit is taken away (to the first order, see ``units.matters``); of a segmenter, the mean
    activation.
    """

    index: int
    matters: float
    map: Image


@dataclass(frozen=True, eq=False)
class Inside:
    """A picture and what made it, or what a segmenter made of it.

    ``image``: the picture, or the part of it that the network sees. ``overview``: per layer the
    mean of all its maps, RGB. ``layer``: the one whose ``units`` follow, those that matter most
    first. ``ranking``: all its units in that order.
    """

    image: Image
    layers: tuple[Layer, ...]
    overview: tuple[Image, ...]
    layer: int
    units: tuple[Unit, ...]
    ranking: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Silenced:
    """A picture without some units.

    ``difference``: RGB, bright where it changed. ``change``: root mean square, of 255; ``there``:
    the same at the place asked about, or None. ``others``: other seeds of the class, with the
    units and without them.
    """

    image: Image
    before: Image
    difference: Image
    change: float
    there: float | None
    others: tuple[tuple[Image, Image], ...]


@dataclass(frozen=True, eq=False)
class Saliency:
    """Which pixels count. ``heat``: RGB, bright where most; ``overlay``: the picture, dark where
    they do not count.

    Of a segmenter: ``label`` of the place asked about and its probability ``share``; ``radius``:
    pixels of the picture around the place within which half of what decides lies. Of a critic,
    ``score``: its logit.
    """

    image: Image
    heat: Image
    overlay: Image
    label: str | None = None
    share: float | None = None
    radius: float | None = None
    score: float | None = None
