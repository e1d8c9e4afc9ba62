"""What the Morph tab does with films and directions: thin listeners over the Morpher."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import whole
from pipelines.errors import InputError
from pipelines.limits import MAX_FPS

from .inputs import Choice
from .morph_keys import SLIDERS, KeyHandlers
from .morph_layout import DEFAULTS
from .page import Page, Settings
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Film, Studio

TAB_ID = "morph"
EASINGS = ("linear", "smooth", "smoother")
AMOUNTS = (-4, -2, 0, 2, 4)  # of the overview of directions

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entry = dict[str, Any]
Entries = list[dict[str, Any]]
Shown = tuple[Any, ...]  # video, strip, details, status, film
AnyFilm = Any  # a Film, or None before the first


class FilmHandlers:
    """The listeners that draw films, move a key along directions, and write files."""

    def __init__(self, studio: Studio, page: Page, keys: KeyHandlers) -> None:
        self._studio = studio
        self._downloads = page.downloads
        self.keys = keys

    def morph(
        self,
        keys: Entries,
        model: str,
        frames: int,
        method: str,
        easing: str,
        loop: bool,
        fps: int,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Make a film that turns one generated picture into the next, from key to key.

        Args:
            keys: 2 to 12 key frames, each a seed such as 7, or an object such as
                {"seed": 7, "label": "sea", "truncation": 0.8, "shifts": [["ganspace", 0, 2.5]]}
            model: id of the model, as /models lists them
            frames: frames from each key to the next, 1 to 120
            method: "slerp" (along the sphere) or "lerp" (straight)
            easing: "linear", "smooth" or "smoother"
            loop: whether the film leads back to the first key
            fps: frames per second, 1 to 60
        """
        start = time.monotonic()
        with spoken(request):
            from pipelines import Morpher

            fps = whole("fps", fps, 1, MAX_FPS)
            film = None
            for step in self._studio.get(Morpher).steps(keys, model, frames, method, easing, loop):
                film = step.partial
                line = say("morph.working", request, done=step.done, total=step.total)
                strip = film.strip() if film.frames else gr.skip()
                yield gr.skip(), strip, gr.skip(), line, film
            assert film
            yield self._whole(film, fps, time.monotonic() - start, request)

    def finish(self, film: AnyFilm, fps: int, request: gr.Request) -> Shown:
        """What a film that was stopped has so far, as a film."""
        if film is None or not film.frames:
            return (gr.skip(),) * 5
        with spoken(request):
            return self._whole(film, whole("fps", fps, 1, MAX_FPS), None, request)

    def _whole(
        self, film: Film, fps: int, seconds: float | None, request: gr.Request | None
    ) -> Shown:
        count = len(film.frames)
        line = say("morph.stopped", request, count=count)
        if seconds is not None:
            length = f"{count / fps:.1f}"
            line = say("morph.done", request, count=count, length=length, seconds=f"{seconds:.1f}")
        details = {**film.settings().model_dump(), "drawn": count, "fps": fps}
        video = self._downloads.film(film, "mp4", fps)
        return video, film.strip(), details, line, film

    def ready(self, film: AnyFilm, video: str | None) -> Shown:
        """The frame slider and the download button of a new film."""
        last = max(1, len(film.frames) - 1) if film else 1
        button = gr.DownloadButton("MP4", value=video, interactive=video is not None)
        return gr.Slider(maximum=last, value=0), button

    def gif(self, film: AnyFilm, fps: int, request: gr.Request) -> str:
        return self._file(film, "gif", fps, request)

    def webp(self, film: AnyFilm, fps: int, request: gr.Request) -> str:
        return self._file(film, "webp", fps, request)

    def strip(self, film: AnyFilm, fps: int, request: gr.Request) -> str:
        return self._file(film, "strip", fps, request)

    def still(self, film: AnyFilm, fps: int, frame: int, request: gr.Request) -> str:
        """One frame as the generator drew it."""
        return self._file(film, "still", fps, request, frame)

    def _file(self, film: AnyFilm, kind: str, fps: int, request: gr.Request, frame: int = 0) -> str:
        with spoken(request):
            if film is None:
                raise InputError("no_film")
            if kind in ("gif", "webp"):  # takes seconds
                gr.Info(say("morph.writing", request), duration=3)
            return self._downloads.film(film, kind, whole("fps", fps, 1, MAX_FPS), frame)

    def directions(
        self,
        model: str,
        key: Entry,
        method: str,
        amount_1: float,
        amount_2: float,
        amount_3: float,
        amount_4: float,
        amount_5: float,
        amount_6: float,
        request: gr.Request,
    ) -> Shown:
        """Move a generated picture along directions of the latent space that change much.

        Args:
            model: id of the model
            key: the picture, a seed such as 7 or an object such as {"seed": 7, "label": "sea"}
            method: how the directions were found, "ganspace" or "sefa"
            amount_1: how far along the strongest direction, -5 to 5 standard deviations
            amount_2: how far along the second
            amount_3: how far along the third
            amount_4: how far along the fourth
            amount_5: how far along the fifth
            amount_6: how far along the sixth
        """
        amounts = (amount_1, amount_2, amount_3, amount_4, amount_5, amount_6)
        with spoken(request):
            from dataclasses import replace

            from pipelines import Morpher

            morpher = self._studio.get(Morpher)
            start = morpher.key(key, model)
            others = tuple(shift for shift in start.shifts if shift[0] != method)
            shifts = tuple((method, i, amount) for i, amount in enumerate(amounts) if amount)
            moved = morpher.key(replace(start, shifts=(*others, *shifts)), model)
            (image,) = morpher.pictures([moved], model)
        return image, moved.to_json()

    def chosen(
        self, keys: Entries, model: str, chosen: int, method: str, request: gr.Request
    ) -> Shown:
        """The chosen key large, and the sliders where it has them: image, key, sliders."""
        if not keys:
            return (None, None, *(0,) * SLIDERS)
        with spoken(request):
            from pipelines import Morpher

            morpher = self._studio.get(Morpher)
            key = morpher.key(keys[min(int(chosen), len(keys) - 1)], model)
            (image,) = morpher.pictures([key], model)
        amounts = [0.0] * SLIDERS
        for name, index, amount in key.shifts:
            if name == method and index < SLIDERS:
                amounts[index] = amount
        return image, key.to_json(), *amounts

    def plain(self, model: str, key: Entry, request: gr.Request) -> Shown:
        """The chosen key without any shifts: image, key, sliders at rest."""
        with spoken(request):
            from pipelines import Morpher

            morpher = self._studio.get(Morpher)
            plain = morpher.key({**(key or {}), "shifts": []}, model)
            (image,) = morpher.pictures([plain], model)
        return image, plain.to_json(), *(0,) * SLIDERS

    def overview(self, model: str, key: Entry, method: str, request: gr.Request) -> Shown:
        """What each direction does to the chosen key: a row each, from one end to the other."""
        with spoken(request):
            from pipelines import Morpher
            from pipelines.media import grid

            morpher = self._studio.get(Morpher)
            plain = {**key, "shifts": []}
            known = self._studio.card(model, "generator").directions
            count = min(SLIDERS, known.count) if known else 1
            rows = [morpher.spectrum(plain, model, method, i, AMOUNTS) for i in range(count)]
            pictures = [image for row in rows for image in row]
        return gr.Image(grid(pictures, len(AMOUNTS), 2), visible=True), gr.Markdown(visible=True)

    def enter(
        self,
        keys: Entries,
        model: str,
        chosen: int,
        method: str,
        settings: Settings,
        request: gr.Request,
    ) -> Shown:
        """Draw the keys when the tab is opened: keys, gallery, chosen, image, key, sliders."""
        if (settings or {}).get("tab") == TAB_ID:  # ``restore`` does it
            return (gr.skip(),) * (5 + SLIDERS)
        shown = self.keys.show(keys, model, chosen, request)
        return *shown, *self.chosen(shown[0], model, shown[2], method, request)

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
        yield from self.morph(keys, model, frames, method, easing, loop, fps, request)

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
        yield from self.morph(keys, model, frames, method, easing, loop, fps, request)

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("generate.linked", request), duration=4)

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
