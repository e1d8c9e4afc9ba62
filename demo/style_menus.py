"""What the Style tab offers to choose from, settings that come back, and photos to try it on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import one_of, real, whole
from pipelines.errors import InputError
from pipelines.limits import (
    DEFAULT_STYLIZER,
    MAX_FEATHER,
    MAX_ITERATIONS,
    MAX_SEED,
    MAX_STRENGTH,
    MAX_STYLE_STEPS,
    MAX_STYLED_SIDE,
    MIN_ITERATIONS,
    MIN_STYLED_SIDE,
)
from pipelines.styling import OWN
from pipelines.styling import SLOW as SLOW_MODEL

from .inputs import Choice, Options, Range
from .menus import spelled
from .page import Page, Settings
from .samples import sample
from .style_layout import DEFAULTS, FAST, METHODS, SLOW, STROKES, TAB_ID, methods_of
from .style_view import VIEWS
from .words import say, say_error

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Studio
    from pipelines.cards import Card

THUMB = 240
SAMPLES = ("sea", "mountain", "glacier")  # classes of our own samples among the examples
SAMPLE_SIDE = 512  # pixels: strokes of a style have a size of their own
TYPICAL = 0.6  # truncation: what is shown first is no failure
CAPTIONS = {"towers": "example_towers", "shuttle": "example_shuttle", "spoon": "example_spoon"}
CONTROLS = 11  # beside the menus, that settings fill

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Offers = list[dict[str, Any]]


class MenuHandlers:
    """The listeners that say what there is to choose from."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def cards(self) -> list[Card]:
        return self._studio.cards("style")

    def default(self) -> str:
        """The model that comes first, or "" if there is none."""
        ids = [card.id for card in self.cards()]
        return DEFAULT_STYLIZER if DEFAULT_STYLIZER in ids else next(iter(ids), "")

    def fit(self, method: str, request: gr.Request) -> Shown:
        """What follows a method: hint, model, iterations, strokes."""
        return self._fit(method, request)

    def _fit(
        self,
        method: str,
        request: gr.Request | None,
        model: Any = None,
        iterations: Any = None,
        strokes: Any = None,
    ) -> Shown:
        cards = self.cards()
        key = METHODS.get(method, METHODS[FAST])[1] if cards else "hint_none"
        choices = [(card.name, card.id) for card in cards]
        chosen = {"choices": choices, "value": model} if model else {}
        steps = {"value": iterations} if iterations else {}
        broad = {"value": strokes} if strokes else {}
        kinds = spelled("style", STROKES, request)
        return (
            say(f"style.{key}", request),
            Choice(visible=len(cards) > 1 and method == FAST, **chosen),
            Range(visible=method == SLOW, **steps),
            Options(choices=kinds, visible=method == FAST and bool(cards), **broad),
        )

    def mix(self, on: bool) -> gr.Column:
        """The second style is in sight while it is wanted."""
        return gr.Column(visible=bool(on))

    def restore(self, settings: Settings, method: str, model: str, request: gr.Request) -> Shown:
        """Set the controls as a PNG or a URL says.

        Returns view and method menus, hint, model, both styles, whether they are mixed and the
        second is in sight, blend, strength, keep colours, outside, feather, size, refine,
        iterations, strokes. The menus are sent in the person's language in any case.
        """
        views = spelled("style", VIEWS, request)
        rest: Shown = (gr.skip(),) * CONTROLS
        iterations = strokes = None
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
                method, model = given["method"], given["model"] or model
                first, second = (*given["style"], "", "")[:2]
                mixed = len(given["style"]) > 1
                names = ("blend", "strength", "keep_colors", "outside", "feather", "size", "refine")
                rest = (
                    "" if first == OWN else first,
                    "" if second == OWN else second,
                    mixed,
                    self.mix(mixed),
                    *(given[name] for name in names),
                )
                iterations, strokes = given["iterations"], given["strokes"]
                self._welcome(settings, OWN in given["style"], request)
        methods = spelled("style", methods_of(self.cards()), request)
        hint, menu, *last = self._fit(method, request, model, iterations, strokes)
        menus = Options(choices=views), Options(choices=methods, value=method), hint, menu
        return *menus, *rest, *last

    def _welcome(self, settings: Settings, own: bool, request: gr.Request | None) -> None:
        """Say what there is to say about settings that came back."""
        if own:
            gr.Info(say("style.restored_own", request))
        elif "weights" in settings:
            weights = settings["weights"]
            same = not weights or weights in [card.sha256 for card in self.cards()]
            gr.Info(say("style.restored" if same else "inpaint.other_weights", request))

    def _checked(self, settings: Settings) -> dict[str, Any]:
        """Settings out of a file or an address, as the controls take them. Raises InputError."""
        from pipelines import Stylizer

        given = {**DEFAULTS, "style": [], **settings.get("parameters", {})}
        style = given["style"] if isinstance(given["style"], list) else [given["style"]]
        model = settings.get("model") or self.default()
        slow = model == SLOW_MODEL
        if slow or not model:
            model, known = "", []
        else:
            known = [id for id, _ in self._studio.get(Stylizer).built_in(model)]
        if len(style) > 2:
            raise InputError("styles", found=len(style))
        for id in style:
            if id != OWN and id not in known:
                raise InputError("style", found=id, known=", ".join(known) or "none")
        # A link to one size: a number and a list of one are read alike.
        listed = isinstance(given["size"], list) and len(given["size"]) == 1
        size = given["size"][0] if listed else given["size"]
        sides = "styled_size", size, MIN_STYLED_SIDE, MAX_STYLED_SIDE
        yes = (True, "true", "True", "1")
        return {
            "method": FAST if model else SLOW,
            "model": model,
            "style": style,
            "blend": real("blend", given["blend"], 0, 1),
            "strength": real("style_strength", given["strength"], 0, MAX_STRENGTH),
            "keep_colors": given["keep_colors"] in yes,
            "outside": given["outside"] in yes,
            "feather": whole("feather", given["feather"], 0, MAX_FEATHER),
            "size": None if size in (None, "", "null") else whole(*sides),
            "refine": whole("style_refine", given["refine"], 0, MAX_STYLE_STEPS),
            "strokes": one_of("strokes", given["strokes"], STROKES),
            "iterations": whole("iterations", given["iterations"], MIN_ITERATIONS, MAX_ITERATIONS),
        }

    # Photos to try

    def example(self) -> Image:
        """A photo."""
        from pipelines.blemishes import EXAMPLES

        return EXAMPLES[0].make()[0]

    def offer(self, offers: Offers, request: gr.Request) -> Shown:
        """Photos to try, drawn when the tab is opened first: column, gallery, offers."""
        if offers:
            return (gr.skip(),) * 3
        from pipelines.blemishes import EXAMPLES

        offers = [{"id": example.id} for example in EXAMPLES]
        if self._studio.cards("generator"):
            for wanted in SAMPLES:
                offers.append({"id": "sample", "label": wanted, "seed": random.randrange(MAX_SEED)})
        pictures = []
        for offer in offers:
            picture = self.offered(offer)
            picture.thumbnail((THUMB, THUMB))
            key = CAPTIONS.get(offer["id"], "example_sample")
            pictures.append((picture, say(f"style.{key}", request)))
        return gr.Column(visible=True), pictures, offers

    def offered(self, offer: dict[str, Any]) -> Image:
        """One of the offers. Raises InputError for what is none of them."""
        from pipelines.blemishes import EXAMPLES

        if "seed" in offer:
            seed = whole("seed", offer["seed"], 0, MAX_SEED)
            return sample(self._studio, seed, offer["label"], SAMPLE_SIDE, TYPICAL)
        return next(e for e in EXAMPLES if e.id == offer["id"]).make()[0]

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("style.linked", request), duration=5)
