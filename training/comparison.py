"""Losses and tricks of GANs at one budget: what is compared, and the table it ends in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FOLDER = "comparison"  # in the folder of the weights
RESULTS = "results.json"


@dataclass(frozen=True)
class Recipe:
    """One way to train. ``settings``: of ``GanConfig``, on top of what all have in common."""

    name: str
    title: str
    source: str
    settings: dict[str, Any] = field(default_factory=dict)


# What every recipe has unless it says otherwise.
COMMON: dict[str, Any] = {
    "norm": "batch",
    "lr": 2e-4,
    "critic_lr": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "anneal": 0.3,
}
# A critic that cannot be steep needs to be fast: two time scales (Heusel et al. 2017), and no
# momentum (Miyato et al. 2018).
SPECTRAL: dict[str, Any] = {
    "loss": "hinge",
    "norm": "spectral",
    "critic_lr": 4e-4,
    "beta1": 0.0,
    "beta2": 0.9,
}

# One thing at a time: the first three differ in the loss alone, and the rest change what their
# papers change.
RECIPES = (
    Recipe("minimax", "minimax", "Goodfellow et al. 2014", {"loss": "minimax"}),
    Recipe(
        "non-saturating", "non-saturating", "Goodfellow et al. 2014", {"loss": "non-saturating"}
    ),
    Recipe("hinge", "hinge", "Lim and Ye 2017", {"loss": "hinge"}),
    Recipe(
        "wgan",
        "WGAN: clipped weights, 5 critic steps, RMSprop",
        "Arjovsky et al. 2017",
        {
            "loss": "wasserstein",
            "clip": 0.01,
            "critic_steps": 5,
            "optimizer": "rmsprop",
            "lr": 5e-5,
            "critic_lr": 5e-5,
        },
    ),
    Recipe(
        "wgan-gp",
        "WGAN-GP: gradient penalty, 5 critic steps",
        "Gulrajani et al. 2017",
        {
            "loss": "wasserstein",
            "norm": "none",
            "gradient_penalty": 10.0,
            "critic_steps": 5,
            "lr": 1e-4,
            "critic_lr": 1e-4,
            "beta1": 0.0,
            "beta2": 0.9,
        },
    ),
    Recipe(
        "r1",
        "non-saturating, R1 penalty",
        "Mescheder et al. 2018",
        {"loss": "non-saturating", "norm": "none", "r1": 1.0, "beta1": 0.0, "beta2": 0.99},
    ),
    Recipe(
        "spectral",
        "hinge, spectral normalisation, a faster critic",
        "Miyato et al. 2018",
        SPECTRAL,
    ),
    Recipe(
        "diffaugment",
        "hinge, spectral normalisation, a faster critic, DiffAugment",
        "Zhao et al. 2020",
        {**SPECTRAL, "augment": ("color", "translation", "cutout")},
    ),
    Recipe(
        "projected",
        "hinge, spectral normalisation, and a projected critic",
        "Sauer et al. 2021",
        # Not beside the faster critic: with it every picture got the same pattern.
        {"loss": "hinge", "norm": "spectral", "backbone": "?"},
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What one recipe came to. ``curve``: pictures shown, and the Frechet distance then.

    ``failed``: pictures after which it was no longer finite, or 0; then there are no ``figures``.
    """

    name: str
    figures: dict[str, float]
    curve: tuple[tuple[int, float], ...]
    minutes: float
    device: str
    failed: int = 0


@dataclass(frozen=True)
class Comparison:
    """Outcomes under one ``protocol``, ready for a page."""

    protocol: str
    outcomes: tuple[Outcome, ...] = ()

    def with_outcome(self, outcome: Outcome) -> Comparison:
        """The same with one outcome added, or in the place of an older one."""
        kept = [o for o in self.outcomes if o.name != outcome.name]
        return Comparison(self.protocol, (*kept, outcome))

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2) + "\n"
        (folder / RESULTS).write_text(text, encoding="utf-8")


def read(folder: Path) -> Comparison | None:
    """What was compared before, if anything was."""
    path = folder / RESULTS
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    outcomes = [
        Outcome(**{**entry, "curve": tuple(map(tuple, entry["curve"]))})
        for entry in found["outcomes"]
    ]
    return Comparison(found["protocol"], tuple(outcomes))


FIGURES = ("frechet_over_floor", "precision", "recall", "class_agreement")


def section(folder: str, found: Comparison) -> list[str]:
    """Markdown: a table, best first, and the samples of each. ``folder``: relative, of the
    pictures."""
    known = {recipe.name: recipe for recipe in RECIPES}
    rows = sorted(
        (o for o in found.outcomes if o.name in known),
        key=lambda o: o.figures.get("frechet_over_floor", float("inf")),
    )
    heads = [name.replace("_", " ") for name in FIGURES]
    devices = ", ".join(sorted({outcome.device for outcome in rows}))
    minutes = f"Minutes are those of {devices}, with whatever else ran beside."
    lines = ["## Losses and tricks of GANs, at one budget", "", f"{found.protocol} {minutes}", ""]
    lines += [f"| recipe | {' | '.join(heads)} | minutes |", "| --- " * (len(FIGURES) + 2) + "|"]
    for outcome in rows:
        recipe = known[outcome.name]
        cells = [f"{outcome.figures[name]:.3g}" for name in FIGURES if name in outcome.figures]
        if outcome.failed:
            cells = [f"not finite after {outcome.failed:,}", *[""] * (len(FIGURES) - 1)]
        title = f"{recipe.title} ({recipe.source})"
        lines.append(f"| {title} | {' | '.join(cells)} | {outcome.minutes:.1f} |")
    lines += ["", *_curves(rows), ""]
    for outcome in rows:
        if not outcome.failed:
            recipe = known[outcome.name]
            lines += [f"**{recipe.title}**", "", f"![{recipe.title}]({folder}/{outcome.name}.webp)"]
            lines.append("")
    return lines[:-1]


def _curves(rows: Sequence[Outcome]) -> list[str]:
    """The Frechet distance on the way."""
    steps = sorted({images for outcome in rows for images, _ in outcome.curve})
    lines = ["Frechet distance over its floor on the way, by pictures shown:", ""]
    lines += [f"| recipe | {' | '.join(f'{n:,}' for n in steps)} |"]
    lines += ["| --- " * (len(steps) + 1) + "|"]
    for outcome in rows:
        at = dict(outcome.curve)
        cells = [f"{at[n]:.3g}" if n in at else "" for n in steps]
        lines.append(f"| {outcome.name} | {' | '.join(cells)} |")
    return lines
