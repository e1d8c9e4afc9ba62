"""What happens when somebody opens the Morph tab, or comes back to a film by a PNG or a link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import Choice
from .morph_handlers import TAB_ID, FilmHandlers
from .morph_keys import KeyHandlers
from .morph_layout import DEFAULTS
from .page import Settings
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Studio

EASINGS = ("linear", "smooth", "smoother")

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entries = list[dict[str, Any]]
Shown = tuple[Any, ...]
AnyFilm = Any  # a Film, or None before the first


class VisitHandlers:
    """The listeners that open the tab, with what it has or with what settings say."""

    def __init__(self, studio: Studio, films: FilmHandlers, keys: KeyHandlers) -> None:
        self._studio = studio
        self._films = films
        self._keys = keys

    def enter(self, keys: Entries, model: str, settings: Settings, request: gr.Request) -> Any:
        """The keys when the tab is opened."""
        if _awaited(settings):
            return gr.skip()
        return self._keys.checked(keys, model, request)

    def open(
        self,
        keys: Entries,
        model: str,
        frames: int,
        method: str,
        easing: str,
        loop: bool,
        fps: int,
        film: AnyFilm,
        settings: Settings,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Draw the first film when the tab is opened; later visits find what was there."""
        awaited = (settings or {}).get("tab") == TAB_ID  # what ``again`` is about to draw
        if film is not None or awaited or len(keys or []) < 2:
            yield (gr.skip(),) * 5
            return
        yield from self._films.morph(keys, model, frames, method, easing, loop, fps, request)

    def again(
        self,
        keys: Entries,
        model: str,
        frames: int,
        method: str,
        easing: str,
        loop: bool,
        fps: int,
        settings: Settings,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Draw the film that ``restore`` has set the controls for."""
        if (settings or {}).get("tab") != TAB_ID:
            yield (gr.skip(),) * 5
            return
        yield from self._films.morph(keys, model, frames, method, easing, loop, fps, request)

    def restore(
        self, settings: Settings, keys: Entries, model: str, label: str, request: gr.Request
    ) -> Shown:
        """Set the controls as a PNG or a URL says.

        Returns keys, gallery, chosen; model, frames, method, easing, loop, fps; the class menu.
        """
        menus = self.easing_menu(request), self.keys.class_menu(model, label, request)
        if not settings or settings.get("tab") != TAB_ID:
            easing, klass = menus
            skip = gr.skip()
            return (skip,) * 6 + (easing, skip, skip, klass)
        if "weights" in settings:
            with spoken(request):
                card = self._studio.card(settings["model"], "generator")
            same = card.sha256 == settings["weights"]
            gr.Info(say(f"generate.{'restored' if same else 'other_weights'}", request))
        try:
            return self._restored(settings, keys, model, request)
        except gr.Error as error:
            if "weights" in settings:
                raise
            gr.Warning(error.message)
            return self._restored({}, keys, model, request)

    def _restored(
        self, settings: Settings, keys: Entries, model: str, request: gr.Request
    ) -> Shown:
        model = settings.get("model", model)
        given = {**DEFAULTS, **settings.get("parameters", {})}
        shown = self.keys.show(given.get("keys", keys), model, 0, request)
        easing = self.easing_menu(request, given["easing"])
        loop = given["loop"] in (True, "true", "True", "1")
        klass = self.keys.class_menu(model, "", request)
        return (*shown, model, given["frames"], given["method"], easing, loop, given["fps"], klass)

    def easing_menu(self, request: gr.Request | None, chosen: str | None = None) -> Choice:
        """The easings in the person's language."""
        choices = [(say(f"morph.{name}", request), name) for name in EASINGS]
        return Choice(choices=choices, value=chosen) if chosen else Choice(choices=choices)


def _awaited(settings: Settings) -> bool:
    """Whether a PNG or a link has asked for this tab: ``restore`` sees to it."""
    return (settings or {}).get("tab") == TAB_ID
