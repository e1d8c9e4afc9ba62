"""The Style tab: which listener hangs on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from .gpu import on_gpu
from .page import Page
from .sending import send
from .style_chooser import Chooser
from .style_handlers import StyleHandlers
from .style_layout import TAB_ID, Controls, make_controls
from .style_menus import MenuHandlers
from .style_photos import PhotoHandlers
from .style_tiles import TileHandlers
from .style_view import Answer, Files, View, make_answer, make_view
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device that shows its progress itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
# Asked for again while it is under way, it runs once more, with what there is by then.
LATEST: dict[str, Any] = {"trigger_mode": "always_last", **QUIET}
# What tells work under way that something else is wanted.
TOLD: dict[str, Any] = {"trigger_mode": "multiple", **FAST}

# When something was wanted. It grows every time, however coarse the clock that a browser shows, so
# requests that overtake each other do no harm.
NOW = "(window.ticked = Math.max(performance.now(), (window.ticked ?? 0) + 0.001))"
TICK = f"() => {NOW}"
MOVED = f"(newest) => [newest, {NOW}]"
FETCH = "() => document.querySelector('#style-file').click()"
# On a phone the button is in reach everywhere, and what it does is seen in one place.
LOOK = """() => {
  const head = document.querySelector('#style-head');
  if (innerWidth <= 640) head?.scrollIntoView({behavior: 'smooth'});
}"""
LINK = f"""(method, model, first, second, mix, blend, strength, keep_colors, outside, feather, size,
  refine, strokes, iterations) => {{
  const slow = method === 'slow';
  const q = new URLSearchParams({{tab: '{TAB_ID}', model: slow ? 'gatys' : model ?? ''}});
  const styles = (mix ? [first, second] : [first]).map((id) => (/^#/.test(id) ? 'own' : id));
  if (styles.every(Boolean)) q.set('style', JSON.stringify(styles));
  const rest = {{strength, keep_colors, outside, feather}};
  if (mix) rest.blend = blend;
  if (slow) rest.iterations = iterations;
  else Object.assign(rest, {{refine, strokes}});
  for (const [name, value] of Object.entries(rest)) q.set(name, value);
  if (size) q.set('size', size);
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}}"""


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    menus = MenuHandlers(studio, page)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=3, min_width=280, elem_classes="controls"):
            controls = make_controls(menus.cards(), menus.default())
        with gr.Column(scale=7, min_width=300, elem_classes=["results", "pinned"]):
            view, files = make_view()
    answer = make_answer()
    wiring = Wiring(
        menus,
        PhotoHandlers(page, menus),
        TileHandlers(studio, page),
        StyleHandlers(studio, page, menus),
        controls,
        view,
        files,
    )
    wiring.of_work()
    wiring.of_photos(page)
    wiring.of_styles(page)
    wiring.of_settings(page, answer)
    wiring.of_results(page)


@dataclass(frozen=True)
class Wiring:
    """The parts of the tab, and what is hung on them."""

    menus: MenuHandlers
    photos: PhotoHandlers
    tiles: TileHandlers
    runs: StyleHandlers
    c: Controls
    v: View
    f: Files

    @property
    def given(self) -> list[Any]:
        """What is restyled, and how."""
        return [
            self.c.photo, self.v.painter, self.v.known, self.c.tiles, self.v.results,
            self.v.newest, self.c.tick, *self.c.settings,
        ]  # fmt: skip

    @property
    def shown(self) -> list[Any]:
        """Outputs of everything that restyles."""
        return [self.v.slider, self.v.status, self.v.results, self.v.kind, self.c.stop]

    @property
    def opened(self) -> list[Any]:
        """Outputs of everything that brings a photo."""
        return [self.c.photo, self.v.earlier, *self.v.opened]

    def again(self, event: Dependency) -> None:
        """Restyle by itself what is quickly restyled."""
        event.success(None, None, self.c.tick, js=TICK, **PRIVATE)

    def mark(self, event: Dependency) -> Dependency:
        """Show the styles that there are, and those that are chosen."""
        given = [self.c.tiles, self.c.method, self.c.first.chosen, self.c.second.chosen]
        return event.success(self.tiles.mark, given, self.c.marked, **FAST)

    def brought(self, event: Dependency) -> Dependency:
        """A photo has come, or another has taken its place."""
        return event.success(self.photos.way_back, self.v.earlier, self.v.back, **FAST)

    def of_work(self) -> None:
        """From settings to a result, and how that is stopped.

        What is under way makes room for what is wanted then. It is told so instead of cancelled:
        Gradio's cancelling would end the next run of the same listener as well, now and then.
        """
        c, v = self.c, self.v
        turn = self.runs.turn, [v.newest, c.tick]
        # Listeners of one event are called one after the other.
        c.tick.change(*turn, **TOLD)
        again = c.tick.change(on_gpu(60)(self.runs.again), self.given, self.shown, **LATEST)
        pressed = c.go.click(None, None, None, js=LOOK, **PRIVATE)
        run = pressed.success(self.runs.press, [v.newest, c.tick], **TOLD).success(
            on_gpu(180)(self.runs.run), self.given, self.shown, **QUIET
        )
        for work in (again, run):
            at_end(work, stop_off, None, c.stop, **FAST)
        moved = [c.strength.input, c.blend.input]
        gr.on(moved, *turn, js=MOVED, **TOLD)
        gr.on(moved, on_gpu(20)(self.runs.draft), self.given, self.shown, **LATEST)
        settled = [c.strength.release, c.blend.release, c.feather.release, c.keep.input]
        settled += [c.outside.input, c.size.submit, c.size.blur, c.refine.release, v.kind.input]
        settled += [c.strokes.input]
        gr.on(settled, None, None, c.tick, js=TICK, **PRIVATE)
        ending(c.stop.click, [again, run], stop_off, None, c.stop, **FAST).success(
            self.runs.finish, v.results, self.shown, **TELLING
        )

    def of_photos(self, page: Page) -> None:
        """Where photos and masks come from."""
        c, v = self.c, self.v
        dropped = c.drop.upload(self.photos.open, c.drop, self.opened, **PRIVATE)
        at_end(dropped, lambda: None, None, c.drop, **FAST)
        self.again(self.brought(dropped))
        v.examples.select(self.runs.turn, [v.newest, c.tick], js=MOVED, **TOLD)
        pick = on_gpu(10)(self.photos.pick)
        picked = v.examples.select(pick, v.offers, self.opened, **QUIET)
        self.again(self.brought(picked))
        sent = [page.picture, page.mask]

        def receive(event: Dependency) -> None:
            received = event.success(self.photos.receive, sent, self.opened, **TELLING)
            self.again(self.brought(received))

        page.on_parcel(TAB_ID, receive)
        given = [c.photo, v.results, v.earlier]
        self.brought(self.f.proceed.click(self.photos.proceed, given, self.opened, **PRIVATE))
        self.brought(v.back.click(self.photos.back, v.earlier, self.opened, **TELLING))
        masked = c.upload.upload(
            self.photos.mask, [c.photo, c.upload], [v.painter, v.known, v.kind], **TELLING
        )
        at_end(masked, lambda: None, None, c.upload, **FAST)
        self.again(masked)

    def of_styles(self, page: Page) -> None:
        """Choosing styles, and bringing some."""
        c, v = self.c, self.v
        known = [c.tiles, c.model], c.tiles
        if page.here:
            self.mark(page.here.select(on_gpu(20)(self.tiles.open), *known, **QUIET))
            page.here.select(
                on_gpu(10)(self.menus.offer), v.offers, [v.tries, v.examples, v.offers], **QUIET
            )
        self.again(self.mark(c.model.input(on_gpu(20)(self.tiles.offer), *known, **QUIET)))

        def own(event: Dependency, picture: Any, chooser: Chooser) -> Dependency:
            added = [c.tiles, picture], [c.tiles, chooser.chosen]
            event = event.success(self.tiles.add, *added, **TELLING)
            self.again(self.mark(event))
            return event

        def receive(event: Dependency) -> None:
            own(event, page.picture, c.first)

        for chooser in (c.first, c.second):
            # Every click counts, or a tile would be marked that is not the one applied.
            picked = chooser.gallery.select(
                self.tiles.pick,
                [c.tiles, c.method],
                chooser.chosen,
                trigger_mode="multiple",
                **FAST,
            )
            self.again(picked)
            added = own(chooser.drop.upload(None, **PRIVATE), chooser.drop, chooser)
            at_end(added, lambda: None, None, chooser.drop, **FAST)
        page.on_parcel(TAB_ID, receive, kind=TAB_ID)

    def of_settings(self, page: Page, answer: Answer) -> None:
        """How it is restyled; links, and coming back by a PNG or a link."""
        c, v, a = self.c, self.v, answer
        fitted = c.method.input(self.menus.fit, c.method, c.fitted, **FAST)
        self.again(self.mark(fitted))
        self.again(c.mix.input(self.menus.mix, c.mix, c.mixing, **FAST))
        outputs = [
            v.kind, c.method, c.hint, c.model, c.first.chosen, c.second.chosen, c.mix, c.mixing,
            c.blend, c.strength, c.keep, c.outside, c.feather, c.size, c.refine, c.iterations,
            c.strokes,
        ]  # fmt: skip

        def restore(event: Dependency) -> None:
            given = [page.settings, c.method, c.model]
            restored = event.success(self.menus.restore, given, outputs, **TELLING)
            known = [c.tiles, c.model, page.settings]
            offered = restored.success(on_gpu(20)(self.tiles.restore), known, c.tiles, **QUIET)
            self.again(self.mark(offered))

        page.on_settings(restore)
        a.call.click(
            on_gpu(120)(self.runs.stylize),
            [
                c.photo, c.first.chosen, a.style, c.second.chosen, a.second, c.blend, c.strength,
                c.keep, a.mask, c.outside, c.feather, c.size, c.refine, c.method, c.iterations,
                c.model, c.strokes,
            ],
            [a.image, a.details],
            api_name="stylize",
            **DEVICE_QUEUE,
        )  # fmt: skip

    def of_results(self, page: Page) -> None:
        """What can be done with a result."""
        v, f = self.v, self.f
        saved = f.save.click(self.runs.save, v.results, f.file, **PRIVATE)
        saved.success(None, None, None, js=FETCH, **PRIVATE)
        f.link.click(None, self.c.settings, None, js=LINK, **PRIVATE).then(
            self.menus.linked, **TELLING
        )
        send(page, f.sending, self.runs.save, v.results)


def stop_off() -> gr.Button:
    return gr.Button(interactive=False)


TAB = Tab(TAB_ID, build)
