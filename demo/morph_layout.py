"""The Morph tab's components, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_FPS, MAX_FRAMES, METHOD_NAMES

from .inputs import SMALL, Choice, Range, Whole
from .menus import ANY, class_choices, easing_choices
from .morph_keys import examples
from .photo import Photo, photo_input
from .sending import make_sending
from .shown import Picture, Pictures
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

DEFAULTS = {"frames": 24, "method": "slerp", "easing": "smooth", "loop": True, "fps": 24}


@dataclass(frozen=True)
class Controls:
    """Left column: the model, the way between the keys, and new keys."""

    model: Choice
    frames: Range
    fps: Range
    method: Choice
    easing: Choice
    loop: gr.Checkbox
    go: gr.Button
    stop: gr.Button

    @property
    def settings(self) -> list[Any]:
        """What a film is made with, besides its keys."""
        return [self.model, self.frames, self.method, self.easing, self.loop, self.fps]


@dataclass(frozen=True)
class Keys:
    """The key frames and what can be done with each."""

    keys: gr.JSON
    chosen: gr.Number
    gallery: Pictures
    left: gr.Button
    right: gr.Button
    copy: gr.Button
    remove: gr.Button

    @property
    def state(self) -> list[Any]:
        """Outputs of everything that changes the list of keys."""
        return [self.keys, self.chosen]


@dataclass(frozen=True)
class NewKeys:
    """Where a further key frame comes from: a seed, or a photo."""

    label: Choice
    seed: Whole
    dice: gr.Button
    add: gr.Button
    photo: Photo
    found: gr.JSON
    about: gr.Markdown
    pair: Picture


@dataclass(frozen=True)
class FilmView:
    """The film and its files."""

    video: gr.Video
    scrub: gr.Slider
    strip: Picture
    details: gr.JSON
    status: gr.Markdown
    film: gr.State
    gif: gr.Button
    webp: gr.Button
    still: gr.Button
    sending: dict[str, gr.Button]
    save_strip: gr.Button
    link: gr.Button
    mp4: gr.DownloadButton
    file: gr.DownloadButton

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that draws a film."""
        return [self.video, self.strip, self.details, self.status, self.film]


def make_controls(cards: list[Card], default: str) -> Controls:
    """Lay out the left column."""
    with gr.Group():
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=default or None,
            label=label("generate.model"),
            elem_id="morph-model",
        )
    with gr.Group():
        frames = Range(
            1,
            MAX_FRAMES,
            DEFAULTS["frames"],
            step=1,
            label=label("morph.frames"),
            info=label("morph.frames_info"),
            elem_id="frames",
            buttons=[],
        )
        fps = Range(
            1,
            MAX_FPS,
            DEFAULTS["fps"],
            step=1,
            label=label("morph.fps"),
            elem_id="fps",
            buttons=[],
        )
        loop = gr.Checkbox(DEFAULTS["loop"], label=label("morph.loop"), elem_id="loop")
    with gr.Group():
        method = Choice(
            list(METHOD_NAMES),
            value=DEFAULTS["method"],
            label=label("morph.method"),
            info=label("morph.method_info"),
            elem_id="method",
        )
        easing = Choice(
            easing_choices(),
            value=DEFAULTS["easing"],
            label=label("morph.easing"),
            info=label("morph.easing_info"),
            elem_id="easing",
        )
    with gr.Row(elem_id="morph-actions", elem_classes="actions"):
        go = gr.Button(
            label("morph.go"), variant="primary", elem_id="morph-go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="morph-stop", min_width=80, interactive=False, scale=1
        )
    return Controls(model, frames, fps, method, easing, loop, go, stop)


