"""A card as a person reads it: HTML, every word of it escaped, since cards may be anybody's."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

import gradio as gr

from .words import class_name, say

if TYPE_CHECKING:
    from pipelines.cards import Card, Measurement

# The tab where a model is used, and what it is called, by its tool.
TOOLS = {
    "generator": ("generate", "tool_generator"),
    "segmenter": ("segment", "tool_segmenter"),
    "completion": ("inpaint", "tool_completion"),
    "diffusion": ("inpaint", "tool_diffusion"),
    "style": ("style", "tool_style"),
    "texture": ("texture", "tool_texture"),
}
# Figures that have a name of their own; others go by that of the card.
MEASURES = (
    "frechet_over_floor", "kid", "precision", "recall", "nearest_training_distance",
    "class_agreement", "class_spread", "lpips_over_classical", "lpips_outpainting", "seam",
    "likeness", "iou_nucleus", "mean_iou", "pixel_accuracy", "agreement_enlarged",
    "gram_over_optimisation", "frechet_by_segmenter",
)  # fmt: skip

Request = gr.Request | None


def card_html(card: Card, request: Request) -> str:
    """Everything a card knows, the figures first."""
    tool = say(f"models.{TOOLS[card.tool][1]}", request)
    head = f"<h2>{_text(card.name)}</h2><p class='kind'>{tool} · <code>{_text(card.id)}</code></p>"
    parts = [head, f"<p>{_text(card.summary)}</p>", _figures(card, request)]
    parts += [_rows(_facts(card, request), request)]
    return "".join(parts)


def _text(text: object) -> str:
    return html.escape(str(text))


def _figures(card: Card, request: Request) -> str:
    """What was measured, how, and what the same is of other things."""
    if not card.quality:
        return "<p>" + say("models.unmeasured", request) + "</p>"
    heads = ("figure", "value", "beside")
    head = "".join(f"<th>{say(f'models.{key}', request)}</th>" for key in heads)
    rows = "".join(_figure(figure, request) for figure in card.quality)
    return f"<table class='figures'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _figure(figure: Measurement, request: Request) -> str:
    name = _text(measure_name(figure.measure, request))
    better = say("models.higher" if figure.better == "higher" else "models.lower", request)
    arrow = "↑" if figure.better == "higher" else "↓"
    beside = "<br>".join(f"{_text(what)} {value:g}" for what, value in figure.compare.items())
    how = say("models.protocol", request)
    protocol = f"<details><summary>{how}</summary>{_text(figure.protocol)}</details>"
    value = f"<b>{figure.value:g}</b> <span title='{_text(better)}'>{arrow}</span>"
    return f"<tr><td>{name}{protocol}</td><td>{value}</td><td>{beside}</td></tr>"


def measure_name(measure: str, request: Request) -> str:
    """A figure's name in the person's language; the card's own where there is none."""
    if measure in MEASURES:
        return say(f"models.{measure}", request)
    return measure.replace("_", " ")


def _facts(card: Card, request: Request) -> Iterable[tuple[str, str]]:
    """Names and HTML of what else there is to know."""
    data, recipe = card.data, card.recipe
    if card.classes:
        names = ", ".join(class_name(name, request) for name in card.classes)
        yield "classes", _text(names)
    # Without a share, the part for measuring came as a part of its own.
    learnt = say(
        "models.data_text" if data.holdout else "models.data_apart",
        request,
        name=_text(data.name),
        pictures=f"{data.pictures:,}",
        holdout=f"{data.holdout:.0%}",
    )
    yield "data", f"{learnt}<br>{_text(data.source)}<br>{_text(data.terms)}"
    trained = say(
        "models.recipe_text",
        request,
        images=f"{recipe.images:,}",
        minutes=f"{recipe.minutes:,.0f}",
        device=_text(recipe.device),
    )
    more = f"<br>{_text(recipe.notes)}" if recipe.notes else ""
    yield "recipe", f"{trained}<pre><code>{_text(recipe.command)}</code></pre>{more}"
    built = "<br>".join(
        f"{_text(role)}: {_text(spec.architecture)}" for role, spec in card.networks.items()
    )
    yield "networks", built
    size = f"{card.bytes / 2**20:.1f} MB"
    yield "file", f"{_text(card.id)}.safetensors, {size}<br>SHA-256 <code>{card.sha256}</code>"
    yield "terms", _text(card.terms)


def _rows(facts: Iterable[tuple[str, str]], request: Request) -> str:
    cells = (f"<dt>{say(f'models.{key}', request)}</dt><dd>{value}</dd>" for key, value in facts)
    return f"<dl>{''.join(cells)}</dl>"
