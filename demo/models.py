"""The Models tab: what every model is, what trained it, how good it is, how long it takes here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .gpu import on_gpu
from .models_handlers import ModelsHandlers
from .models_layout import TAB_ID, make_answer, make_view
from .page import Page
from .tab import DEVICE_QUEUE, FAST, PRIVATE, TELLING, Tab, at_end, ending

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio


def build(studio: Studio, page: Page) -> None:
    """Lay out the tab and wire it."""
    do = ModelsHandlers(studio, page)
    v, answer = make_view(do.cards()), make_answer()
    card = [v.chosen, v.times]
    showing: list[Any] = []

    def show(event: Dependency) -> None:
        showing.append(event.success(do.show, card, v.shown, **TELLING))

    if page.here:
        show(page.here.select(do.arrive, None, [v.chosen, v.machine], **TELLING))
    page.on_settings(lambda event: show(event.success(do.restore, page.settings, v.chosen, **FAST)))
    # Who is quicker than the tab gets what they chose, and not what it was opened with.
    page.when_wired(lambda: ending(v.chosen.input, showing, do.show, card, v.shown, **TELLING))
    page.opens(v.use.click(do.use, v.chosen, page.settings, **TELLING))
    timed = v.measure.click(
        on_gpu(120)(do.measure),
        card,
        [v.stop, v.time, v.times],
        show_progress="hidden",
        **DEVICE_QUEUE,
        **PRIVATE,
    )
    known = [v.stop, v.time]
    # Another card has no progress to show, and a failed measurement none to go on with.
    at_end(timed, do.stopped, card, known, **FAST)
    ending(v.stop.click, [timed], do.stopped, card, known, **FAST)
    ending(v.chosen.input, [timed], do.stopped, card, known, **FAST)
    answer.call.click(
        on_gpu(120)(do.models),
        [answer.model, answer.timed],
        answer.cards,
        api_name="models",
        **DEVICE_QUEUE,
    )


TAB = Tab(TAB_ID, build)
