"""Segmenter: a label for every pixel of a picture of any size."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .cards import Card, Loaded, Segmenting
from .checks import real
from .errors import InputError, PictureError
from .limits import DEFAULT_SEGMENTER, MAX_PIXELS, MAX_SCALE, MIN_SCALE
from .media import checked
from .segmentation import UNSURE, Segmentation
from .steps import Step, awaited, drain
from .tiles import enlarged_rows, tiled, working_size

if TYPE_CHECKING:
    from .families import Families
    from .studio import Studio

STRIP = 2_000_000  # pixels that logits are brought to at a time
PREVIEW = 512  # pixels of the long side of what is shown while the work goes on


class Segmenter:
    """Finds out what is where in a picture, with one of the segmenters that are installed."""

    def __init__(
        self, networks: Callable[[str], Loaded], card: Callable[[str], Card] | None = None
    ) -> None:
        self._networks = networks
        self._card = card or (lambda model: networks(model).card)

    @classmethod
    def load(cls, studio: Studio) -> Segmenter:
        return cls(studio.network, lambda model: studio.card(model, "segmenter"))

    def __call__(self, photo: Image.Image, **settings: Any) -> Segmentation:
        """Segment a picture; see ``steps`` for the arguments."""
        return drain(self.steps(photo, **settings))

    def steps(
        self,
        photo: Image.Image,
        model: str = DEFAULT_SEGMENTER,
        scale: float = 1.0,
        threshold: float | None = None,
        flips: bool = False,
    ) -> Iterator[Step[Segmentation]]:
        """Segment a picture, reporting tile by tile where it is large.

        ``photo``: any mode and size up to 64 million pixels. ``scale``: 0.25 to 4, how many times
        larger the network sees it than its card says. ``threshold``: in [0, 1]; labels less
        probable than that become 255 (unsure), or None. ``flips``: the mean of the picture and
        its mirror image, twice as long. Until the work is done, labels not yet known are 255.

        Raises InputError for a setting, PictureError for a picture that cannot be used, CardError
        for a broken model.
        """
        card = self._card(model)
        scale = real("scale", scale, MIN_SCALE, MAX_SCALE)
        if threshold is not None:
            threshold = real("threshold", threshold, 0.0, 1.0)
        image = checked(photo)
        how = card.segmenting
        assert how  # read_card has seen to it
        size = working_size(image.size, how.long_side, how.zoom, scale, how.closer)
        if size[0] * size[1] > MAX_PIXELS:
            found = -(-size[0] * size[1] // 10**6)
            raise InputError("scale_large", found=found, most=MAX_PIXELS // 10**6)
        wanted = {"scale": scale, "threshold": threshold, "flips": bool(flips)}
        blank = Segmentation(
            image=image,
            labels=np.full((image.height, image.width), UNSURE, np.uint8),
            confidence=np.zeros((image.height, image.width), np.float32),
            classes=card.classes,
            colors=how.colors,
            model=card.id,
            weights=card.sha256,
            counts=how.counts,
            parameters=wanted,
        )
        return self._run(blank, self._networks(model), how, size, threshold, bool(flips))

    @torch.inference_mode()
    def _run(
        self,
        result: Segmentation,
        loaded: Loaded,
        how: Segmenting,
        size: tuple[int, int],
        threshold: float | None,
        flips: bool,
    ) -> Iterator[Step[Segmentation]]:
        image = result.image
        # Antialiased where it gets smaller, as the pictures of the training were.
        seen = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)
        filled, partial, preview = 0, result, None
        for part in tiled(loaded.networks["segmenter"], np.asarray(seen), flips):
            whole = part.done == part.total
            # A row between two others needs both of them.
            ready = int((part.rows - 0.5) * image.height / size[1])
            stop = image.height if whole else max(filled, ready - 1)
            self._fill(result, part.logits, how.outputs, filled, stop, threshold)
            if stop > filled:
                # A new one: what it has counted must not outlive the labels it counted.
                partial = replace(result)
                preview = None if part.total == 1 else partial.overlay(side=PREVIEW)
            filled = stop
            yield Step(part.done, part.total, preview, partial)

    @staticmethod
    def _fill(
        result: Segmentation,
        logits: Tensor,
        outputs: tuple[int, ...],
        start: int,
        stop: int,
        threshold: float | None,
    ) -> None:
        """Labels and confidence of the rows from ``start`` to ``stop``, some rows at a time."""
        height, width = result.labels.shape
        rows = max(1, STRIP // width)
        for top in range(start, stop, rows):
            bottom = min(top + rows, stop)
            part = by_class(enlarged_rows(logits, (height, width), top, bottom), outputs)
            most, label = part.max(0)
            sure = (most - part.logsumexp(0)).exp()
            labels = label.byte()
            if threshold is not None:
                labels[sure < threshold] = UNSURE
            result.labels[top:bottom] = labels.cpu().numpy()
            result.confidence[top:bottom] = sure.clamp(0, 1).cpu().numpy()

    def compare(self, photo: Image.Image, **settings: Any) -> Families:
        """Three families of methods on one picture; see ``compare_steps`` for the arguments."""
        return drain(self.compare_steps(photo, **settings))

    def compare_steps(
        self,
        photo: Image.Image,
        model: str = DEFAULT_SEGMENTER,
        truth: Image.Image | np.ndarray | None = None,
        scale: float = 1.0,
    ) -> Iterator[Step[Families]]:
        """Edge-based, texture-based and deep segmentation of one picture, one after another.

        A report's ``done`` counts 100 for each of them; the deep one reports tile by tile.

        ``truth``: labels of the model's classes (H, W), or an index picture of them; values that
        are no class do not count. With it every family is measured, see ``families.Family``.
        Raises as ``steps`` does.
        """
        deep = self.steps(photo, model, scale)
        card = self._card(model)
        image = checked(photo)
        labels = None if truth is None else _truth(truth, image.size, len(card.classes))
        return self._compare(image, deep, labels, len(card.classes))

    @staticmethod
    def _compare(
        image: Image.Image,
        deep: Iterator[Step[Segmentation]],
        truth: np.ndarray | None,
        classes: int,
    ) -> Iterator[Step[Families]]:
        from .families import Families, Family, edge_family, texture_family

        found, total = Families(), 300  # hundredths of each
        yield Step(0, total, None, found)
        for index, (name, family) in enumerate(
            (("edge", edge_family), ("texture", texture_family))
        ):
            made = None
            for made in awaited(functools.partial(family, image, truth, classes)):
                if made is None:
                    yield Step(100 * index, total, None, found)
            assert made
            found = replace(found, **{name: made})
            yield Step(100 * (index + 1), total, made.picture, found)
        spent, begun, step = 0.0, time.monotonic(), None
        for step in deep:
            spent += time.monotonic() - begun  # not what whoever asked does in between
            if step.done < step.total:
                done = 200 + min(99, 100 * step.done // step.total)
                yield Step(done, total, step.preview, found)
            begun = time.monotonic()
        assert step
        made = Family.of(step.partial, spent, truth)
        yield Step(total, total, made.picture, replace(found, deep=made))


def by_class(logits: Tensor, outputs: Sequence[int]) -> Tensor:
    """Logits of the network's outputs -> logits of the classes, their probabilities summed."""
    if tuple(outputs) == tuple(range(len(outputs))):
        return logits
    index = torch.tensor(outputs, device=logits.device)
    return torch.stack([logits[index == k].logsumexp(0) for k in range(max(outputs) + 1)])


def _truth(truth: Any, size: tuple[int, int], classes: int) -> np.ndarray:
    """Labels as uint8 of ``size``, UNSURE where they are no class. Raises PictureError."""
    if isinstance(truth, Image.Image):
        # An index picture keeps its indices only as long as nobody applies its palette.
        picture = truth if truth.mode in ("P", "L") else truth.convert("L")
    else:
        array = np.asarray(truth)
        if array.ndim != 2 or not array.size:
            raise PictureError("truth", found=array.shape)
        picture = Image.fromarray(np.where(array < classes, array, UNSURE).astype(np.uint8))
    if picture.size != size:
        picture = picture.resize(size, Image.Resampling.NEAREST)
    labels = np.array(picture, np.uint8)
    labels[labels >= classes] = UNSURE
    if (labels == UNSURE).all():
        raise PictureError("truth", found=f"no index below {classes}")
    return labels
