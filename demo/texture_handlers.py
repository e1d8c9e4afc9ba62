"""What the Texture tab makes of a sample or a seed: thin listeners over the Texturer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.swatches import SWATCHES
from pipelines.texturing import QUILTING

from . import region
from .menus import ANY
from .page import Page
from .tab import spoken
from .texture_files import Results, details, picture_file, scored, seen, told
from .texture_layout import PICTURE
from .texture_menus import MenuHandlers
from .words import say

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Step, Studio
    from pipelines.texturing import Texture

PAUSE = 0.3  # seconds: showing a preview takes time of its own

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]  # what ``View.shown`` lists, and Stop
Chosen = dict[str, Any]
AnyResults = Any  # Results, or None before the first
AnyWish = Any
NOTHING: Shown = (gr.skip(),) * 5


@dataclass
class Wish:
    """What somebody wants to see by now: ``number`` changes when work on an older request is to be
    given up; ``tiles``: how often the texture is laid beside itself.

    Gradio's own ``cancels`` would lose a request that comes while the last one is being cancelled.
    """

    number: int = 0
    tiles: int = 1


class TextureHandlers:
    """The listeners that make textures, show them and write them to files."""

    def __init__(
        self, studio: Studio, page: Page, menus: MenuHandlers, pause: float = PAUSE
    ) -> None:
        """``pause``: seconds at least between two previews."""
        self._pause = pause
        self._studio = studio
        self._downloads = page.downloads
        self._menus = menus

    def texture(
        self,
        sample: str | None = None,
        width: int = 512,
        height: int = 512,
        seamless: bool = True,
        seed: int = 0,
        block: int = 0,
        model: str = "",
        label: str = ANY,
        second: str = "",
        second_seed: int = 1,
        blend: float = 0.5,
        across: bool = False,
        request: gr.Request | None = None,
    ) -> Iterator[Shown]:
        """Make a texture of any size, out of a picture of one or out of a model.

        Args:
            sample: a picture of the texture; without one a model draws it, if one is installed
            width: 16 to 2048 pixels
            height: 16 to 2048 pixels
            seamless: it can be laid beside itself and its borders meet
            seed: 0 to 4294967295: which texture of the class, or how the pieces fall
            block: side of the pieces of the sample, 4 to 256 pixels; 0 for a third of it
            model: a texture model by its id; "quilting" for a built-in sample
            label: a class of the model, or "any" for the one that the seed stands for
            second: the class of a second texture to blend in, or "any"; empty for none
            second_seed: the second texture's seed
            blend: 0 to 1, from the first texture to the second
            across: from the first on the left to the second instead, and if seamless back again
        Returns: the texture, and what it was made of, with its scores (1 is best: seam, likeness)
        """
        with spoken(request):
            from pipelines.media import read_picture

            model = model or self._menus.default() or QUILTING
            picture = None
            if sample is not None:
                picture = read_picture(sample)
            elif model == QUILTING:
                picture = SWATCHES[0].make()
            found, shown = None, time.monotonic()
            for step in self._steps(
                picture, width, height, seamless, seed, block, model, label,
                bool(second), second, second_seed, blend, across,
            ):  # fmt: skip
                found = step.partial
                if step.done < step.total and time.monotonic() - shown > 1:
                    yield step.preview, gr.skip()
                    shown = time.monotonic()
            assert found
            yield found.image, details(found)

    def _steps(
        self,
        sample: Image | None,
        width: int,
        height: int,
        seamless: bool,
        seed: int,
        block: int,
        model: str,
        label: str,
        mix: bool,
        second: str,
        second_seed: int,
        blend: float,
        across: bool,
    ) -> Iterator[Step[Texture]]:
        """The work of either way. Raises InputError, PictureError, CardError."""
        from pipelines import Texturer

        given: dict[str, Any] = {
            "size": (width, height),
            "seamless": bool(seamless),
            "seed": seed,
            "block": block or None,
        }
        if sample is None:
            labels = [None if name in (ANY, None, "") else name for name in (label, second)]
            given["label"], given["model"] = labels[0], model
            if mix:
                given["label"], given["seed"] = labels, (seed, second_seed)
                given["blend"], given["across"] = blend, bool(across)
        return self._studio.get(Texturer).steps(sample, **given)

    def renew(self, wish: AnyWish) -> None:
        """Something has changed: what is under way is of no use any more."""
        wish.number += 1

    def afresh(self, wish: AnyWish, results: AnyResults, seed: int, _keep: bool) -> Shown:
        """The same for somebody who wants to see it done, changed or not: seed, results."""
        self.renew(wish)
        return seed, replace(results, key="") if results else results

    def again(
        self,
        wish: AnyWish,
        way: str,
        photo: str,
        chosen: Chosen,
        results: AnyResults,
        request: gr.Request,
        *settings: Any,
    ) -> Iterator[Shown]:
        """Make the texture and show it while it comes, if there is anything to make it of and
        anything has changed.

        A request that cannot be served leaves everything as it was.
        """
        key, number = _key(way, photo, chosen, settings), wish.number
        if results is not None and results.key == key:
            yield gr.skip(), told(results, request), *NOTHING[2:]
            return
        # A field that is empty is one that somebody is just filling in.
        if None in settings[:4] or (way == PICTURE and not photo):
            yield NOTHING
            return
        with spoken(request):
            sample, name = None, ""
            if way == PICTURE:
                from pipelines.media import read_picture

                sample, name = region.cropped(read_picture(photo), chosen), Path(photo).stem
            shown = 0.0
            for step in self._steps(sample, *settings):
                if wish.number != number:
                    yield NOTHING
                    return
                whole = step.done == step.total
                if not whole and time.monotonic() - shown < self._pause:
                    continue
                shown = time.monotonic()
                results = Results(step.partial, name, key if whole else "", step.done / step.total)
                if whole:
                    yield from self._whole(results, wish, request)
                else:
                    yield self._working(step, results, wish, request)

    def _working(
        self, step: Step[Texture], results: Results, wish: Wish, request: gr.Request | None
    ) -> Shown:
        """What there is so far: of a model's nothing, which takes no other result's place."""
        line = say("texture.working", request, done=100 * step.done // step.total)
        stop = gr.Button(interactive=True)
        if step.preview is None or not step.done:
            return gr.skip(), line, gr.skip(), gr.skip(), stop
        image = seen(self._downloads, results, wish.tiles)
        return image, line, "", results, stop

    def _whole(self, results: Results, wish: Wish, request: gr.Request | None) -> Iterator[Shown]:
        """A texture that is finished, or as far as it got; how good it is comes after it."""
        image, line = seen(self._downloads, results, wish.tiles), told(results, request)
        still = gr.Button(interactive=False)
        yield image, line, gr.skip(), results, still
        scores = scored(results, request)
        # Once more, for what comes while the page is still being laid out may be lost, and a report
        # that was on its way when somebody stopped may have come after the first.
        yield seen(self._downloads, results, wish.tiles), line, scores, gr.skip(), still

    def tile(self, wish: AnyWish, results: AnyResults, tiles: str) -> Any:
        """The texture beside itself as often as somebody wants to see it."""
        wish.tiles = {"2": 2, "3": 3}.get(tiles, 1)
        return gr.skip() if results is None else seen(self._downloads, results, wish.tiles)

    def finish(self, wish: AnyWish, results: AnyResults, request: gr.Request) -> Iterator[Shown]:
        """What there was when somebody stopped; whatever still works on it gives up."""
        self.renew(wish)
        if results is None:
            yield gr.skip(), "", *NOTHING[2:4], gr.Button(interactive=False)
            return
        with spoken(request):
            yield from self._whole(results, wish, request)

    def save(self, results: AnyResults, request: gr.Request) -> str:
        """The texture at full resolution."""
        with spoken(request):
            if results is None:
                raise InputError("no_texture")
            return picture_file(self._downloads, results)


def _key(way: str, photo: str | None, chosen: Chosen | None, settings: Sequence[Any]) -> Any:
    """All that a texture is made of, in short: the same request needs no second answer."""
    width, height, seamless, seed, block, model, label, *rest = settings
    given: tuple[Any, ...] = way, width, height, seamless, seed
    if way == PICTURE:
        return str((*given, block, photo, (chosen or {}).get("box")))
    mix, second, second_seed, blend, across = rest
    mixed = (second, second_seed, across, None if across else blend) if mix else ()
    return str((*given, model, label, *mixed))
