"""The Morph tab: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED

from .directions_layout import Moves, make_moves
from .gpu import on_gpu
from .morph_handlers import TAB_ID, FilmHandlers
from .morph_keys import KeyHandlers
from .morph_layout import (
    Controls,
    FilmView,
    Keys,
    NewKeys,
    make_controls,
    make_film,
    make_keys,
    make_new_keys,
)
from .page import Page
from .tab import DEVICE_QUEUE, FAST, PRIVATE, Tab, default_generator

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device whose result speaks for itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}

ROLL = f"() => Math.floor(Math.random()*{MAX_SEED})"
FETCH = "() => document.querySelector('#film-file').click()"
SCRUB = """(frame, fps) => {
  const video = document.querySelector('#film video');
  if (video) { video.pause(); video.currentTime = (frame + 0.5) / fps; }
}"""
LINK = """(keys, model, frames, method, easing, loop, fps) => {
  const q = new URLSearchParams({tab: 'morph', model, frames, method, easing, loop, fps});
  q.set('keys', JSON.stringify(keys));
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}"""


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    cards = studio.cards("generator")
    default = default_generator(cards)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(cards, default)
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            keys = make_keys(cards, default)
            with gr.Row(elem_id="film-row"):
                with gr.Column(scale=5, min_width=300):
                    film = make_film()
                with gr.Column(scale=3, min_width=260):
                    new = make_new_keys(cards, default)
            moves = make_moves()
    edits = KeyHandlers(studio)
    films = FilmHandlers(studio, page, edits)
    show_chosen = _wire_moves(films, edits, controls, keys, moves)
    _wire_keys(edits, page, controls, keys, new, show_chosen)
    _wire_film(films, page, controls, keys, new, film, moves, show_chosen)


def _wire_moves(films: FilmHandlers, edits: KeyHandlers, c: Controls, k: Keys, m: Moves) -> Any:
    """Sliders and the picture they move; returns what shows the chosen key after an event."""
    set_sliders = [m.image, m.key, *m.sliders]
    choice = [k.keys, c.model, k.chosen, m.method]

    def show_chosen(event: Dependency) -> Dependency:
        return event.success(on_gpu(10)(films.chosen), choice, set_sliders, **QUIET)

    gr.on(
        [slider.input for slider in m.sliders],
        on_gpu(10)(films.directions),
        [c.model, m.key, m.method, *m.sliders],
        [m.image, m.moved],
        api_name="directions",
        trigger_mode="always_last",
        show_progress="hidden",
        **DEVICE_QUEUE,
    )
    # The thumbnail follows when the slider is let go.
    gr.on(
        [slider.release for slider in m.sliders],
        on_gpu(10)(films.directions),
        [c.model, m.key, m.method, *m.sliders],
        [m.image, m.moved],
        trigger_mode="always_last",
        **QUIET,
    ).success(on_gpu(10)(edits.put), [k.keys, c.model, k.chosen, m.moved], k.shown, **QUIET)
    show_chosen(m.method.input(lambda: None, None, None, **FAST))
    m.reset.click(
        on_gpu(10)(films.plain), [c.model, m.key], [m.image, m.moved, *m.sliders], **QUIET
    ).success(on_gpu(10)(edits.put), [k.keys, c.model, k.chosen, m.moved], k.shown, **QUIET)
    m.overview.click(
        on_gpu(10)(films.overview),
        [c.model, m.key, m.method],
        [m.spectrum, m.legend],
        **DEVICE_QUEUE,
        **PRIVATE,
    )
    return show_chosen


def _wire_keys(
    edits: KeyHandlers, page: Page, c: Controls, k: Keys, n: NewKeys, show_chosen: Any
) -> None:
    """Choosing, adding, moving and removing key frames."""
    at = [k.keys, c.model, k.chosen]
    show_chosen(k.gallery.select(edits.choose, None, k.chosen, **FAST))
    for button, edit in (
        (k.left, edits.left),
        (k.right, edits.right),
        (k.copy, edits.copy),
        (k.remove, edits.remove),
    ):
        show_chosen(button.click(on_gpu(10)(edit), at, k.shown, **QUIET))
    new = [k.keys, c.model, n.label, n.seed]
    show_chosen(n.add.click(on_gpu(10)(edits.add), new, k.shown, **QUIET))
    n.dice.click(None, None, n.seed, js=ROLL, **PRIVATE)
    changed = c.model.input(
        on_gpu(10)(edits.change_model), [k.keys, c.model, n.label], [*k.shown, n.label], **QUIET
    )
    show_chosen(changed)
    searched = n.photo.upload(
        on_gpu(60)(edits.invert),
        [k.keys, c.model, n.photo],
        [*k.shown, n.about, n.pair, n.photo],
        **QUIET,
    )
    show_chosen(searched)
    page.on_parcel(
        TAB_ID,
        lambda event: show_chosen(
            event.success(
                on_gpu(10)(edits.receive),
                [k.keys, c.model, page.parcel],
                [*k.shown, c.model],
                **QUIET,
            )
        ),
    )


def _wire_film(
    films: FilmHandlers,
    page: Page,
    c: Controls,
    k: Keys,
    n: NewKeys,
    f: FilmView,
    m: Moves,
    show_chosen: Any,
) -> None:
    """Drawing, scrubbing and saving the film, and coming back to one."""
    stop_on = lambda: gr.Button(interactive=True)  # noqa: E731
    stop_off = lambda: gr.Button(interactive=False)  # noqa: E731
    settings = [k.keys, *c.settings]

    def ready(event: Dependency) -> Dependency:
        return event.success(films.ready, [f.film, f.video], [f.scrub, f.mp4], **FAST)

    drawn = c.go.click(stop_on, None, c.stop, **FAST).then(
        on_gpu(60)(films.morph),
        settings,
        f.shown,
        api_name="morph",
        show_progress="hidden",
        **DEVICE_QUEUE,
    )
    drawn.then(stop_off, None, c.stop, **FAST)
    ready(drawn)
    stopped = c.stop.click(stop_off, None, c.stop, cancels=[drawn], **FAST)
    ready(stopped.success(films.finish, [f.film, c.fps], f.shown, **FAST))
    ready(c.fps.release(films.finish, [f.film, c.fps], f.shown, **FAST))

    f.scrub.input(None, [f.scrub, c.fps], None, js=SCRUB, **PRIVATE)
    for button, save in ((f.gif, films.gif), (f.webp, films.webp), (f.save_strip, films.strip)):
        saved = button.click(save, [f.film, c.fps], f.file, **PRIVATE)
        saved.success(None, None, None, js=FETCH, **PRIVATE)
    saved = f.still.click(films.still, [f.film, c.fps, f.scrub], f.file, **PRIVATE)
    saved.success(None, None, None, js=FETCH, **PRIVATE)
    f.link.click(None, settings, None, js=LINK, **PRIVATE).then(films.linked, **FAST)

    if page.here:
        opened = page.here.select(
            on_gpu(10)(films.enter),
            [k.keys, c.model, k.chosen, m.method, page.settings],
            [*k.shown, m.image, m.key, *m.sliders],
            **QUIET,
        )
        first = opened.success(
            on_gpu(60)(films.open), [*settings, f.film, page.settings], f.shown, **QUIET
        )
        ready(first)

    def follow(event: Dependency) -> None:
        restored = event.success(
            on_gpu(10)(films.restore),
            [page.settings, k.keys, c.model, n.label],
            [*k.shown, c.model, c.frames, c.method, c.easing, c.loop, c.fps, n.label],
            **QUIET,
        )
        again = show_chosen(restored).success(
            on_gpu(60)(films.again), [*settings, page.settings], f.shown, **QUIET
        )
        ready(again)

    page.on_settings(follow)


TAB = Tab(TAB_ID, build)
