"""What the Generate tab does: thin listeners over the Sampler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError

from .inputs import Choice, Range
from .menus import ANY, class_menu, generator_menu
from .page import Page, Settings
from .results import HISTORY, Batch, captioned, details, summary
from .tab import default_generator, spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Samples, Step, Studio

TAB_ID = "generate"
DEFAULTS = {"seed": 0, "count": 16, "truncation": 1.0, "best_of": 1}

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
History = tuple[Any, ...]  # of Batch
Shown = tuple[Any, ...]  # gallery, details, status, history


class Handlers:
    """The listeners of the tab; they hold the Studio and the folder of downloads."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def _show(
        self,
        steps: Callable[[], Iterator[Step[Samples]]],
        asked: Settings,
        history: History,
        request: gr.Request | None,
    ) -> Iterator[Shown]:
        """Pictures as they come; what was there before is kept in ``history``."""
        start = time.monotonic()
        with spoken(request):
            for step in steps():
                seconds = time.monotonic() - start if step.done == step.total else None
                yield (
                    captioned(step.partial, request),
                    details(step.partial, asked),
                    summary(step.done, step.total, seconds, request),
                    (*history, Batch(step.partial, asked))[-HISTORY:],
                )

    def generate(
        self,
        model: str,
        label: str,
        seed: int,
        count: int,
        truncation: float,
        best_of: int,
        path: list[list[float]],
        history: History,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Generate pictures with a GAN: the same settings always give the same pictures.

        Args:
            model: id of the model, such as "scenes"
            label: a class of the model, or "any" for one drawn from each seed
            seed: seed of the first picture, 0 to 4294967295; the others follow it
            count: number of pictures, 1 to 64
            truncation: 0 (typical) to 1 (varied)
            best_of: 1 to 16; above 1, that many candidates per picture, the critic keeps one
            path: variations to apply, a list of [radius, index]; usually empty
        """

        def steps() -> Iterator[Step[Samples]]:
            from pipelines import Sampler
            from pipelines.latents import consecutive

            points = consecutive(seed, count, best_of, path or ())
            wanted = None if label in (ANY, None, "") else label
            return self._studio.get(Sampler).steps(points, model, wanted, truncation, best_of)

        asked = _asked(model, label, seed, count, truncation, path, best_of=best_of)
        yield from self._show(steps, asked, history, request)

    def variations(
        self,
        model: str,
        label: str,
        seed: int,
        truncation: float,
        path: list[list[float]],
        radius: float,
        count: int,
        history: History,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """Draw neighbours of a generated picture in latent space, of the same class.

        Args:
            model: id of the model
            label: class of the picture, or "any" for the one its seed stands for
            seed: seed of the picture, 0 to 4294967295
            truncation: truncation of the picture, 0 to 1
            path: variations that led to the picture, a list of [radius, index]; usually empty
            radius: how far the neighbours may be, above 0 and up to 1
            count: number of neighbours, 1 to 64
        """

        def steps() -> Iterator[Step[Samples]]:
            from pipelines import Sampler
            from pipelines.latents import consecutive

            (point,) = consecutive(seed, path=path or ())
            wanted = None if label in (ANY, None, "") else label
            sampler = self._studio.get(Sampler)
            return sampler.variation_steps(point, model, wanted, truncation, radius, count)

        asked = _asked(model, label, seed, count, truncation, path, radius=radius)
        yield from self._show(steps, asked, history, request)

    def restore(self, settings: Settings, request: gr.Request) -> Iterator[Shown]:
        """Set the controls as a PNG or a URL says, and draw what they describe.

        Whoever comes by a link to another tab finds pictures here too.
        """
        if (settings or {}).get("tab") != TAB_ID:
            if "weights" in (settings or {}):
                yield (gr.skip(),) * 12
                return
            settings = {}
        if "weights" in settings:
            with spoken(request):
                card = self._studio.card(settings["model"], "generator")
            key = "restored" if card.sha256 == settings["weights"] else "other_weights"
            gr.Info(say(f"generate.{key}", request))
        try:
            yield from self._reproduce(settings, request)
        except gr.Error as error:
            if "weights" in settings:
                raise
            # A link with a mistake in it still opens a page with pictures.
            gr.Warning(error.message)
            yield from self._reproduce({}, request)

    def _reproduce(self, settings: Settings, request: gr.Request) -> Iterator[Shown]:
        given = settings.get("parameters", {})
        model = settings.get("model", self.default_model())
        controls = (
            model,
            given.get("label", ANY),
            settings.get("seed", DEFAULTS["seed"]),
            given.get("count", 1 if "weights" in settings else DEFAULTS["count"]),
            given.get("truncation", DEFAULTS["truncation"]),
            given.get("best_of", DEFAULTS["best_of"]),
            given.get("path", []),
        )
        keep_seed = "seed" in settings
        menus = (
            generator_menu(self._cards(), model),
            class_menu(self._cards(), model, controls[1], request),
        )
        dressed = (*menus, *controls[2:], keep_seed)
        model, label, seed, count, truncation, _, path = controls
        drawn = self.generate(*controls, (), request)
        if "radius" in given:  # a link to variations
            radius = given["radius"]
            drawn = self.variations(
                model, label, seed, truncation, path, radius, count, (), request
            )
        for shown in drawn:
            yield (*shown, *dressed)
            dressed = (gr.skip(),) * len(dressed)

    def default_model(self) -> str:
        return default_generator(self._cards())

    def model_menu(self) -> Choice:
        """The models that there are by now; what is chosen stays."""
        return generator_menu(self._cards())

    def menus_for(self, model: str, chosen: str, best_of: int, request: gr.Request) -> Shown:
        """The class menu after another model was chosen, and whether it can rank pictures."""
        critic = any(c.id == model and "critic" in c.networks for c in self._cards())
        ranked = Range(value=best_of if critic else 1, interactive=critic)
        return class_menu(self._cards(), model, chosen, request), ranked

    def _cards(self) -> Any:
        return self._studio.cards("generator")

    def adopt(
        self,
        model: str,
        chosen: str,
        seed: int,
        truncation: float,
        path: list[list[float]],
        request: gr.Request,
    ) -> Shown:
        """Put the settings of the chosen picture into the controls, and keep its seed."""
        return (
            model,
            class_menu(self._cards(), model, chosen, request),
            seed,
            truncation,
            path,
            True,
        )

    def linked(self, told: Settings, request: gr.Request) -> None:
        """Say what has become of the link to what ``told`` is about."""
        with spoken(request):
            if not (told or {}).get("asked"):
                raise InputError("no_pictures")
        gr.Info(say("generate.linked", request), duration=4)

    def archive(self, history: History, request: gr.Request) -> str:
        """A ZIP of the pictures on screen."""
        with spoken(request):
            if not history:
                raise InputError("no_pictures")
            return self._downloads.archive(history[-1].samples)

    def back(self, history: History, request: gr.Request) -> Shown:
        """The result before this one."""
        history = history[:-1] or history
        if not history:
            return (gr.skip(),) * 4
        samples, asked = history[-1].samples, history[-1].asked
        line = say("generate.again", request, count=len(samples.images))
        return captioned(samples, request), details(samples, asked), line, history


def _asked(
    model: str,
    label: str,
    seed: int,
    count: int,
    truncation: float,
    path: list[list[float]],
    **more: float,
) -> Settings:
    """What draws a grid, by the names that links have."""
    return {
        "model": model,
        "label": label or ANY,
        "seed": seed,
        "count": count,
        "truncation": truncation,
        "path": path or [],
        **more,
    }
