"""Aligned tables of figures, and the median that stands in them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def medians(repeats: int, *works: Callable[[], object]) -> list[float]:
    """Median wall time of each work in seconds, after one run each that is not counted.

    They take turns, so that a machine that gets busier slows all of them alike.
    """
    times: list[list[float]] = [[] for _ in works]
    for i in range(repeats + 1):
        for work, seconds in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            if i:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in times]


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, figures to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        return "  ".join([row[0].ljust(widths[0]), *cells[1:]]).rstrip()

    print(f"\n{title}\n")
    print(line(header))
    print("  ".join("-" * width for width in widths))
    for row in rows:
        print(line(row), flush=True)
