"""Which methods the Inpaint tab offers, what each wants to know, and pictures to try them on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.checks import one_of, real, whole
from pipelines.errors import InputError
from pipelines.limits import (
    DEFAULT_METHOD,
    MAX_FEATHER,
    MAX_GROW,
    MAX_GUIDANCE,
    MAX_MARGIN,
    MAX_SAMPLING,
    MAX_SEED,
    MAX_VARIANTS,
    SAMPLERS,
)

from .inpaint_layout import DEFAULTS, HUB_STEPS, METHODS, named, steps_of
from .inpaint_rim import SIDES
from .inpaint_view import VIEWS
from .inputs import Choice, Options, Range
from .menus import spelled
from .page import Page, Settings
from .samples import sample
from .words import say, say_error

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Studio
    from pipelines.cards import Card

TAB_ID = "inpaint"
THUMB = 240
# Samples of our own among the examples: of which class, and what is done to them.
SPOILED = (("sea", "ball"), ("mountain", "scratched"), ("glacier", "ball"))
SAMPLE_SIDE = 256  # pixels: large enough to paint on
TYPICAL = 0.6  # truncation: what is shown first is no failure
CAPTIONS = {"towers": "example_towers", "shuttle": "example_shuttle", "spoon": "example_spoon"}

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Offers = list[dict[str, Any]]


class MenuHandlers:
    """The listeners that say what there is to choose from."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def cards(self, method: str) -> list[Card]:
        """The models of a method; none for one that needs none."""
        return self._studio.cards(method) if method in ("completion", "diffusion") else []

    def methods(self) -> list[str]:
        """The methods that can be used here."""
        needs = ("completion", "diffusion")
        return [name for name in METHODS if name not in needs or self.cards(name)]

    def default(self) -> str:
        known = self.methods()
        return DEFAULT_METHOD if DEFAULT_METHOD in known else known[0]

    def title(self, method: str, request: gr.Request | None) -> str:
        return say(f"inpaint.{METHODS[method][0]}", request)

    def fit(self, method: str, request: gr.Request) -> Shown:
        """What follows a method: as ``Controls.fitted``."""
        return self._fit(method, None, request)

    def _fit(
        self,
        method: str,
        model: str | None,
        request: gr.Request | None,
        steps: int | None = None,
        sampler: str | None = None,
    ) -> Shown:
        """The same with a model, steps and a sampler; None for what suits the method."""
        if method not in METHODS:
            return (gr.skip(),) * 7
        cards, hub, diffusion = self.cards(method), method == "hub", method == "diffusion"
        if hub:
            from pipelines.hub_inpaint import DEFAULT

            choices, chosen = [(DEFAULT, DEFAULT)], model or DEFAULT
        else:
            choices = [(card.name, card.id) for card in cards]
            # The shipped one has the name of its method.
            ids = sorted((card.id for card in cards), key=lambda id: id != method)
            chosen = model if model in ids else next(iter(ids), None)
        if not steps and (diffusion or hub):
            first = [card for card in cards if card.id == chosen]
            steps = HUB_STEPS if hub else steps_of(first)
        samplers = Options(visible=diffusion)
        if sampler:
            samplers = Options(value=sampler, visible=diffusion)
        return (
            say(f"inpaint.{METHODS[method][1]}", request),
            Choice(choices=choices, value=chosen, visible=hub or len(cards) > 1),
            gr.Group(visible=method == "texture"),
            gr.Group(visible=hub),
            gr.Group(visible=diffusion or hub),
            Range(value=steps) if steps else Range(),
            samplers,
        )

    def restore(self, settings: Settings, method: str, request: gr.Request) -> Shown:
        """Set the controls as a PNG or a URL says.

        Returns the view and method menus, what ``fit`` returns, and seed, lock, variants; grow,
        feather, invert, margins; prompts, strength, guidance. The menus are sent in the person's
        language in any case.
        """
        views = spelled("inpaint", VIEWS, request)
        rest: Shown = (gr.skip(),) * 14
        fitted: Shown = (gr.skip(),) * 7
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
                method = given["method"]
                which = given["model"], request, given["sampling_steps"], given["sampler"]
                fitted = self._fit(method, *which)
                names = ("grow", "feather", "invert")
                asked = ("prompt", "negative_prompt", "strength", "guidance")
                rest = (
                    given["seed"],
                    "seed" in settings,
                    given["variants"],
                    *(given[name] for name in names),
                    *given["margins"],
                    *(given[name] for name in asked),
                )
                if "weights" in settings:
                    gr.Info(say(f"inpaint.{self._same(settings)}", request))
        methods = spelled("inpaint", named(self.methods()), request)
        return Options(choices=views), Options(choices=methods, value=method), *fitted, *rest

    def _checked(self, settings: Settings) -> dict[str, Any]:
        """Settings out of a file or an address, as the controls take them. Raises InputError."""
        given = {**DEFAULTS, "seed": settings.get("seed", 0), **settings.get("parameters", {})}
        method = given["method"]
        method = "telea" if method == "classical" else method
        if method not in self.methods():
            raise InputError("fill_method", found=method, known=", ".join(self.methods()))
        margins = given["margins"] if isinstance(given["margins"], list) else [given["margins"]]
        if len(margins) != len(SIDES):
            raise InputError("margins", found=margins, most=MAX_MARGIN)
        steps = given["sampling_steps"]
        checked = {
            "method": method,
            "model": given.get("model", settings.get("model")),
            "seed": whole("seed", given["seed"], 0, MAX_SEED),
            "variants": whole("variants", given["variants"], 1, MAX_VARIANTS),
            "sampling_steps": steps and whole("sampling_steps", steps, 1, MAX_SAMPLING),
            "sampler": one_of("sampler", given["sampler"], SAMPLERS),
            "grow": whole("grow", given["grow"], -MAX_GROW, MAX_GROW),
            "feather": whole("feather", given["feather"], 0, MAX_FEATHER),
            "invert": given["invert"] in (True, "true", "True", "1"),
            "margins": [whole("margins", margin, 0, MAX_MARGIN) for margin in margins],
            "strength": real("strength", given["strength"], 0.01, 1),
            "guidance": real("guidance", given["guidance"], 0, MAX_GUIDANCE),
        }
        if method not in ("completion", "diffusion"):
            return {**given, **checked}
        checked["model"] = self._studio.card(checked["model"] or method, method).id
        return {**given, **checked}

    def _same(self, settings: Settings) -> str:
        """What there is to say about settings that came with a picture."""
        weights = settings["weights"]
        if weights and weights not in [card.sha256 for card in self._studio.cards()]:
            return "other_weights"
        return "restored"

    # Pictures to try

    def example(self) -> tuple[Image, Image]:
        """A picture and its mask."""
        from pipelines.blemishes import EXAMPLES

        return EXAMPLES[0].make()

    def offer(self, offers: Offers, request: gr.Request) -> Shown:
        """Pictures to try, drawn when the tab is opened first: column, gallery, offers."""
        if offers:
            return (gr.skip(),) * 3
        from pipelines.blemishes import EXAMPLES

        offers = [{"id": example.id} for example in EXAMPLES]
        if self._studio.cards("generator"):
            for wanted, spoiled in SPOILED:
                seed = random.randrange(MAX_SEED)
                offers.append({"id": spoiled, "label": wanted, "seed": seed})
        pictures = []
        for offer in offers:
            picture = self.offered(offer)[0]
            picture.thumbnail((THUMB, THUMB))
            key = CAPTIONS.get(offer["id"], "example_sample")
            pictures.append((picture, say(f"inpaint.{key}", request)))
        return gr.Column(visible=True), pictures, offers

    def offered(self, offer: dict[str, Any]) -> tuple[Image, Image]:
        """Picture and mask of one of the offers. Raises InputError for what is none of them."""
        from pipelines import blemishes

        if "seed" in offer:
            spoil = {"ball": blemishes.ball, "scratched": blemishes.scratched}[offer["id"]]
            seed = whole("seed", offer["seed"], 0, MAX_SEED)
            clean = sample(self._studio, seed, offer["label"], SAMPLE_SIDE, TYPICAL)
            return spoil(clean, seed)
        return next(e for e in blemishes.EXAMPLES if e.id == offer["id"]).make()

    def linked(self, request: gr.Request) -> None:
        gr.Info(say("inpaint.linked", request), duration=5)
