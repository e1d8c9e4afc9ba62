"""What the Generate tab does with one picture: it is seen large, and drawn by other models."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from .page import Page, Settings
from .results import details, path_text, signed
from .shown import Pictures
from .tab import spoken
from .words import class_name, say, say_error

if TYPE_CHECKING:
    from pipelines import Samples, Studio

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
History = tuple[Any, ...]  # of Batch
Rows = tuple[Any, ...]  # of Samples, one picture each
Shown = tuple[Any, ...]


class PickHandlers:
    """The listeners of the panel; what is picked in one gallery is marked in no other."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def pick(self, history: History, request: gr.Request, event: gr.SelectData) -> Shown:
        """Show the clicked picture of the grid large, with its settings: grid, models, panel."""
        large = self._large(history[-1].samples, event.index, request)
        return gr.skip(), Pictures(selected_index=None), *large

    def pick_first(self, history: History, request: gr.Request) -> Shown:
        """Show the first picture of a new result large, and mark it in the grid."""
        large = self._large(history[-1].samples, 0, request)
        return Pictures(selected_index=0), Pictures(selected_index=None), *large

    def pick_model(self, rows: Rows, request: gr.Request, event: gr.SelectData) -> Shown:
        """Show what the clicked model made of the seed large, with that model's settings."""
        return Pictures(selected_index=None), gr.skip(), *self._large(rows[event.index], 0, request)

    def _large(self, samples: Samples, i: int, request: gr.Request) -> Shown:
        point, name = samples.points[i], class_name(samples.labels[i], request)
        trail = path_text(point.path)
        trail = say("generate.picked_path", request, path=trail) if trail else ""
        text = say("generate.picked_text", request, name=name, seed=point.seed, path=trail)
        if samples.scores:
            score = signed(samples.scores[i], 2)
            text += " · " + say("generate.picked_score", request, score=score)
        return (
            samples.images[i],
            text,
            gr.DownloadButton(
                say("generate.download", request),
                value=self._downloads.png(samples, i),
                interactive=True,
            ),
            samples.model,
            samples.labels[i],
            point.seed,
            samples.truncation,
            [list(step) for step in point.path],
            *(gr.Button(interactive=True) for _ in range(9)),
        )

    def parcel(
        self, model: str, label: str, seed: int, truncation: float, path: list[list[float]]
    ) -> Settings:
        """What another tab needs to draw the chosen picture again."""
        return {
            "model": model,
            "label": label,
            "seed": seed,
            "truncation": truncation,
            "path": path,
        }

    def compare(
        self, seed: int, truncation: float, path: list[list[float]], request: gr.Request
    ) -> Iterator[Shown]:
        """Draw one seed with every generator that is installed, each in the seed's own class.

        Args:
            seed: seed of the pictures, 0 to 4294967295
            truncation: 0 (typical) to 1 (varied)
            path: variations to apply, a list of [radius, index]; usually empty
        """
        with spoken(request):
            from pipelines import Sampler
            from pipelines.latents import consecutive

            (point,) = consecutive(seed, path=path or ())
            names = {card.id: card.name for card in self._studio.cards("generator")}
            told = 0
            for step in self._studio.get(Sampler).compare_steps(point, truncation):
                rows, problems = step.partial.samples, step.partial.problems
                for problem in problems[told:]:
                    gr.Warning(html.escape(say_error(problem, request)))
                told = len(problems)
                named = [
                    (s.images[0], f"{names[s.model]} · {class_name(s.labels[0], request)}")
                    for s in rows
                ]
                yield named, [details(samples) for samples in rows], rows
