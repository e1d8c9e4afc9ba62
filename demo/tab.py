"""What every tab shares: its shape, errors as sentences, and the one queue for the device."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import PipelineError
from pipelines.limits import DEFAULT_MODEL

from .words import say_error

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines.cards import Card

# Listeners that use the device wait for each other, whichever tab they belong to.
DEVICE_QUEUE: dict[str, Any] = {"concurrency_id": "device", "concurrency_limit": 1}
PRIVATE: dict[str, Any] = {"api_visibility": "private"}
# Listeners whose work is not worth a queue, nor a spinner over what they change.
FAST: dict[str, Any] = {"queue": False, "show_progress": "hidden", **PRIVATE}
# The same for those that may have something to say: messages travel through the queue only.
TELLING: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", **PRIVATE}


@dataclass(frozen=True)
class Tab:
    """One tab: ``id`` names it in URLs, settings and strings; ``build`` lays it out.

    ``build(studio, page)`` runs inside the tab; see ``demo.page.Page``.
    """

    id: str
    build: Callable[..., None]


def default_generator(cards: Sequence[Card]) -> str:
    """The generator that menus begin with: the library's own default, if it is installed."""
    ids = [card.id for card in cards]
    return DEFAULT_MODEL if DEFAULT_MODEL in ids else next(iter(ids), "")


def at_end(event: Dependency, *listener: Any, **settings: Any) -> list[Dependency]:
    """Hang a listener on the end of ``event``, be it success, an error or Stop.

    Gradio's own ``then`` is forgotten after an error.
    """
    return [end(*listener, **settings) for end in (event.success, event.failure)]


def ending(
    event: Callable[..., Dependency], work: Sequence[Dependency], *listener: Any, **settings: Any
) -> Dependency:
    """Hang a listener on ``event`` that ends all of this work first.

    Each has a listener of its own. Gradio takes a list of ``cancels`` one after the other and
    waits for the server in between, so what was begun meanwhile would be ended as well.
    """
    for one in work:
        event(None, None, None, cancels=[one], **PRIVATE)
    return event(*listener, **settings)


def stoppable(start: gr.Button, stop: gr.Button, **work: Any) -> tuple[Dependency, Dependency]:
    """Work that begins with one button and can be ended with the other; returns both events."""
    on, off = (lambda: gr.Button(interactive=True)), (lambda: gr.Button(interactive=False))
    quiet = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
    done = start.click(on, None, stop, **FAST).then(**{**quiet, **work})
    at_end(done, off, None, stop, **FAST)
    return done, ending(stop.click, [done], off, None, stop, **FAST)


@contextmanager
def spoken(request: gr.Request | None) -> Iterator[None]:
    """Turn a PipelineError into a message in the person's language; the page stays as it is."""
    try:
        yield
    except PipelineError as error:
        # Toasts render HTML and a field may hold what somebody typed or named a file.
        raise gr.Error(html.escape(say_error(error, request)), print_exception=False) from error
