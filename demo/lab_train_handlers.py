"""What the Train part of the Lab does: thin listeners over the Laboratory."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from . import training_log
from .inputs import Choice, Range
from .lab_train_layout import NEWEST
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
Seen = tuple[str, int]  # the grid and the number of rows that the page shows already

# Of the two plots: what is drawn, by its name in the log and the key of its name on the page.
LOSSES_DRAWN = {"critic_loss": "lab.critic_loss", "generator_loss": "lab.generator_loss"}
LOGITS_DRAWN = {"real_logit": "lab.real_logit", "fake_logit": "lab.fake_logit"}
LOSS_NAMES = {
    "hinge": "lab.loss_hinge",
    "non-saturating": "lab.loss_non_saturating",
    "wasserstein": "lab.loss_wasserstein",
    "minimax": "lab.loss_minimax",
    "elbo": "lab.loss_elbo",
}
FAMILY_NAMES = {"dcgan": "lab.family_dcgan", "lstm": "lab.family_lstm"}
NORM_NAMES = {"spectral": "lab.norm_spectral", "none": "lab.norm_none"}
COLORS = ("#d4553a", "#3f7fb5")  # those of the legends in style.css
STATES = {
    "starting": "lab.starting",
    "training": "lab.training",
    "pausing": "lab.pausing",
    "paused": "lab.paused",
    "stopping": "lab.stopping",
    "stopped": "lab.stopped",
    "finished": "lab.finished",
    "failed": "lab.failed",
}


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

        Returns status, grid, moment, note below, losses, logits, start, hold, stop, save,
        use, timer, seen.
        """
        progress = self._lab.progress() if shown else None
        if progress is None:
            off, on = gr.Button(interactive=False), gr.Button(interactive=True)
            buttons = (on, off, off) if shown else (gr.skip(),) * 3
            return (*(gr.skip(),) * 6, *buttons, *(gr.skip(),) * 2, gr.Timer(active=False), seen)
        alive = progress.state in ALIVE
        pausable = progress.state in ("starting", "training")
        still = progress.state in ("paused", "stopped", "finished", "failed")
        key = "lab.pause" if pausable or progress.state == "pausing" else "lab.go_on"
        grid, name, about = self._grid(progress, moment, seen[0], request)
        plots: Shown = (gr.skip(),) * 2
        if len(progress.rows) != seen[1]:
            plots = tuple(plot(progress, names, request) for names in (LOSSES_DRAWN, LOGITS_DRAWN))
        return (
            told(progress, request),
            grid,
            Range(visible=len(progress.grids) > 1),
            about,
            *plots,
            gr.Button(interactive=not alive),
            gr.Button(value=say(key, request), interactive=pausable or still),
            gr.Button(interactive=alive and progress.state != "stopping"),
            gr.Button(interactive=still and bool(progress.grids)),
            gr.Button(visible=bool(self._lab.made)),
            gr.Timer(active=alive),
            (name, len(progress.rows)),
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
            options = Options(size, images, family, loss, norm, augment, seed, begin)  # type: ignore[arg-type]
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


def told(progress: Progress, request: gr.Request) -> str:
    """The line above the pictures: what is done, how fast, and what is left."""
    plan = progress.plan
    line = say(
        STATES[progress.state],
        request,
        shown=f"{progress.shown:,}",
        images=f"{plan.images:,}",
        found=html.escape(progress.error),
    )
    parts = [f"**{line}**"]
    pace = training_log.speed(progress.rows)
    if progress.state == "training" and pace:
        seconds = max(0, plan.images - progress.shown) / pace
        key = "lab.pace" if seconds > 90 else "lab.pace_seconds"
        parts.append(
            say(
                key,
                request,
                pace=f"{pace:,.0f}",
                minutes=round(seconds / 60),
                seconds=round(seconds),
            )
        )
    if len(plan.classes) > 1:
        count = len(plan.classes)
        parts.append(say("lab.learns", request, pictures=f"{plan.pictures:,}", classes=count))
    else:
        parts.append(say("lab.learns_plain", request, pictures=f"{plan.pictures:,}"))
    if plan.left_out:
        parts.append(say("lab.left_out", request, count=plan.left_out))
    return " · ".join(parts)


def plot(progress: Progress, names: dict[str, str], request: gr.Request) -> gr.LinePlot:
    """Curves of the log, by their names in the person's language; hidden where it has none."""
    import pandas as pd

    said = {name: say(key, request) for name, key in names.items()}
    points = [
        {"images": round(row["images"]), "value": row[name], "what": said[name]}
        for row in training_log.curve(progress.rows)
        for name in names
        if name in row
    ]
    return gr.LinePlot(
        value=pd.DataFrame(points, columns=["images", "value", "what"]),
        color_map=dict(zip(said.values(), COLORS, strict=True)),
        x_title=say("lab.shown", request),
        y_title=" ",
        visible=len(progress.rows) > 1 and bool(points),
    )
