"""What was found in a photo, as previews on the page and as files to take along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.settings import save_png

if TYPE_CHECKING:
    from pipelines.segmentation import Segmentation

    from .results import Downloads
    from .segment_handlers import Result

ENDINGS = {"coco": "coco.json", "geojson": "geojson", "csv": "csv"}


def seen(downloads: Downloads, result: Result, view: str, names: list[str]) -> gr.ImageSlider:
    """Photo and what was found in it, in one of VIEWS."""
    small = result.small
    if view == "confidence":
        path = downloads.place("confidence.jpg")
        small.confidence_map().save(path, quality=90, subsampling=0)
    elif view == "cutout":
        path = downloads.place("cutout.webp")
        small.cutout(names).save(path, quality=90, method=2)
    else:
        path = downloads.place("classes.png")
        small.layer(names).save(path)
    return gr.ImageSlider((result.photo, str(path)), elem_classes=view)


def save(
    downloads: Downloads,
    found: Segmentation,
    kind: str,
    names: list[str],
    opacity: float,
    name: str,
) -> str:
    """One of KINDS as a file; ``names`` are the classes that are switched on."""
    from pipelines import regions

    stem = f"{name}.{found.model}"
    path = downloads.place(f"{stem}.{ENDINGS.get(kind, f'{kind}.png')}")
    if kind == "coco":
        text = json.dumps(regions.coco([(name, found)]))
    elif kind == "geojson":
        text = json.dumps(regions.geojson(found))
    elif kind == "csv":
        text = regions.table([(name, found)])
    else:
        pictures = {
            "overlay": lambda: found.overlay(opacity, names, side=max(found.image.size)),
            "index": found.index_png,
            "painted": lambda: found.painted(names),
            "mask": lambda: found.mask(names),
            "cutout": lambda: found.cutout(names),
        }
        save_png(pictures[kind](), path)
        return str(path)
    path.write_text(text, encoding="utf-8")
    return str(path)


def details(found: Segmentation) -> dict[str, Any]:
    """Everything about a result that a script may want, as JSON."""
    return {
        "model": found.model,
        "weights": found.weights,
        "width": found.image.width,
        "height": found.image.height,
        "parameters": found.parameters or {},
        "classes": [
            {"name": area.name, "color": area.color, "pixels": area.pixels, "share": area.share}
            for area in found.areas
        ],
        "confidence": float(found.confidence.mean()),
        "counted": found.counts,
        "objects": None if found.objects is None else len(found.objects.sizes),
    }
