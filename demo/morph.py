"""The Morph tab: which listener hangs on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .directions_handlers import DirectionHandlers
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
from .morph_scripts import CHOOSE, FETCH, LINK, RESET, ROLL, SCRUB, SETTLE, SLIDE
from .morph_visits import VisitHandlers
from .page import Page
from .photo import Photo
from .sending import KINDS, send
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, default_generator, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device whose result speaks for itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
# Asked for again while it is under way, it runs once more, with what there is by then.
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}


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
    edits, films = KeyHandlers(studio), FilmHandlers(studio, page)
    wiring = Wiring(edits, films, controls, keys, new, film, moves)
    wiring.of_moves(DirectionHandlers(studio))
    wiring.of_keys(page)
    wiring.of_film(page, searches=wiring.of_photos(page))
    wiring.of_visits(VisitHandlers(studio, films, edits), page)


@dataclass(frozen=True)
class Wiring:
    """The parts of the tab, and what is hung on them."""

    edits: KeyHandlers
    films: FilmHandlers
    c: Controls
    k: Keys
    n: NewKeys
    f: FilmView
    m: Moves

    def settle(self, event: Dependency) -> Dependency:
        """Have the sliders stand where the chosen key has them."""
        given = [self.k.keys, self.k.chosen, self.m.method]
        return event.success(None, given, [self.m.key, *self.m.sliders], js=SETTLE, **PRIVATE)

    def draw(self, event: Dependency) -> Dependency:
        """Draw the keys as they are, and say whether the film is still one of them."""
        drawn = event.success(
            on_gpu(10)(self.edits.draw),
            [self.k.keys, self.c.model, self.k.chosen],
            [self.k.gallery, self.m.image],
            **LATEST,
            **QUIET,
        )
        return self.compare(drawn)

    def compare(self, event: Dependency) -> Dependency:
        """Say below the film whether it is one of the keys that there are now."""
        given = [self.f.film, self.c.fps, self.k.keys, self.c.model]
        return event.success(self.films.outdated, given, self.f.status, **FAST)

    def ready(self, event: Dependency) -> None:
        """Fit the frame slider and the download button to a new film."""
        given = [self.f.film, self.f.video]
        event.success(self.films.ready, given, [self.f.scrub, self.f.mp4], **FAST)

    @property
    def settings(self) -> list[Any]:
        """What a film is made of."""
        return [self.k.keys, *self.c.settings]

    def of_moves(self, moving: DirectionHandlers) -> None:
        """Sliders and the picture they move."""
        c, k, m = self.c, self.k, self.m
        slid = [k.keys, k.chosen, m.method, *m.sliders], [k.keys, m.key]
        moved = [slider.input for slider in m.sliders]
        gr.on(moved, None, *slid, js=SLIDE, **PRIVATE)
        gr.on(
            moved,
            on_gpu(10)(moving.directions),
            [c.model, m.key, m.method, *m.sliders],
            [m.image, m.moved],
            api_name="directions",
            show_progress="hidden",
            **LATEST,
            **DEVICE_QUEUE,
        )
        # The thumbnail follows when the slider is let go.
        released = gr.on([s.release for s in m.sliders], None, *slid, js=SLIDE, **PRIVATE)
        self.compare(
            released.success(
                on_gpu(10)(self.edits.redraw),
                [k.keys, c.model, k.chosen],
                [k.gallery, m.image],
                **LATEST,
                **QUIET,
            )
        )
        self.settle(m.method.input(None, **PRIVATE))
        plain = [k.keys, k.chosen], [k.keys, m.key, *m.sliders]
        self.draw(m.reset.click(None, *plain, js=RESET, **PRIVATE))
        m.overview.click(
            on_gpu(10)(moving.overview),
            [c.model, m.key, m.method],
            [m.spectrum, m.legend],
            **DEVICE_QUEUE,
            **PRIVATE,
        )

    def of_keys(self, page: Page) -> None:
        """Choosing, adding, moving and removing key frames."""
        edits, c, k, n = self.edits, self.c, self.k, self.n
        chosen = k.gallery.select(None, None, k.chosen, js=CHOOSE, **PRIVATE)
        self.settle(chosen).success(
            on_gpu(10)(edits.look), [k.keys, c.model, k.chosen], self.m.image, **LATEST, **QUIET
        )

        def changed(event: Dependency) -> None:
            self.draw(self.settle(event))

        changed(k.left.click(edits.left, k.state, k.state, **LATEST, **TELLING))
        changed(k.right.click(edits.right, k.state, k.state, **LATEST, **TELLING))
        changed(k.copy.click(edits.copy, k.state, k.state, **LATEST, **TELLING))
        changed(k.remove.click(edits.remove, k.state, k.state, **LATEST, **TELLING))
        new = [k.keys, c.model, n.label, n.seed]
        changed(n.add.click(edits.add, new, k.state, **LATEST, **TELLING))
        n.dice.click(None, None, n.seed, js=ROLL, **PRIVATE)
        other = [k.keys, c.model, n.label], [*k.state, n.label]
        changed(c.model.input(edits.change_model, *other, **LATEST, **TELLING))
        sent = [k.keys, c.model, page.parcel], [*k.state, c.model]
        page.on_parcel(
            TAB_ID, lambda event: changed(event.success(edits.receive, *sent, **LATEST, **TELLING))
        )

    def of_photos(self, page: Page) -> list[Dependency]:
        """Looking for photos, given here or sent; returns the searches, which Stop can end.

        All of them are there once the page is wired.
        """
        c, k, n = self.c, self.k, self.n
        searches: list[Dependency] = []

        def search(event: Dependency, photo: Photo) -> None:
            searched = event.then(
                on_gpu(60)(self.edits.invert),
                [k.keys, c.model, photo],
                [n.found, n.about, n.pair],
                trigger_mode="multiple",  # what is sent meanwhile has its turn later
                **QUIET,
            )
            searches.append(searched)
            at_end(searched, stop_off, None, c.stop, **FAST)
            # Found, refused or stopped: what there is by then counts.
            taken = [*k.state, n.found, n.about, n.pair, n.photo]
            take = self.edits.take, [k.keys, c.model, n.found], taken
            for end in at_end(searched, *take, **TELLING):
                self.draw(self.settle(end))

        def receive(event: Dependency) -> None:
            search(event.success(stop_on, None, c.stop, **FAST), page.picture)

        search(n.photo.upload(stop_on, None, c.stop, **FAST), n.photo)
        page.on_parcel(TAB_ID, receive, kind=KINDS[TAB_ID])
        return searches

    def of_film(self, page: Page, searches: list[Dependency]) -> None:
        """Drawing, scrubbing and saving the film."""
        films, c, f = self.films, self.c, self.f
        drawn = c.go.click(stop_on, None, c.stop, **FAST).then(
            on_gpu(60)(films.morph),
            self.settings,
            f.shown,
            api_name="morph",
            show_progress="hidden",
            **DEVICE_QUEUE,
        )
        at_end(drawn, stop_off, None, c.stop, **FAST)
        self.ready(drawn)

        finish = films.finish, [f.film, c.fps, f.details], f.shown
        self.ready(c.fps.release(*finish, **LATEST, **TELLING))
        written = self.of_animations()
        # Once the server has stopped, or reports of frames would come after the last word.
        for work in (drawn, *written):
            self.ready(work.failure(*finish, **TELLING))

        def stop() -> None:
            work = [drawn, *searches, *written]
            ending(c.stop.click, work, stop_off, None, c.stop, **FAST)

        page.when_wired(stop)

        f.scrub.input(None, [f.scrub, c.fps], None, js=SCRUB, **PRIVATE)
        saved = f.save_strip.click(films.strip, [f.film, c.fps], f.file, **PRIVATE)
        saved.success(None, None, None, js=FETCH, **PRIVATE)
        still = [f.film, c.fps, f.scrub]
        saved = f.still.click(films.still, still, f.file, **PRIVATE)
        saved.success(None, None, None, js=FETCH, **PRIVATE)
        send(page, f.sending, films.still, still)
        f.link.click(None, self.settings, None, js=LINK, **PRIVATE).then(films.linked, **TELLING)

    def of_animations(self) -> list[Dependency]:
        """Saving the film as what takes its time; returns that work, which Stop can end."""
        c, f, films = self.c, self.f, self.films
        work: list[Dependency] = []
        for button, save in ((f.gif, films.gif), (f.webp, films.webp)):
            written = button.click(stop_on, None, c.stop, **FAST).then(
                save, [f.film, c.fps], [f.status, f.file], show_progress="hidden", **PRIVATE
            )
            at_end(written, stop_off, None, c.stop, **FAST)
            self.compare(written)
            written.success(None, None, None, js=FETCH, **PRIVATE)
            work.append(written)
        return work

    def of_visits(self, visits: VisitHandlers, page: Page) -> None:
        """Opening the tab, and coming back to a film by a PNG or a link."""
        c, k, n, f = self.c, self.k, self.n, self.f
        if page.here:
            page.here.select(visits.model_menu, None, c.model, **FAST)
            arrived = self.settle(page.here.select(None, **PRIVATE)).success(
                on_gpu(10)(visits.arrive),
                [k.keys, c.model, k.chosen, f.film, page.settings],
                [k.gallery, self.m.image],
                **LATEST,
                **QUIET,
            )
            opened = self.compare(arrived)
            first = [*self.settings, f.film, page.settings]
            self.ready(opened.success(on_gpu(60)(visits.open), first, f.shown, **QUIET))

        def restore(event: Dependency) -> None:
            restored = event.success(
                visits.restore,
                [page.settings, k.keys, c.model, n.label],
                [*k.state, c.model, c.frames, c.method, c.easing, c.loop, c.fps, n.label],
                **TELLING,
            )
            shown = self.settle(restored).success(
                on_gpu(10)(visits.show),
                [k.keys, c.model, k.chosen, page.settings],
                [k.gallery, self.m.image],
                **QUIET,
            )
            again = [*self.settings, page.settings]
            self.ready(shown.success(on_gpu(60)(visits.again), again, f.shown, **QUIET))

        page.on_settings(restore)


def stop_on() -> gr.Button:
    return gr.Button(interactive=True)


def stop_off() -> gr.Button:
    return gr.Button(interactive=False)


TAB = Tab(TAB_ID, build)
