"""Pictures that textures are made of, from wherever they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.settings import save_png
from pipelines.swatches import SWATCHES

from . import region
from .inputs import Options
from .page import Page
from .shown import Pictures
from .tab import spoken
from .texture_files import picture_file
from .texture_layout import PICTURE
from .words import say

if TYPE_CHECKING:
    from PIL.Image import Image

THUMB = 160  # pixels of the long side of an example
CAPTIONS = {
    "gravel": "swatch_gravel",
    "terrazzo": "swatch_terrazzo",
    "table": "swatch_table",
    "cloth": "swatch_cloth",
    "grass": "swatch_grass",
    "tissue": "swatch_tissue",
}

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]  # way, picture, region
AnyResults = Any  # Results, or None before the first
Offers = list[str]


class SampleHandlers:
    """The listeners that bring a picture, and choose the way that makes a texture of it."""

    def __init__(self, page: Page) -> None:
        self._downloads = page.downloads

    def open(self, photo: str | None, request: gr.Request) -> Shown:
        """A picture from a file or out of another tab."""
        with spoken(request):
            from pipelines.media import read_picture

            if not photo:
                raise InputError("no_photo")
            return self._opened(photo, read_picture(photo), None, request)

    def _opened(
        self, photo: str, image: Image, box: region.Box | None, request: gr.Request | None
    ) -> Shown:
        chosen = region.opened(self._downloads, image, box, request)
        return Options(value=PICTURE), photo, chosen

    def offer(self, offers: Offers, request: gr.Request) -> Shown:
        """Pictures to try, drawn when the tab is opened first: gallery, offers."""
        if offers:
            return gr.skip(), gr.skip()
        pictures = []
        for swatch in SWATCHES:
            picture = swatch.make()
            picture.thumbnail((THUMB, THUMB))
            pictures.append((picture, say(f"texture.{CAPTIONS[swatch.id]}", request)))
        return Pictures(value=pictures), [swatch.id for swatch in SWATCHES]

    def pick(self, request: gr.Request, event: gr.SelectData) -> Shown:
        """The clicked example, with the part of it that is a texture."""
        with spoken(request):
            swatch = SWATCHES[event.index]
            image = swatch.make()
            path = self._downloads.place(f"{swatch.id}.png")
            save_png(image, path, effort=3)
            return self._opened(str(path), image, swatch.box, request)

    def proceed(self, results: AnyResults, request: gr.Request) -> Shown:
        """The texture becomes the sample of the next one."""
        with spoken(request):
            if results is None:
                raise InputError("no_texture")
            path = picture_file(self._downloads, results, effort=1)
            return self._opened(path, results.found.image, None, request)
