"""What the tests of the Style tab's listeners share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from demo.style_handlers import StyleHandlers
from demo.style_layout import DEFAULTS
from pipelines import Studio

from ..inpaint.helpers import CHINESE, ENGLISH, SIZE, pair, spot
from ..test_painter import meant, sent

__all__ = ["CHINESE", "ENGLISH", "SIZE", "controls", "meant", "only", "pair", "spot", "styled"]

# The controls in their order, as ``Controls.settings`` has them.
VALUES: dict[str, Any] = {
    "method": "fast", "model": "style", "style": "a", "second": "b", "mix": False, **DEFAULTS,
}  # fmt: skip
ORDER = (
    "method", "model", "style", "second", "mix", "blend", "strength", "keep_colors", "outside",
    "feather", "size", "refine", "strokes", "iterations",
)  # fmt: skip


def only(folder: Path) -> Studio:
    """A Studio that knows the models of one folder: not the shipped ones of the same names."""
    studio = Studio("cpu")
    studio._folders = [folder]
    return studio


def controls(**changes: Any) -> list[Any]:
    assert set(changes) <= set(VALUES)
    return [{**VALUES, **changes}[name] for name in ORDER]


def reports(
    handlers: StyleHandlers,
    photo: str | None,
    mask: Image.Image | None = None,
    tiles: tuple[Any, ...] = (),
    **changes: Any,
) -> list[Any]:
    value = sent(mask or Image.new("L", SIZE))
    settings = controls(**changes)
    return list(handlers.run(ENGLISH, photo, value, None, tiles, None, {}, None, *settings))


def styled(handlers: StyleHandlers, photo: str, *given: Any, **changes: Any) -> Any:
    """The Results at the end."""
    return reports(handlers, photo, *given, **changes)[-1][2]
