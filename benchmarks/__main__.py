"""``python -m benchmarks``: all tables, or those named."""

from __future__ import annotations

import argparse
import os
import platform

import gradio
import torch

from pipelines import Studio
from pipelines.limits import DEFAULT_MODEL

from . import film, inpaint, inside, journey, sampling, segment, style, texture

TABLES = ("sampling", "film", "style", "inpaint", "segment", "texture", "inside", "journey")


def cores() -> int:
    """Cores this process may use, which in a container can be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=", ".join(TABLES))
    parser.add_argument("--repeats", type=int, default=9, help="runs behind a median (default: 9)")
    parser.add_argument(
        "--device", default="auto", help="auto, cpu or cuda, of all but the journey"
    )
    parser.add_argument(
        "--weights", action="append", default=[], metavar="FOLDER", help="a further folder"
    )
    flags = parser.parse_args()
    tables = flags.tables or TABLES
    if unknown := set(tables) - set(TABLES):
        parser.error(f"no table {', '.join(sorted(unknown))}: use {', '.join(TABLES)}")

    print(
        f"{cores()} CPU cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()},"
        f" torch {torch.__version__} ({torch.get_num_threads()} threads),"
        f" gradio {gradio.__version__}; medians of {flags.repeats}"
    )
    studio = Studio(flags.device, flags.weights)
    models = [card.id for card in studio.cards("generator")]
    if not models:
        parser.error("there is no model yet: train one, or give its folder with --weights")
    if "sampling" in tables:
        for model in models:
            sampling.measure(studio, model, flags.repeats)
    if "film" in tables:
        for model in models:
            film.measure(studio, model, flags.repeats)
    tools = {
        "style": style,
        "inpaint": inpaint,
        "segment": segment,
        "texture": texture,
        "inside": inside,
    }
    for name, table in tools.items():
        if name in tables:
            table.measure(studio, flags.weights, flags.repeats)
    if "journey" in tables:
        model = DEFAULT_MODEL if DEFAULT_MODEL in models else models[0]
        journey.measure(Studio("auto", flags.weights), model, flags.weights, flags.repeats)


if __name__ == "__main__":
    main()
