"""What the Inpaint tab does with a photo and a mask: thin listeners over the Inpainter."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.limits import DEFAULT_METHOD, SAMPLERS

from . import painter
from .inpaint_files import Entry, Results, details, entries, mask_file, picture_file, slider, tile
from .inpaint_fill import METHOD
from .inpaint_layout import asked
from .inpaint_menus import MenuHandlers
from .inpaint_view import RESULT
from .inputs import Options
from .page import Page
from .shown import Pictures
from .tab import spoken
from .words import say, say_error

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Step, Studio
    from pipelines.inpainting import Comparison, Inpainting

PAUSE = 0.2  # seconds: showing a preview takes time of its own

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]  # slider, gallery, status, results, view
Canvas = dict[str, Any]
AnyKnown = Any  # a painter.Known, or None
AnyResults = Any  # Results, or None before the first


class InpaintHandlers:
    """The listeners that fill masks, show what came of it and write it to files."""

    def __init__(
        self, studio: Studio, page: Page, menus: MenuHandlers, pause: float = PAUSE
    ) -> None:
        """``pause``: seconds at least between two previews."""
        self._pause = pause
        self._studio = studio
        self._downloads = page.downloads
        self._menus = menus

    def inpaint(
        self,
        photo: str | None = None,
        mask: str | None = None,
        method: str = DEFAULT_METHOD,
        model: str | None = None,
        seed: int = 0,
        variants: int = 1,
        sampling_steps: int = 20,
        grow: int = 0,
        feather: int = 0,
        invert: bool = False,
        left: int = 0,
        top: int = 0,
        right: int = 0,
        bottom: int = 0,
        prompt: str = "",
        negative_prompt: str = "",
        strength: float = 1.0,
        guidance: float = 7.5,
        sampler: str = SAMPLERS[0],
        fill: str | None = None,
        request: gr.Request | None = None,
    ) -> Iterator[Shown]:
        """Fill the masked part of a picture, or extend it; outside the mask every byte stays.

        Args:
            photo: the picture, of any size; without one, a built-in example with its own mask
            mask: white where something is to be filled; not needed where margins are given
            method: "completion", "diffusion", "telea", "navier-stokes", "texture" or "hub"
            model: a model of that method by its id, or of the Hub; empty for the usual one
            seed: 0 to 4294967295, for "diffusion" and "hub"
            variants: 1 to 8 pictures, from as many seeds
            sampling_steps: 1 to 100, for "diffusion" and "hub"
            grow: the mask grows by this many pixels, -256 (it shrinks) to 256
            feather: 0 to 256 pixels over which the mask's inner rim fades into the picture
            invert: fill what is black in the mask instead
            left: 0 to 4096 pixels to add on the left
            top: pixels to add at the top
            right: pixels to add on the right
            bottom: pixels to add at the bottom
            prompt: what to fill it with, for "hub"
            negative_prompt: what to keep out, for "hub"
            strength: above 0, up to 1: how little is kept of what was there, for "hub"
            guidance: 0 to 30: how closely the prompt is followed, for "hub"
            sampler: "ddim" or "dpm++", for "diffusion"
            fill: the picture that "texture" fills with, laid beside itself
        Returns: the picture, all variants, and what they were made of
        """
        with spoken(request):
            from pipelines import Inpainter
            from pipelines.media import read_labels, read_picture

            marked = None if mask is None else read_labels(mask)
            if photo is None:
                image, own = self._menus.example()
                marked = own if marked is None else marked
            else:
                image = read_picture(photo)
            wanted = _wanted(
                method, model, seed, variants, sampling_steps, grow, feather, invert,
                left, top, right, bottom, prompt, negative_prompt, strength, guidance,
                sampler, fill,
            )  # fmt: skip
            found, told = None, time.monotonic()
            for step in self._studio.get(Inpainter).steps(image, marked, **wanted):
                found = step.partial
                if step.preview and step.done < step.total and time.monotonic() - told > 1:
                    yield step.preview, gr.skip(), gr.skip()
                    told = time.monotonic()
            assert found
            yield found.image, list(found.images), details(found)

    def run(
        self, photo: str, value: Canvas, known: AnyKnown, request: gr.Request, *settings: Any
    ) -> Iterator[Shown]:
        """Fill the painted mask, and show it while it comes.

        A request that cannot be served leaves everything as it was.
        """
        with spoken(request):
            from pipelines import Inpainter

            image, mask = self._given(photo, value, known)
            before, told = "", 0.0
            for step in self._studio.get(Inpainter).steps(image, mask, **_wanted(*settings)):
                if step.done < step.total and time.monotonic() - told < self._pause:
                    continue
                told = time.monotonic()
                before = before or self._downloads.preview(step.partial.original)
                results = Results(entries(step.partial), before, Path(photo).stem)
                if step.done < step.total:
                    yield self._working(step, results, request)
                else:
                    yield self._whole(results, request)

    def compare(
        self, photo: str, value: Canvas, known: AnyKnown, request: gr.Request, *settings: Any
    ) -> Iterator[Shown]:
        """Fill the painted mask by every method that is installed, side by side."""
        with spoken(request):
            from pipelines import Inpainter

            image, mask = self._given(photo, value, known)
            wanted = _wanted(*settings, every=True)
            for name in ("method", "model", "variants"):
                del wanted[name]
            before, count = "", 0
            for step in self._studio.get(Inpainter).compare_steps(image, mask, **wanted):
                found, finished = step.partial.results, step.done == step.total
                line = say("inpaint.comparing", request, done=100 * step.done // step.total)
                if len(found) > count or (found and finished):
                    count = len(found)
                    before = before or self._downloads.preview(found[0].original)
                    every = tuple(entry for one in found for entry in entries(one))
                    results = Results(every, before, Path(photo).stem)
                    whole = self._whole(results, request)
                    line = self._summed(whole[2], step.partial, request) if finished else line
                    yield *whole[:2], line, *whole[3:]
                else:
                    yield gr.skip(), gr.skip(), line, gr.skip(), gr.skip()

    def _summed(self, line: str, found: Comparison, request: gr.Request | None) -> str:
        """The line below a comparison, with what kept some methods from it."""
        problems = [
            f"- {self._menus.title(name, request)}: {html.escape(say_error(error, request))}"
            for name, error in found.problems
        ]
        return "\n".join([line, "", *problems]) if problems else line

    def _given(
        self, photo: str | None, value: Canvas | None, known: Any
    ) -> tuple[Image, Image | None]:
        """The photo as it was brought, and the mask at its size. Raises InputError."""
        from pipelines.media import read_picture

        if not photo:
            raise InputError("no_photo")
        image = read_picture(photo)
        return image, painter.whole(value, known, image.size)

    def _working(
        self, step: Step[Inpainting], results: Results, request: gr.Request | None
    ) -> Shown:
        """What there is so far; what has no step behind it takes no other result's place."""
        line = say("inpaint.working", request, done=step.done, total=step.total)
        if step.partial.fetched < 1:
            share = int(100 * step.partial.fetched)
            line = say("inpaint.fetching", request, done=share)
        if not step.done or step.preview is None:
            return gr.skip(), gr.skip(), line, gr.skip(), gr.skip()
        seen = (results.before, self._downloads.preview(step.preview, "after"))
        results = replace(results, chosen=len(results.entries) - 1)
        return (
            gr.ImageSlider(seen),
            Pictures(visible=False),
            line,
            results,
            Options(value=RESULT, visible=True),
        )

    def _whole(self, results: Results, request: gr.Request | None) -> Shown:
        """A result that is finished, or seen again: slider, gallery, status, results, view."""
        several = len(results.entries) > 1
        tiles = [(tile(entry), self._caption(entry, request)) for entry in results.entries]
        gallery = Pictures(
            value=tiles if several else [],
            visible=several,
            selected_index=results.chosen if several else None,
        )
        line = self._line(results.entry, request)
        return (
            slider(self._downloads, results),
            gallery,
            line,
            results,
            Options(value=RESULT, visible=True),
        )

    def _caption(self, entry: Entry, request: gr.Request | None) -> str:
        text = f"{self._menus.title(entry.found.method, request)}\n"
        text += say("inpaint.seconds", request, seconds=f"{entry.seconds:.2f}")
        if entry.seed is not None:
            text += " · " + say("morph.key_seed", request, seed=entry.seed)
        return text

    def _line(self, entry: Entry, request: gr.Request | None) -> str:
        width, height = entry.image.size
        line = say(
            "inpaint.done",
            request,
            size=f"{width:,} × {height:,}",
            method=self._menus.title(entry.found.method, request),
            seconds=f"{entry.seconds:.2f}",
        )
        if entry.seed is not None:
            line += " · " + say("morph.key_seed", request, seed=entry.seed)
        return line

    def finish(self, results: AnyResults, request: gr.Request) -> Shown:
        """What there was when somebody stopped."""
        if results is None:
            return gr.skip(), gr.skip(), "", gr.skip(), gr.skip()
        with spoken(request):
            return self._whole(results, request)

    def pick(self, results: AnyResults, request: gr.Request, event: gr.SelectData) -> Shown:
        """The clicked picture becomes the one that is seen large: slider, status, results."""
        if results is None:
            return (gr.skip(),) * 3
        with spoken(request):
            results = replace(results, chosen=event.index)
            return slider(self._downloads, results), self._line(results.entry, request), results

    def save(self, results: AnyResults, request: gr.Request) -> str:
        """The chosen picture at full resolution."""
        return self._file(picture_file, results, request)

    def save_mask(self, results: AnyResults, request: gr.Request) -> str:
        """The mask as it was applied."""
        return self._file(mask_file, results, request)

    def _file(self, write: Any, results: AnyResults, request: gr.Request) -> str:
        with spoken(request):
            if results is None:
                raise InputError("no_result")
            return write(self._downloads, results)


def _wanted(*settings: Any, every: bool = False) -> dict[str, Any]:
    """The controls as arguments of the Inpainter; ``every``: for all its methods. Raises
    PictureError."""
    wanted = asked(*settings)
    fill = wanted.pop("fill")
    if fill and (every or wanted["method"] == METHOD):
        from pipelines.media import read_picture

        wanted["fill"] = read_picture(fill)
    return wanted
