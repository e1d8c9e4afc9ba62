"""The Inpaint tab: which listener hangs on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED

from .gpu import on_gpu
from .inpaint_fill import FillHandlers
from .inpaint_handlers import InpaintHandlers
from .inpaint_layout import Controls, make_controls
from .inpaint_menus import TAB_ID, MenuHandlers
from .inpaint_photos import PhotoHandlers
from .inpaint_view import Answer, Files, View, make_answer, make_view
from .page import Page
from .sending import send
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device that shows its progress itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
# What is moved with the mouse is answered as it moves, with what there is by then.
MOVED: dict[str, Any] = {"trigger_mode": "always_last", **TELLING}

# A new seed is rolled in the browser.
NEW_SEED = f"Math.floor(Math.random()*{MAX_SEED})"
# On a phone the button is in reach everywhere, and what it does is seen in one place.
ROLL = f"""(seed, keep) => {{
  const head = document.querySelector('#inpaint-head');
  if (innerWidth <= 640) head?.scrollIntoView({{behavior: 'smooth'}});
  return [keep ? seed : {NEW_SEED}, keep];
}}"""
ROLL_NOW = f"() => {NEW_SEED}"
FETCH = "() => document.querySelector('#inpaint-file').click()"
NAMES = (
    "method", "model", "seed", "variants", "sampling_steps", "grow", "feather", "invert",
    "left", "top", "right", "bottom", "prompt", "negative_prompt", "strength", "guidance",
    "sampler",
)  # fmt: skip
LINK = f"""(...values) => {{
  const all = Object.fromEntries({list(NAMES)}.map((name, i) => [name, values[i] ?? '']));
  const {{left, top, right, bottom, ...rest}} = all;
  const q = new URLSearchParams({{tab: '{TAB_ID}'}});
  for (const [name, value] of Object.entries(rest)) if (value !== '') q.set(name, value);
  q.set('margins', JSON.stringify([left, top, right, bottom].map((margin) => +margin || 0)));
  const url = location.origin + location.pathname + '?' + q;
  history.replaceState(null, '', url);
  navigator.clipboard?.writeText(url);
}}"""


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    menus = MenuHandlers(studio, page)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(menus.methods(), menus.default(), menus.cards("diffusion"))
        with gr.Column(scale=3, min_width=300, elem_classes=["results", "pinned"]):
            view, files = make_view()
    answer = make_answer()
    wiring = Wiring(
        menus,
        PhotoHandlers(page, menus),
        InpaintHandlers(studio, page, menus),
        controls,
        view,
        files,
    )
    started = wiring.of_photos(page)
    wiring.of_mask()
    wiring.of_fill(page)
    wiring.of_work(page, started)
    wiring.of_results(page)
    wiring.of_settings(page, answer)


@dataclass(frozen=True)
class Wiring:
    """The parts of the tab, and what is hung on them."""

    menus: MenuHandlers
    photos: PhotoHandlers
    fills: InpaintHandlers
    c: Controls
    v: View
    f: Files

    @property
    def opened(self) -> list[Any]:
        """Outputs of everything that brings a photo."""
        return [self.c.photo, self.v.earlier, *self.v.opened]

    @property
    def given(self) -> list[Any]:
        """What is filled, and how."""
        return [self.c.photo, self.v.painter, self.v.known, *self.c.settings]

    def applied(self, event: Dependency) -> Dependency:
        """Show the mask as it will be applied."""
        given = [self.c.photo, self.v.painter, *self.c.rim.settings]
        return event.success(self.photos.apply, given, self.v.painter, **MOVED)

    def brought(self, event: Dependency) -> None:
        """A photo has come, or another has taken its place."""
        self.applied(event)
        event.success(self.photos.way_back, self.v.earlier, self.v.back, **FAST)

    def of_photos(self, page: Page) -> Dependency:
        """Where photos come from; returns the click on an example, which wants to be filled."""
        c, v = self.c, self.v
        dropped = c.drop.upload(self.photos.open, c.drop, self.opened, **TELLING)
        self.brought(dropped)
        at_end(dropped, lambda: None, None, c.drop, **FAST)
        picked = v.examples.select(on_gpu(10)(self.photos.pick), v.offers, self.opened, **QUIET)
        self.brought(picked)
        if page.here:
            page.here.select(
                on_gpu(10)(self.menus.offer), v.offers, [v.tries, v.examples, v.offers], **QUIET
            )
        sent = [page.picture, page.mask]
        page.on_parcel(
            TAB_ID,
            lambda event: self.brought(
                event.success(self.photos.receive, sent, self.opened, **TELLING)
            ),
        )
        given = [c.photo, v.results, v.earlier]
        self.brought(self.f.proceed.click(self.photos.proceed, given, self.opened, **PRIVATE))
        self.brought(v.back.click(self.photos.back, v.earlier, self.opened, **TELLING))
        return picked

    def of_mask(self) -> None:
        """What becomes of the mask before it is applied."""
        c, v = self.c, self.v
        uploaded = c.rim.upload.upload(
            self.photos.mask,
            [c.photo, c.rim.upload],
            [v.painter, v.known, v.kind, v.status],
            **TELLING,
        )
        self.applied(uploaded)
        at_end(uploaded, lambda: None, None, c.rim.upload, **FAST)
        given = [c.photo, v.painter, *c.rim.settings]
        moved = [c.rim.grow.input, c.rim.feather.input, c.rim.invert.input, v.painter.input]
        moved += [margin.input for margin in c.rim.margins]
        gr.on(moved, self.photos.apply, given, v.painter, **MOVED)

    def of_fill(self, page: Page) -> None:
        """Where the texture comes from that holes are filled with."""
        c, f, handlers = self.c, self.c.fill, FillHandlers(self.menus)
        dropped = f.drop.upload(handlers.take, f.drop, f.taken, **TELLING)
        at_end(dropped, lambda: None, None, f.drop, **FAST)
        taken = [c.method, *c.fitted, *f.taken]

        def receive(event: Dependency) -> None:
            event.success(handlers.receive, page.picture, taken, **TELLING)

        page.on_parcel(TAB_ID, receive, kind="fill")

    def of_work(self, page: Page, started: Dependency) -> None:
        """From a mask to results, and how that is stopped."""
        c, v = self.c, self.v
        work: list[Any] = []

        def fill(event: Dependency, handler: Any, seconds: int) -> None:
            filled = event.then(on_gpu(seconds)(handler), self.given, v.shown, **QUIET)
            at_end(filled, stop_off, None, c.stop, **FAST)
            work.append(filled)

        def rolled(button: gr.Button) -> Dependency:
            # One after the other: Stop must not be switched on by an answer that comes late.
            return button.click(
                lambda seed, _keep: (seed, gr.Button(interactive=True)),
                [c.seed, c.lock],
                [c.seed, c.stop],
                js=ROLL,
                **FAST,
            )

        fill(rolled(c.go), self.fills.run, 120)
        fill(rolled(c.compare), self.fills.compare, 180)
        fill(started.success(stop_on, None, c.stop, **FAST), self.fills.run, 120)
        page.when_wired(
            lambda: ending(c.stop.click, work, stop_off, None, c.stop, **FAST).success(
                self.fills.finish, v.results, v.shown, **TELLING
            )
        )

    def of_results(self, page: Page) -> None:
        """What can be done with a result."""
        v, f = self.v, self.f
        # Every click counts, or a picture would be marked that is not the one seen large.
        v.gallery.select(
            self.fills.pick,
            v.results,
            [v.slider, v.status, v.results],
            trigger_mode="multiple",
            **FAST,
        )
        for button, handler in ((f.save, self.fills.save), (f.mask, self.fills.save_mask)):
            saved = button.click(handler, v.results, f.file, **PRIVATE)
            saved.success(None, None, None, js=FETCH, **PRIVATE)
        send(page, f.sending, self.fills.save, v.results)

    def of_settings(self, page: Page, answer: Answer) -> None:
        """Menus, seeds, links, and coming back by a PNG or a link."""
        c, a = self.c, answer
        c.method.input(self.menus.fit, c.method, c.fitted, **FAST)
        c.dice.click(None, None, c.seed, js=ROLL_NOW, **PRIVATE)
        self.f.link.click(None, c.settings, None, js=LINK, **PRIVATE).then(
            self.menus.linked, **TELLING
        )
        outputs = [
            self.v.kind, c.method, *c.fitted, c.seed, c.lock, c.variants, *c.rim.settings,
            c.prompt, c.negative, c.strength, c.guidance,
        ]  # fmt: skip

        def restore(event: Dependency) -> None:
            given = [page.settings, c.method]
            self.applied(event.success(self.menus.restore, given, outputs, **TELLING))

        page.on_settings(restore)
        a.call.click(
            on_gpu(120)(self.fills.inpaint),
            [a.photo, a.mask, *c.settings],
            [a.image, a.images, a.details],
            api_name="inpaint",
            **DEVICE_QUEUE,
        )


def stop_on() -> gr.Button:
    return gr.Button(interactive=True)


def stop_off() -> gr.Button:
    return gr.Button(interactive=False)


TAB = Tab(TAB_ID, build)
