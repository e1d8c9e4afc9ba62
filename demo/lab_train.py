"""The Train part of the Lab: a GAN learns from a person's own pictures, in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from .lab_train_handlers import TrainHandlers, kept
from .lab_train_layout import Controls, View, make_controls, make_view
from .page import Page
from .tab import FAST, PRIVATE, TELLING, at_end
from .training_options import free_name, startable
from .words import label

if TYPE_CHECKING:
    from pipelines import Studio

# Whether this part is in sight, said by the browser.
IN_SIGHT = """(moment, seen, shown) =>
  [moment, seen, Boolean(document.querySelector('#lab-files')?.offsetParent)]"""
# Several people may ask at once, and each gets an answer at once.
WORK: dict[str, Any] = {"concurrency_limit": None, "show_progress": "hidden", **PRIVATE}


def build(studio: Studio, page: Page, part: gr.Tab) -> None:
    """Lay out ``part``, the inner tab, and wire it."""
    if page.lab is None:
        gr.Markdown(label("lab.off"), elem_id="lab-off")
        return
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(startable(studio))
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            view = make_view(free_name(studio), kept(page.lab))
    _wire(TrainHandlers(studio, page.lab), page, part, controls, view)


def _wire(do: TrainHandlers, page: Page, part: gr.Tab, c: Controls, v: View) -> None:
    seen = [v.moment, v.seen, v.open]
    shown = [v.status, v.grid, v.moment, v.about, v.losses, v.logits, v.quality, v.measuring]
    shown += [c.go, c.hold, c.stop, v.save, v.use, v.timer, v.seen]
    look: tuple[Any, ...] = (do.look, seen, shown)
    for tab in filter(None, (page.here, part)):
        arrived = [c.family, c.loss, c.norm, c.begin, *shown]
        tab.select(do.arrive, [c.begin, v.moment], arrived, **TELLING)
    v.timer.tick(do.tick, seen, shown, js=IN_SIGHT, **TELLING)
    v.moment.release(*look, **TELLING)

    begun = c.go.click(turned(False), None, [c.go, c.stop], **FAST)
    started = begun.then(do.start, c.settings, v.status, **WORK)
    started.failure(turned(True), None, [c.go, c.stop], **FAST)
    for done in (
        *at_end(started, *look, **TELLING),
        c.hold.click(do.hold, None, None, **TELLING),
        c.stop.click(do.stop, None, v.status, cancels=[started], **TELLING),
    ):
        done.success(*look, **TELLING)
    saved = v.save.click(do.save, v.name, [v.saved, v.save, v.use, v.name], **WORK)
    saved.failure(do.unsaved, None, [v.saved, v.save], **FAST)
    page.opens(v.use.click(do.use, None, page.settings, **FAST))


def turned(idle: bool) -> Any:
    """A listener that has either Train or Stop pressed: start, stop."""
    return lambda: (gr.Button(interactive=idle), gr.Button(interactive=not idle))
