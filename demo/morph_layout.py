"""The Morph tab's components, in the order in which they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_FPS, MAX_FRAMES, MAX_SHIFT

from .inputs import Choice, Range, Whole
from .morph_keys import ANY, SLIDERS, examples
from .photo import Photo
from .words import label

if TYPE_CHECKING:
    from pipelines.cards import Card

DEFAULTS = {"frames": 24, "method": "slerp", "easing": "smooth", "loop": True, "fps": 24}
SMALL: dict[str, Any] = {"size": "sm", "min_width": 40, "scale": 0}


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
    gallery: gr.Gallery
    left: gr.Button
    right: gr.Button
    copy: gr.Button
    remove: gr.Button
    label: Choice
    seed: Whole
    dice: gr.Button
    add: gr.Button
    photo: Photo
    about_photo: gr.Markdown
    pair: gr.Image

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that changes the keys."""
        return [self.keys, self.gallery, self.chosen]


@dataclass(frozen=True)
class FilmView:
    """The film and its files."""

    video: gr.Video
    scrub: gr.Slider
    strip: gr.Image
    details: gr.JSON
    status: gr.Markdown
    film: gr.State
    gif: gr.Button
    webp: gr.Button
    still: gr.Button
    save_strip: gr.Button
    link: gr.Button
    mp4: gr.DownloadButton
    file: gr.DownloadButton

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that draws a film."""
        return [self.video, self.strip, self.details, self.status, self.film]


@dataclass(frozen=True)
class Moves:
    """Sliders along latent directions, for the chosen key."""

    key: gr.JSON
    method: Choice
    sliders: list[Range]
    image: gr.Image
    moved: gr.JSON
    reset: gr.Button
    overview: gr.Button
    spectrum: gr.Image


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
            ["slerp", "lerp"],
            value=DEFAULTS["method"],
            label=label("morph.method"),
            info=label("morph.method_info"),
            elem_id="method",
        )
        easing = Choice(
            ["linear", "smooth", "smoother"],
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
    classes = card.classes if card else ()
    gr.Markdown(label("morph.keys_hint"), elem_id="keys-hint", elem_classes="hint")
    keys = gr.JSON(examples(classes), label=label("morph.keys"), visible=False)
    chosen = gr.Number(0, visible=False)
    gallery = gr.Gallery(
        label=label("morph.keys"),
        show_label=False,
        format="png",
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
    with gr.Row(elem_id="new-keys", equal_height=True):
        with gr.Column(min_width=260, scale=3), gr.Group():
            gr.Markdown(label("morph.new_seed"), elem_classes="heading")
            with gr.Row(elem_id="key-seed-row"):
                klass = Choice(
                    [*classes, ANY],
                    value=ANY,
                    label=label("generate.class"),
                    elem_id="key-class",
                    min_width=90,
                )
                seed = Whole(10, label=label("generate.seed"), elem_id="key-seed", min_width=80)
                dice = gr.Button("⚄", elem_id="key-dice", scale=0, min_width=44)
            add = gr.Button(label("morph.add"), elem_id="key-add", size="md")
        with gr.Column(min_width=260, scale=4), gr.Group():
            gr.Markdown(label("morph.new_photo"), elem_classes="heading")
            with gr.Row(elem_id="photo-row"):
                photo = Photo(
                    label=label("morph.photo"),
                    show_label=False,
                    height=132,
                    elem_id="photo",
                    min_width=110,
                    buttons=[],
                )
                pair = gr.Image(
                    label=label("morph.pair"),
                    show_label=False,
                    format="png",
                    type="pil",
                    height=132,
                    interactive=False,
                    visible=False,
                    elem_id="pair",
                    min_width=150,
                    buttons=[],
                )
            about = gr.Markdown(label("morph.photo_hint"), elem_id="photo-about")
    return Keys(
        keys,
        chosen,
        gallery,
        left,
        right,
        copy,
        remove,
        klass,
        seed,
        dice,
        add,
        photo,
        about,
        pair,
    )


def make_film() -> FilmView:
    """Lay out the film, its slider and its files."""
    picture: dict[str, Any] = {"format": "png", "type": "pil", "interactive": False}
    with gr.Row(elem_id="film-row"):
        with gr.Column(scale=3, min_width=280):
            video = gr.Video(
                label=label("morph.film"),
                show_label=False,
                autoplay=True,
                loop=True,
                interactive=False,
                height=384,
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
        with gr.Column(scale=2, min_width=240):
            strip = gr.Image(
                label=label("morph.strip"),
                show_label=False,
                elem_id="strip",
                buttons=["fullscreen"],
                **picture,
            )
            status = gr.Markdown("", elem_id="film-status", elem_classes="status", label="Summary")
            with gr.Row(elem_id="film-files", elem_classes="tools"):
                mp4 = gr.DownloadButton("MP4", elem_id="save-mp4", interactive=False, **SMALL)
                gif = gr.Button("GIF", elem_id="save-gif", **SMALL)
                webp = gr.Button("WebP", elem_id="save-webp", **SMALL)
                save_strip = gr.Button(label("morph.save_strip"), elem_id="save-strip", **SMALL)
                still = gr.Button(label("morph.still"), elem_id="save-still", **SMALL)
                link = gr.Button(label("generate.link"), elem_id="film-link", **SMALL)
                file = gr.DownloadButton("ZIP", elem_id="film-file", visible="hidden")
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
        save_strip,
        link,
        mp4,
        file,
    )


def make_moves() -> Moves:
    """Lay out the sliders along latent directions."""
    with gr.Accordion(label("morph.directions"), open=True, elem_id="directions"):
        gr.Markdown(label("morph.directions_hint"), elem_classes="hint")
        key = gr.JSON({"seed": 1}, label=label("morph.key"), visible=False)
        with gr.Row():
            with gr.Column(scale=2, min_width=200):
                image = gr.Image(
                    label=label("morph.moved"),
                    show_label=False,
                    format="png",
                    type="pil",
                    height=264,
                    interactive=False,
                    elem_id="moved",
                    buttons=["fullscreen"],
                )
                with gr.Row(elem_classes="tools"):
                    reset = gr.Button(label("morph.reset"), elem_id="reset", **SMALL)
                    overview = gr.Button(label("morph.overview"), elem_id="overview", **SMALL)
            with gr.Column(scale=3, min_width=260), gr.Group():
                method = Choice(
                    [("GANSpace", "ganspace"), ("SeFa", "sefa")],
                    value="ganspace",
                    label=label("morph.directions_method"),
                    info=label("morph.directions_info"),
                    elem_id="directions-method",
                )
                sliders = [
                    Range(
                        -MAX_SHIFT,
                        MAX_SHIFT,
                        0,
                        step=0.1,
                        label=f"{i + 1}",
                        elem_id=f"direction-{i + 1}",
                        elem_classes="direction",
                        buttons=[],
                    )
                    for i in range(SLIDERS)
                ]
        spectrum = gr.Image(
            label=label("morph.spectrum"),
            show_label=False,
            format="png",
            type="pil",
            interactive=False,
            visible=False,
            elem_id="spectrum",
            buttons=["fullscreen"],
        )
    moved = gr.JSON(label=label("morph.key"), visible=False)
    return Moves(key, method, sliders, image, moved, reset, overview, spectrum)
