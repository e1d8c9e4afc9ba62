"""What the Style tab does with a photo and a style: thin listeners over the Stylizer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import one_of
from pipelines.errors import InputError
from pipelines.limits import DEFAULT_STROKES, REFINE

from .inputs import Options
from .page import Page
from .style_files import Results, details, picture_file, slider, told
from .style_given import Given, Newest
from .style_layout import FAST, METHODS, SLOW
from .style_menus import MenuHandlers
from .style_view import RESULT
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Step, Studio
    from pipelines.styling import Styling

PAUSE = 0.2  # seconds: showing a preview takes time of its own
QUICK = 3  # steps that are awaited while a slider moves: all of what has a megapixel

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]  # slider, status, results, view, stop
AnyResults = Any  # Results, or None before the first


class StyleHandlers:
    """The listeners that restyle photos, show what came of it and write it to files."""

    def __init__(
        self, studio: Studio, page: Page, menus: MenuHandlers, pause: float = PAUSE
    ) -> None:
        """``pause``: seconds at least between two previews."""
        self._pause = pause
        self._studio = studio
        self._downloads = page.downloads
        self._menus = menus

    def stylize(
        self,
        photo: str | None = None,
        style: str = "",
        style_picture: str | None = None,
        second: str = "",
        second_picture: str | None = None,
        blend: float = 0.5,
        strength: float = 1.0,
        keep_colors: bool = False,
        mask: str | None = None,
        outside: bool = False,
        feather: int = 0,
        size: int | None = None,
        refine: int = REFINE,
        method: str = FAST,
        iterations: int = 300,
        model: str | None = None,
        strokes: str = DEFAULT_STROKES,
        request: gr.Request | None = None,
    ) -> Iterator[Shown]:
        """Paint a photo in the style of a painting, a texture or any other picture.

        Args:
            photo: the picture, of any size; without one, a built-in example
            style: a built-in style by its id; empty for the first. An unknown one names all
            style_picture: any picture whose style is wanted, instead of a built-in one
            second: another built-in style, to be mixed with the first
            second_picture: any picture to be mixed with the first style
            blend: 0 to 1, from the first style to the second
            strength: 0 (the photo as it is) to 1.5
            keep_colors: only brightness comes from the style, colours stay the photo's
            mask: white where the style should go; without one it goes everywhere
            outside: the style goes where the mask is black instead
            feather: 0 to 256 pixels on both sides of the mask's rim over which the style fades
            size: pixels of the result's long side, 16 to 8192; empty for the photo's own
            refine: 0 to 100 steps on the picture itself, for "fast"; 0 leaves it at one pass
            method: "fast" or "slow" (optimised, takes minutes; needs style_picture)
            iterations: 50 to 1000, for "slow"
            model: a style model by its id; empty for the usual one
            strokes: "fine", "medium" or "broad", for "fast"
        Returns: the picture, and what it was made of
        """
        with spoken(request):
            from pipelines.media import read_labels, read_picture

            marked = None if mask is None else read_labels(mask)
            image = self._menus.example() if photo is None else read_picture(photo)
            styles: list[Any] = [read_picture(style_picture) if style_picture else style or None]
            if second_picture or second:
                styles.append(read_picture(second_picture) if second_picture else second)
            found, seen = None, time.monotonic()
            for step in self._steps(
                image, styles, marked, method, model, blend, strength, keep_colors, outside,
                feather, size, refine, strokes, iterations,
            ):  # fmt: skip
                found = step.partial
                if step.done < step.total and step.preview and time.monotonic() - seen > 1:
                    yield step.preview, gr.skip()
                    seen = time.monotonic()
            assert found
            yield found.image, details(found)

    def _steps(
        self,
        image: Image,
        styles: list[Any],
        mask: Image | None,
        method: str,
        model: str | None,
        blend: float,
        strength: float,
        keep_colors: bool,
        outside: bool,
        feather: int,
        size: int | None,
        refine: int,
        strokes: str,
        iterations: int,
    ) -> Iterator[Step[Styling]]:
        """The work of either way. Raises InputError, PictureError, CardError."""
        from pipelines import Stylizer

        method = one_of("fill_method", method, METHODS)
        stylizer = self._studio.get(Stylizer)
        given = {
            "style": styles[0] if len(styles) == 1 else tuple(styles),
            "strength": strength,
            "blend": blend,
            "keep_colors": keep_colors,
            "mask": mask,
            "outside": outside,
            "feather": feather,
            "size": None if size == "" else size,
        }
        if method == SLOW:
            return stylizer.slow_steps(image, iterations=iterations, **given)
        model = model or self._menus.default()
        return stylizer.steps(image, model=model, refine=refine, strokes=strokes, **given)

    def turn(self, newest: Newest, tick: float) -> None:
        """Something else is wanted: work under way sees it and makes room.

        What was wanted before it may be told of after it, and changes nothing then.
        """
        newest["tick"] = max(newest.get("tick") or 0, tick or 0)

    def press(self, newest: Newest, tick: float) -> None:
        """The button was pressed: what the controls say now is wanted, whatever was."""
        newest["tick"] = tick or 0

    def run(self, request: gr.Request, *inputs: Any) -> Iterator[Shown]:
        """Restyle the photo, and show it while it comes; ``inputs`` are those of a Given.

        A request that cannot be served leaves everything as it was.
        """
        given = Given.of(inputs)
        if given.outdated:
            yield (gr.skip(),) * 5
            return
        with spoken(request):
            before, seen, turned = "", 0.0, False
            for step in self._steps(*given.asked()):
                whole = step.done == step.total
                if not whole and given.outdated:
                    return
                if not whole and time.monotonic() - seen < self._pause:
                    continue
                seen = time.monotonic()
                before = before or self._downloads.preview(step.partial.photo)
                results = Results(step.partial, before, given.name, given.key if whole else "")
                *shown, view, stop = (
                    self._whole(results, request)
                    if whole
                    else self._working(step, results, request)
                )
                if turned:  # who looks at the photo while it is painted is left alone
                    view = Options(visible=True)
                turned = turned or isinstance(view, Options)
                yield *shown, view, stop

    def again(self, request: gr.Request, *inputs: Any) -> Iterator[Shown]:
        """Restyle the photo if anything has changed, and if that takes no patience."""
        if Given.of(inputs).idle:
            yield (gr.skip(),) * 5
            return
        yield from self.run(request, *inputs)

    def draft(self, request: gr.Request, *inputs: Any) -> Shown:
        """The same while a slider moves: of a large photo only what it will be like."""
        given = Given.of(inputs)
        if given.idle:
            return (gr.skip(),) * 5
        with spoken(request):
            step = None
            for step in self._steps(*given.asked()):
                if step.done and step.total > QUICK:
                    break
            assert step
            assert step.preview
            found = step.partial
            before = self._downloads.preview(found.photo)
            if step.done == step.total:
                return self._whole(Results(found, before, given.name, given.key), request)
            seen = gr.ImageSlider((before, self._downloads.preview(step.preview, "after")))
            # What is seen is no longer the result that there is.
            older = replace(given.results, key="") if given.results else gr.skip()
            return seen, gr.skip(), older, Options(value=RESULT), gr.skip()

    def _working(self, step: Step[Styling], results: Results, request: gr.Request | None) -> Shown:
        """What there is so far; what has no step behind it takes no other result's place."""
        stop = gr.Button(interactive=True)
        most = results.found.parameters.get("iterations", step.total)
        fetched = step.total - most  # steps that stand for a download
        if step.done < fetched:
            line = say("style.fetching", request, done=100 * step.done // fetched)
            return gr.skip(), line, gr.skip(), gr.skip(), stop
        line = say("inpaint.working", request, done=step.done - fetched, total=most)
        if step.done <= fetched or step.preview is None:
            return gr.skip(), line, gr.skip(), gr.skip(), stop
        seen = (results.before, self._downloads.preview(step.preview, "after"))
        view = Options(value=RESULT, visible=True)
        return gr.ImageSlider(seen), line, results, view, stop

    def _whole(self, results: Results, request: gr.Request | None) -> Shown:
        """A result that is finished: slider, status, results, view, stop."""
        return (
            slider(self._downloads, results),
            told(results.found, request),
            results,
            Options(value=RESULT, visible=True),
            gr.Button(interactive=False),
        )

    def finish(self, results: AnyResults, request: gr.Request) -> Shown:
        """What there was when somebody stopped."""
        if results is None:
            return gr.skip(), "", gr.skip(), gr.skip(), gr.Button(interactive=False)
        with spoken(request):
            return self._whole(results, request)

    def save(self, results: AnyResults, request: gr.Request) -> str:
        """The result at full resolution."""
        with spoken(request):
            if results is None:
                raise InputError("no_styling")
            return picture_file(self._downloads, results)
