"""What came of making a texture: as seen on the page, in words, and as a file to take along."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from pipelines.settings import save_png

from .words import class_name, say

if TYPE_CHECKING:
    import gradio as gr

    from pipelines.texturing import Texture

    from .results import Downloads

SEEN = 1600  # pixels of the long side of what is shown
SMALL = 280  # what has fewer is enlarged, pixel by pixel
RIM = 8  # pixels that resampling looks beyond a border
# Up to which score what is said of it; the last one has no end.
SEAMS = ((1.05, "seam_none"), (1.15, "seam_hardly"), (1.5, "seam_some"), (0, "seam_plain"))
LIKENESSES = ((1.1, "like_part"), (1.5, "like_it"), (2.5, "like_some"), (0, "like_little"))


@dataclass(frozen=True, eq=False)
class Results:
    """What is on the page. ``name``: of the picture it was made of, "" for a model's.

    ``key``: all that it was made of, "" for what is not finished. ``done``: share of the work.
    """

    found: Texture
    name: str = ""
    key: str = ""
    done: float = 1.0


def tiled(image: Image.Image, times: int, seamless: bool) -> Image.Image:
    """A texture beside and below itself ``times`` times, no larger than a screen."""
    side = max(image.size) * times
    if side > SEEN:
        image = _reduced(image, SEEN / side, seamless)
    elif side <= SMALL:
        scale = SMALL // side + 1
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    return Image.fromarray(np.tile(np.asarray(image), (times, times, 1)))


def _reduced(image: Image.Image, scale: float, seamless: bool) -> Image.Image:
    size = [max(1, int(side * scale)) for side in image.size]
    # Beyond a border there is the other side; or the smaller one would have a seam.
    around = [(RIM, RIM), (RIM, RIM), (0, 0)]
    pixels = np.pad(np.asarray(image), around, "wrap" if seamless else "edge")
    box = (RIM, RIM, RIM + image.width, RIM + image.height)
    return Image.fromarray(pixels).resize((size[0], size[1]), Image.Resampling.BOX, box=box)


def seen(downloads: Downloads, results: Results, times: int) -> str:
    """A file of the texture as the page shows it."""
    found = results.found
    return downloads.preview(tiled(found.image, times, found.seamless), "texture")


def titled(found: Texture, request: gr.Request | None) -> str:
    """What was made of what, as a person calls it."""
    names = [class_name(name, request) for name in found.labels]
    if not names:
        return say("texture.from_picture", request)
    if len(names) == 1:
        return names[0]
    if found.parameters["across"]:
        return say("texture.both_across", request, first=names[0], second=names[1])
    share = round(100 * found.parameters["blend"])
    return say("style.both", request, first=names[0], second=names[1], share=share)


def told(results: Results, request: gr.Request | None) -> str:
    """The line below a texture."""
    found = results.found
    width, height = found.image.size
    line = say(
        "texture.done",
        request,
        size=f"{width:,} × {height:,}",
        what=titled(found, request),
        seed=found.seed,
        seconds=f"{found.seconds:.2f}",
    )
    if results.done < 1:
        line += " · " + say("texture.stopped", request, done=int(100 * results.done))
    return line


def scored(results: Results, request: gr.Request | None) -> str:
    """Seam and likeness in words, with the numbers: HTML."""
    found = results.found
    rows = []
    if found.seam is None:
        note = say("texture.not_seamless", request)
        rows.append(f"<p>{html.escape(note)}</p>")
    else:
        hint = "seam_hint" if found.sample else "border_hint"
        rows.append(_row("seams", found.seam, SEAMS, hint, request))
    if found.likeness is not None:
        rows.append(_row("likeness", found.likeness, LIKENESSES, "likeness_hint", request))
    return "".join(rows)


def _row(
    title: str,
    score: float,
    words: tuple[tuple[float, str], ...],
    hint: str,
    request: gr.Request | None,
) -> str:
    key = next((key for most, key in words if score <= most), words[-1][1])
    texts = (say(f"texture.{name}", request) for name in (title, key, hint))
    name, word, about = (html.escape(text) for text in texts)
    return (
        f'<div class="score {key}"><b>{name}</b><span>{score:.2f}</span><em>{word}</em>'
        f'<div class="scale"><i style="left: {50 * min(score, 2):.0f}%"></i></div><p>{about}</p>'
        "</div>"
    )


def picture_file(downloads: Downloads, results: Results, effort: int | None = None) -> str:
    """The texture at full resolution, with its settings."""
    found = results.found
    name = f"{results.name}.texture" if results.name else "+".join(found.labels)
    path = downloads.place(f"{name}-{found.seed}.png".replace(" ", "_"))
    save_png(found.image, path, effort)
    return str(path)


def details(found: Texture) -> dict[str, Any]:
    """Everything about a texture that a script may want, as JSON."""
    scores = {"seam": found.seam, "likeness": found.likeness}
    return {
        "model": found.model,
        "weights": found.weights,
        "labels": list(found.labels),
        "seed": found.seed,
        "seconds": round(found.seconds, 3),
        "width": found.image.width,
        "height": found.image.height,
        "seamless": found.seamless,
        "block": found.block,
        **{name: None if score is None else round(score, 4) for name, score in scores.items()},
        "parameters": found.parameters,
    }
