"""What the Compare part of the Lab does: thin listeners over the Rivals."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import real, whole
from pipelines.errors import InputError
from pipelines.limits import MAX_SEED

from .inputs import Choice, Several
from .lab_rivals_curves import colors, legend, plot
from .lab_rivals_layout import COLUMNS, COUNTS, DEFAULTS
from .lab_rivals_menus import first_rivals, shared_classes
from .lab_rivals_rows import rows_html
from .lab_scene import TAB_ID
from .menus import ANY, named_classes
from .page import Settings
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Contest, Step, Studio
    from pipelines.cards import Card

PART = "compare"  # of the tab
UNCHANGED = (gr.skip(),) * 5  # of all that a comparison shows

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Names = list[str]


class RivalHandlers:
    """The listeners of the part; they hold the Studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    # Menus

    def arrive(self, chosen: Names, label: str, request: gr.Request) -> Shown:
        """The part was opened: the models there are by now, and their classes.

        What is chosen stays if it can: a link may be choosing something else just now.
        """
        cards = self._cards()
        choices = [(card.name, card.id) for card in cards]
        known = [model for model in chosen or () if model in [card.id for card in cards]]
        if known and known == chosen:
            return Several(choices=choices), self.classes(chosen, label, request)
        known = known or first_rivals(cards)
        return Several(choices=choices, value=known), self.classes(known, label, request)

    def classes(self, chosen: Names, label: str, request: gr.Request) -> Choice:
        """The classes that all chosen models know."""
        return named_classes(shared_classes(self._cards(), chosen or ()), label, request)

    def _cards(self) -> list[Card]:
        return self._studio.cards("generator")

    # Work

    def compare(
        self,
        models: Names,
        label: str,
        seed: int,
        truncation: float,
        count: str,
        columns: str,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Rows as they come: rows, status, plot, legend, what is on the page."""
        asked = {
            "part": PART,
            "models": models,
            "label": label or ANY,
            "seed": seed,
            "truncation": truncation,
            "count": count,
            "columns": columns,
        }
        yield from self._show(asked, request)

    def _show(self, asked: Settings, request: gr.Request) -> Iterator[Shown]:
        start = time.monotonic()
        with spoken(request):
            steps = self._steps(asked)
            cards = {card.id: card for card in self._cards()}
            compared = [cards[id] for id in dict.fromkeys(asked["models"]) if id in cards]
            curves: Shown = plot(compared, request), legend(compared)
            for step in steps:
                line = say("generate.working", request, done=step.done, total=step.total)
                if not step.done and step.total:
                    # What was there before stays until there is something new.
                    yield gr.skip(), line, *curves, gr.skip()
                    continue
                if step.done == step.total:
                    line = _done(asked, step.partial, time.monotonic() - start, request)
                rows = rows_html(step.partial, asked, colors(compared), request)
                yield rows, line, gr.skip(), gr.skip(), {"asked": asked}

    def _steps(self, asked: Settings) -> Iterator[Step[Contest]]:
        from pipelines import Rivals

        return self._studio.get(Rivals).steps(
            asked["models"],
            asked["seed"],
            None if asked["label"] == ANY else asked["label"],
            asked["truncation"],
            asked["count"],
            asked["columns"] == "walk",
        )

    def stopped(self, request: gr.Request) -> str:
        """What there is after Stop: status."""
        return say("rivals.stopped", request)

    # Links

    def restore(self, settings: Settings, chosen: Names, label: str, request: gr.Request) -> Shown:
        """Controls as a link says: models, class, seed, truncation, count, columns, and the part
        of the tab where they are.

        Classes are sent in the person's language in any case. Of what cannot be used ``again``
        speaks.
        """
        asked = self._asked(settings)
        if asked is None:
            return gr.skip(), self.classes(chosen, label, request), *(gr.skip(),) * 5
        cards = self._cards()
        wanted = asked["models"] if isinstance(asked["models"], list) else []
        models = [card.id for card in cards if card.id in wanted] or first_rivals(cards)
        return (
            Several(choices=[(card.name, card.id) for card in cards], value=models),
            self.classes(models, asked["label"], request),
            _kept(asked, "seed", lambda seed: whole("seed", seed, 0, MAX_SEED)),
            _kept(asked, "truncation", lambda share: real("truncation", share, 0.0, 1.0)),
            asked["count"] if asked["count"] in COUNTS else DEFAULTS["count"],
            asked["columns"],
            gr.Tabs(selected=PART),
        )

    def again(self, settings: Settings, request: gr.Request) -> Iterator[Shown]:
        """Compare what a link asks for: what a comparison shows, and Stop."""
        asked = self._asked(settings)
        if asked is None:
            yield *UNCHANGED, gr.skip()
            return
        for shown in self._show(asked, request):
            yield *shown, gr.Button(interactive=True)

    def _asked(self, settings: Settings) -> Settings | None:
        """What a link that is meant for this part asks for; None of any others."""
        given = (settings or {}).get("parameters") or {}
        if (settings or {}).get("tab") != TAB_ID or given.get("part") != PART:
            return None
        asked = {**DEFAULTS, "models": first_rivals(self._cards())}
        asked |= {name: given[name] for name in asked if given.get(name) not in (None, "")}
        asked["seed"] = settings.get("seed", DEFAULTS["seed"])
        if asked["columns"] not in COLUMNS:
            asked["columns"] = DEFAULTS["columns"]
        return {"part": PART, **asked}

    def linked(self, told: Settings, request: gr.Request) -> None:
        """Say what has become of the link, if there was anything to link to."""
        if told:
            gr.Info(say("generate.linked", request), duration=4)


def _kept(asked: Settings, name: str, check: Any) -> Any:
    """A number of a link if it is one that can be used, or what stands there unasked."""
    try:
        return check(asked[name])
    except InputError:
        return DEFAULTS[name]


def _done(asked: Settings, contest: Contest, seconds: float, request: gr.Request) -> str:
    """The line above the rows once all are there."""
    if not contest.rivals:
        return ""
    seeds = contest.rivals[0].seeds
    key = "rivals.done_walk" if asked["columns"] == "walk" else "rivals.done_seeds"
    fields = {"models": len(contest.rivals), "first": seeds[0], "last": seeds[-1]}
    return say(key, request, **fields, seconds=f"{seconds:.2f}")
