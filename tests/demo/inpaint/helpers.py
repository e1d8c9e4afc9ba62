"""What the tests of the Inpaint tab's listeners share."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PIL import Image, ImageDraw

from demo.inpaint import NAMES
from demo.inpaint_handlers import InpaintHandlers
from demo.inpaint_layout import DEFAULTS

from ..test_painter import sent

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
SIZE = (90, 60)
HOLE = (30, 20, 60, 40)


def spot(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = HOLE) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


def controls(**changes: Any) -> list[Any]:
    """The controls in their order, some of them changed."""
    margins = dict.fromkeys(("left", "top", "right", "bottom"), 0)
    values = {**DEFAULTS, "model": None, **margins, "fill": None}
    assert set(changes) <= set(values)
    return [{**values, "method": "telea", **changes}[name] for name in (*NAMES, "fill")]


def reports(
    handlers: InpaintHandlers, photo: str | None, mask: Image.Image | None = None, **changes: Any
) -> list[Any]:
    value = sent(mask or spot())
    return list(handlers.run(photo, value, None, ENGLISH, *controls(**changes)))  # type: ignore[arg-type]


def pair(slider: Any) -> list[Image.Image]:
    """The two pictures of an ImageSlider."""
    return [Image.open(part["path"]) for part in slider.value]