def make_keys(cards: list[Card], default: str) -> Keys:
    """Lay out the row of key frames and the two ways to add one."""
    card = next((card for card in cards if card.id == default), None)
    names = card.classes if card else ()
    gr.Markdown(label("morph.keys_hint"), elem_id="keys-hint", elem_classes="hint")
    keys = gr.JSON(examples(names), label=label("morph.keys"), visible=False)
    chosen = gr.Number(0, visible=False)
    gallery = Pictures(
        label=label("morph.keys"),
        show_label=False,
        columns=12,
        allow_preview=False,
        object_fit="contain",
        height="auto",
        elem_id="keys",
        elem_classes="thumbs",
        interactive=False,
        buttons=[],
        type="pil",
    )
    with gr.Row(elem_id="key-tools", elem_classes="tools"):
        left = gr.Button(label("morph.left"), elem_id="key-left", **SMALL)
        right = gr.Button(label("morph.right"), elem_id="key-right", **SMALL)
        copy = gr.Button(label("morph.copy"), elem_id="key-copy", **SMALL)
        remove = gr.Button(label("morph.remove"), elem_id="key-remove", **SMALL)
    return Keys(keys, chosen, gallery, left, right, copy, remove)


def make_new_keys(cards: list[Card], default: str) -> NewKeys:
    """Lay out the two ways to add a key frame."""
    card = next((card for card in cards if card.id == default), None)
    names = card.classes if card else ()
    with gr.Group(elem_id="new-seed"):
        gr.Markdown(label("morph.new_seed"), elem_classes="heading")
        with gr.Row(elem_id="key-seed-row"):
            klass = Choice(
                class_choices(names),
                value=ANY,
                label=label("generate.class"),
                elem_id="key-class",
                min_width=90,
            )
            seed = Whole(10, label=label("generate.seed"), elem_id="key-seed", min_width=80)
            dice = gr.Button("⚄", elem_id="key-dice", scale=0, min_width=44)
        add = gr.Button(label("morph.add"), elem_id="key-add", size="md")
    with gr.Group(elem_id="new-photo"):
        gr.Markdown(label("morph.new_photo"), elem_classes="heading")
        photo = photo_input(
            label=label("morph.photo"),
            show_label=False,
            height=120,
            elem_id="photo",
            buttons=[],
        )
        pair = Picture(
            label=label("morph.pair"),
            show_label=False,
            type="pil",
            interactive=False,
            visible=False,
            elem_id="pair",
            buttons=[],
        )
        about = gr.Markdown(label("morph.photo_hint"), elem_id="photo-about", elem_classes="note")
    found = gr.JSON(None, label=label("morph.key"), visible=False)
    return NewKeys(klass, seed, dice, add, photo, found, about, pair)


def make_film() -> FilmView:
    """Lay out the film, its slider, its strip and its files."""
    video = gr.Video(
        label=label("morph.film"),
        show_label=False,
        autoplay=True,
        loop=True,
        interactive=False,
        height=400,
        elem_id="film",
        buttons=[],
    )
    scrub = gr.Slider(
        0,
        1,
        0,
        step=1,
        label=label("morph.scrub"),
        info=label("morph.scrub_info"),
        elem_id="scrub",
        buttons=[],
    )
    strip = Picture(
        label=label("morph.strip"),
        show_label=False,
        type="pil",
        interactive=False,
        elem_id="strip",
        buttons=[],
    )
    with gr.Row(elem_id="film-files", elem_classes="tools"):
        status = gr.Markdown("", elem_id="film-status", elem_classes="status", label="Summary")
        mp4 = gr.DownloadButton("MP4", elem_id="save-mp4", interactive=False, **SMALL)
        gif = gr.Button("GIF", elem_id="save-gif", **SMALL)
        webp = gr.Button("WebP", elem_id="save-webp", **SMALL)
        save_strip = gr.Button(label("morph.save_strip"), elem_id="save-strip", **SMALL)
        still = gr.Button(label("morph.still"), elem_id="save-still", **SMALL)
        link = gr.Button(label("generate.link"), elem_id="film-link", **SMALL)
        file = gr.DownloadButton("ZIP", elem_id="film-file", visible="hidden")
    sending = make_sending(
        {tab: f"still-{tab}" for tab in ("style", "inpaint", "segment", "texture")},
        key="morph.send_frame",
    )
    details = gr.JSON(label=label("morph.details"), visible=False)
    return FilmView(
        video,
        scrub,
        strip,
        details,
        status,
        gr.State(None),
        gif,
        webp,
        still,
        sending,
        save_strip,
        link,
        mp4,
        file,
    )
