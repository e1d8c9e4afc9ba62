"""Pictures that are shown: written once, and whole before anybody can ask for them.

Gradio names a picture's file after its content and writes it anew each time it is shown, so a
browser that is just fetching the same picture for another place on the page would get half of it.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr
from PIL.Image import Image

from pipelines.settings import save_png


class Picture(gr.Image):
    """A gr.Image that shows PIL images as PNG."""

    is_template = True

    def postprocess(self, value: Any) -> Any:
        return super().postprocess(stored(value, self.GRADIO_CACHE))


class Pictures(gr.Gallery):
    """A gr.Gallery that shows PIL images, or pairs of an image and a caption, as PNG."""

    is_template = True

    def postprocess(self, value: Any) -> Any:
        cache = self.GRADIO_CACHE
        items = [
            (stored(item[0], cache), item[1]) if isinstance(item, tuple) else stored(item, cache)
            for item in value or []
        ]
        return super().postprocess(items)


def offered(text: Any, columns: int, **arguments: Any) -> Pictures:
    """A gallery whose pictures are there to be clicked, not to be looked at."""
    return Pictures(
        label=text,
        show_label=False,
        format="png",
        columns=columns,
        allow_preview=False,
        object_fit="cover",
        height="auto",
        elem_classes="thumbs",
        interactive=False,
        buttons=[],
        type="pil",
        **arguments,
    )


def stored(image: Any, cache: str) -> Any:
    """The path of a PIL image's file in Gradio's cache; anything else as it is."""
    if not isinstance(image, Image):
        return image
    written = io.BytesIO()
    save_png(image, written, effort=3)  # somebody waits to see it
    content = written.getvalue()
    folder = Path(cache) / hashlib.sha256(content).hexdigest()
    path = folder / "image.png"
    try:
        os.utime(path)  # files are deleted by age
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as part:
            part.write(content)
        os.replace(part.name, path)
    return str(path)
