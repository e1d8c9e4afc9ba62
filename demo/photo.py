"""A picture that a person brings, handed over undecoded."""

from __future__ import annotations

from typing import Any

import gradio as gr


class Photo(gr.Image):
    """An image input whose value is the path of the uploaded file, exactly as it came.

    Gradio would decode and convert it first, so a broken file would never reach the sentences of
    ``pipelines.media``, and text chunks would be lost. It has no ``__init__`` of its own: Gradio
    sends the page what the signature names.
    """

    is_template = True

    def preprocess(self, payload: Any) -> str | None:
        return payload.path if payload else None


def photo_input(**arguments: Any) -> Photo:
    """A Photo to upload to, drop on or paste into."""
    return Photo(type="filepath", image_mode=None, sources=["upload", "clipboard"], **arguments)
