"""Inpainter: what is under a mask goes, and something that suits its surroundings comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from . import fillers
from .canvas import Mask, checked_margins, prepared
from .cards import Card, Loaded
from .checks import one_of, real, whole
from .errors import CardError, InputError, PipelineError
from .fillers import Filler
from .filling import filled
from .hub_fetch import Pipelines
from .inpainting import METHODS, NETWORKS, SEEDED, Comparison, Inpainting
from .limits import (
    DEFAULT_METHOD,
    MAX_FEATHER,
    MAX_GROW,
    MAX_GUIDANCE,
    MAX_PROMPT,
    MAX_SAMPLING,
    MAX_SEED,
    MAX_VARIANTS,
    SAMPLERS,
)
from .masks import feather as feathered
from .media import checked
from .steps import Step, drain
from .texture_fill import OWN, textured

if TYPE_CHECKING:
    import torch

    from .studio import Studio


class Inpainter:
    """Fills the masked part of a photo by one of several methods, and extends its canvas."""

    def __init__(
        self,
        networks: Callable[[str], Loaded],
        cards: Callable[[str], Sequence[Card]],
        hub: Callable[[str], Any] | None = None,
        device: Callable[[], torch.device] | None = None,
    ) -> None:
        """``networks``: a model by its id; ``cards``: what is installed of one tool; ``hub``:
        a pipeline of the Hub by its id, instead of the Hub's own on ``device``."""
        self._networks = networks
        self._cards = cards
        self._pipelines = Pipelines(device, hub)

    @classmethod
    def load(cls, studio: Studio) -> Inpainter:
        return cls(studio.network, studio.cards, device=lambda: studio.device)

    def __call__(self, photo: Image.Image, mask: Mask | None = None, **settings: Any) -> Inpainting:
        """Fill what is masked; see ``steps`` for the arguments."""
        return drain(self.steps(photo, mask, **settings))

    def steps(
        self,
        photo: Image.Image,
        mask: Mask | None = None,
        method: str = DEFAULT_METHOD,
        model: str | None = None,
        seed: int = 0,
        variants: int = 1,
        sampling_steps: int | None = None,
        grow: int = 0,
        feather: int = 0,
        invert: bool = False,
        margins: Sequence[int] = (0, 0, 0, 0),
        prompt: str = "",
        negative_prompt: str = "",
        strength: float = 1.0,
        guidance: float = 7.5,
        fill: Image.Image | None = None,
        sampler: str = SAMPLERS[0],
    ) -> Iterator[Step[Inpainting]]:
        """Fill what is masked, reporting piece by piece and sampling step by sampling step.

        ``photo``: any mode and size up to 64 million pixels. ``mask``: see ``masks.to_mask``;
        None only with margins. ``method``: completion, diffusion, telea, navier-stokes, texture,
        hub, or classical, which is telea. ``model``: id of a card, or of the Hub; None for the
        shipped one. ``seed``, ``variants``: variant i is what ``seed`` + i gives alone; methods
        that know no seed make one picture. ``sampling_steps``: 1 to 100, None for what the model
        is best at. Then the mask is inverted, grown by -256 to 256 pixels, and has margins added,
        0 to 4096 pixels to the left, top, right and bottom. ``feather``: 0 to 256 pixels over
        which the mask's inner rim fades into the photo. For ``diffusion``: ``sampler``: ddim or
        dpm++. For ``hub``: ``strength``: above 0 and up to 1; ``guidance``: 0 to 30. For
        ``texture``: ``fill``: any mode and size; it lies beside itself over the whole canvas, from
        the top left corner on.

        Raises InputError for a setting, PictureError for a photo or mask that cannot be used,
        CardError for a broken model.
        """
        method = _method(method)
        given: dict[str, Any] = {"method": method}
        card = None
        if method in NETWORKS:
            card = self._card(method, model)
            given["model"] = model = card.id
        elif method == "hub":
            from .hub_inpaint import DEFAULT

            given["model"] = model = str(model or DEFAULT)
        else:
            model = ""
        texture = None if fill is None else checked(fill)
        if method == "texture":
            if texture is None:
                raise InputError("no_fill")
            given["fill"] = OWN
        seed = whole("seed", seed, 0, MAX_SEED)
        variants = whole("variants", variants, 1, MAX_VARIANTS)
        if sampling_steps is not None:
            sampling_steps = whole("sampling_steps", sampling_steps, 1, MAX_SAMPLING)
        if method in SEEDED:
            given["sampling_steps"] = sampling_steps
        sampler = one_of("sampler", sampler, SAMPLERS)
        if method == "diffusion":
            given["sampler"] = sampler
        prompts: dict[str, Any] = {
            "prompt": _prompt(prompt),
            "negative_prompt": _prompt(negative_prompt),
            "strength": real("strength", strength, 0.01, 1.0),
            "guidance": real("guidance", guidance, 0.0, MAX_GUIDANCE),
        }
        if method == "hub":
            given |= prompts
        given |= {
            "grow": whole("grow", grow, -MAX_GROW, MAX_GROW),
            "feather": whole("feather", feather, 0, MAX_FEATHER),
            "invert": bool(invert),
            "margins": checked_margins(margins),
        }
        canvas, missing, painted = prepared(checked(photo), mask, given)
        # Most methods go by what is left.
        alone = method == "texture" or (method == "hub" and prompts["prompt"])
        if missing.all() and not alone:
            raise InputError("mask_full")
        seeds = [(seed + i) % (MAX_SEED + 1) for i in range(variants)]
        result = Inpainting(
            images=(),
            original=canvas,
            mask=Image.fromarray(missing.astype(np.uint8) * 255),
            method=method,
            model=model,
            weights=card.sha256 if card else "",
            seeds=tuple(seeds if method in SEEDED else seeds[:1]),
            parameters=given,
        )
        # A margin has nothing to fade into.
        alpha = feathered(missing, given["feather"]) if given["feather"] else None
        if alpha is not None and any(given["margins"]):
            alpha[~painted] = 1.0
        if texture and method == "texture":
            return textured(result, missing, alpha, texture)
        work = filled(result, missing, alpha, self._filler(method, given, card))
        return self._fetched(given["model"], work) if method == "hub" else work

    def _filler(self, method: str, given: dict[str, Any], card: Card | None) -> Filler:
        steps = given.get("sampling_steps")
        if card:
            loaded = self._networks(card.id)
            if method == "completion":
                return fillers.completion(loaded)
            return fillers.diffusion(loaded, steps, self._guess(card), given["sampler"])
        if method != "hub":
            return fillers.classical(method)
        names = ("prompt", "negative_prompt", "strength", "guidance")
        settings = {name: given[name] for name in names}
        return fillers.hub(lambda: self._pipelines.get(given["model"]), steps, **settings)

    def _guess(self, card: Card) -> Loaded | None:
        """The completion model that a diffusion model begins with. Raises CardError."""
        how = card.completing
        if not how or not how.guess:
            return None
        guess = self._networks(how.guess)
        if guess.card.sha256 != how.guess_weights:
            found, expected = guess.card.sha256[:12], how.guess_weights[:12]
            raise CardError("weights_hash", model=how.guess, found=found, expected=expected)
        return guess

    def _card(self, method: str, model: str | None) -> Card:
        """The card of a method. Raises InputError."""
        cards = self._cards(method)
        wanted = [method, *(card.id for card in cards)] if model is None else [model]
        for id in wanted:
            for card in cards:
                if card.id == id:
                    return card
        known = ", ".join(card.id for card in cards) or "none"
        raise InputError("model", found=model or method, known=known)

    def _fetched(self, source: str, work: Iterator[Step[Inpainting]]) -> Iterator[Step[Inpainting]]:
        """The work, and before it the reports of a download."""
        first = next(work)
        for share in self._pipelines.steps(source):
            yield Step(0, first.total, None, replace(first.partial, fetched=share))
        yield first
        yield from work

    def compare(self, photo: Image.Image, mask: Mask | None = None, **settings: Any) -> Comparison:
        """Several methods on one mask; see ``compare_steps`` for the arguments."""
        return drain(self.compare_steps(photo, mask, **settings))

    def compare_steps(
        self,
        photo: Image.Image,
        mask: Mask | None = None,
        methods: Sequence[str] | None = None,
        **settings: Any,
    ) -> Iterator[Step[Comparison]]:
        """Fill one mask by several methods, one after another.

        ``methods``: None for all that are installed, which leaves out ``hub``, and ``texture`` if
        there is no ``fill``. ``settings``: as for ``steps``, without method, model and variants. A
        method that cannot be used is left out and named in ``problems``. Raises as ``steps`` does.
        """
        if methods is None:
            methods = [m for m in METHODS[:-1] if m not in NETWORKS or self._cards(m)]
            if settings.get("fill") is None:
                methods.remove("texture")
        if isinstance(methods, str) or not isinstance(methods, Iterable):
            raise InputError("fill_method", found=methods, known=", ".join(METHODS))
        chosen = list(dict.fromkeys(map(_method, methods)))
        if not chosen:
            raise InputError("fill_method", found=None, known=", ".join(METHODS))
        # What is wrong with photo, mask or a setting is wrong for all of them.
        self.steps(photo, mask, **settings, method="telea")
        return self._compare(photo, mask, chosen, settings)

    def _compare(
        self, photo: Image.Image, mask: Mask | None, methods: list[str], settings: dict[str, Any]
    ) -> Iterator[Step[Comparison]]:
        found, total = Comparison(), 100 * len(methods)
        yield Step(0, total, None, found)
        for index, method in enumerate(methods):
            last = None
            try:
                for step in self.steps(photo, mask, **settings, method=method):
                    if last is not None:
                        done = 100 * index + min(99, 100 * step.done // max(1, step.total))
                        yield Step(done, total, step.preview, found)
                    last = step
                assert last
                found = replace(found, results=(*found.results, last.partial))
            except PipelineError as error:
                found = replace(found, problems=(*found.problems, (method, error)))
            yield Step(100 * (index + 1), total, last.preview if last else None, found)


def _method(method: Any) -> str:
    """A method by its name. Raises InputError."""
    if isinstance(method, str) and method == "classical":
        return "telea"
    return one_of("fill_method", method, METHODS)


def _prompt(text: Any) -> str:
    prompt = str(text or "").strip()
    if len(prompt) > MAX_PROMPT:
        raise InputError("prompt", found=len(prompt), most=MAX_PROMPT)
    return prompt
