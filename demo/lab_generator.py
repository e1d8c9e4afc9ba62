"""The Lab's part for generators: which listener hangs on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SEED

from .gpu import on_gpu
from .lab_generator_handlers import GeneratorHandlers
from .lab_generator_layout import Controls, View, make_controls, make_view
from .lab_scene import TAB_ID
from .links import link_to
from .page import Page
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, default_generator

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

ROLL = f"() => [Math.floor(Math.random()*{MAX_SEED}), []]"
WORK: dict[str, Any] = {"show_progress": "hidden", **DEVICE_QUEUE, **PRIVATE}


def build(studio: Studio, page: Page, parts: gr.Tabs) -> None:
    """Lay out the part and wire it. ``parts``: the tabs it is one of."""
    cards = studio.cards("generator")
    first = default_generator(cards)
    with gr.Row(elem_classes="studio"):
        with gr.Column(scale=1, min_width=280, elem_classes="controls"):
            controls = make_controls(cards, first)
        with gr.Column(scale=3, min_width=300, elem_classes="results"):
            view = make_view(next((card for card in cards if card.id == first), None))
    do = GeneratorHandlers(studio, page)
    _wire(do, page, controls, view, parts)


def _wire(do: GeneratorHandlers, page: Page, c: Controls, v: View, parts: gr.Tabs) -> None:
    asked, sent = gr.JSON(visible=False), gr.JSON(visible=False)

    def look(event: Any, handler: Any, inputs: list[Any]) -> Dependency:
        return event(on_gpu(30)(handler), inputs, v.shown, **WORK)

    start = [*c.settings, v.kind, v.scene]
    told = [*c.settings, v.kind, parts]
    look(c.go.click, do.start, start)
    rolled = c.dice.click(None, None, [c.seed, c.path], js=ROLL, **PRIVATE)
    look(rolled.then, do.start, start)
    c.seed.input(lambda: [], None, c.path, **FAST)  # another seed starts without variations
    menus = [c.model, c.label, v.kind]
    look(c.model.input(do.menus, menus, menus[1:], **TELLING).success, do.start, start)
    look(c.label.input, do.start, start)
    look(c.truncation.release, do.start, start)
    look(v.picture.select, do.point, [v.scene])
    look(v.everywhere.click, do.everywhere, [v.scene])
    look(v.layers.layers.select, do.layer, [v.scene])
    look(v.layers.units.select, do.toggle, [v.scene])
    look(v.off.release, do.silence, [v.scene, v.off])
    look(v.kind.input, do.view, [v.scene, v.kind])
    linked = v.link.click(do.link, v.scene, asked, **FAST)
    copied = linked.success(None, asked, None, js=link_to(TAB_ID, "asked"), **PRIVATE)
    copied.success(do.linked, asked, None, **TELLING)
    if page.here:
        arrived = page.here.select(do.arrive, c.model, c.model, **TELLING)
        look(arrived.success, do.first, start)

    def restore(event: Dependency, settings: gr.JSON = page.settings) -> None:
        restored = event.success(do.restore, [settings, *menus], told, **TELLING)
        look(restored.success, do.again, [settings])

    page.on_settings(restore)
    page.on_parcel(
        TAB_ID, lambda event: restore(event.success(do.parcel, page.parcel, sent, **FAST), sent)
    )
