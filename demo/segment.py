"""The Segment tab: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from .gpu import on_gpu
from .page import Page
from .segment_handlers import SegmentHandlers
from .segment_layout import (
    Answer,
    Controls,
    Files,
    View,
    make_answer,
    make_controls,
    make_download,
    make_files,
    make_view,
)
from .segment_menus import TAB_ID, MenuHandlers, default_segmenter, ordered
from .segment_more import wire_batch, wire_compare, wire_hub
from .segment_more_layout import make_batch, make_compare, make_hub
from .sending import KINDS
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device that shows its progress itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
# What is moved with the mouse is answered as it moves, without a queue.
MOVED: dict[str, Any] = {**FAST, "trigger_mode": "always_last"}

FETCH = "() => document.querySelector('#segment-file').click()"
VEIL = "(opacity) => document.documentElement.style.setProperty('--veil', opacity)"
LINK = """(model, scale, threshold) => {
  const q = new URLSearchParams({tab: 'segment', model, scale, threshold});
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}"""


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    cards = ordered(studio.cards("segmenter"))
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(cards, default_segmenter(cards))
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            view = make_view()
            with view.main:
                buttons, sending, link = make_files()
    compare, batch, hub = make_compare(), make_batch(), make_hub()
    files = Files(buttons, sending, link, make_download())
    answer = make_answer()
    menus = MenuHandlers(studio, page)
    handlers = SegmentHandlers(studio, page, menus)
    fetched = wire_hub(studio, menus, controls, hub)
    _wire_photo(handlers, menus, page, controls, view, answer, fetched)
    _wire_view(handlers, page, controls, view, files)
    wire_compare(studio, menus, controls, compare)
    wire_batch(studio, page, controls, view, batch)


def _wire_photo(
    handlers: SegmentHandlers,
    menus: MenuHandlers,
    page: Page,
    c: Controls,
    v: View,
    a: Answer,
    fetched: Dependency,
) -> None:
    """From a photo, wherever it comes from, to a result."""
    stop_on = lambda: gr.Button(interactive=True)  # noqa: E731
    stop_off = lambda: gr.Button(interactive=False)  # noqa: E731
    settings = [c.model, c.scale, v.threshold, v.kind, v.legend, v.result]
    shown = [*v.shown, c.photo, v.panel, v.empty]
    work: list[Any] = []

    def find(event: Dependency, photo: Any, handler: Any = handlers.again) -> Dependency:
        started = event.success(stop_on, None, c.stop, **FAST)
        found = started.then(on_gpu(60)(handler), [photo, *settings], shown, **QUIET)
        at_end(found, stop_off, None, c.stop, **FAST)
        work.append(found)
        return found

    # A photo that was dropped makes room for the next, and takes the place of an example.
    dropped = find(c.drop.upload(None, **PRIVATE), c.drop, handlers.run)
    dropped.success(lambda: None, None, c.example, **FAST)
    at_end(dropped, lambda: None, None, c.drop, **FAST)
    find(c.go.click(None, **PRIVATE), c.photo, handlers.run)
    find(c.model.input(menus.hint, c.model, [c.hint, c.scale], **FAST), c.photo)
    find(c.scale.release(None, **PRIVATE), c.photo)
    picked = c.examples.select(
        on_gpu(10)(menus.pick),
        [c.offers, c.model],
        [c.photo, c.example, c.model, c.hint, c.scale],
        **QUIET,
    )
    find(picked, c.photo)
    find(fetched, c.photo)
    if page.here:
        page.here.select(
            on_gpu(10)(menus.offer), c.offers, [c.tries, c.examples, c.offers], **QUIET
        )

    def receive(event: Dependency) -> None:
        find(event.success(lambda: None, None, c.example, **FAST), page.picture)

    def follow(event: Dependency) -> None:
        controls = [c.model, c.hint, c.scale, v.threshold, v.kind]
        restored = event.success(menus.restore, [page.settings, c.model], controls, **TELLING)
        find(restored, c.photo)

    page.on_parcel(TAB_ID, receive)
    page.on_settings(follow)
    page.when_wired(
        lambda: ending(c.stop.click, work, stop_off, None, c.stop, **FAST).success(
            handlers.finish, [v.result, v.threshold, v.kind], v.shown, **FAST
        )
    )
    a.call.click(
        on_gpu(60)(handlers.segment),
        [c.photo, c.model, c.scale, v.threshold],
        [a.overlay, a.index, a.details],
        api_name="segment",
        **DEVICE_QUEUE,
    )


def _wire_view(handlers: SegmentHandlers, page: Page, c: Controls, v: View, f: Files) -> None:
    """What is looked at without asking the network again, and the files."""
    v.opacity.input(None, v.opacity, None, js=VEIL, **PRIVATE)
    gr.on(
        [v.kind.input, v.legend.input],
        handlers.look,
        [v.result, v.kind, v.legend],
        v.slider,
        **MOVED,
    )
    v.threshold.input(handlers.doubt, [v.result, v.threshold, v.kind, v.legend], v.shown, **MOVED)
    for kind, button in f.buttons.items():
        button.click(
            handlers.file, [gr.State(kind), v.result, v.legend, v.opacity], f.file, **PRIVATE
        ).success(None, None, None, js=FETCH, **PRIVATE)
    given = [c.photo, v.result, v.legend]
    for tab, button in f.sending.items():
        sent = button.click(handlers.parcel, given, [page.picture, page.mask], **TELLING)
        page.send(tab, sent, turn=True, kind=KINDS.get(tab, ""))
    f.link.click(None, [c.model, c.scale, v.threshold], None, js=LINK, **PRIVATE).then(
        handlers.linked, **TELLING
    )


TAB = Tab(TAB_ID, build)
