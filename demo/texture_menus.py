"""What the Texture tab offers to choose from, and settings that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import real, whole
from pipelines.errors import InputError
from pipelines.limits import (
    DEFAULT_TEXTURIST,
    MAX_BLOCK,
    MAX_SEED,
    MAX_TEXTURE,
    MIN_BLOCK,
    MIN_TEXTURE,
)
from pipelines.texturing import QUILTING

from .inputs import Choice, Options
from .menus import ANY, named_classes, spelled
from .page import Page, Settings
from .texture_layout import DEFAULTS, MODEL, PICTURE, TAB_ID, ways_of
from .words import say, say_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines import Studio
    from pipelines.cards import Card

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
# In the order of ``restored``.
PLAIN = ("width", "height", "seamless", "seed", "block", "mix", "second_seed", "blend", "across")


class MenuHandlers:
    """The listeners that say what there is to choose from."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def cards(self) -> list[Card]:
        return self._studio.cards("texture")

    def default(self) -> str:
        """The model that comes first, or "" if there is none."""
        ids = [card.id for card in self.cards()]
        return DEFAULT_TEXTURIST if DEFAULT_TEXTURIST in ids else next(iter(ids), "")

    def classes(self, model: str, first: str, second: str, request: gr.Request) -> Shown:
        """The menus of both classes after another model was chosen."""
        return self._menu(model, first, request), self._menu(model, second, request)

    def _names(self, model: str) -> Sequence[str]:
        return next((card.classes for card in self.cards() if card.id == model), ())

    def _menu(self, model: str, chosen: str, request: gr.Request | None) -> Choice:
        names = self._names(model)
        return named_classes(names, chosen, request)

    def restore(
        self, settings: Settings, way: str, model: str, first: str, second: str, request: gr.Request
    ) -> Shown:
        """Set the controls as a PNG or a URL says.

        Returns way, model, both classes, whether the seed is kept, and what PLAIN names. The menus
        are sent in the person's language in any case.
        """
        rest: Shown = (gr.skip(),) * (1 + len(PLAIN))
        if (settings or {}).get("tab") == TAB_ID:
            try:
                given = self._checked(settings)
            except InputError as error:
                sentence = say_error(error, request)
                if "weights" in settings:
                    raise gr.Error(sentence, print_exception=False) from error
                # A link with a mistake in it still opens a page that works.
                gr.Warning(sentence)
            else:
                way, model = given["way"], given["model"] or model
                first, second = given["label"], given["second"]
                rest = "seed" in settings, *(given[name] for name in PLAIN)
                self._welcome(settings, way, request)
        ways = spelled("texture", ways_of(self.cards()), request)
        menus = self._menu(model, first, request), self._menu(model, second, request)
        return Options(choices=ways, value=way), model, *menus, *rest

    def _welcome(self, settings: Settings, way: str, request: gr.Request | None) -> None:
        """Say what there is to say about settings that came back."""
        if way == PICTURE:
            gr.Info(say("texture.restored_picture", request))
        elif "weights" in settings:
            same = settings["weights"] in [card.sha256 for card in self.cards()]
            key = "texture.restored" if same else "inpaint.other_weights"
            gr.Info(say(key, request))

    def _checked(self, settings: Settings) -> dict[str, Any]:
        """Settings out of a file or an address, as the controls take them. Raises InputError."""
        asked = settings.get("parameters", {})
        given = {**DEFAULTS, **asked}
        model = settings.get("model") or self.default() or QUILTING
        if model != QUILTING and model not in [card.id for card in self.cards()]:
            known = ", ".join([QUILTING, *(card.id for card in self.cards())])
            raise InputError("model", found=model, known=known)
        # A PNG has both classes of a blend in one list, a link the second beside the first.
        labels = _listed(given["label"])
        if asked.get("second") and len(labels) == 1:
            labels.append(given["second"])
        if not 1 <= len(labels) <= 2:
            raise InputError("textures", found=len(labels))
        for name in labels:
            if model != QUILTING and name not in (ANY, *self._names(model)):
                known = ", ".join(self._names(model))
                raise InputError("label", model=model, found=name, known=known)
        size = _listed(given.get("size", [given["width"], given["height"]]))
        if len(size) not in (1, 2):
            raise InputError("texture_size", found=size, most=MAX_TEXTURE)
        sides = [whole("texture_size", side, MIN_TEXTURE, MAX_TEXTURE) for side in size]
        block = None if given["block"] in (None, "", "null", 0, "0") else given["block"]
        yes = (True, "true", "True", "1")
        return {
            "way": PICTURE if model == QUILTING else MODEL,
            "model": "" if model == QUILTING else model,
            "label": labels[0],
            "second": labels[-1] if len(labels) > 1 else ANY,
            "mix": len(labels) > 1,
            "width": sides[0],
            "height": sides[-1],
            "seamless": given["seamless"] in yes,
            "seed": whole("seed", settings.get("seed", DEFAULTS["seed"]), 0, MAX_SEED),
            "block": 0 if block is None else whole("block", block, MIN_BLOCK, MAX_BLOCK),
            "second_seed": whole("seed", given["second_seed"], 0, MAX_SEED),
            "blend": real("blend", given["blend"], 0, 1),
            "across": given["across"] in yes,
        }

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("texture.linked", request), duration=5)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
