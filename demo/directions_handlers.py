"""What the direction sliders of the Morph tab do: thin listeners over the Morpher."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError

from .morph_keys import SLIDERS
from .shown import Picture
from .tab import spoken

if TYPE_CHECKING:
    from pipelines import Studio

AMOUNTS = (-4, -2, 0, 2, 4)  # of the overview

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entry = dict[str, Any]
Shown = tuple[Any, ...]


class DirectionHandlers:
    """The listeners that move a key along latent directions."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def directions(
        self,
        model: str,
        key: Entry,
        method: str,
        amount_1: float,
        amount_2: float,
        amount_3: float,
        amount_4: float,
        amount_5: float,
        amount_6: float,
        request: gr.Request,
    ) -> Shown:
        """Move a generated picture along directions of the latent space that change much.

        Args:
            model: id of the model
            key: the picture, a seed such as 7 or an object such as {"seed": 7, "label": "sea"}
            method: how the directions were found, "ganspace" or "sefa"
            amount_1: how far along the strongest direction, -5 to 5 standard deviations
            amount_2: how far along the second
            amount_3: how far along the third
            amount_4: how far along the fourth
            amount_5: how far along the fifth
            amount_6: how far along the sixth
        """
        amounts = (amount_1, amount_2, amount_3, amount_4, amount_5, amount_6)
        with spoken(request):
            from pipelines import Morpher

            morpher = self._studio.get(Morpher)
            start = morpher.key(_there(key), model)
            others = tuple(shift for shift in start.shifts if shift[0] != method)
            shifts = tuple((method, i, amount) for i, amount in enumerate(amounts) if amount)
            moved = morpher.key(replace(start, shifts=(*others, *shifts)), model)
            (image,) = morpher.pictures([moved], model)
        return image, moved.to_json()

    def overview(self, model: str, key: Entry, method: str, request: gr.Request) -> Shown:
        """What each direction does to the chosen key: a row each, from one end to the other."""
        with spoken(request):
            from pipelines import Morpher
            from pipelines.media import grid

            morpher = self._studio.get(Morpher)
            plain = replace(morpher.key(_there(key), model), shifts=())
            known = self._studio.card(model, "generator").directions
            count = min(SLIDERS, known.count) if known else 1
            rows = [morpher.spectrum(plain, model, method, i, AMOUNTS) for i in range(count)]
            pictures = [image for row in rows for image in row]
        return Picture(grid(pictures, len(AMOUNTS), 2), visible=True), gr.Markdown(visible=True)


def _there(key: Entry | None) -> Entry:
    """The chosen key, if there is one."""
    if key is None:
        raise InputError("no_key")
    return key
