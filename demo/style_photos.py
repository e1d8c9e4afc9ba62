"""Photos and masks that come to the Style tab, from wherever they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.settings import save_png

from . import painter
from .page import Page
from .style_files import picture_file
from .style_menus import MenuHandlers
from .style_view import PAINT
from .tab import spoken

if TYPE_CHECKING:
    from PIL.Image import Image

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
AnyResults = Any  # Results, or None before the first
Paths = tuple[str, ...]
Offers = list[dict[str, Any]]


class PhotoHandlers:
    """The listeners that bring a photo to be restyled."""

    def __init__(self, page: Page, menus: MenuHandlers) -> None:
        self._downloads = page.downloads
        self._menus = menus

    def open(self, photo: str, request: gr.Request) -> Shown:
        """A photo without a mask: photo, earlier photos, and what ``View.opened`` lists."""
        return self.receive(photo, None, request)

    def receive(self, photo: str, mask: str | None, request: gr.Request) -> Shown:
        """A photo out of another tab, with a mask if that tab made one."""
        with spoken(request):
            return photo, (), *self._opened(photo, mask, request)

    def _opened(self, photo: str | None, mask: str | None, request: gr.Request | None) -> Shown:
        from pipelines.media import read_picture

        if not photo:
            raise InputError("no_photo")
        return self._shown(read_picture(photo), mask, request)

    def _shown(self, image: Image, mask: str | None, request: gr.Request | None) -> Shown:
        known = painter.mask_of(mask, image.size) if mask else None
        update, known = painter.opened(self._downloads, image, known, request)
        return update, known, PAINT, "", gr.Column(visible=True), gr.HTML(visible=False)

    def pick(self, offers: Offers, request: gr.Request, event: gr.SelectData) -> Shown:
        """The clicked example: as ``open``."""
        with spoken(request):
            offer = offers[event.index]
            image = self._menus.offered(offer)
            path = self._downloads.place(f"{offer['id']}.png")
            save_png(image, path, effort=3)
            return str(path), (), *self._shown(image, None, request)

    def mask(self, photo: str, mask: str, request: gr.Request) -> Shown:
        """A mask from a file takes the place of the one that is painted: painter, known, view."""
        with spoken(request):
            return self._opened(photo, mask, request)[:3]

    def proceed(
        self, photo: str, results: AnyResults, earlier: Paths, request: gr.Request
    ) -> Shown:
        """The result becomes the photo: as ``open``, with the way back."""
        with spoken(request):
            if results is None:
                raise InputError("no_styling")
            path = picture_file(self._downloads, results, effort=1)
            earlier = (*(earlier or ()), photo) if photo else earlier
            return path, earlier, *self._shown(results.found.image, None, request)

    def back(self, earlier: Paths, request: gr.Request) -> Shown:
        """The photo that a result took the place of: as ``open``."""
        if not earlier:
            return (gr.skip(),) * 8
        with spoken(request):
            return earlier[-1], earlier[:-1], *self._opened(earlier[-1], None, request)

    def way_back(self, earlier: Paths) -> gr.Button:
        return gr.Button(visible=bool(earlier))
