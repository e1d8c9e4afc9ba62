"""What every tab shares: its shape, errors as sentences, and the one queue for the device."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gradio as gr

from pipelines.errors import PipelineError

from .words import say_error

# Listeners that use the device wait for each other, whichever tab they belong to.
DEVICE_QUEUE: dict[str, Any] = {"concurrency_id": "device", "concurrency_limit": 1}
PRIVATE: dict[str, Any] = {"api_visibility": "private"}


@dataclass(frozen=True)
class Tab:
    """One tab: ``id`` names it in URLs, settings and strings; ``build`` lays it out.

    ``build(studio, page)`` runs inside the tab; see ``demo.page.Page``.
    """

    id: str
    build: Callable[..., None]


@contextmanager
def spoken(request: gr.Request | None) -> Iterator[None]:
    """Turn a PipelineError into a message in the person's language; the page stays as it is."""
    try:
        yield
    except PipelineError as error:
        # Toasts render HTML and a field may hold what somebody typed or named a file.
        raise gr.Error(html.escape(say_error(error, request)), print_exception=False) from error
