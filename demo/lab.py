"""The Lab tab: the networks at work, and what is inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from . import lab_generator, lab_segmenter
from .lab_generator_handlers import PART
from .page import Page
from .tab import Tab
from .words import label

if TYPE_CHECKING:
    from pipelines import Studio


def build(studio: Studio, page: Page) -> None:
    """Lay out the parts of the tab, each under a heading of its own."""
    with gr.Tabs(elem_id="lab-tabs") as parts:
        with gr.Tab(label("inside.generator"), id=PART):
            lab_generator.build(studio, page, parts)
        with gr.Tab(label("inside.segmenter"), id="segmenter"):
            lab_segmenter.build(studio, page)


TAB = Tab("lab", build)
