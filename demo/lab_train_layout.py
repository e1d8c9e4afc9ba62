"""The Train part of the Lab: its components, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import TRAINED_SIDES

from .inputs import Choice, Options, Range, Whole
from .shown import Picture
from .training_options import FAMILIES, LOSSES, NORMS
from .training_options import Options as Chosen
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

NEWEST = 100  # of the slider over the sample grids, per cent
LATEST_EVERY = 2.0  # seconds


@dataclass(frozen=True)
class Controls:
    """Left column: what to learn from, and how."""

    files: gr.File
    size: Options
    images: Whole
    target: Whole
    family: Choice
    loss: Choice
    norm: Choice
    augment: gr.Checkbox
    seed: Whole
    begin: Choice
    go: gr.Button
    hold: gr.Button
    stop: gr.Button

    @property
    def settings(self) -> list[Any]:
        """Inputs of a training, in order."""
        return [
            self.files,
            self.size,
            self.images,
            self.target,
            self.family,
            self.loss,
            self.norm,
            self.augment,
            self.seed,
            self.begin,
        ]


@dataclass(frozen=True)
class View:
    """Right column: how it goes, and what is made of it."""

    status: gr.Markdown
    grid: Picture
    moment: Range
    about: gr.Markdown
    losses: gr.LinePlot
    logits: gr.LinePlot
    quality: gr.LinePlot
    measuring: gr.Markdown
    name: gr.Textbox
    save: gr.Button
    use: gr.Button
    saved: gr.Markdown
    timer: gr.Timer
    seen: gr.State
    """What is on the page already: (grid, figures), each sent only when it is another."""
    open: gr.Checkbox
    """Whether this part is in sight; the browser says so."""


def make_controls(startable: Sequence[Card]) -> Controls:
    """Lay out the left column."""
    files = gr.File(
        label=label("lab.files"),
        file_count="multiple",
        type="filepath",
        height=170,
        elem_id="lab-files",
    )
    gr.Markdown(label("lab.files_hint"), elem_classes="hint")
    with gr.Group():
        size = Options(
            [(f"{side} × {side}", str(side)) for side in TRAINED_SIDES],
            value=str(Chosen.size),
            label=label("lab.size"),
            info=label("lab.size_info"),
            elem_id="lab-size",
        )
        images = Whole(
            Chosen.images,
            label=label("lab.images"),
            info=label("lab.images_info"),
            elem_id="lab-images",
        )
        target = Whole(
            Chosen.target,
            label=label("lab.target"),
            info=label("lab.target_info"),
            elem_id="lab-target",
        )
    with gr.Accordion(label("lab.how"), open=False, elem_id="lab-how"):
        family = Choice(
            list(FAMILIES),
            value=Chosen.family,
            label=label("lab.family"),
            info=label("lab.family_info"),
            elem_id="lab-family",
        )
        loss = Choice(
            list(LOSSES),
            value=Chosen.loss,
            label=label("lab.loss"),
            info=label("lab.loss_info"),
            elem_id="lab-loss",
        )
        norm = Choice(
            list(NORMS),
            value=Chosen.norm,
            label=label("lab.norm"),
            info=label("lab.norm_info"),
            elem_id="lab-norm",
        )
        augment = gr.Checkbox(
            Chosen.augment,
            label=label("lab.augment"),
            info=label("lab.augment_info"),
            elem_id="lab-augment",
        )
        begin = Choice(
            ["", *(card.id for card in startable)],
            value=Chosen.start,
            label=label("lab.begin"),
            info=label("lab.begin_info"),
            elem_id="lab-begin",
        )
        seed = Whole(
            Chosen.seed,
            label=label("generate.seed"),
            info=label("lab.seed_info"),
            elem_id="lab-seed",
        )
    with gr.Row(elem_id="lab-actions", elem_classes="actions"):
        go = gr.Button(label("lab.go"), variant="primary", elem_id="lab-go", min_width=110, scale=2)
        hold = gr.Button(
            label("lab.pause"), elem_id="lab-hold", min_width=80, interactive=False, scale=1
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="lab-stop", min_width=70, interactive=False, scale=1
        )
    return Controls(
        files, size, images, target, family, loss, norm, augment, seed, begin, go, hold, stop
    )


def make_view(name: str, kept: str) -> View:
    """Lay out the right column. ``name``: of the next model; ``kept``: key of how long it lasts."""
    gr.Markdown(label("lab.empty"), elem_id="lab-empty")
    status = gr.Markdown("", elem_id="lab-status", elem_classes="status", label="Summary")
    with gr.Row(elem_id="lab-shown"):
        with gr.Column(scale=1, min_width=280):
            grid = Picture(
                label=label("lab.grid"),
                show_label=False,
                type="pil",
                interactive=False,
                buttons=["fullscreen"],
                visible=False,
                elem_id="lab-grid",
            )
            about = gr.Markdown("", elem_id="lab-about", elem_classes="hint", label="Summary")
            moment = Range(
                0,
                NEWEST,
                NEWEST,
                step=1,
                label=label("lab.moment"),
                info=label("lab.moment_info"),
                buttons=[],
                visible=False,
                elem_id="lab-moment",
            )
            quality = make_plot("lab.quality", "lab.quality_legend", "lab-quality")
            measuring = gr.Markdown(
                "", elem_id="lab-measuring", elem_classes="hint", label="Summary"
            )
        with gr.Column(scale=1, min_width=280):
            losses = make_plot("lab.losses", "lab.losses_legend", "lab-losses")
            logits = make_plot("lab.logits", "lab.logits_legend", "lab-logits")
    with gr.Column(elem_id="lab-saving"):
        with gr.Row(elem_classes="tools", equal_height=False):
            text = gr.Textbox(
                name,
                label=label("lab.name"),
                info=label("lab.name_info"),
                elem_id="lab-name",
                min_width=220,
            )
            save = gr.Button(label("lab.save"), elem_id="lab-save", scale=0, interactive=False)
            use = gr.Button(
                label("lab.use"), variant="primary", elem_id="lab-use", scale=0, visible=False
            )
        saved = gr.Markdown(label(kept), elem_id="lab-saved", elem_classes="hint")
    timer = gr.Timer(LATEST_EVERY, active=False)
    seen = gr.State(("", -1))
    shown = gr.Checkbox(True, visible=False)
    return View(
        status,
        grid,
        moment,
        about,
        losses,
        logits,
        quality,
        measuring,
        text,
        save,
        use,
        saved,
        timer,
        seen,
        shown,
    )


def make_plot(title: str, legend: str, name: str) -> gr.LinePlot:
    """Two curves over the pictures that were shown, and which is which."""
    plot = gr.LinePlot(
        x="images",
        y="value",
        color="what",
        colors_in_legend=[],  # Gradio's own is cut off
        label=label(title),
        height=245,
        visible=False,
        buttons=[],
        elem_id=name,
    )
    gr.HTML(label(legend), elem_id=f"{name}-legend", elem_classes="lab-legend", padding=False)
    return plot
