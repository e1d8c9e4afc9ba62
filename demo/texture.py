"""The Texture tab: which listener hangs on what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED
from pipelines.texturing import QUILTING

from .gpu import on_gpu
from .page import Page
from .sending import send
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, ending
from .texture_handlers import TextureHandlers
from .texture_layout import PICTURE, PRESETS, TAB_ID, Controls, make_controls
from .texture_menus import MenuHandlers
from .texture_samples import SampleHandlers
from .texture_view import Answer, Files, View, make_answer, make_view

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# Work on the device that shows its progress itself, hidden from the API.
QUIET: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}
# Asked for again while it is under way, it runs once more, with what there is by then.
LATEST: dict[str, Any] = {"trigger_mode": "always_last", **QUIET}
QUICK = 512 * 512  # pixels

TICK = "() => Math.random()"
# Settings of other tabs change nothing here.
TICK_OURS = f"(settings, tick) => settings?.tab === '{TAB_ID}' ? Math.random() : tick"
# While a slider moves, only what is quickly drawn follows it.
TICK_QUICK = f"(width, height, tick) => width * height <= {QUICK} ? Math.random() : tick"
# A new seed is rolled in the browser.
NEW_SEED = f"Math.floor(Math.random()*{MAX_SEED})"
# On a phone the button is in reach everywhere, and what it does is seen in one place.
ROLL = f"""(wish, results, seed, keep) => {{
  const look = document.querySelector('#texture-look');
  if (innerWidth <= 640) look?.scrollIntoView({{behavior: 'smooth'}});
  return [wish, results, keep ? seed : {NEW_SEED}, keep];
}}"""
FETCH = "() => document.querySelector('#texture-file').click()"
# Of what a texture is made of, only what counts for it is part of a link.
LINK = f"""(way, width, height, seamless, seed, block, model, label, mix, second, second_seed,
  blend, across) => {{
  const size = JSON.stringify([width, height]), all = {{tab: '{TAB_ID}', size, seamless, seed}};
  const own = way === '{PICTURE}' ? {{model: '{QUILTING}', block}} : {{model, label}};
  const both = way !== '{PICTURE}' && mix ? {{second, second_seed, blend, across}} : {{}};
  const q = new URLSearchParams({{...all, ...own, ...both}});
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
    runs = TextureHandlers(studio, page, menus)
    wiring = Wiring(menus, SampleHandlers(page), runs, controls, view, files)
    wiring.of_work()
    wiring.of_samples(page)
    wiring.of_settings(page)
    wiring.of_results(page)
    wiring.of_scripts(answer)


@dataclass(frozen=True)
class Wiring:
    """The parts of the tab, and what is hung on them."""

    menus: MenuHandlers
    samples: SampleHandlers
    runs: TextureHandlers
    c: Controls
    v: View
    f: Files

    @property
    def given(self) -> list[Any]:
        """What a texture is made of."""
        c, v = self.c, self.v
        return [v.wish, c.way, c.sample.photo, c.sample.region, v.results, *c.settings]

    @property
    def shown(self) -> list[Any]:
        return [*self.v.shown, self.c.stop]

    @property
    def opened(self) -> list[Any]:
        """Outputs of everything that brings a picture."""
        return [self.c.way, self.c.sample.photo, self.c.sample.region]

    def again(self, event: Dependency) -> None:
        """Something has changed, so there is another texture to be made."""
        renewed = event.success(self.runs.renew, self.v.wish, None, **FAST)
        renewed.success(None, None, self.c.tick, js=TICK, **PRIVATE)

    def of_work(self) -> None:
        """From settings to a texture, and how that is stopped."""
        c, v = self.c, self.v
        # One listener, whatever has changed: it begins anew rather than twice.
        work = c.tick.change(on_gpu(60)(self.runs.again), self.given, self.shown, **LATEST)
        at_end(work, stop_off, None, c.stop, **FAST)
        ending(c.stop.click, [work], stop_off, None, c.stop, **FAST).success(
            self.runs.finish, [v.wish, v.results], self.shown, **TELLING
        )
        rolled = [c.seed, v.results]
        given = [v.wish, v.results, c.seed, c.lock]
        c.go.click(self.runs.afresh, given, rolled, js=ROLL, **FAST).success(
            None, None, c.tick, js=TICK, **PRIVATE
        )
        settled = [c.way.input, c.label.input, c.mix.input, c.second.input, c.across.input]
        settled += [c.blend.release, c.sample.block.release, c.seamless.input]
        settled += [c.sample.region.input]
        for field in (c.seed, c.second_seed, c.width, c.height):
            settled += [field.submit, field.blur]
        changed = gr.on(settled, self.runs.renew, v.wish, None, **FAST)
        changed.success(None, None, c.tick, js=TICK, **PRIVATE)
        moving = [c.width, c.height, c.tick]
        c.blend.input(None, moving, c.tick, js=TICK_QUICK, **PRIVATE)

    def of_samples(self, page: Page) -> None:
        """Where pictures come from; one that is clicked or dropped waits for nothing."""
        c, v, s = self.c, self.v, self.c.sample
        dropped = s.drop.upload(self.samples.open, s.drop, self.opened, **PRIVATE)
        at_end(dropped, lambda: None, None, s.drop, **FAST)
        self.again(dropped)
        self.again(s.examples.select(self.samples.pick, None, self.opened, **FAST))
        page.on_parcel(
            TAB_ID,
            lambda event: self.again(
                event.success(self.samples.open, page.picture, self.opened, **TELLING)
            ),
        )
        self.again(self.f.proceed.click(self.samples.proceed, v.results, self.opened, **TELLING))
        if page.here:
            offered = [s.examples, v.offers]
            page.here.select(self.samples.offer, v.offers, offered, **FAST)
            # Whoever comes here finds a texture.
            page.here.select(None, None, c.tick, js=TICK, **PRIVATE)

    def of_settings(self, page: Page) -> None:
        """Seeds, sizes, models, and coming back by a PNG or a link."""
        c = self.c
        for dice, seed in ((c.dice, c.seed), (c.second_dice, c.second_seed)):
            rolled = dice.click(None, None, seed, js=f"() => {NEW_SEED}", **PRIVATE)
            self.again(rolled)
        sides = [c.width, c.height]
        for side, button in zip(PRESETS, c.presets, strict=True):
            both = f"() => [{side}, {side}]"
            self.again(button.click(None, None, sides, js=both, **PRIVATE))
        menus = [c.label, c.second]
        self.again(c.model.input(self.menus.classes, [c.model, *menus], menus, **FAST))
        outputs = [
            c.way, c.model, *menus, c.lock, c.width, c.height, c.seamless, c.seed, c.sample.block,
            c.mix, c.second_seed, c.blend, c.across,
        ]  # fmt: skip

        def restore(event: Dependency) -> None:
            given = [page.settings, c.way, c.model, *menus]
            restored = event.success(self.menus.restore, given, outputs, **TELLING)
            ours = [page.settings, c.tick]
            restored.success(None, ours, c.tick, js=TICK_OURS, **PRIVATE)

        page.on_settings(restore)

    def of_results(self, page: Page) -> None:
        """What can be done with a texture."""
        c, v, f = self.c, self.v, self.f
        tiled = {"trigger_mode": "always_last", **FAST}
        v.tiles.input(self.runs.tile, [v.wish, v.results, v.tiles], v.image, **tiled)
        saved = f.save.click(self.runs.save, v.results, f.file, **PRIVATE)
        saved.success(None, None, None, js=FETCH, **PRIVATE)
        f.link.click(None, [c.way, *c.settings], None, js=LINK, **PRIVATE).then(
            self.menus.linked, **TELLING
        )
        kinds = {"style": "style", "inpaint": "fill"}
        send(page, f.sending, self.runs.save, v.results, kinds)

    def of_scripts(self, answer: Answer) -> None:
        c, a = self.c, answer
        a.call.click(
            on_gpu(60)(self.runs.texture),
            [
                a.sample, c.width, c.height, c.seamless, c.seed, c.sample.block, c.model, c.label,
                a.second, c.second_seed, c.blend, c.across,
            ],
            [a.image, a.details],
            api_name="texture",
            **DEVICE_QUEUE,
        )  # fmt: skip


def stop_off() -> gr.Button:
    return gr.Button(interactive=False)


TAB = Tab(TAB_ID, build)
