"""The Lab's part for segmenters: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from .gpu import on_gpu
from .lab_segmenter_handlers import SegmenterHandlers
from .lab_segmenter_layout import Controls, View, make_controls, make_view
from .page import Page
from .segment_menus import default_segmenter, ordered
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, at_end, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

WORK: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}


def build(studio: Studio, page: Page) -> None:
    """Lay out the part and wire it."""
    cards = ordered(studio.cards("segmenter"))
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(cards, default_segmenter(cards))
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            view = make_view()
    _wire(SegmenterHandlers(studio, page), page, controls, view)


def _wire(do: SegmenterHandlers, page: Page, c: Controls, v: View) -> None:
    work: list[Any] = []
    stop_off = lambda: gr.Button(interactive=False)  # noqa: E731

    def decide(event: Dependency) -> None:
        """After ``event`` it is found out which pixels decide."""
        started = event.success(lambda: gr.Button(interactive=True), None, c.stop, **FAST)
        decided = started.then(on_gpu(60)(do.decide), [v.scene, c.label], v.decided, **WORK)
        at_end(decided, stop_off, None, c.stop, **FAST)
        work.append(decided)

    def look(event: Any, handler: Any, inputs: list[Any]) -> Dependency:
        return event(on_gpu(30)(handler), inputs, v.looked, **WORK)

    decide(look(v.picture.select, do.point, [v.scene]))
    look(v.layers.layers.select, do.layer, [v.scene])
    dropped = look(c.drop.upload, do.take, [c.drop, c.model, v.scene])
    decide(dropped)
    # A photo that was dropped makes room for the next.
    at_end(dropped, lambda: None, None, c.drop, **FAST)
    chosen = c.model.input(do.classes, [c.model, c.label], c.label, **TELLING)
    decide(look(chosen.success, do.choose, [c.model, v.scene]))
    decide(c.label.input(None, **PRIVATE))
    if page.here:
        page.here.select(
            on_gpu(30)(do.arrive),
            [c.model, c.label, v.scene],
            [c.model, c.label, *v.looked],
            **WORK,
        )
    ending(c.stop.click, work, stop_off, None, c.stop, **FAST)
