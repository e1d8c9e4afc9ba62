"""The Generate tab: its layout, and which listener hangs on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_BEST_OF, MAX_COUNT, MAX_SEED

from .generate_handlers import ANY, DEFAULTS, TAB_ID, Handlers
from .gpu import on_gpu
from .inputs import Choice, Range, Whole
from .page import Page
from .tab import DEVICE_QUEUE, PRIVATE, Tab
from .words import label

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio
    from pipelines.cards import Card

# Listeners whose work is not worth a queue, nor a spinner over what they change.
FAST: dict[str, Any] = {"queue": False, "show_progress": "hidden", **PRIVATE}

# A new seed is rolled in the browser.
NEW_SEED = f"Math.floor(Math.random()*{MAX_SEED})"
ROLL = f"(seed, path, keep) => keep ? [seed, path, keep] : [{NEW_SEED}, [], keep]"
ROLL_NOW = f"() => [{NEW_SEED}, []]"
LINK = """(model, label, seed, count, truncation, best_of, path) => {
  const q = new URLSearchParams({tab: 'generate', model, label, seed, count, truncation, best_of});
  if (path && path.length) q.set('path', JSON.stringify(path));
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}"""
FETCH_ZIP = "() => document.querySelector('#zip-file').click()"


@dataclass(frozen=True)
class Controls:
    """Left column: what to draw."""

    model: Choice
    label: Choice
    seed: Whole
    count: Range
    truncation: Range
    best_of: Range
    path: gr.JSON
    lock: gr.Checkbox
    dice: gr.Button
    go: gr.Button
    stop: gr.Button

    @property
    def settings(self) -> list[Any]:
        """Inputs of /generate, in order."""
        return [
            self.model,
            self.label,
            self.seed,
            self.count,
            self.truncation,
            self.best_of,
            self.path,
        ]


@dataclass(frozen=True)
class Results:
    """Right column: the pictures and what can be done with all of them."""

    gallery: gr.Gallery
    details: gr.JSON
    status: gr.Markdown
    history: gr.State
    back: gr.Button
    link: gr.Button
    zip: gr.Button
    zip_file: gr.DownloadButton

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that draws."""
        return [self.gallery, self.details, self.status, self.history]


@dataclass(frozen=True)
class Picked:
    """One picture seen large, with the settings that made it and what can be done with it."""

    image: gr.Image
    about: gr.Markdown
    save: gr.DownloadButton
    model: gr.Textbox
    label: gr.Textbox
    seed: Whole
    truncation: Whole
    path: gr.JSON
    use: gr.Button
    vary: gr.Button
    radius: Range

    @property
    def settings(self) -> list[Any]:
        return [self.model, self.label, self.seed, self.truncation, self.path]

    @property
    def shown(self) -> list[Any]:
        return [self.image, self.about, self.save, *self.settings, self.use, self.vary]


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    cards = studio.cards("generator")
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = _controls(cards)
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            results = _results()
            picked = _picked(cards)
    _wire(Handlers(studio, page), page, controls, results, picked)


def _controls(cards: list[Card]) -> Controls:
    first = cards[0] if cards else None
    names = [(name, name) for name in (first.classes if first else ())]
    with gr.Group():
        model = Choice(
            [(card.name, card.id) for card in cards],
            value=first.id if first else None,
            label=label("generate.model"),
            elem_id="model",
        )
        # The menu is sent again, in the person's language, when the page has loaded.
        klass = Choice(
            [*names, (ANY, ANY)], value=ANY, label=label("generate.class"), elem_id="class"
        )
    with gr.Group(elem_id="seed-group"):
        with gr.Row(elem_id="seed-row"):
            seed = Whole(
                DEFAULTS["seed"], label=label("generate.seed"), elem_id="seed", min_width=90
            )
            dice = gr.Button("⚄", elem_id="dice", scale=0, min_width=48)
        lock = gr.Checkbox(False, label=label("generate.lock"), elem_id="lock")
    with gr.Group():
        count = Range(
            1,
            MAX_COUNT,
            DEFAULTS["count"],
            step=1,
            label=label("generate.count"),
            elem_id="count",
            buttons=[],
        )
        truncation = Range(
            0,
            1,
            DEFAULTS["truncation"],
            step=0.05,
            label=label("generate.truncation"),
            info=label("generate.truncation_info"),
            elem_id="truncation",
            buttons=[],
        )
        best_of = Range(
            1,
            MAX_BEST_OF,
            DEFAULTS["best_of"],
            step=1,
            label=label("generate.best_of"),
            info=label("generate.best_of_info"),
            elem_id="best-of",
            buttons=[],
        )
    path = gr.JSON([], label=label("generate.path"), visible=False)
    with gr.Row(elem_id="actions"):
        go = gr.Button(
            label("generate.go"), variant="primary", elem_id="go", min_width=140, scale=2
        )
        stop = gr.Button(
            label("generate.stop"), elem_id="stop", min_width=80, interactive=False, scale=1
        )
    return Controls(model, klass, seed, count, truncation, best_of, path, lock, dice, go, stop)


