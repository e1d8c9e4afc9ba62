"""What the Train part of the Lab does: thin listeners over the Laboratory."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from .inputs import Choice, Range
from .lab_train_layout import NEWEST
from .lab_train_told import measuring_told, plots, told
from .laboratory import Laboratory
from .page import Settings
from .tab import spoken
from .training_options import Options, free_name, startable
from .training_run import ALIVE
from .words import say

if TYPE_CHECKING:
    from pipelines import Studio

    from .training_run import Progress

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Files = list[str]
Seen = tuple[str, int]  # the grid and the number of figures that the page shows already

LOSS_NAMES = {
    "hinge": "lab.loss_hinge",
    "non-saturating": "lab.loss_non_saturating",
    "wasserstein": "lab.loss_wasserstein",
    "minimax": "lab.loss_minimax",
    "elbo": "lab.loss_elbo",
}
FAMILY_NAMES = {"dcgan": "lab.family_dcgan", "lstm": "lab.family_lstm"}
NORM_NAMES = {"spectral": "lab.norm_spectral", "none": "lab.norm_none"}


class TrainHandlers:
    """The listeners; they hold the Studio and the Laboratory."""

    def __init__(self, studio: Studio, lab: Laboratory) -> None:
        self._studio = studio
        self._lab = lab

    def arrive(self, begin: str, moment: int, request: gr.Request) -> Shown:
        """The part was opened: menus in the person's language, then what ``look`` gives, anew."""
        families = [(say(key, request), name) for name, key in FAMILY_NAMES.items()]
        losses = [(say(key, request), name) for name, key in LOSS_NAMES.items()]
        norms = [(say(key, request), name) for name, key in NORM_NAMES.items()]
        models = startable(self._studio)
        starts = [(say("lab.begin_nothing", request), "")]
        starts += [(card.name, card.id) for card in models]
        known = begin if begin in [id for _, id in starts] else ""
        return (
            Choice(choices=families),
            Choice(choices=losses),
            Choice(choices=norms),
            Choice(choices=starts, value=known),
            *self.look(moment, ("", -1), True, request),
        )

    def tick(self, moment: int, seen: Seen, shown: bool, request: gr.Request) -> Shown:
        """The same every few seconds; where nobody looks, it ticks no more."""
        return self.look(moment, seen, shown, request)

    def look(self, moment: int, seen: Seen, shown: bool, request: gr.Request) -> Shown:
        """How the training goes.

        Returns status, grid, moment, note below, losses, logits, quality, how that is measured,
        start, hold, stop, save, use, timer, seen.
        """
        progress = self._lab.progress() if shown else None
        if progress is None:
            off, on = gr.Button(interactive=False), gr.Button(interactive=True)
            buttons = (on, off, off) if shown else (gr.skip(),) * 3
            return (*(gr.skip(),) * 8, *buttons, *(gr.skip(),) * 2, gr.Timer(active=False), seen)
        alive = progress.state in ALIVE
        pausable = progress.state in ("starting", "training")
        still = progress.state in ("paused", "stopped", "finished", "reached", "failed")
        key = "lab.pause" if pausable or progress.state == "pausing" else "lab.go_on"
        grid, name, about = self._grid(progress, moment, seen[0], request)
        figures = len(progress.rows) + len(progress.quality)
        curves: Shown = plots(progress, request) if figures != seen[1] else (gr.skip(),) * 3
        return (
            told(progress, request),
            grid,
            Range(visible=len(progress.grids) > 1),
            about,
            *curves,
            measuring_told(progress, request),
            gr.Button(interactive=not alive),
            gr.Button(value=say(key, request), interactive=pausable or still),
            gr.Button(interactive=alive and progress.state != "stopping"),
            gr.Button(interactive=still and bool(progress.grids)),
            gr.Button(visible=bool(self._lab.made)),
            gr.Timer(active=alive),
            (name, figures),
        )

    @staticmethod
    def _grid(
        progress: Progress, moment: int, seen: str, request: gr.Request
    ) -> tuple[Any, str, Any]:
        """The sample grid of a moment, its name, and when that was."""
        from pipelines.media import read_picture

        if not progress.grids:
            return gr.Image(value=None, visible=False), "", ""
        last = len(progress.grids) - 1
        grid = progress.grids[round(last * max(0, min(moment, NEWEST)) / NEWEST)]
        if str(grid.path) == seen:
            return gr.skip(), seen, gr.skip()
        about = say("lab.grid_after", request, images=f"{grid.images:,}")
        return gr.Image(value=read_picture(grid.path), visible=True), str(grid.path), about

    def start(
        self,
        files: Files,
        size: str,
        images: int,
        target: float,
        family: str,
        loss: str,
        norm: str,
        augment: bool,
        seed: int,
        begin: str,
        request: gr.Request,
    ) -> Iterator[str]:
        """Read the pictures and start: status."""
        with spoken(request):
            options = Options(size, images, target, family, loss, norm, augment, seed, begin)  # type: ignore[arg-type]
            steps = self._lab.start_steps(files or [], options, self._studio)
            for step in steps:
                if step.done % max(1, step.total // 50) == 0:
                    yield say("lab.reading", request, done=step.done, total=step.total)

    def hold(self, request: gr.Request) -> None:
        """Pause, or go on, whichever can be done."""
        with spoken(request):
            progress = self._lab.progress()
            if progress and progress.state in ("starting", "training"):
                self._lab.pause()
            else:
                self._lab.go_on()

    def stop(self, request: gr.Request) -> Any:
        """End the training; what it has learnt is kept. Before it has begun, nothing is: status."""
        progress = self._lab.progress()
        if progress is None or progress.state not in ALIVE:
            return ""
        with spoken(request):
            self._lab.stop()
        return gr.skip()

    def save(self, name: str, request: gr.Request) -> Iterator[Shown]:
        """Make a model of it: note, save, use, and a name for the next."""
        yield say("lab.saving", request), gr.Button(interactive=False), gr.skip(), gr.skip()
        with spoken(request):
            model = self._lab.save(name, self._studio)
            card = self._studio.card(model, "generator")
        note = say("lab.saved", request, name=html.escape(card.name))
        again = free_name(self._studio, model)
        yield note, gr.Button(interactive=True), gr.Button(visible=True), again

    def unsaved(self, request: gr.Request) -> Shown:
        """It could not be saved: note, save."""
        return say(kept(self._lab), request), gr.Button(interactive=True)

    def use(self) -> Settings:
        """Settings that open Generate with the model that was saved last."""
        return {"tab": "generate", "model": self._lab.made, "parameters": {}}


def kept(lab: Laboratory) -> str:
    """Key of the sentence that says how long models last."""
    return "lab.kept" if lab.keeps else "lab.kept_temporary"
