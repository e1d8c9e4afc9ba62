"""The Generate tab: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED

from .generate_handlers import TAB_ID, Handlers
from .generate_layout import Controls, Picked, Results, make_controls, make_picked, make_results
from .generate_picked import PickHandlers
from .gpu import on_gpu
from .links import link_to
from .page import Page
from .sending import send
from .shown import Pictures
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, default_generator, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# A new seed is rolled in the browser, but not while Stop says that pictures are being drawn: a
# click then draws nothing, and the seed would not be that of any picture.
NEW_SEED = f"Math.floor(Math.random()*{MAX_SEED})"
ROLL = (
    "(seed, path, keep) => keep || !document.querySelector('#stop').disabled"
    f" ? [seed, path, keep] : [{NEW_SEED}, [], keep]"
)
ROLL_NOW = f"() => [{NEW_SEED}, []]"
FETCH_ZIP = "() => document.querySelector('#zip-file').click()"


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    cards = studio.cards("generator")
    default = default_generator(cards)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(cards, default)
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            results = make_results()
            picked = make_picked(default)
    handlers, picks = Handlers(studio, page), PickHandlers(studio, page)
    _wire(handlers, picks, page, controls, results, picked)


def _wire(
    handlers: Handlers,
    picks: PickHandlers,
    page: Page,
    controls: Controls,
    results: Results,
    picked: Picked,
) -> None:
    c, r, p = controls, results, picked
    seen = [r.gallery, p.models, *p.shown]
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
        at_end(work, stop_off, None, c.stop, **FAST)
        work.success(picks.pick_first, r.history, seen, **FAST)
    ending(c.stop.click, [drawn, varied], stop_off, None, c.stop, **FAST)

    if page.here:
        page.here.select(handlers.model_menu, None, c.model, **FAST)
    c.dice.click(None, None, [c.seed, c.path], js=ROLL_NOW, **PRIVATE)
    c.seed.input(lambda: [], None, c.path, **FAST)  # another seed starts without variations
    c.model.change(handlers.menus_for, [c.model, c.label, c.best_of], [c.label, c.best_of], **FAST)

    p.compare.click(lambda: Pictures(visible=True), None, p.models, **FAST).then(
        on_gpu(30)(picks.compare),
        [p.seed, p.truncation, p.path],
        [p.models, p.compared, p.rows],
        api_name="compare_models",
        **drawing,
    )
    others = dict(p.sending)
    morph = others.pop("morph")
    page.send("morph", morph.click(picks.parcel, p.settings, page.parcel, **FAST))
    inside = others.pop("lab").click(picks.parcel, p.settings, page.parcel, **FAST)
    page.send("lab", inside, turn=True)
    send(page, others, lambda image: image, p.image)

    # Every click counts, or a picture would be marked that is not the one seen large.
    r.gallery.select(picks.pick, r.history, seen, trigger_mode="multiple", **FAST)
    p.models.select(picks.pick_model, p.rows, seen, trigger_mode="multiple", **FAST)
    adopted = [c.model, c.label, c.seed, c.truncation, c.path, c.lock]
    p.use.click(handlers.adopt, p.settings, adopted, **FAST)
    r.back.click(handlers.back, r.history, r.shown, **FAST).success(
        picks.pick_first, r.history, seen, **FAST
    )
    r.link.click(None, r.details, None, js=link_to(TAB_ID, "asked"), **PRIVATE).then(
        handlers.linked, r.details, None, **TELLING
    )
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
        ).success(picks.pick_first, r.history, seen, **FAST)

    page.on_settings(follow)


TAB = Tab(TAB_ID, build)
