"""A photo to paint a mask on.

Gradio's own ImageEditor uploads the photo and the composite again, both as PNG, for every event and
many times over (27 MB between a stroke and its answer), and its "clear" takes the photo away. Here
only the mask travels, some kilobytes a stroke, and the photo is never what comes back.
"""

from __future__ import annotations

import base64
import binascii
import io
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np
from PIL import Image, UnidentifiedImageError

from pipelines.errors import PictureError
from pipelines.limits import MAX_SHOWN

from .words import say

if TYPE_CHECKING:
    from .results import Downloads

# Gradio reads the annotations of handlers at run time.
Canvas = dict[str, Any]

PREFIX = "data:image/png;base64,"
MOST = 16 * 2**20  # characters of a mask that the browser may send
COLOR = (212, 85, 58)
VEIL = 0.6  # how opaque a mask lies over the photo
WORDS = ("brush", "eraser", "size", "undo", "redo", "clear")
SCRIPT = (Path(__file__).parent / "painter.js").read_text(encoding="utf-8")


def _button(name: str, drawing: str) -> str:
    return (
        f'<button type="button" class="{name}" data-tool="{name}">'
        f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{drawing}"/></svg><span></span>'
        "</button>"
    )


TEMPLATE = (
    '<div class="bar"><div class="pair">'
    + _button("brush", "M4 20c3 0 5-1 5-4a2.5 2.5 0 0 1 4-1l7-9a1.6 1.6 0 0 0-2.4-2.2L9 12")
    + _button("eraser", "M8 20h12M4.5 14.5 14 5l6 6-9 9H8z")
    + '</div><label class="wide"><i></i><input class="size" type="range" min="0" max="100"'
    ' value="58"/><b></b></label><div class="pair">'
    + _button("undo", "M4 9h10a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4")
    + _button("redo", "M20 9H10a5 5 0 0 0 0 10h5M20 9l-4-4M20 9l-4 4")
    + _button("clear", "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13")
    + "</div></div>"
    '<div class="stage"><div class="inner"><img class="photo" alt=""/>'
    '<canvas class="strokes"></canvas><div class="ring" hidden></div></div>'
    '<img class="applied" alt="" hidden/></div>'
)


def make_painter(**arguments: Any) -> gr.HTML:
    """A painter without a photo; its ``input`` event follows every stroke."""
    return gr.HTML(
        None,
        html_template=TEMPLATE,
        js_on_load=SCRIPT,
        applied={},
        elem_classes="painter",
        apply_default_css=False,
        **arguments,
    )


@dataclass(frozen=True, eq=False)
class Known:
    """A mask that was not painted: ``mask`` is as large as its photo, ``shown`` as the canvas."""

    mask: Image.Image
    shown: Image.Image

    @classmethod
    def of(cls, mask: Image.Image, size: tuple[int, int]) -> Known:
        """``mask``: mode L; ``size``: of the canvas."""
        small = mask.resize(size, Image.Resampling.BOX)
        return cls(mask, small.point([0] * 128 + [255] * 128))


def canvas(
    photo: str, size: tuple[int, int], known: Known | None, request: gr.Request | None
) -> Canvas:
    """What a painter shows: the file of a photo of ``size``, and a mask to begin with."""
    return {
        # What Gradio takes for a file, copies to where browsers may fetch it, and gives a URL.
        "photo": {"path": photo, "meta": {"_type": "gradio.FileData"}},
        "width": size[0],
        "height": size[1],
        "mask": _url(_tinted(known.shown)) if known else "",
        "words": {name: say(f"inpaint.{name}", request) for name in WORDS},
        "stamp": secrets.token_hex(4),  # the same photo and mask may be sent again
    }


def opened(
    downloads: Downloads,
    image: Image.Image,
    mask: Image.Image | None,
    request: gr.Request | None,
) -> tuple[Any, Known | None]:
    """Put a photo under the brush, with a mask of its size, mode L: painter, known mask."""
    shown = downloads.preview(image)
    with Image.open(shown) as small:
        size = small.size
    known = Known.of(mask, size) if mask else None
    return gr.HTML(value=canvas(shown, size, known, request), applied={}), known


