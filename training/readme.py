"""Render the model tables of README.md and weights/README.md: ``python -m training.readme``.

A card is the only source of a number, so the tables between the two marks are never typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.cards import Card, Measurement, read_card
from training.bars import BARS, distance, reached
from training.cli import SettingError, run
from training.comparison import FOLDER, Comparison, read, section

START, END = "<!-- models: rendered from the cards -->", "<!-- end of models -->"


@dataclass(frozen=True)
class ReadmeConfig:
    """Rewrite the part of a README that the cards decide."""

    readme: Path = Path("README.md")
    weights: Path = Path("weights")


def render(cards: list[Card]) -> str:
    """The overview of all models, a table of measured figures for each, and the protocols."""
    lines = ["| model | what it does | size | trained on |", "| --- | --- | --- | --- |"]
    lines += [
        f"| `{card.id}` | {card.summary} | {card.bytes / 2**20:.1f} MB |"
        f" {card.recipe.images:,} {_shown(card)} shown, {card.recipe.minutes:.0f} minutes on"
        f" {card.recipe.device}; {card.data.name} |"
        for card in cards
    ]
    measured = [card for card in cards if card.quality]
    for card in measured:
        lines += ["", f"`{card.id}`, measured as shipped:", ""]
        lines += ["| measure | value | better | for comparison |", "| --- | --- | --- | --- |"]
        lines += map(_row, card.quality)
    if measured:
        lines += ["", "How each was measured:", ""]
    # Models measured alike share a line.
    alike: dict[tuple[str, str], list[str]] = {}
    for card in measured:
        for figure in card.quality:
            alike.setdefault((_name(figure), figure.protocol), []).append(f"`{card.id}`")
    lines += [
        f"- **{name}** ({', '.join(models)}): {protocol}"
        for (name, protocol), models in alike.items()
    ]
    return "\n".join(lines)


def _shown(card: Card) -> str:
    return "crops" if card.tool == "segmenter" else "pictures"


def _name(figure: Measurement) -> str:
    return figure.measure.replace("_", " ")


def _row(figure: Measurement) -> str:
    compare = ", ".join(f"{name} {value:g}" for name, value in figure.compare.items())
    return f"| {_name(figure)} | **{figure.value:g}** | {figure.better} | {compare} |"


def update(text: str, cards: list[Card]) -> str:
    """``text`` with the part between the marks rendered anew. Raises SettingError without marks."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise SettingError(f"the README has no place for the tables: add {START} and {END}")
    return f"{before}{START}\n\n{render(cards)}\n\n{END}{after}"


def standings(
    cards: list[Card], pictures: Sequence[str], compared: Comparison | None = None
) -> str:
    """``weights/README.md``: every figure that counts beside its bar and its aim, those farthest
    from their aim first, and what each model makes. ``pictures``: ids of those that are shown;
    ``compared``: ways to train GANs."""
    known = {card.id: card for card in cards}
    rows = [(bar, bar.figure(known[bar.model])) for bar in BARS if bar.model in known]
    rows.sort(key=lambda row: -distance(row[1], row[0].aim or row[0].least))
    lines = [
        "# What ships",
        "",
        "Rendered from the cards by `python -m training.readme`; the pictures are made by the"
        " shipped weights (`python -m training.showcase`). How each figure is measured stands in"
        " its card and in the README of the project; the terms in [LICENSE.md](LICENSE.md).",
        "",
        "| model | measure | figure | better | bar | aim |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for bar, figure in rows:
        cells = [f"`{bar.model}`", _name(figure), f"**{figure.value:g}**", figure.better]
        cells += [_mark(figure, bar.least), _mark(figure, bar.aim)]
        lines.append(f"| {' | '.join(cells)} |")
    for card in cards:
        if card.id in pictures:
            lines += ["", f"## `{card.id}`", "", f"{card.summary}", ""]
            lines += [f"![What {card.id} makes](pictures/{card.id}.webp)"]
    if compared:
        lines += ["", *section(FOLDER, compared)]
    return "\n".join(lines) + "\n"


def _mark(figure: Measurement, bar: float | None) -> str:
    if bar is None:
        return ""
    return f"{bar:g} {'reached' if reached(figure, bar) else 'not yet'}"


def shown(weights: Path) -> list[str]:
    """Ids of the models that ``training.showcase`` has drawn."""
    return sorted(path.stem for path in (weights / "pictures").glob("*.webp"))


def main(config: ReadmeConfig) -> None:
    cards = [read_card(path) for path in sorted(config.weights.glob("*.json"))]
    text = config.readme.read_text(encoding="utf-8")
    config.readme.write_text(update(text, cards), encoding="utf-8")
    page = standings(cards, shown(config.weights), read(config.weights / FOLDER))
    (config.weights / "README.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run("training.readme", ReadmeConfig, main)
