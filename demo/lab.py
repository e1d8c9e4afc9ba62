"""The Lab tab: what is inside the networks, which does best, and a network that learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from . import lab_generator, lab_rivals, lab_segmenter, lab_train
from .lab_generator_handlers import PART
from .lab_rivals_handlers import PART as RIVALS
from .page import Page
from .tab import Tab
from .words import label

if TYPE_CHECKING:
    from pipelines import Studio


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab: one inner tab for each part."""
    with gr.Tabs(elem_id="lab-tabs") as parts:
        with gr.Tab(label("inside.generator"), id=PART):
            lab_generator.build(studio, page, parts)
        with gr.Tab(label("inside.segmenter"), id="segmenter"):
            lab_segmenter.build(studio, page)
        with gr.Tab(label("rivals.part"), id=RIVALS) as rivals:
            lab_rivals.build(studio, page, parts, rivals)
        with gr.Tab(label("lab.train"), id="train") as train:
            lab_train.build(studio, page, train)


TAB = Tab("lab", build)
