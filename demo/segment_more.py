"""Below the result of the Segment tab: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from .gpu import on_gpu
from .page import Page
from .segment_layout import Controls, View
from .segment_menus import MenuHandlers
from .segment_more_handlers import BatchHandlers, CompareHandlers, HubHandlers
from .segment_more_layout import Batch, Compare, Hub
from .tab import DEVICE_QUEUE, FAST, PRIVATE, stoppable

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# A download keeps nobody from the device.
DOWNLOAD: dict[str, Any] = {"concurrency_id": "hub", "concurrency_limit": 1}


def wire_compare(studio: Studio, menus: MenuHandlers, c: Controls, b: Compare) -> None:
    """The three families, on the photo that is on the page."""
    handlers = CompareHandlers(studio, menus)
    stoppable(
        b.go,
        b.stop,
        fn=on_gpu(60)(handlers.compare),
        inputs=[c.photo, c.model, c.scale, b.truth, c.example],
        outputs=b.shown,
    )
    b.call.click(
        on_gpu(60)(handlers.compare_segmentation),
        [c.photo, c.model, c.scale, b.truth],
        [*b.images, b.details],
        api_name="compare_segmentation",
        **DEVICE_QUEUE,
    )


def wire_batch(studio: Studio, page: Page, c: Controls, v: View, b: Batch) -> None:
    """Many pictures, with the settings that are on the page."""
    handlers = BatchHandlers(studio, page)
    _, stopped = stoppable(
        b.go,
        b.stop,
        fn=on_gpu(120)(handlers.batch),
        inputs=[b.files, c.model, c.scale, v.threshold],
        outputs=b.shown,
    )
    # What is finished is a whole ZIP.
    stopped.success(handlers.ready, b.target, b.zip, **FAST)


def wire_hub(studio: Studio, menus: MenuHandlers, c: Controls, b: Hub) -> Dependency:
    """A model from the Hub: first its description, then the model; returns what brings it."""
    handlers = HubHandlers(studio, menus)
    gr.on(
        [b.look.click, b.name.submit],
        handlers.look_up,
        b.name,
        [b.about, b.get, b.described],
        **PRIVATE,
    )
    b.name.input(lambda: gr.Button(visible=False), None, b.get, **FAST)
    fetched, stopped = stoppable(
        b.get,
        b.stop,
        fn=handlers.fetch,
        inputs=b.described,
        outputs=[c.model, c.hint, c.scale, b.about, b.get],
        **DOWNLOAD,
    )
    stopped.success(handlers.about, b.described, b.about, **FAST)
    return fetched
