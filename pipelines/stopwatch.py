"""How long the picture takes that a model is asked for most, on the machine at hand."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from PIL import Image

from .steps import Step, drain

if TYPE_CHECKING:
    from .cards import Card
    from .studio import Studio

RUNS = 3
PATIENCE = 8.0  # seconds; pictures that take long need no third one
PHOTO = (512, 512)  # pixels of the photo that is segmented or restyled
AREA, HOLE = (256, 256), 64  # a photo, and the square in its middle that is filled
TEXTURE = (512, 512)

Job = Callable[[int], object]
"""Makes one picture; what is asked for differs with the number, so that nothing is remembered."""


@dataclass(frozen=True)
class Timing:
    """``seconds``: median of ``runs`` pictures; ``first``: of one before them, which loads the
    model if it was not. ``size``: of the picture, (width, height). ``device``: in words."""

    model: str
    size: tuple[int, int]
    seconds: float
    first: float
    runs: int
    device: str


class Stopwatch:
    """Times any model of a Studio at the task that the app uses it for, with the tool's defaults.

    One sample of a generator; a photo of 512 by 512 pixels segmented or restyled; a hole of 64 by
    64 in one of 256 by 256; a texture of 512 by 512.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @classmethod
    def load(cls, studio: Studio) -> Self:
        return cls(studio)

    def __call__(self, model: str) -> Timing:
        """Time a model; see ``steps``."""
        timing = drain(self.steps(model))
        assert timing
        return timing

    def steps(self, model: str) -> Iterator[Step[Timing | None]]:
        """Report after every picture; ``partial`` is None until a second one was made.

        Raises InputError for an unknown model, CardError for one whose weights are unusable.
        """
        size, job = _task(self._studio, self._studio.card(model))
        total = 1 + RUNS
        yield Step(0, total, None, None)
        first = _timed(job, 0)
        yield Step(1, total, None, None)
        from .device import describe_device

        device = describe_device(self._studio.device)
        times: list[float] = []
        while len(times) < RUNS:
            times.append(_timed(job, 1 + len(times)))
            middle, runs = statistics.median(times), len(times)
            done = total if sum(times) > PATIENCE else 1 + runs
            yield Step(done, total, None, Timing(model, size, middle, first, runs, device))
            if done == total:
                return


def _timed(job: Job, number: int) -> float:
    """Seconds; what a tool gives out is on the CPU, so a GPU has finished by then."""
    began = time.perf_counter()
    job(number)
    return time.perf_counter() - began


def _photo(size: tuple[int, int], number: int) -> Image.Image:
    """A drawn street, a little different for every number."""
    from .street import street

    picture = street()[0].resize(size, Image.Resampling.BICUBIC)
    return Image.eval(picture, lambda v: min(255, v + number))


def _task(studio: Studio, card: Card) -> tuple[tuple[int, int], Job]:
    """The size of the picture and what makes one, by what kind of model it is."""
    if card.tool == "generator":
        from .sampler import Sampler

        sampler = studio.get(Sampler)
        return (card.size, card.size), lambda i: sampler([i], model=card.id)
    if card.tool == "segmenter":
        from .segment import Segmenter

        segmenter = studio.get(Segmenter)
        return PHOTO, lambda i: segmenter(_photo(PHOTO, i), model=card.id)
    if card.tool == "style":
        from .style import Stylizer
        from .style_codes import built_in

        stylizer = studio.get(Stylizer)
        style = None if built_in(card) else _photo(AREA, 0)
        return PHOTO, lambda i: stylizer(_photo(PHOTO, i), style=style, model=card.id)
    if card.tool == "texture":
        from .texture import Texturer

        texturer = studio.get(Texturer)
        return TEXTURE, lambda i: texturer(None, model=card.id, seed=i, size=TEXTURE)
    from .inpaint import Inpainter

    inpainter = studio.get(Inpainter)
    mask = Image.new("L", AREA)
    left, top = ((side - HOLE) // 2 for side in AREA)
    mask.paste(255, (left, top, left + HOLE, top + HOLE))
    return AREA, lambda i: inpainter(_photo(AREA, i), mask, method=card.tool, model=card.id, seed=i)
