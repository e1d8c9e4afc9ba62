"""The Compare part of the Lab: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED

from .gpu import on_gpu
from .lab_rivals_handlers import RivalHandlers
from .lab_rivals_layout import Controls, View, make_controls, make_view
from .lab_scene import TAB_ID
from .links import link_to
from .page import Page
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, at_end, ending, stoppable

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

ROLL = f"() => Math.floor(Math.random()*{MAX_SEED})"
WORK: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}


def build(studio: Studio, page: Page, parts: gr.Tabs, part: gr.Tab) -> None:
    """Lay out ``part``, the inner tab, and wire it. ``parts``: the tabs it is one of."""
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(studio.cards("generator"))
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            view = make_view()
    _wire(RivalHandlers(studio), page, controls, view, parts, part)


def _wire(
    do: RivalHandlers, page: Page, c: Controls, v: View, parts: gr.Tabs, part: gr.Tab
) -> None:
    menus = [c.models, c.label]
    for tab in filter(None, (page.here, part)):
        tab.select(do.arrive, menus, menus, **TELLING)
    c.models.input(do.classes, menus, c.label, **FAST)
    c.dice.click(None, None, c.seed, js=ROLL, **PRIVATE)

    _, stopped = stoppable(
        c.go, c.stop, fn=on_gpu(60)(do.compare), inputs=c.settings, outputs=v.shown
    )
    stopped.success(do.stopped, None, v.status, **FAST)
    v.link.click(None, v.told, None, js=link_to(TAB_ID, "asked"), **PRIVATE).success(
        do.linked, v.told, None, **TELLING
    )

    def follow(event: Dependency) -> None:
        restored = event.success(
            do.restore, [page.settings, *menus], [*c.settings, parts], **TELLING
        )
        again = restored.success(on_gpu(60)(do.again), page.settings, [*v.shown, c.stop], **WORK)
        off = lambda: gr.Button(interactive=False)  # noqa: E731
        at_end(again, off, None, c.stop, **FAST)
        ending(c.stop.click, [again], off, None, c.stop, **FAST)

    page.on_settings(follow)
