"""A part of a picture, chosen by dragging a rectangle on it.

Only the rectangle's corners travel, in pixels of the picture as it was brought; what is shown is a
preview, and the picture is cut here.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import PictureError
from pipelines.limits import MIN_SAMPLE

from .words import say

if TYPE_CHECKING:
    from PIL.Image import Image

    from .results import Downloads

# Gradio reads the annotations of handlers at run time.
Chosen = dict[str, Any]
Box = tuple[int, int, int, int]  # left, top, right, bottom

WORDS = {"stage": "region_stage", "whole": "region_whole", "of": "region_of"}
SCRIPT = (Path(__file__).parent / "region.js").read_text(encoding="utf-8")
HANDLES = "".join(
    f'<i class="{corner}" data-corner="{corner}"></i>' for corner in ("nw", "ne", "sw", "se")
)
TEMPLATE = (
    '<div class="stage" tabindex="0" role="group"><img class="photo" alt="" draggable="false"/>'
    f'<div class="box">{HANDLES}</div></div>'
    '<div class="bar"><span class="measure"></span><button type="button" class="whole"></button>'
    "</div>"
)


def make_region(**arguments: Any) -> gr.HTML:
    """A selector without a picture; its ``input`` event follows every choice."""
    return gr.HTML(
        None,
        html_template=TEMPLATE,
        js_on_load=SCRIPT,
        elem_classes="region",
        apply_default_css=False,
        **arguments,
    )


def opened(
    downloads: Downloads, image: Image, box: Box | None, request: gr.Request | None
) -> gr.HTML:
    """Put a picture there, with ``box`` chosen, or all of it."""
    return gr.HTML(
        value={
            # What Gradio takes for a file, copies to where browsers may fetch it, and gives a URL.
            "photo": {"path": downloads.preview(image), "meta": {"_type": "gradio.FileData"}},
            "width": image.width,
            "height": image.height,
            "least": min(MIN_SAMPLE, *image.size),
            "box": list(box or (0, 0, *image.size)),
            "words": {name: say(f"texture.{key}", request) for name, key in WORDS.items()},
            "stamp": secrets.token_hex(4),  # the same picture may be sent again
        },
        visible=True,
    )


def box_of(value: Chosen | None, size: tuple[int, int]) -> Box:
    """What a selector sends, for a picture of ``size``; all of it where nothing is chosen.

    Raises PictureError for what no selector sends.
    """
    box = (value or {}).get("box") if isinstance(value, dict) else None
    if box is None:
        return 0, 0, *size
    try:
        left, top, right, bottom = (round(float(side)) for side in box)
    except (TypeError, ValueError, OverflowError) as error:
        raise PictureError("region", found=box) from error
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]):
        raise PictureError("region", found=box)
    return left, top, right, bottom


def cropped(image: Image, value: Chosen | None) -> Image:
    """The chosen part of a picture, in its own pixels. Raises PictureError."""
    box = box_of(value, image.size)
    return image if box == (0, 0, *image.size) else image.crop(box)
