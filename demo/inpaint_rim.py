"""What becomes of a mask before it is applied: its rim, and margins around the photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from pipelines.limits import MAX_FEATHER, MAX_GROW, MAX_MARGIN

from .inputs import Range, Whole
from .photo import Photo, photo_input
from .words import label

RIM: dict[str, Any] = {"grow": 0, "feather": 0, "invert": False, "margins": [0, 0, 0, 0]}
SIDES = ("left", "top", "right", "bottom")


@dataclass(frozen=True)
class Rim:
    """Below the settings of the method."""

    grow: Range
    feather: Range
    invert: gr.Checkbox
    upload: Photo
    """A mask from a file: emptied at once."""
    margins: tuple[Whole, ...]

    @property
    def settings(self) -> list[Any]:
        """What counts beside what is painted."""
        return [self.grow, self.feather, self.invert, *self.margins]


def make_rim() -> Rim:
    """What becomes of the mask before it is applied, a mask from a file, and margins."""
    with gr.Accordion(label("inpaint.adjust"), open=False, elem_id="inpaint-adjust"):
        grow = Range(
            -MAX_GROW,
            MAX_GROW,
            RIM["grow"],
            step=1,
            label=label("inpaint.grow"),
            info=label("inpaint.grow_info"),
            elem_id="inpaint-grow",
            buttons=[],
        )
        feather = Range(
            0,
            MAX_FEATHER,
            RIM["feather"],
            step=1,
            label=label("inpaint.feather"),
            info=label("inpaint.feather_info"),
            elem_id="inpaint-feather",
            buttons=[],
        )
        invert = gr.Checkbox(RIM["invert"], label=label("inpaint.invert"), elem_id="inpaint-invert")
        gr.Markdown(label("inpaint.upload"), elem_classes="hint")
        upload = photo_input(
            label=label("inpaint.upload"),
            show_label=False,
            height=110,
            elem_id="inpaint-upload",
            buttons=[],
        )
    with gr.Accordion(label("inpaint.extend"), open=False, elem_id="inpaint-extend"):
        gr.Markdown(label("inpaint.extend_hint"), elem_classes="hint")
        with gr.Row(elem_classes="margins"):
            margins = tuple(
                Whole(
                    0,
                    minimum=0,
                    maximum=MAX_MARGIN,
                    step=16,
                    label=label(f"inpaint.{side}"),
                    elem_id=f"inpaint-{side}",
                    min_width=100,
                )
                for side in SIDES
            )
    return Rim(grow, feather, invert, upload, margins)
