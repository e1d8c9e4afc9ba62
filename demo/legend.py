"""A legend with switches: colour, name, share and pixels of each class, and sizes of objects."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from .words import class_name, say

if TYPE_CHECKING:
    from pipelines.segmentation import Segmentation

BINS = 12  # of the histogram of sizes

# Gradio reads the annotations of handlers at run time.
Legend = dict[str, Any]

TEMPLATE = """
{{#if value.rows}}
<div class="head"><b>{{value.title}}</b><span>
<button type="button" data-set="1">{{value.all}}</button>
<button type="button" data-set="">{{value.none}}</button></span></div>
{{#each value.rows}}
<label class="row"><input type="checkbox" role="switch" data-class="{{name}}"
 {{#if on}}checked{{/if}} {{#if fixed}}disabled{{/if}} />
<span class="swatch" style="background: {{color}}"></span>
<span class="name">{{label}}</span>
<span class="share">{{share}}</span>
<span class="bar"><i style="width: {{width}}%; background: {{color}}"></i></span>
<span class="pixels">{{pixels}}</span></label>
{{/each}}
{{#if value.absent}}<p>{{value.absent}}</p>{{/if}}
{{/if}}
"""

# Switches work at once, in the browser; the server hears of it by the event.
SCRIPT = """
const tell = (change, focus) => {
  const value = props.value;
  props.value = {...value, rows: value.rows.map((row) => row.fixed ? row : change(row))};
  trigger('input');
  if (focus) requestAnimationFrame(() => element.querySelector(focus)?.focus());
};
element.addEventListener('change', ({target}) => {
  const name = target.dataset.class;
  if (name === undefined) return;
  tell((row) => row.name === name ? {...row, on: target.checked} : row,
       `[data-class="${CSS.escape(name)}"]`);
});
element.addEventListener('click', ({target}) => {
  const set = target.dataset.set;
  if (set !== undefined) tell((row) => ({...row, on: Boolean(set)}), `[data-set="${set}"]`);
});
"""


def make_legend(**arguments: Any) -> gr.HTML:
    """A legend without rows."""
    empty = {"rows": []}
    return gr.HTML(
        empty, html_template=TEMPLATE, js_on_load=SCRIPT, elem_classes="legend", **arguments
    )


def legend(found: Segmentation, before: Legend | None, request: gr.Request | None) -> Legend:
    """Rows of the classes there are, the largest first.

    ``before``: what the legend showed until now; the same class stays on or off.
    """
    before = before or {}
    known = dict.fromkeys(before.get("off", []), False)
    known |= {row["name"]: row["on"] for row in before.get("rows", [])}
    areas = sorted(found.areas, key=lambda area: -area.pixels)
    rows = []
    for area in areas:
        if not area.pixels:
            continue
        fixed = area.name not in found.classes
        # Of what is counted one by one, the rest is only background.
        own = found.counts is None or area.name == found.counts
        rows.append(
            {
                "name": area.name,
                "label": class_name(area.name, request),
                "color": area.color,
                "pixels": f"{area.pixels:,} px",
                "share": percent(area.share),
                "width": round(100 * area.share, 2),
                "on": True if fixed else known.get(area.name, own),
                "fixed": fixed,
            }
        )
    absent = [class_name(area.name, request) for area in areas if not area.pixels]
    joined = ", ".join(absent)
    return {
        "rows": rows,
        "title": say("segment.legend", request),
        "all": say("segment.all", request),
        "none": say("segment.none", request),
        "absent": say("segment.absent", request, names=joined) if absent else "",
        # A class that comes back with another threshold is still off.
        "off": [name for name, on in known.items() if not on],
    }


def switched_on(found: Segmentation, shown: Legend | None) -> list[str]:
    """The classes that are not switched off."""
    rows = (shown or {}).get("rows", [])
    off = {row.get("name") for row in rows if isinstance(row, dict) and not row.get("on")}
    return [name for name in found.classes if name not in off]


def percent(share: float) -> str:
    """A share as a person reads it."""
    return "< 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"


def histogram(sizes: np.ndarray, request: gr.Request | None) -> str:
    """How many objects are how large, as HTML; empty for no objects."""
    if not len(sizes):
        return ""
    # The few largest share the last bar: they would press all others into the first.
    most = max(1.0, float(np.percentile(sizes, 98)))
    step = nice(most / BINS)
    counts = np.bincount(np.minimum(sizes // step, BINS - 1).astype(int), minlength=BINS)
    last = int(np.flatnonzero(counts)[-1]) + 1
    bars = "".join(
        f'<i style="height: {100 * count / counts.max():.1f}%"'
        f' title="{bounds(i, step, last)}: {count}"></i>'
        for i, count in enumerate(counts[:last])
    )
    title = say("segment.sizes", request)
    text = say(
        "segment.sizes_text",
        request,
        median=f"{np.median(sizes):,.0f}",
        least=f"{sizes.min():,}",
        most=f"{sizes.max():,}",
    )
    ticks = f"<span>0</span><span>{step * last // 2:,}</span><span>{step * last:,} px</span>"
    return (
        f'<b>{html.escape(title)}</b><div class="bars" role="img"'
        f' aria-label="{html.escape(text)}">{bars}</div>'
        f'<div class="ticks">{ticks}</div><p>{html.escape(text)}</p>'
    )


def bounds(i: int, step: int, last: int) -> str:
    """From which to which size a bar counts."""
    return f"≥ {i * step:,} px" if i == last - 1 else f"{i * step:,}–{(i + 1) * step - 1:,} px"


def nice(step: float) -> int:
    """The first of 1, 2, 5, 10, 20, 50 ... that is not smaller."""
    return next(d * 10**p for p in range(12) for d in (1, 2, 5) if d * 10**p >= step)
