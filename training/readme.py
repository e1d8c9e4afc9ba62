"""Render the model tables of README.md from the cards: ``python -m training.readme``.

A card is the only source of a number, so the tables between the two marks are never typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipelines.cards import Card, Measurement, read_card
from training.cli import SettingError, run

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


def main(config: ReadmeConfig) -> None:
    cards = [read_card(path) for path in sorted(config.weights.glob("*.json"))]
    text = config.readme.read_text(encoding="utf-8")
    config.readme.write_text(update(text, cards), encoding="utf-8")


if __name__ == "__main__":
    run("training.readme", ReadmeConfig, main)
