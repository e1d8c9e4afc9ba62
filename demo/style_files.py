"""What came of restyling a photo, as previews on the page and as files to take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.settings import save_png

from .words import class_name, say

if TYPE_CHECKING:
    from pipelines.styling import Styling

    from .results import Downloads


@dataclass(frozen=True, eq=False)
class Results:
    """What is on the page. ``before``: a file of the photo at the size of what is shown.

    ``name``: what files are called. ``key``: all that it was made of, "" for what is not finished.
    """

    found: Styling
    before: str
    name: str
    key: str = ""


def slider(downloads: Downloads, results: Results) -> gr.ImageSlider:
    """Before and after, as the page shows them."""
    return gr.ImageSlider((results.before, downloads.preview(results.found.image, "after")))


def titled(found: Styling, request: gr.Request | None) -> str:
    """The styles as a person calls them."""
    own = say("style.own", request)
    names = [class_name(name, request) or own for name in found.styles]
    if len(names) == 1:
        return names[0]
    share = round(100 * found.parameters["blend"])
    return say("style.both", request, first=names[0], second=names[1], share=share)


def told(found: Styling, request: gr.Request | None) -> str:
    """The line below a result."""
    width, height = found.image.size
    line = say(
        "style.done",
        request,
        size=f"{width:,} × {height:,}",
        style=titled(found, request),
        seconds=f"{found.seconds:.2f}",
    )
    return f"{line} · {say('style.reduced', request)}" if found.reduced else line


def picture_file(downloads: Downloads, results: Results, effort: int | None = None) -> str:
    """The result at full resolution, with its settings."""
    found = results.found
    style = found.parameters["style"]
    ids = "-".join([style] if isinstance(style, str) else style)
    path = downloads.place(f"{results.name}.{ids}.png")
    save_png(found.image, path, effort)
    return str(path)


def details(found: Styling) -> dict[str, Any]:
    """Everything about a result that a script may want, as JSON."""
    return {
        "model": found.model,
        "weights": found.weights,
        "styles": list(found.styles),
        "seconds": round(found.seconds, 3),
        "width": found.image.width,
        "height": found.image.height,
        "reduced": found.reduced,
        "parameters": found.parameters,
    }
