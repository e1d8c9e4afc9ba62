"""The page: every tab in one Blocks application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from . import generate, inpaint, lab, models, morph, segment, style, texture
from .laboratory import Laboratory
from .page import Page, header, wire
from .results import DAY
from .tab import Tab
from .theme import CSS, SCRIPT, theme
from .words import TRANSLATIONS, label

if TYPE_CHECKING:
    from pipelines import Studio

TABS: tuple[Tab, ...] = (
    generate.TAB,
    morph.TAB,
    style.TAB,
    inpaint.TAB,
    segment.TAB,
    texture.TAB,
    lab.TAB,
    models.TAB,
)


def build(studio: Studio, laboratory: Laboratory | None = None) -> gr.Blocks:
    """The whole application over one Studio; nothing is loaded before it is used.

    ``laboratory``: where people train models, whose folder the Studio knows; None: they cannot.
    """
    # Uploads and results are deleted once they are a day old, and all of them at the end.
    with gr.Blocks(title="Pentimento", delete_cache=(3600, DAY), analytics_enabled=False) as blocks:
        upload, page = header()
        page.lab = laboratory
        with gr.Tabs(elem_id="tabs") as tabs:
            for tab in TABS:
                with gr.Tab(label(f"tab.{tab.id}"), id=tab.id) as page.here:
                    tab.build(studio, page)
        wire(blocks, studio, page, upload, tabs, [tab.id for tab in TABS])
    hush(blocks, page)
    return blocks.queue(max_size=64)


def hush(blocks: gr.Blocks, page: Page) -> None:
    """Tell one component alone about the progress of what shows none.

    Gradio's page tells every output of every listener that ever ran, at the beginning and at the
    end of each, and reads the value of what each of them holds: with all tabs opened, a second
    for a click on anything.
    """
    for listener in blocks.fns.values():
        if listener.show_progress == "hidden" and not listener.show_progress_on:
            listener.show_progress_on = [page.settings]


def look() -> dict[str, Any]:
    """What Gradio 6 wants at launch (or at mounting) rather than in the Blocks."""
    return {"theme": theme(), "css_paths": CSS, "head_paths": SCRIPT, "i18n": TRANSLATIONS}