def mask_of(path: str, size: tuple[int, int]) -> Image.Image:
    """A mask out of a file, mode L, as large as its photo. Raises PictureError."""
    from pipelines.masks import to_mask
    from pipelines.media import read_labels

    return Image.fromarray(to_mask(read_labels(path), size).astype(np.uint8) * 255)


def painted(value: Canvas | None) -> Image.Image | None:
    """The mask that a painter sends, mode L, as large as the canvas; None if there is no photo.

    Raises PictureError for what no painter sends.
    """
    if not isinstance(value, dict) or not value.get("photo"):
        return None
    try:
        size = int(value["width"]), int(value["height"])
        if min(size) < 1:
            raise ValueError(size)
        if max(size) > MAX_SHOWN:
            raise _large(size)
        text = value.get("mask") or ""
        if not text:
            return Image.new("L", size)
        if not isinstance(text, str) or not text.startswith(PREFIX) or len(text) > MOST:
            raise ValueError("(not a PNG)")
        image = Image.open(io.BytesIO(base64.b64decode(text[len(PREFIX) :])), formats=("PNG",))
        if image.size != size:  # known before anything is decoded
            raise _large(image.size) if max(image.size) > MAX_SHOWN else ValueError(image.size)
        return image.convert("RGBA").getchannel("A")
    except Image.DecompressionBombError as error:
        raise _large(None) from error
    except (ValueError, TypeError, KeyError, OSError, SyntaxError, binascii.Error) as error:
        found = "(damaged)" if isinstance(error, UnidentifiedImageError) else error
        raise PictureError("mask", found=found) from error


def _large(size: tuple[int, int] | None) -> PictureError:
    """``size``: of a mask that no painter has sent, None if it is beyond counting."""
    found = "{:,} × {:,}".format(*size) if size else "over 178,000,000"
    return PictureError("mask_large", found=found, most=f"{MAX_SHOWN:,}")


def whole(value: Canvas | None, known: Known | None, size: tuple[int, int]) -> Image.Image | None:
    """The mask for a photo of ``size``, mode L: what was painted, brought to its pixels.

    Where nobody has painted over a mask that was there to begin with, that one's own pixels count.
    """
    small = painted(value)
    if small is None:
        return None
    large = small.resize(size, Image.Resampling.BILINEAR)
    if known is None or known.mask.size != size or known.shown.size != small.size:
        return large
    changed = (np.asarray(small) >= 128) != (np.asarray(known.shown) >= 128)
    where = Image.fromarray(changed).resize(size, Image.Resampling.NEAREST)
    return Image.composite(large, known.mask, where)


def applied(
    small: Image.Image | None,
    scale: float,
    grow: int,
    feather: int,
    invert: bool,
    margins: tuple[int, int, int, int],
) -> dict[str, Any]:
    """How a painted mask will be applied, for ``gr.HTML(applied=...)``.

    ``scale``: of the canvas, of which the numbers are not: they are pixels of the photo.
    """
    if small is None or not (grow or feather or invert or any(margins)):
        return {}
    from pipelines import masks

    left, top, right, bottom = (round(margin * scale) for margin in margins)
    mask = np.asarray(small) >= 128
    mask = masks.grown(~mask if invert else mask, _scaled(grow, scale))
    levels = masks.feather(mask, _scaled(feather, scale))
    levels = np.pad(levels, ((top, bottom), (left, right)), constant_values=1.0)
    shown = Image.fromarray((levels * VEIL * 255).round().astype(np.uint8))
    return {"picture": _url(_tinted(shown)), "margins": [left, top, right, bottom]}


def _scaled(pixels: int, scale: float) -> int:
    """As many pixels of the canvas, but some if there are some."""
    if not pixels:
        return 0
    return max(1, round(pixels * scale)) if pixels > 0 else min(-1, round(pixels * scale))


def _tinted(mask: Image.Image) -> Image.Image:
    """The painter's colour, as opaque as the mask is bright: a byte a pixel."""
    picture = Image.frombytes("P", mask.size, mask.tobytes())
    picture.putpalette(COLOR * 256)
    picture.info["transparency"] = bytes(range(256))
    return picture


def _url(image: Image.Image) -> str:
    """A picture as text that a browser shows."""
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=3)
    return PREFIX + base64.b64encode(data.getvalue()).decode()
