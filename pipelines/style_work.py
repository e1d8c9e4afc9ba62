"""The work of restyling a photo: tile by tile in one pass, or step by step by optimisation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .filling import View
from .media import to_images
from .patches import Box, padded_tensor
from .steps import Step
from .style_canvas import Canvas
from .style_codes import Style, code_of, code_of_picture, seen
from .style_levels import KEPT
from .style_polishing import Polishing
from .styling import Styling

if TYPE_CHECKING:
    from torch import Tensor

    from .cards import Loaded

BEGUN = 2.0  # times the strength: share of a style that steps on the pixels begin with
SHOWN = 4  # steps on pixels from one picture that is shown to the next
DOWNLOAD = 100  # steps that a download counts for
MIN_SIDE = 16  # pixels that an optimised picture has on each side, as far as the network sees


class _Preview(View):
    """A small copy that can be more than what it copies is yet."""

    def show(self, image: Image.Image) -> None:
        self._copy = image.resize(self._copy.size)


class _Work:
    """A result that is painted in place, and the reports of how far it is."""

    def __init__(self, blank: Styling, canvas: Canvas) -> None:
        self.result, self.canvas = blank, canvas
        self._view = _Preview(blank.image)
        self._spent, self._begun = 0.0, time.monotonic()

    def put(self, found: np.ndarray, box: Box) -> None:
        """Take what was painted in a box into the picture."""
        self.result.image.paste(self.canvas.mixed(found, box), box[:2])
        self._view.refresh(box)

    def take(self, found: np.ndarray, keep: bool = True) -> None:
        """Show the whole picture, painted at any size, and ``keep`` it in case somebody stops."""
        size, wanted = (found.shape[1], found.shape[0]), self.canvas.photo.size
        if size == wanted:
            self.put(found, (0, 0, *size))
            return
        if keep:
            large = Image.fromarray(found).resize(wanted, Image.Resampling.BICUBIC)
            self.put(np.asarray(large), (0, 0, *wanted))
        self._view.show(self.canvas.smaller(size).mixed(found, (0, 0, *size)))

    def report(self, done: int, total: int, shown: bool = True) -> Iterator[Step[Styling]]:
        """One report, with a picture if there is another to be ``shown``; the time until the next
        is asked for does not count."""
        self._spent += time.monotonic() - self._begun
        partial = replace(self.result, seconds=self._spent)
        yield Step(done, total, self._view.image if shown else None, partial)
        self._begun = time.monotonic()


def painted(
    blank: Styling,
    canvas: Canvas,
    networks: Callable[[], Loaded],
    polishing: Polishing,
    styles: Sequence[Style],
    strength: float,
    blend: float,
) -> Iterator[Step[Styling]]:
    """Paint in one pass, show that, and then anew from coarse to fine.

    The network is asked for once the work begins.
    """
    work = _Work(blank, canvas)
    if not canvas.weight:
        yield from work.report(0, 1)
        yield from work.report(1, 1)
        return
    known = polishing.found
    if known is not None and polishing.reaches:
        yield from work.report(0, 1)
        work.take(known)
        yield from work.report(1, 1)
        return
    from .tiled_style import Brush, boxes

    tiles = [box for box in boxes(canvas.photo.size) if canvas.touched(box)]
    touches = 0 if known is not None else polishing.count
    total = 1 + touches + (0 if polishing.reaches else len(tiles))
    yield from work.report(0, total)
    loaded = networks()
    network: Any = loaded.networks["style"]
    asked = _mixed([code_of(style, loaded) for style in styles], blend)
    once = _between(canvas.photo, loaded, asked, strength)
    # Steps on the pixels say how much of the style is wanted; what they begin with has most of it,
    # but not more, for a finer level is painted on top of what is painted already.
    code = _between(canvas.photo, loaded, asked, min(1.0, BEGUN * strength))
    brush = None
    if known is None:
        brush = Brush(network, canvas.photo, once)
        work.take(brush.small, keep=touches > 0)
    else:
        work.take(known, keep=False)
    yield from work.report(1, total)
    done, size, picture = 0, 0, known
    for done, picture in enumerate(polishing.steps(network, code, asked) if touches else (), 1):
        # What is smaller than the photo is kept once per size: enlarging it takes time.
        work.take(picture, keep=picture.size != size)
        size = picture.size
        yield from work.report(1 + done, total, done % SHOWN == 0 or done == touches)
    if polishing.reaches:
        if done < touches:
            yield from work.report(total, total)
        return
    if picture is not None:
        brush = Brush(network, polishing.under(picture, canvas.photo.size), code, KEPT)
    assert brush
    for done, box in enumerate(tiles, 2 + touches):
        work.put(brush.paint(box), box)
        yield from work.report(done, total)


def _mixed(codes: Sequence[Tensor], blend: float) -> Tensor:
    """The code of one style, or of two mixed."""
    import torch

    return codes[0] if len(codes) == 1 else torch.lerp(codes[0], codes[1], blend)


def _between(photo: Image.Image, loaded: Loaded, code: Tensor, strength: float) -> Tensor:
    """The code to paint with: from the photo's own at strength 0 to the style's and beyond."""
    import torch

    if strength == 1:
        return code
    with torch.no_grad():
        return torch.lerp(code_of_picture(photo, loaded), code, strength)


def optimised(
    blank: Styling,
    canvas: Canvas,
    fetch: Callable[[], Iterator[float]],
    network: Callable[[], Any],
    styles: Sequence[Style],
    strength: float,
    blend: float,
    iterations: int,
) -> Iterator[Step[Styling]]:
    """Optimise the picture; ``fetch`` downloads what ``network`` then loads."""
    from .gatys import gatys

    work = _Work(blank, canvas)
    shares = fetch()
    first = next(shares, None)
    before = 0 if first is None else DOWNLOAD
    total = before + iterations
    yield from work.report(0, total)
    if not canvas.weight:
        yield from work.report(total, total)
        return
    for share in shares:
        yield from work.report(min(before, int(share * before)), total)
    eyes = network()
    device = next(eyes.parameters()).device
    width, height = canvas.photo.size
    content = padded_tensor(canvas.photo, 1, MIN_SIDE, device)
    side = max(MIN_SIDE, round((width * height) ** 0.5))
    pictures = [
        padded_tensor(seen(s.picture, side), 1, MIN_SIDE, device) for s in styles if s.picture
    ]
    steps = gatys(eyes, content, pictures, blend, strength, iterations)
    done = before
    for done, found in enumerate(steps, before + 1):
        image = to_images(found[..., :height, :width])[0]
        work.put(np.asarray(image), (0, 0, width, height))
        yield from work.report(done, total)
    if done < total:
        yield from work.report(total, total)
