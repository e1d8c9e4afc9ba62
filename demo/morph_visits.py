"""What happens when somebody opens the Morph tab, or comes back to a film by a PNG or a link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import one_of, whole
from pipelines.errors import InputError
from pipelines.limits import EASING_NAMES, MAX_FPS, MAX_FRAMES, MAX_KEYS, METHOD_NAMES, MIN_KEYS

from .inputs import Choice
from .menus import class_menu, easing_choices, generator_menu
from .morph_handlers import TAB_ID, FilmHandlers
from .morph_keys import KeyHandlers
from .morph_layout import DEFAULTS
from .page import Settings
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Studio

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

    def model_menu(self) -> Choice:
        """The models that there are by now; what is chosen stays."""
        return generator_menu(self._studio.cards("generator"))

    def arrive(
        self,
        keys: Entries,
        model: str,
        chosen: int,
        film: AnyFilm,
        settings: Settings,
        request: gr.Request,
    ) -> Shown:
        """Draw the keys when the tab is opened: gallery, image."""
        # Two drawings could reach a page that is still being laid out in the wrong order.
        if film is None and _awaited(settings):
            return (gr.skip(),) * 2
        return self._keys.draw(keys, model, chosen, request)

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
        """Draw the film when the tab is opened, unless it is there: pictures may have been sent."""
        awaited = film is None and _awaited(settings)  # what ``again`` is about to draw
        if awaited or len(keys or []) < MIN_KEYS or self._films.shows(film, keys, model, request):
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
        if not _awaited(settings):
            yield (gr.skip(),) * 5
            return
        yield from self._films.morph(keys, model, frames, method, easing, loop, fps, request)

    def show(
        self, keys: Entries, model: str, chosen: int, settings: Settings, request: gr.Request
    ) -> Shown:
        """Draw the keys that ``restore`` has set: gallery, image."""
        if not _awaited(settings):
            return (gr.skip(),) * 2
        return self._keys.draw(keys, model, chosen, request)

    def restore(
        self, settings: Settings, keys: Entries, model: str, label: str, request: gr.Request
    ) -> Shown:
        """Set the controls as a PNG or a URL says.

        Returns keys, chosen; model, frames, method, easing, loop, fps; the class menu.
        """
        if not _awaited(settings):
            # The menus in the person's language, at least.
            skip, klass = (
                gr.skip(),
                class_menu(self._studio.cards("generator"), model, label, request),
            )
            return (skip,) * 5 + (self.easing_menu(request), skip, skip, klass)
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
        with spoken(request):
            keys = _listed(given["keys"]) if "keys" in given else keys
            frames = whole("frames", given["frames"], 1, MAX_FRAMES)
            method = one_of("method", given["method"], METHOD_NAMES)
            easing = one_of("easing", given["easing"], EASING_NAMES)
            fps = whole("fps", given["fps"], 1, MAX_FPS)
        keys = self._keys.checked(keys, model, request)
        loop = given["loop"] in (True, "true", "True", "1")
        klass = class_menu(self._studio.cards("generator"), model, "", request)
        menus = (
            generator_menu(self._studio.cards("generator"), model),
            self.easing_menu(request, easing),
        )
        return keys, 0, menus[0], frames, method, menus[1], loop, fps, klass

    def easing_menu(self, request: gr.Request | None, chosen: str | None = None) -> Choice:
        """The easings in the person's language."""
        choices = easing_choices(request)
        return Choice(choices=choices, value=chosen) if chosen else Choice(choices=choices)


def _listed(keys: Any) -> list[Any]:
    """Keys out of a file or an address; one alone counts as a list of it. Raises InputError."""
    keys = keys if isinstance(keys, list) else [keys]
    # One is not a film yet, but all that a picture of a moved key has.
    if not 1 <= len(keys) <= MAX_KEYS:
        raise InputError("keys", found=len(keys), least=MIN_KEYS, most=MAX_KEYS)
    return keys


def _awaited(settings: Settings) -> bool:
    """Whether a PNG or a link has asked for this tab."""
    return (settings or {}).get("tab") == TAB_ID
