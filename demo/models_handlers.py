"""What the Models tab does: thin listeners over the Studio's cards and its Stopwatch."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.versions import versions

from .models_card import TOOLS, card_html
from .models_layout import TAB_ID
from .page import Page, Settings
from .tab import spoken
from .words import say, say_error

if TYPE_CHECKING:
    from pipelines import Step, Studio, Timing
    from pipelines.cards import Card

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Times = dict[str, str]


class ModelsHandlers:
    """The listeners of the tab."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def cards(self) -> list[Card]:
        """The models, in the order of the tabs that use them."""
        tools = list(TOOLS)
        return sorted(self._studio.cards(), key=lambda card: tools.index(card.tool))

    def arrive(self, request: gr.Request) -> Shown:
        """The tab was opened: what there is by now, and on which machine."""
        return gr.Radio(choices=self._names()), self.machine(request)

    def _names(self) -> list[tuple[str, str]]:
        return [(card.name, card.id) for card in self.cards()]

    def restore(self, settings: Settings) -> Any:
        """The model that a link asks for, or the first."""
        known = [card.id for card in self.cards()]
        asked = (settings or {}).get("model")
        if (settings or {}).get("tab") != TAB_ID or not known:
            return gr.skip()
        return gr.Radio(value=asked if asked in known else known[0])

    def machine(self, request: gr.Request) -> str:
        """Device and versions, and what is wrong with models that are not listed."""
        from pipelines.device import describe_device

        found = versions()
        parts = " · ".join(f"{name} {number}" for name, number in found.items())
        here = say("models.machine", request)
        lines = [f"**{here}** {describe_device(self._studio.device)}", parts]
        lines += [f"⚠ {say_error(problem, request)}" for problem in self._studio.problems()]
        return "\n\n".join(lines)

    def show(self, model: str | None, times: Times, request: gr.Request) -> Shown:
        """Sheet, card and time of one model."""
        if model is None:
            return gr.Image(visible=False), say("models.none", request), ""
        with spoken(request):
            card = self._studio.card(model)
        sheet = self._studio.sheet(model)
        if sheet:
            # The folder may be anywhere, and the page gives out only what lies in its own.
            sheet = Path(shutil.copy(sheet, self._downloads.place(sheet.name)))
        image = gr.Image(value=str(sheet) if sheet else None, visible=sheet is not None)
        return image, card_html(card, request), times.get(model, "")

    def use(self, model: str, request: gr.Request) -> Settings:
        """Settings that open the tab where a model is used, with it chosen."""
        with spoken(request):
            card = self._studio.card(model)
        tab = TOOLS[card.tool][0]
        parameters = {"method": card.tool} if tab == "inpaint" else {}
        return {"tab": tab, "model": card.id, "parameters": parameters}

    def measure(self, model: str, times: Times, request: gr.Request) -> Iterator[Shown]:
        """Time a model on this machine: Stop, sentence, all sentences so far."""
        with spoken(request):
            for step in self._steps(model):
                if step.partial and step.done == step.total:
                    text = told(step.partial, request)
                    times = {**times, step.partial.model: text}
                    yield gr.Button(interactive=False), text, times
                else:
                    text = say("models.timing", request, done=step.done, total=step.total)
                    yield gr.Button(interactive=True), text, times

    def _steps(self, model: str) -> Iterator[Step[Timing | None]]:
        from pipelines import Stopwatch

        return self._studio.get(Stopwatch).steps(model)

    def stopped(self, model: str | None, times: Times) -> Shown:
        """Stop, and what was known of the model before."""
        return gr.Button(interactive=False), times.get(model or "", "")

    def models(
        self, model: str = "", timed: bool = False, request: gr.Request | None = None
    ) -> dict[str, Any]:
        """What is known of the installed models, of the device and of the software.

        Args:
            model: the id of one model; without one, all of them
            timed: also measure how long one picture takes on this machine (some seconds a model)
        Returns: the cards (data, terms, recipe, measured quality, size, hash), the seconds per
            picture if asked for, device, versions, and what is wrong with models left out
        """
        from pipelines import Stopwatch
        from pipelines.device import describe_device

        with spoken(request):
            cards = [self._studio.card(model)] if model else self.cards()
            entries: list[dict[str, Any]] = []
            for card in cards:
                entry: dict[str, Any] = card.model_dump(mode="json")
                if timed:
                    timing = self._studio.get(Stopwatch)(card.id)
                    entry["seconds_per_picture"] = round(timing.seconds, 4)
                entries.append(entry)
            return {
                "device": describe_device(self._studio.device),
                "versions": versions(),
                "models": entries,
                "problems": [str(problem) for problem in self._studio.problems()],
            }


def told(timing: Timing, request: gr.Request) -> str:
    """How long a picture took, and which."""
    width, height = timing.size
    fields = {
        "seconds": f"{timing.seconds:.2g}",
        "width": width,
        "height": height,
        "runs": timing.runs,
        "first": f"{timing.first:.2g}",
        "device": timing.device,
    }
    return say("models.time_text", request, **fields)
