"""What the Segment tab does with one photo: thin listeners over the Segmenter."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import real
from pipelines.errors import InputError
from pipelines.limits import DEFAULT_SEGMENTER

from .legend import histogram, legend, switched_on
from .page import Page
from .segment_files import details, save, seen
from .segment_layout import DEFAULTS
from .segment_menus import MenuHandlers
from .tab import spoken
from .words import class_name, say

if TYPE_CHECKING:
    from pipelines import Studio
    from pipelines.segmentation import Segmentation

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]  # slider, result, status, legend, sizes
Legend = dict[str, Any]
AnyResult = Any  # a Result, or None before the first


@dataclass(frozen=True, eq=False)
class Result:
    """One photo on the page: what was found, and what of it is above the threshold.

    ``small``: the same as ``seen``, at the size of what is shown. ``photo``: a file of the photo
    at that size. ``name``: what files of it are called.
    """

    found: Segmentation
    seen: Segmentation
    small: Segmentation
    photo: str
    name: str

    def above(self, threshold: float) -> Result:
        """The same with another threshold, without asking the network again."""
        seen = self.found.above(threshold) if threshold else self.found
        return replace(self, seen=seen, small=seen.reduced())


class SegmentHandlers:
    """The listeners that find out what is where, show it and write it to files."""

    def __init__(self, studio: Studio, page: Page, menus: MenuHandlers) -> None:
        self._studio = studio
        self._downloads = page.downloads
        self._menus = menus

    def segment(
        self,
        photo: str | None = None,
        model: str = DEFAULT_SEGMENTER,
        scale: float = 1.0,
        threshold: float = 0.0,
        request: gr.Request | None = None,
    ) -> Iterator[Shown]:
        """Find out what is where in a picture: a class for every pixel.

        Args:
            photo: the picture, of any size; without one, a built-in example that fits the model
            model: "road" (street scenes), "aerial" (seen from above) or "nuclei" (microscope)
            scale: how many times larger than usual the model sees the picture, 0.25 to 4
            threshold: labels less probable than this, 0 to 1, become 255: unsure
        Returns: an overlay, the labels as an index PNG, and the classes with their areas
        """
        with spoken(request):
            from pipelines import Segmenter
            from pipelines.media import read_picture

            threshold = real("threshold", threshold, 0, 1)
            if photo is None:
                image, name, _ = self._menus.example(model)
            else:
                image, name = read_picture(photo), Path(photo).stem
            found, told = None, time.monotonic()
            for step in self._studio.get(Segmenter).steps(image, model, scale, threshold or None):
                found = step.partial
                # Showing what there is so far costs time of its own.
                if step.done < step.total and time.monotonic() - told > 1:
                    yield step.preview, gr.skip(), gr.skip()
                    told = time.monotonic()
            assert found
            index = save(self._downloads, found, "index", list(found.classes), 1, name)
            yield found.overlay(DEFAULTS["opacity"]), index, details(found)

    def run(
        self,
        photo: str,
        model: str,
        scale: float,
        threshold: float,
        view: str,
        shown: Legend,
        result: AnyResult,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Find out what is where, and show it while it comes: what is shown, the photo, panels.

        A photo that cannot be used leaves everything as it was.
        """
        start = time.monotonic()
        with spoken(request):
            from pipelines import Segmenter
            from pipelines.media import read_picture

            if not photo:
                raise InputError("no_photo")
            threshold = real("threshold", threshold, 0, 1)
            same = result is not None and result.found.model == model
            image = read_picture(photo)
            steps = self._studio.get(Segmenter).steps(image, model, scale)
            file = self._downloads.preview(image)
            first = (photo, gr.Column(visible=True), gr.HTML(visible=False))
            for step in steps:
                if step.done < step.total:
                    found = step.partial
                    result = Result(found, found, found.reduced(), file, Path(photo).stem)
                    layer = (file, result.small.layer(unsure=False))
                    line = say("segment.working", request, done=step.done, total=step.total)
                    slider = gr.ImageSlider(layer, elem_classes="overlay")
                    yield slider, result, line, gr.skip(), gr.skip(), *first
                    first = (gr.skip(),) * 3
                    continue
                found = step.partial
                result = Result(found, found, found, file, Path(photo).stem).above(threshold)
                seconds = time.monotonic() - start
                kept = shown if same else None
                yield *self._whole(result, view, kept, seconds, request), *first

    def again(
        self,
        photo: str,
        model: str,
        scale: float,
        threshold: float,
        view: str,
        shown: Legend,
        result: AnyResult,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Find out again, with other settings; before the first photo there is nothing to do."""
        if not photo:
            yield (gr.skip(),) * 8
            return
        yield from self.run(photo, model, scale, threshold, view, shown, result, request)

    def _whole(
        self,
        result: Result,
        view: str,
        shown: Legend | None,
        seconds: float | None,
        request: gr.Request | None,
    ) -> Shown:
        rows = legend(result.seen, shown, request)
        sizes, counted = gr.HTML(visible=False), ""
        if result.seen.objects is not None:
            sizes = histogram(result.seen.objects.sizes, request)
            sizes = gr.HTML(sizes, visible=bool(sizes))
            name = class_name(result.seen.counts or "", request)
            count = len(result.seen.objects.sizes)
            counted = say("segment.counted", request, count=f"{count:,}", name=name)
        width, height = result.found.image.size
        key = "done" if seconds is not None else "stopped"
        line = say(
            f"segment.{key}",
            request,
            size=f"{width:,} × {height:,}",
            model=self._menus.title(result.found.model, request),
            seconds=f"{seconds or 0:.1f}",
        )
        slider = seen(self._downloads, result, view, switched_on(result.seen, rows))
        return slider, result, counted + line, rows, sizes

    def finish(self, result: AnyResult, threshold: float, view: str, request: gr.Request) -> Shown:
        """What was found before somebody stopped."""
        if result is None:
            return (gr.skip(),) * 5
        with spoken(request):
            result = result.above(real("threshold", threshold, 0, 1))
            return self._whole(result, view, None, None, request)

    def look(self, result: AnyResult, view: str, shown: Legend, request: gr.Request) -> Any:
        """The same in another way, or with other classes switched on."""
        if result is None:
            return gr.skip()
        with spoken(request):
            return seen(self._downloads, result, view, switched_on(result.seen, shown))

    def doubt(
        self, result: AnyResult, threshold: float, view: str, shown: Legend, request: gr.Request
    ) -> Shown:
        """The same with another threshold."""
        if result is None:
            return (gr.skip(),) * 5
        with spoken(request):
            result = result.above(real("threshold", threshold, 0, 1))
            slider, result, _, rows, sizes = self._whole(result, view, shown, None, request)
            return slider, result, gr.skip(), rows, sizes

    def file(
        self, kind: str, result: AnyResult, shown: Legend, opacity: float, request: gr.Request
    ) -> str:
        """What was found as a file; ``kind`` is one of KINDS."""
        with spoken(request):
            if result is None:
                raise InputError("no_photo")
            names = switched_on(result.seen, shown)
            return save(self._downloads, result.seen, kind, names, opacity, result.name)

    def parcel(
        self, photo: str, result: AnyResult, shown: Legend, request: gr.Request
    ) -> tuple[Any, ...]:
        """For another tab: the photo, and as its mask the classes that are switched on."""
        return photo, self.file("mask", result, shown, 1, request)

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("segment.linked", request), duration=5)