def _results() -> Results:
    gallery = gr.Gallery(
        label=label("generate.pictures"),
        show_label=False,
        format="png",
        columns=8,
        allow_preview=False,
        object_fit="contain",
        height="auto",
        elem_id="grid",
        interactive=False,
        buttons=[],
        type="pil",
    )
    with gr.Row(elem_id="under-grid"):
        status = gr.Markdown("", elem_id="status", label="Summary")
        small: dict[str, Any] = {"size": "sm", "min_width": 60, "scale": 0}
        back = gr.Button(label("generate.back"), elem_id="back", **small)
        link = gr.Button(label("generate.link"), elem_id="link", **small)
        zip_button = gr.Button(label("generate.zip"), elem_id="zip", **small)
        zip_file = gr.DownloadButton("ZIP", elem_id="zip-file", visible="hidden")
    details = gr.JSON(label=label("generate.details"), visible=False)
    return Results(gallery, details, status, gr.State(()), back, link, zip_button, zip_file)


def _picked(cards: list[Card]) -> Picked:
    with gr.Row(elem_id="picked"):
        with gr.Column(scale=1, min_width=220):
            image = gr.Image(
                label=label("generate.picked"),
                show_label=False,
                format="png",
                type="pil",
                height=264,
                interactive=False,
                buttons=["fullscreen"],
                elem_id="large",
            )
        with gr.Column(scale=2, min_width=260):
            about = gr.Markdown(label("generate.pick_hint"), elem_id="about")
            with gr.Row():
                save = gr.DownloadButton(
                    label("generate.download"),
                    interactive=False,
                    min_width=120,
                    elem_id="save",
                    size="md",
                )
                use = gr.Button(
                    label("generate.use"),
                    interactive=False,
                    min_width=120,
                    elem_id="use",
                    size="md",
                )
            with gr.Group():
                radius = Range(
                    0.05,
                    1,
                    0.3,
                    step=0.05,
                    label=label("generate.radius"),
                    info=label("generate.radius_info"),
                    elem_id="radius",
                    buttons=[],
                )
                vary = gr.Button(
                    label("generate.variations"), interactive=False, elem_id="vary", size="md"
                )
    with gr.Row(visible=False):
        # The picture that /variations starts from, filled when a person picks one.
        model = gr.Textbox(cards[0].id if cards else "", label=label("generate.model"))
        klass = gr.Textbox(ANY, label=label("generate.class"))
        seed = Whole(DEFAULTS["seed"], label=label("generate.seed"))
        truncation = Whole(DEFAULTS["truncation"], label=label("generate.truncation"))
        path = gr.JSON([], label=label("generate.path"))
    return Picked(image, about, save, model, klass, seed, truncation, path, use, vary, radius)


def _wire(
    handlers: Handlers, page: Page, controls: Controls, results: Results, picked: Picked
) -> None:
    c, r, p = controls, results, picked
    stop_on = lambda: gr.Button(interactive=True)  # noqa: E731
    stop_off = lambda: gr.Button(interactive=False)  # noqa: E731
    # The status line and the growing grid tell the progress; a veil over them would hide it.
    drawing: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE}

    # One after the other: Stop must not be switched on by an answer that comes late.
    drawn = c.go.click(
        lambda seed, path, _keep: (seed, path, gr.Button(interactive=True)),
        [c.seed, c.path, c.lock],
        [c.seed, c.path, c.stop],
        js=ROLL,
        **FAST,
    ).then(
        on_gpu(30)(handlers.generate),
        [*c.settings, r.history],
        r.shown,
        api_name="generate",
        **drawing,
    )
    varied = p.vary.click(stop_on, None, c.stop, **FAST).then(
        on_gpu(30)(handlers.variations),
        [*p.settings, p.radius, c.count, r.history],
        r.shown,
        api_name="variations",
        **drawing,
    )
    for work in (drawn, varied):
        work.then(stop_off, None, c.stop, **FAST)
        work.success(handlers.pick_first, r.history, [r.gallery, *p.shown], **FAST)
    c.stop.click(stop_off, None, c.stop, cancels=[drawn, varied], **FAST)

    c.dice.click(None, None, [c.seed, c.path], js=ROLL_NOW, **PRIVATE)
    c.seed.input(lambda: [], None, c.path, **FAST)  # another seed starts without variations
    c.model.change(handlers.class_menu_for, [c.model, c.label], c.label, **FAST)

    r.gallery.select(handlers.pick, r.history, p.shown, **FAST)
    adopted = [c.model, c.label, c.seed, c.truncation, c.path, c.lock]
    p.use.click(handlers.adopt, p.settings, adopted, **FAST)
    r.back.click(handlers.back, r.history, r.shown, **FAST).success(
        handlers.pick_first, r.history, [r.gallery, *p.shown], **FAST
    )
    r.link.click(None, c.settings, None, js=LINK, **PRIVATE).then(handlers.linked, **FAST)
    r.zip.click(handlers.archive, r.history, r.zip_file, **PRIVATE).success(
        None, None, None, js=FETCH_ZIP, **PRIVATE
    )

    def follow(event: Dependency) -> None:
        event.success(
            on_gpu(30)(handlers.restore),
            page.settings,
            [*r.shown, *c.settings, c.lock],
            **drawing,
            **PRIVATE,
        ).success(handlers.pick_first, r.history, [r.gallery, *p.shown], **FAST)

    page.on_settings(follow)


TAB = Tab(TAB_ID, build)
