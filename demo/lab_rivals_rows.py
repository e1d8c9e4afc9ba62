"""Compared models as a person sees them: a row each, HTML, every word of a card escaped."""

from __future__ import annotations

import base64
import html
import io
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import gradio as gr

from pipelines.settings import save_png

from .lab_rivals_curves import MEASURE, figure_of
from .models_card import measure_name
from .words import class_name, say, say_error

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Contest, Rival
    from pipelines.cards import Measurement

FIGURES = (MEASURE, "frechet_by_segmenter", "precision", "recall", "class_agreement")
SMALL = 48  # pixels; pictures below are enlarged by whole pixels, as everywhere on the page
PER_ROW = 8

Request = gr.Request | None
Asked = Mapping[str, Any]
"""What was compared, by the names that links have."""


def rows_html(contest: Contest, asked: Asked, inks: Mapping[str, str], request: Request) -> str:
    """All rows, the best first, and what has to be said about them.

    ``inks``: colours of the models' curves by id; those without a curve have none.
    """
    notes = [f"<p class='rival-note'>{_text(note)}</p>" for note in _notes(contest, request)]
    ranked = sorted(contest.rivals, key=_rank)
    rows = [_row(rival, contest.rivals, asked, inks, request) for rival in ranked]
    return "".join([*notes, *rows])


def _text(text: object) -> str:
    return html.escape(str(text))


def _rank(rival: Rival) -> float:
    """By the figure that says most; those that nobody has measured come last."""
    figure = figure_of(rival.card)
    return figure.value if figure and math.isfinite(figure.value) else math.inf


def _notes(contest: Contest, request: Request) -> list[str]:
    data = list(dict.fromkeys(rival.card.data.name for rival in contest.rivals))
    notes = [f"⚠ {say_error(problem, request)}" for problem in contest.problems]
    if len(data) > 1:
        notes.append(say("rivals.other_data", request, names=", ".join(data)))
    return notes


def _row(
    rival: Rival, rivals: Sequence[Rival], asked: Asked, inks: Mapping[str, str], request: Request
) -> str:
    card = rival.card
    ink = inks.get(card.id)
    mark = f"<i class='ink' style='background:{ink}'></i>" if ink else ""
    size = say("rivals.size", request, size=f"{card.bytes / 2**20:.1f}")
    pace = say("rivals.pace", request, seconds=f"{rival.seconds:.2g}")
    head = f"<h3>{mark}{_text(card.name)}</h3><span class='facts'>{size} · {pace}</span>"
    small = " small" if card.size < SMALL else ""
    columns = min(len(rival.images), PER_ROW)
    pictures = "".join(
        _picture(image, seed, label, request)
        for image, seed, label in zip(rival.images, rival.seeds, rival.labels, strict=True)
    )
    return (
        f"<section class='rival' data-model='{_text(card.id)}'>"
        f"<header>{head}{_links(card.id, asked, request)}</header><p>{_text(card.summary)}</p>"
        f"<div class='strip{small}' style='--n:{columns};--m:{min(columns, 4)}'>{pictures}</div>"
        f"{_figures(rival, rivals, request)}</section>"
    )


def _picture(image: Image, seed: int | None, label: str | None, request: Request) -> str:
    """A picture in the page itself: saved from there, it still says how it was made."""
    written = io.BytesIO()
    save_png(image, written)
    data = base64.b64encode(written.getvalue()).decode()
    told = say("rivals.between", request)
    if seed is not None and label is not None:
        told = say("rivals.picture", request, name=class_name(label, request), seed=seed)
    return (
        f"<img src='data:image/png;base64,{data}' width='{image.width}' height='{image.height}'"
        f" alt='{_text(told)}' title='{_text(told)}'>"
    )


def _links(model: str, asked: Asked, request: Request) -> str:
    """Where else the same pictures can be looked at, each in a tab of its own."""
    same = {"model": model, **{name: asked[name] for name in ("label", "seed", "truncation")}}
    count = 2 if asked["columns"] == "walk" else asked["count"]
    there = {
        "generate": ({"tab": "generate", **same, "count": count}, say("lab.use", request)),
        "inside": ({"tab": "lab", **same}, say("rivals.inside", request)),
    }
    links = (
        f"<a class='{name}' href='?{_text(urlencode(query))}' target='_blank' rel='noopener'>"
        f"{_text(text)}</a>"
        for name, (query, text) in there.items()
    )
    return f"<nav>{''.join(links)}</nav>"


def _figures(rival: Rival, rivals: Sequence[Rival], request: Request) -> str:
    """What was measured, each beside the best of those compared."""
    found = [figure for name in FIGURES if (figure := figure_of(rival.card, name))]
    if not found:
        return f"<p class='hint'>{say('models.unmeasured', request)}</p>"
    told = (_figure(figure, _best(figure, rival, rivals), request) for figure in found)
    return f"<div class='figures'>{''.join(told)}</div>"


def _best(figure: Measurement, rival: Rival, rivals: Sequence[Rival]) -> float | None:
    """The best value of a figure among models that learnt from the same; None without others."""
    others = (
        figure_of(other.card, figure.measure)
        for other in rivals
        if other.card.data.name == rival.card.data.name
    )
    values = [
        other.value
        for other in others
        if other and other.better == figure.better and math.isfinite(other.value)
    ]
    if len(values) < 2:
        return None
    return min(values) if figure.better == "lower" else max(values)


def _figure(figure: Measurement, best: float | None, request: Request) -> str:
    lower = figure.better == "lower"
    better = say("models.lower" if lower else "models.higher", request)
    title = f"{better}. {figure.protocol}"
    first = " best" if figure.value == best else ""
    bar = ""
    if best is not None:
        share = _share(*((best, figure.value) if lower else (figure.value, best)))
        bar = f"<div class='bar'><i style='width:{share:.0%}'></i></div>"
    return (
        f"<div class='figure{first}' title='{_text(title)}'>"
        f"<span>{_text(measure_name(figure.measure, request))}</span>"
        f"<b>{figure.value:g} <small>{'↓' if lower else '↑'}</small></b>{bar}</div>"
    )


def _share(part: float, whole: float) -> float:
    """How long a bar is beside the best one, in [0, 1]."""
    if part == whole:
        return 1.0
    return max(0.0, min(1.0, part / whole)) if whole > 0 else 0.0
