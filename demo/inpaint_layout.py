"""The Inpaint tab's controls, in the order in which they stand on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import DEFAULT_METHOD, MAX_GUIDANCE, MAX_SAMPLING, MAX_VARIANTS, SAMPLERS

from .inpaint_fill import Fill, make_fill
from .inpaint_rim import RIM, Rim, make_rim
from .inputs import Choice, Options, Range, Whole
from .menus import spelled
from .photo import Photo, photo_input
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

DEFAULTS: dict[str, Any] = {
    "method": DEFAULT_METHOD,
    "seed": 0,
    "variants": 1,
    "sampling_steps": 20,
    **RIM,
    "prompt": "",
    "negative_prompt": "",
    "strength": 1.0,
    "guidance": 7.5,
    "sampler": SAMPLERS[0],
}
SAMPLER_NAMES = {"ddim": "DDIM", "dpm++": "DPM-Solver++"}  # the same in every language
HUB_STEPS = 30  # sampling steps that pipelines of the Hub begin with
# What a person calls each method, and what is said about it.
METHODS = {
    "completion": ("of_completion", "hint_completion"),
    "diffusion": ("of_diffusion", "hint_diffusion"),
    "telea": ("of_telea", "hint_telea"),
    "navier-stokes": ("of_navier_stokes", "hint_navier_stokes"),
    "texture": ("of_texture", "hint_texture"),
    "hub": ("of_hub", "hint_hub"),
}


@dataclass(frozen=True)
class Controls:
    """Left column: a photo, the method and its settings, the rim of its mask."""

    drop: Photo
    """Where photos are dropped: emptied at once, so that the next one can be dropped too."""
    photo: Photo
    """The photo that is worked on."""
    method: Options
    hint: gr.Markdown
    model: Choice
    fill: Fill
    prompts: gr.Group
    prompt: gr.Textbox
    negative: gr.Textbox
    strength: Range
    guidance: Range
    seeded: gr.Group
    seed: Whole
    dice: gr.Button
    lock: gr.Checkbox
    variants: Range
    sampling: Range
    sampler: Options
    go: gr.Button
    stop: gr.Button
    compare: gr.Button
    rim: Rim

    @property
    def settings(self) -> list[Any]:
        """Everything that a result is made of beside photo and mask, in the order of /inpaint."""
        return [
            self.method,
            self.model,
            self.seed,
            self.variants,
            self.sampling,
            *self.rim.settings,
            self.prompt,
            self.negative,
            self.strength,
            self.guidance,
            self.sampler,
            self.fill.picture,
        ]

    @property
    def fitted(self) -> list[Any]:
        """What follows the method: hint, model, what only some of them know, steps, sampler."""
        groups = [self.fill.group, self.prompts, self.seeded]
        return [self.hint, self.model, *groups, self.sampling, self.sampler]


def asked(
    method: str,
    model: str | None,
    seed: int,
    variants: int,
    sampling_steps: int,
    grow: int,
    feather: int,
    invert: bool,
    left: int,
    top: int,
    right: int,
    bottom: int,
    prompt: str,
    negative_prompt: str,
    strength: float,
    guidance: float,
    sampler: str,
    fill: str | None = None,
) -> dict[str, Any]:
    """The controls, in the order of ``Controls.settings``, as arguments of the Inpainter, but
    for ``fill``, which is still a file."""
    return {
        "method": method,
        "model": model or None,
        "seed": seed,
        "variants": variants,
        "sampling_steps": sampling_steps or None,
        "grow": grow,
        "feather": feather,
        "invert": invert,
        # A field that was emptied stands for no margin.
        "margins": [margin or 0 for margin in (left, top, right, bottom)],
        "prompt": prompt,
        "negative_prompt": negative_prompt,
        "strength": strength,
        "guidance": guidance,
        "sampler": sampler,
        "fill": fill,
    }


def steps_of(cards: Sequence[Card]) -> int:
    """Sampling steps that the first of these models is best at."""
    how = cards[0].completing if cards else None
    return (how.steps if how else None) or DEFAULTS["sampling_steps"]


def named(methods: Sequence[str]) -> dict[str, str]:
    """The strings that name these methods."""
    return {method: METHODS[method][0] for method in methods}


def make_controls(methods: Sequence[str], default: str, diffusers: Sequence[Card]) -> Controls:
    """Lay out the left column; ``diffusers``: the diffusion models that are installed."""
    drop = photo_input(
        label=label("inpaint.drop"),
        show_label=False,
        format="png",
        height=120,
        elem_id="inpaint-drop",
        elem_classes="takes-drops",
        buttons=[],
    )
    photo = photo_input(label=label("inpaint.photo"), format="png", visible=False)
    with gr.Group():
        method = Options(
            spelled("inpaint", named(methods)),
            value=default,
            label=label("inpaint.method"),
            elem_id="inpaint-method",
        )
        hint = gr.Markdown(
            label(f"inpaint.{METHODS[default][1]}"), elem_id="inpaint-hint", elem_classes="note"
        )
        model = Choice(
            [],
            value=None,
            label=label("generate.model"),
            elem_id="inpaint-model",
            allow_custom_value=True,
            visible=False,
        )
    fill = make_fill()
    prompts, prompt, negative, strength, guidance = _make_prompts()
    seeded, seed, dice, lock, variants, sampling, sampler = _make_seed(diffusers, default)
    with gr.Row(elem_id="inpaint-actions", elem_classes="actions"):
        go = gr.Button(
            label("inpaint.go"), variant="primary", elem_id="inpaint-go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="inpaint-stop", min_width=80, interactive=False, scale=1
        )
    compare = gr.Button(label("inpaint.compare"), elem_id="inpaint-compare", size="md")
    rim = make_rim()
    return Controls(
        drop,
        photo,
        method,
        hint,
        model,
        fill,
        prompts,
        prompt,
        negative,
        strength,
        guidance,
        seeded,
        seed,
        dice,
        lock,
        variants,
        sampling,
        sampler,
        go,
        stop,
        compare,
        rim,
    )


def _make_prompts() -> tuple[Any, ...]:
    """What only pipelines of the Hub know."""
    with gr.Group(visible=False) as group:
        prompt = gr.Textbox(
            DEFAULTS["prompt"],
            label=label("inpaint.prompt"),
            placeholder=label("inpaint.prompt_hint"),
            elem_id="inpaint-prompt",
            lines=2,
        )
        negative = gr.Textbox(
            DEFAULTS["negative_prompt"],
            label=label("inpaint.negative"),
            elem_id="inpaint-negative",
            max_lines=2,
        )
        strength = Range(
            0.05,
            1,
            DEFAULTS["strength"],
            step=0.05,
            label=label("inpaint.strength"),
            info=label("inpaint.strength_info"),
            elem_id="inpaint-strength",
            buttons=[],
        )
        guidance = Range(
            0,
            MAX_GUIDANCE,
            DEFAULTS["guidance"],
            step=0.5,
            label=label("inpaint.guidance"),
            info=label("inpaint.guidance_info"),
            elem_id="inpaint-guidance",
            buttons=[],
        )
    return group, prompt, negative, strength, guidance


def _make_seed(diffusers: Sequence[Card], default: str) -> tuple[Any, ...]:
    """What only methods know that draw something else every time."""
    with gr.Group(visible=default == "diffusion") as group:
        with gr.Row(elem_classes="seed-row"):
            seed = Whole(
                DEFAULTS["seed"], label=label("generate.seed"), elem_id="inpaint-seed", min_width=90
            )
            dice = gr.Button(
                "⚄", elem_id="inpaint-dice", elem_classes="dice", scale=0, min_width=48
            )
        lock = gr.Checkbox(False, label=label("generate.lock"), elem_id="inpaint-lock")
        variants = Range(
            1,
            MAX_VARIANTS,
            DEFAULTS["variants"],
            step=1,
            label=label("inpaint.variants"),
            info=label("inpaint.variants_info"),
            elem_id="inpaint-variants",
            buttons=[],
        )
        sampling = Range(
            1,
            MAX_SAMPLING,
            steps_of(diffusers),
            step=1,
            label=label("inpaint.sampling"),
            info=label("inpaint.sampling_info"),
            elem_id="inpaint-sampling",
            buttons=[],
        )
        sampler = Options(
            [(SAMPLER_NAMES[name], name) for name in SAMPLERS],
            value=DEFAULTS["sampler"],
            label=label("inpaint.sampler"),
            elem_id="inpaint-sampler",
            visible=default == "diffusion",
        )
    return group, seed, dice, lock, variants, sampling, sampler
