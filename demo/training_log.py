"""What a training writes while it runs, read for the page."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES = ("critic_loss", "generator_loss", "real_logit", "fake_logit")
FRECHET = "frechet_over_floor"  # of quality.csv
POINTS = 150  # of a curve
RECENT = 20  # rows that the speed is taken from
KEPT = 60  # sample grids

Row = dict[str, float]


@dataclass(frozen=True)
class Grid:
    """A sample grid, drawn when ``images`` pictures had been shown."""

    path: Path
    images: int


def read_rows(path: Path, names: Sequence[str] = NAMES) -> list[Row]:
    """The whole rows of a log.csv: ``images``, ``seconds`` and which of ``names`` it has; oldest
    first. A VAE has no critic, and so neither its loss nor logits."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            entries = list(csv.DictReader(file))
    except OSError:  # nothing was written yet
        return []
    rows: list[Row] = []
    for entry in entries:
        try:  # the last may be half written
            known = [name for name in names if name in entry]
            rows.append({name: float(entry[name]) for name in ("images", "seconds", *known)})
        except (KeyError, TypeError, ValueError):
            continue
    return rows


def curve(rows: Sequence[Row], points: int = POINTS) -> list[Row]:
    """At most ``points`` rows: means of as many neighbours each as that takes.

    A single step says little: its losses are those of one batch.
    """
    each = -(-len(rows) // points) or 1
    groups = [rows[i : i + each] for i in range(0, len(rows), each)]
    return [
        {name: sum(row[name] for row in group) / len(group) for name in group[0]}
        for group in groups
    ]


def speed(rows: Sequence[Row]) -> float:
    """Pictures a second lately; 0 as long as that is not known."""
    recent = rows[-RECENT:]
    if len(recent) < 2:
        return 0.0
    seconds = recent[-1]["seconds"] - recent[0]["seconds"]
    return (recent[-1]["images"] - recent[0]["images"]) / seconds if seconds > 0 else 0.0


def grids(folder: Path) -> list[Grid]:
    """The sample grids of a run, oldest first."""
    return [
        Grid(path, int(path.stem.removeprefix("grid-")))
        for path in sorted(folder.glob("grid-*.png"))
    ]


def thin(found: Sequence[Grid]) -> None:
    """Delete every other grid as soon as there are many: they are looked at from afar."""
    if len(found) > KEPT:
        for grid in found[-2::-2]:
            grid.path.unlink(missing_ok=True)


def last_line(path: Path) -> str:
    """The last line that a process wrote; empty if there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
