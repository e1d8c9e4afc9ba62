"""Photos and masks that come to the Inpaint tab, from wherever they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
from PIL import Image

from pipelines.checks import whole
from pipelines.errors import InputError
from pipelines.limits import MAX_FEATHER, MAX_GROW, MAX_MARGIN
from pipelines.settings import save_png

from . import painter
from .inpaint_files import picture_file
from .inpaint_menus import MenuHandlers
from .inpaint_view import PAINT
from .page import Page
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Canvas = dict[str, Any]
AnyKnown = Any  # a painter.Known, or None for a mask that was painted from the start
AnyResults = Any  # Results, or None before the first
Paths = tuple[str, ...]
Offers = list[dict[str, Any]]


class PhotoHandlers:
    """The listeners that put a photo under the brush."""

    def __init__(self, page: Page, menus: MenuHandlers) -> None:
        self._downloads = page.downloads
        self._menus = menus

    def open(self, photo: str, request: gr.Request) -> Shown:
        """A photo without a mask: photo, earlier photos, and what ``View.opened`` lists."""
        with spoken(request):
            return photo, (), *self._opened(photo, None, request)

    def receive(self, photo: str, mask: str | None, request: gr.Request) -> Shown:
        """A photo out of another tab, with a mask if that tab made one."""
        with spoken(request):
            return photo, (), *self._opened(photo, mask, request)

    def _opened(self, photo: str | None, mask: str | None, request: gr.Request | None) -> Shown:
        from pipelines.media import read_picture

        if not photo:
            raise InputError("no_photo")
        image = read_picture(photo)
        known = painter.mask_of(mask, image.size) if mask else None
        return self._painted(image, known, request)

    def _painted(
        self, image: Image.Image, mask: Image.Image | None, request: gr.Request | None
    ) -> Shown:
        update, known = painter.opened(self._downloads, image, mask, request)
        line = "" if known else say("inpaint.paint", request)
        return update, known, PAINT, line, gr.Column(visible=True), gr.HTML(visible=False)

    def pick(self, offers: Offers, request: gr.Request, event: gr.SelectData) -> Shown:
        """The clicked example with its mask: as ``open``."""
        with spoken(request):
            offer = offers[event.index]
            image, mask = self._menus.offered(offer)
            path = self._downloads.place(f"{offer['id']}.png")
            save_png(image, path)
            return str(path), (), *self._painted(image, mask, request)

    def mask(self, photo: str, mask: str, request: gr.Request) -> Shown:
        """A mask from a file takes the place of the one that is painted.

        Returns painter, known, view, status.
        """
        with spoken(request):
            opened = self._opened(photo, mask, request)
        return opened[:4]

    def proceed(
        self, photo: str, results: AnyResults, earlier: Paths, request: gr.Request
    ) -> Shown:
        """The result becomes the photo: as ``open``, with the way back."""
        with spoken(request):
            if results is None:
                raise InputError("no_result")
            image = results.image
            path = picture_file(self._downloads, results, effort=1)
            earlier = (*(earlier or ()), photo) if photo else earlier
            return path, earlier, *self._painted(image, None, request)

    def back(self, earlier: Paths, request: gr.Request) -> Shown:
        """The photo that a result took the place of: as ``open``."""
        if not earlier:
            return (gr.skip(),) * 8
        with spoken(request):
            return earlier[-1], earlier[:-1], *self._opened(earlier[-1], None, request)

    def way_back(self, earlier: Paths) -> gr.Button:
        return gr.Button(visible=bool(earlier))

    def apply(
        self,
        photo: str,
        value: Canvas,
        grow: int,
        feather: int,
        invert: bool,
        left: int,
        top: int,
        right: int,
        bottom: int,
        request: gr.Request,
    ) -> Any:
        """Show the mask as it will be applied."""
        if not photo:
            return gr.skip()
        with spoken(request):
            from pipelines.media import open_picture

            small = painter.painted(value)
            if small is None:
                return gr.skip()
            with open_picture(photo) as image:
                scale = max(small.size) / max(image.size)
            margins = _sides((left, top, right, bottom))
            shown = painter.applied(
                small,
                scale,
                whole("grow", grow, -MAX_GROW, MAX_GROW),
                whole("feather", feather, 0, MAX_FEATHER),
                bool(invert),
                margins,
            )
        return gr.HTML(applied=shown)


def _sides(margins: Sequence[Any]) -> tuple[int, int, int, int]:
    """Four margins; a field that was emptied stands for none. Raises InputError."""
    left, top, right, bottom = (whole("margins", m or 0, 0, MAX_MARGIN) for m in margins)
    return left, top, right, bottom
