"""What the Morph tab does with films: thin listeners over the Morpher."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import whole
from pipelines.errors import InputError
from pipelines.limits import MAX_FPS

from .page import Page
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Film, Studio

TAB_ID = "morph"
PAUSE = 0.25  # seconds between two reports

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entry = dict[str, Any]
Entries = list[Entry]
Shown = tuple[Any, ...]  # video, strip, details, status, film
AnyFilm = Any  # a Film, or None before the first


class FilmHandlers:
    """The listeners that draw films and write them as files."""

    def __init__(self, studio: Studio, page: Page, pause: float = PAUSE) -> None:
        self._studio = studio
        self._downloads = page.downloads
        self._pause = pause

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
            model: id of the model, such as "scenes"
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
                # Until there is a frame, the film before stays what Stop leaves and files are of.
                yield gr.skip(), strip, gr.skip(), line, film if film.frames else gr.skip()
            assert film
            yield self._whole(film, fps, time.monotonic() - start, request)

    def finish(self, film: AnyFilm, fps: int, told: Entry | None, request: gr.Request) -> Shown:
        """What a film that was stopped has so far, as a film.

        ``told``: details of the film that is seen; the same need not be written again.
        """
        if film is None:
            return gr.skip(), gr.skip(), gr.skip(), "", gr.skip()
        with spoken(request):
            fps = whole("fps", fps, 1, MAX_FPS)
            if told == self._details(film, fps):
                return gr.skip(), gr.skip(), gr.skip(), self._line(film, fps, request), gr.skip()
            return self._whole(film, fps, None, request)

    def _whole(
        self, film: Film, fps: int, seconds: float | None, request: gr.Request | None
    ) -> Shown:
        line = self._line(film, fps, request)
        if seconds is not None:
            line += say("morph.made", request, seconds=f"{seconds:.1f}")
        video = self._downloads.film(film, "mp4", fps)
        return video, film.strip(), self._details(film, fps), line, film

    @staticmethod
    def _details(film: Film, fps: int) -> Entry:
        return {**film.settings().model_dump(), "drawn": len(film.frames), "fps": fps}

    @staticmethod
    def _line(film: Film, fps: int, request: gr.Request | None) -> str:
        count = len(film.frames)
        return say("morph.done", request, count=count, length=f"{count / fps:.1f}")

    def shows(self, film: AnyFilm, keys: Entries, model: str, request: gr.Request) -> bool:
        """Whether a film is one of these keys."""
        if film is None or film.model != model:
            return False
        from pipelines import Morpher

        with spoken(request):
            morpher = self._studio.get(Morpher)
            wanted = [morpher.key(key, model).to_json() for key in keys or []]
        return wanted == [key.to_json() for key in film.keys]

    def outdated(
        self, film: AnyFilm, fps: int, keys: Entries, model: str, request: gr.Request
    ) -> Any:
        """The line below a film once a key has changed, or is as it was again."""
        if film is None:
            return gr.skip()
        if self.shows(film, keys, model, request):
            return self._line(film, whole("fps", fps, 1, MAX_FPS), request)
        return say("morph.changed", request)

    def ready(self, film: AnyFilm, video: str | None) -> Shown:
        """The frame slider and the download button of a new film."""
        last = max(1, len(film.frames) - 1) if film else 1
        button = gr.DownloadButton("MP4", value=video, interactive=video is not None)
        return gr.Slider(maximum=last, value=0), button

    def gif(self, film: AnyFilm, fps: int, request: gr.Request) -> Iterator[Shown]:
        """The line below the film, and in the end a GIF."""
        yield from self._written(film, "gif", fps, request)

    def webp(self, film: AnyFilm, fps: int, request: gr.Request) -> Iterator[Shown]:
        """The line below the film, and in the end an animated WebP."""
        yield from self._written(film, "webp", fps, request)

    def _written(self, film: AnyFilm, kind: str, fps: int, request: gr.Request) -> Iterator[Shown]:
        with spoken(request):
            if film is None:
                raise InputError("no_film")
            fps = whole("fps", fps, 1, MAX_FPS)
            path, steps = self._downloads.animation(film, kind, fps)
            seen, total = 0.0, len(film.frames)
            for done in steps:
                if time.monotonic() - seen >= self._pause:
                    seen = time.monotonic()
                    yield say("morph.writing", request, done=done, total=total), gr.skip()
            yield self._line(film, fps, request), path

    def strip(self, film: AnyFilm, fps: int, request: gr.Request) -> str:
        """Keys and frames between them."""
        return self._file(film, "strip", fps, request)

    def still(self, film: AnyFilm, fps: int, frame: int, request: gr.Request) -> str:
        """One frame as the generator drew it."""
        return self._file(film, "still", fps, request, frame)

    def _file(self, film: AnyFilm, kind: str, fps: int, request: gr.Request, frame: int = 0) -> str:
        with spoken(request):
            if film is None:
                raise InputError("no_film")
            return self._downloads.film(film, kind, whole("fps", fps, 1, MAX_FPS), frame)

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("generate.linked", request), duration=4)
