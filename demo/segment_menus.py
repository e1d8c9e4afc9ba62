"""Which models the Segment tab offers, what to drop for each, and pictures to try them on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import DEFAULT_SEGMENTER, MAX_SEED
from pipelines.settings import save_png

from .inputs import Options, Range
from .menus import spelled
from .page import Page, Settings
from .samples import sample
from .segment_layout import DEFAULTS, PLAIN, VIEWS, hint_for, scalable, title
from .tab import spoken
from .words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image

    from pipelines import Studio
    from pipelines.cards import Card

TAB_ID = "segment"
SAMPLES = 2  # of our own, among the examples
SAMPLE_CLASS = "buildings"  # of all that is generated here the nearest to what segmenters know
SAMPLE_SIDE = 512  # pixels: labels of a smaller picture would be coarse
THUMB = 240
CAPTIONS = {
    "cells": "example_cells",
    "tissue": "example_tissue",
    "street": "example_street",
    "coast": "example_coast",
}

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Offers = list[dict[str, Any]]


def ordered(cards: Sequence[Card]) -> list[Card]:
    """The segmenters that people look for first, ahead of the others."""
    order = list(PLAIN)
    return sorted(cards, key=lambda c: order.index(c.id) if c.id in order else len(order))


def default_segmenter(cards: Sequence[Card]) -> str:
    """The segmenter that menus begin with: the library's own default, if it is installed."""
    ids = [card.id for card in cards]
    return DEFAULT_SEGMENTER if DEFAULT_SEGMENTER in ids else next(iter(ids), "")


class MenuHandlers:
    """The listeners that say what there is to choose from."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def cards(self) -> list[Card]:
        return ordered(self._studio.cards("segmenter"))

    def title(self, model: str, request: gr.Request | None) -> str:
        """What a model is for, in the person's language; its own name where that is not known.

        Raises InputError for a model that is not there.
        """
        return title(self._studio.card(model, "segmenter"), request)

    def menu(self, chosen: str | None, request: gr.Request | None) -> Options:
        """The models in the person's language."""
        choices = [(title(card, request), card.id) for card in self.cards()]
        return Options(choices=choices, value=chosen)

    def hint(self, model: str, request: gr.Request) -> Shown:
        """What to drop for a model, and whether it wants to know how large objects are."""
        return self._hint(model, request)

    def _hint(self, model: str, request: gr.Request | None, **scale: Any) -> Shown:
        card = next((card for card in self.cards() if card.id == model), None)
        if card is None:
            return "", gr.skip()
        return hint_for(card, request), Range(visible=scalable(card), **scale)

    def restore(self, settings: Settings, model: str, request: gr.Request) -> Shown:
        """Set the controls as a PNG or a URL says: model, hint, scale, threshold, view.

        The menus are sent in the person's language in any case.
        """
        given: dict[str, Any] = {}
        if (settings or {}).get("tab") == TAB_ID:
            try:
                with spoken(request):
                    card = self._studio.card(settings.get("model", model), "segmenter")
            except gr.Error as error:
                if "weights" in settings:
                    raise
                # A link with a mistake in it still opens a page that works.
                gr.Warning(error.message)
            else:
                model, given = card.id, {**DEFAULTS, **settings.get("parameters", {})}
                if "weights" in settings:
                    same = card.sha256 == settings["weights"]
                    key = "segment.restored" if same else "generate.other_weights"
                    gr.Info(say(key, request))
        sized = {"value": given["scale"]} if given else {}
        text, scale = self._hint(model, request, **sized)
        threshold = (given["threshold"] or 0) if given else gr.skip()
        views = spelled("segment", VIEWS, request)
        return self.menu(model, request), text, scale, threshold, Options(choices=views)

    # Pictures to try

    def example(self, model: str) -> tuple[Image, str, Any]:
        """A picture that fits a model, what it is called, and its true labels if they are known.

        Raises InputError for a model that is not there.
        """
        from pipelines.examples import EXAMPLES

        self._studio.card(model, "segmenter")
        for example in EXAMPLES:
            if example.model == model:
                image, truth = example.make()
                return image, example.id, truth
        return self.sample(0), "sample", None

    def truth(self, example: str | None, model: str) -> Any:
        """The true labels of an example, where they are known and are those of the model."""
        from pipelines.examples import EXAMPLES

        for one in EXAMPLES:
            if one.id == example and one.model == model:
                return one.make()[1]
        return None

    def sample(self, seed: int) -> Image:
        """A picture of our own."""
        return sample(self._studio, seed, SAMPLE_CLASS, SAMPLE_SIDE)

    def offer(self, offers: Offers, request: gr.Request) -> Shown:
        """Pictures to try, drawn when the tab is opened first: column, gallery, offers."""
        if offers:
            return (gr.skip(),) * 3
        from pipelines.examples import EXAMPLES

        models = [card.id for card in self.cards()]
        pictures: list[tuple[Image, str]] = []
        for example in EXAMPLES:
            if example.model in models:
                key = CAPTIONS.get(example.id)
                caption = say(f"segment.{key}", request) if key else example.id
                pictures.append((example.make()[0], caption))
                offers = [*offers, {"example": example.id, "model": example.model}]
        if self._studio.cards("generator"):
            for seed in random.sample(range(MAX_SEED), SAMPLES):
                pictures.append((self.sample(seed), say("segment.sample", request)))
                offers = [*offers, {"seed": seed, "model": DEFAULT_SEGMENTER}]
        for picture, _ in pictures:
            picture.thumbnail((THUMB, THUMB))
        return gr.Column(visible=bool(pictures)), pictures, offers

    def pick(self, offers: Offers, model: str, request: gr.Request, event: gr.SelectData) -> Shown:
        """The clicked example: photo, its name, model, hint, scale."""
        from pipelines.examples import EXAMPLES

        with spoken(request):
            offer = offers[event.index]
            if "seed" in offer:
                image, name = self.sample(offer["seed"]), f"sample-{offer['seed']}"
            else:
                name = offer["example"]
                image = next(e for e in EXAMPLES if e.id == name).make()[0]
            path = self._downloads.place(f"{name}.png")
            save_png(image, path)
        if offer["model"] in [card.id for card in self.cards()]:
            model = offer["model"]
        hint = self._hint(model, request, value=DEFAULTS["scale"])
        return str(path), offer.get("example"), model, *hint
