"""What the Train part of the Lab says of a training: its status, its curves, how it is measured."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import gradio as gr

from pipelines.limits import MAX_MEASURED, MIN_MEASURED

from . import training_log
from .training_log import FRECHET
from .words import say

if TYPE_CHECKING:
    from .training_run import Progress

# Of the plots: what is drawn, by its name in the log and the key of its name on the page.
LOSSES_DRAWN = {"critic_loss": "lab.critic_loss", "generator_loss": "lab.generator_loss"}
LOGITS_DRAWN = {"real_logit": "lab.real_logit", "fake_logit": "lab.fake_logit"}
REAL = "real"
QUALITY_DRAWN = {FRECHET: "lab.drawn_quality", REAL: "lab.real_quality"}
COLORS = ("#d4553a", "#3f7fb5")  # those of the legends in style.css
STATES = {
    "starting": "lab.starting",
    "training": "lab.training",
    "pausing": "lab.pausing",
    "paused": "lab.paused",
    "stopping": "lab.stopping",
    "stopped": "lab.stopped",
    "finished": "lab.finished",
    "reached": "lab.reached",
    "failed": "lab.failed",
}
MEASURING = {
    "measured": "lab.quality_measured",
    "few": "lab.quality_few",
    "related": "lab.quality_related",
}


def told(progress: Progress, request: gr.Request) -> str:
    """The line above the pictures: what is done, how good and how fast it is, what is left."""
    plan, quality = progress.plan, progress.frechet
    line = say(
        STATES[progress.state],
        request,
        shown=f"{progress.shown:,}",
        images=f"{plan.images:,}",
        found=html.escape(progress.error),
        quality=number(quality or 0),
    )
    parts = [f"**{line}**"]
    if quality is not None and progress.state != "reached":
        parts.append(say("lab.quality_now", request, quality=number(quality)))
    if plan.measuring == "measured" and plan.target and progress.state != "reached":
        parts.append(say("lab.quality_aim", request, target=number(plan.target)))
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


def number(quality: float) -> str:
    """A quality as text: 1.93, 24.6, 310."""
    return f"{quality:.2f}" if quality < 10 else f"{quality:,.1f}" if quality < 100 else "> 100"


def measuring_told(progress: Progress, request: gr.Request) -> str:
    """What the quality is, or why there is none; nothing for a training of former times."""
    plan = progress.plan
    key = MEASURING.get(plan.measuring)
    if key is None:
        return ""
    held = plan.held if plan.measuring == "few" else min(plan.held, MAX_MEASURED)
    return say(key, request, held=held, least=MIN_MEASURED)


def plots(progress: Progress, request: gr.Request) -> tuple[gr.LinePlot, ...]:
    """Losses, logits and quality."""
    quality = [{**row, REAL: 1.0} for row in progress.quality]
    return (
        plot(progress.rows, LOSSES_DRAWN, request),
        plot(progress.rows, LOGITS_DRAWN, request),
        plot(quality, QUALITY_DRAWN, request),
    )


def plot(rows: list[training_log.Row], names: dict[str, str], request: gr.Request) -> gr.LinePlot:
    """Curves of a log, by their names in the person's language; hidden where it has none."""
    import pandas as pd

    said = {name: say(key, request) for name, key in names.items()}
    points = [
        {"images": round(row["images"]), "value": row[name], "what": said[name]}
        for row in training_log.curve(rows)
        for name in names
        if name in row
    ]
    return gr.LinePlot(
        value=pd.DataFrame(points, columns=["images", "value", "what"]),
        color_map=dict(zip(said.values(), COLORS, strict=True)),
        x_title=say("lab.shown", request),
        y_title=" ",
        visible=len(rows) > 1 and bool(points),
    )
