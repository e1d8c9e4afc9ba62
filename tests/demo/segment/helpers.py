"""Asking the Segment tab's listeners, and reading what they answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from PIL import Image

from demo.segment_handlers import SegmentHandlers

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
NOTHING: dict[str, Any] = {"rows": []}


def run(handlers: SegmentHandlers, photo: str | None, model: str = "nuclei", **changes: Any) -> Any:
    given: dict[str, Any] = {
        "photo": photo,
        "model": model,
        "scale": 1,
        "threshold": 0,
        "view": "overlay",
        "shown": NOTHING,
        "result": None,
        **changes,
    }
    return list(handlers.run(**given, request=ENGLISH))[-1]


def pair(slider: Any) -> list[Image.Image]:
    """The two pictures of an ImageSlider."""
    return [Image.open(part["path"]) for part in slider.value]
