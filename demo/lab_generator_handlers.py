"""What the Lab does with generators: thin listeners over the Explainer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.settings import save_png

from .inputs import Choice, Options, Range
from .lab_generator_layout import FIRST_OFF, MOST_OFF, views_of
from .lab_pictures import large, units_captioned
from .lab_scene import TAB_ID, Scene, scene_of
from .menus import class_menu, generator_menu, spelled
from .page import Page, Settings
from .shown import Picture, Pictures
from .tab import default_generator, spoken
from .words import say

if TYPE_CHECKING:
    from pipelines import Inside, Silenced, Studio
    from pipelines.cards import Card

PART = "generator"  # of the tab
UNCHANGED = (gr.skip(),) * 13  # of all that a scene shows

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]


SceneOf = Any  # a Scene or None, in a handler's annotations


class GeneratorHandlers:
    """The listeners of the part."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    # Which picture

    def start(
        self,
        model: str,
        label: str,
        seed: int,
        truncation: float,
        path: list[list[float]],
        view: str,
        scene: SceneOf,
        request: gr.Request,
    ) -> Shown:
        """Another picture; the layer stays if the model does, the place in any case."""
        new = Scene((model, label, seed, truncation, path), view)
        if scene and scene.asked[0] == model:
            new = replace(new, layer=scene.layer, at=scene.at, off=scene.off)
        return self._rank(new, request)

    def menus(self, model: str, label: str, view: str, request: gr.Request) -> Shown:
        """The classes of a model, and what can be looked at in it."""
        with spoken(request):
            card = self._studio.card(model, "generator")
        classes = class_menu([card], model, label, request)
        offered = views_of(card)
        views = spelled("inside", offered, request)
        chosen = view if view in offered else next(iter(offered))
        return classes, Options(choices=views, value=chosen)

    def arrive(self, model: str | None) -> Choice:
        """The tab was opened: the models there are by now.

        What is chosen stays if it can: a link may be choosing something else just now.
        """
        cards = self._studio.cards("generator")
        known = model in [card.id for card in cards]
        return generator_menu(cards, None if known else default_generator(cards))

    def first(
        self,
        model: str,
        label: str,
        seed: int,
        truncation: float,
        path: list[list[float]],
        view: str,
        scene: SceneOf,
        request: gr.Request,
    ) -> Shown:
        """A picture to begin with, when the tab is opened first."""
        if scene is not None or not model:
            return UNCHANGED
        return self.start(model, label, seed, truncation, path, view, scene, request)

    # What is looked at

    def point(self, scene: SceneOf, request: gr.Request, event: gr.SelectData) -> Shown:
        """A place of the picture was clicked: the units that paint it come first, and go off."""
        if scene is None or scene.inside is None:
            return UNCHANGED
        size = large(scene.inside.image).size
        x, y = (min(max(a / b, 0.0), 1.0) for a, b in zip(event.index, size, strict=True))
        return self._rank(replace(scene, at=(x, y)), request)

    def everywhere(self, scene: SceneOf, request: gr.Request) -> Shown:
        """No place any more: units are ordered by how much they matter to the whole."""
        return self._rank(replace(scene, at=None), request)

    def layer(self, scene: SceneOf, request: gr.Request, event: gr.SelectData) -> Shown:
        """Another layer."""
        return self._rank(replace(scene, layer=event.index), request)

    def _rank(self, scene: Scene, request: gr.Request) -> Shown:
        """As many units are off as were, at first some: those that now matter most."""
        count = len(scene.off) or FIRST_OFF
        with spoken(request):
            found = self._inside(scene)
        off = found.ranking[:count]
        return self._look(replace(scene, inside=found, layer=found.layer, off=off), request)

    def silence(self, scene: SceneOf, count: float, request: gr.Request) -> Shown:
        """The first units of the ranking go off."""
        if scene is None or scene.inside is None:
            return UNCHANGED
        most = min(int(count), len(scene.inside.ranking))
        return self._look(replace(scene, off=scene.inside.ranking[:most]), request)

    def toggle(self, scene: SceneOf, request: gr.Request, event: gr.SelectData) -> Shown:
        """One unit goes off, or on again."""
        unit = scene.inside.units[event.index].index
        off = tuple(u for u in scene.off if u != unit)
        return self._look(replace(scene, off=off if unit in scene.off else (*off, unit)), request)

    def view(self, scene: SceneOf, view: str, request: gr.Request) -> Shown:
        """Units, what the latent moves, or what the critic goes by."""
        if scene is None:
            return UNCHANGED
        return self._look(replace(scene, view=view), request)

    def _inside(self, scene: Scene) -> Inside:
        from pipelines import Explainer

        return self._studio.get(Explainer).generator(
            **scene.request(), layer=scene.layer, at=scene.at
        )

    def _look(self, scene: Scene, request: gr.Request) -> Shown:
        """Everything that is shown of a scene."""
        from pipelines import Explainer

        explainer = self._studio.get(Explainer)
        with spoken(request):
            asked = scene.request()
            if scene.view != "units":
                look = explainer.critic if scene.view == "critic" else explainer.reach
                seen = look(**asked)
                said = say("inside.reach_text", request)
                if seen.score is not None:
                    score = f"{seen.score:+.2f}"
                    said = say("inside.critic_text", request, score=score)
                return (
                    large(seen.image),
                    Picture(large(seen.overlay), label=say("inside.spotlight", request)),
                    Picture(large(seen.heat), label=say("inside.heat", request)),
                    said,
                    gr.Column(visible=False),
                    *(gr.skip(),) * 7,
                    scene,
                )
            found = scene.inside or self._inside(scene)
            off = explainer.silence(**asked, layer=found.layer, units=scene.off, at=scene.at)
        scene = replace(scene, inside=found, layer=found.layer)
        return (
            large(found.image, scene.at),
            Picture(large(off.image, scene.at), label=say("inside.without", request)),
            Picture(large(off.difference), label=say("inside.change", request)),
            _told(scene, off, request),
            gr.Column(visible=True),
            Range(value=len(scene.off), maximum=min(MOST_OFF, len(found.ranking))),
            gr.Button(interactive=scene.at is not None),
            self._file(scene, off, request),
            Pictures(_layers(found, request), selected_index=found.layer),
            _about(scene, request),
            units_captioned(found.units, scene.off, say("inside.is_off", request)),
            [image for pair in off.others for image in pair],
            scene,
        )

    def _file(self, scene: Scene, off: Silenced, request: gr.Request) -> gr.DownloadButton:
        """The picture without the units, as a PNG that says which."""
        model, _, seed, *_ = scene.asked
        path = self._downloads.place(f"{model}-{seed}-without-{len(scene.off)}.png")
        save_png(off.image, path)
        text = say("generate.download", request)
        return gr.DownloadButton(text, value=str(path), interactive=True)

    # Links and files

    def parcel(self, parcel: Settings) -> Settings:
        """Settings of a picture that another tab has sent."""
        given = dict(parcel or {})
        return {
            "tab": TAB_ID,
            "model": given.pop("model", None),
            "seed": given.pop("seed", 0),
            "parameters": given,
        }

    def restore(
        self, settings: Settings, model: str, label: str, view: str, request: gr.Request
    ) -> Shown:
        """Controls as a PNG, a link or another tab says: model, class, seed, truncation, path,
        view, and the part of the tab where they are.

        The menus are sent in the person's language in any case.
        """
        card = self._asked(settings)
        if card is None:
            skip = gr.skip()
            known = [card.id for card in self._studio.cards("generator")]
            menus = self.menus(model, label, view, request) if model in known else (skip, skip)
            return skip, menus[0], skip, skip, skip, menus[1], skip
        with spoken(request):
            if settings.get("weights", card.sha256) != card.sha256:
                gr.Info(say("generate.other_weights", request))
            scene = scene_of(card, settings.get("seed", 0), settings.get("parameters", {}))
        _, label, seed, truncation, path = scene.asked
        classes, views = self.menus(card.id, label, "units", request)
        # A link to the whole tab turns to no part: somebody may have done so already.
        part = gr.Tabs(selected=PART) if "model" in settings else gr.skip()
        return card.id, classes, seed, truncation, path, views, part

    def _asked(self, settings: Settings) -> Card | None:
        """The model of settings that are meant for this part; None of any others."""
        given = (settings or {}).get("parameters") or {}
        if (settings or {}).get("tab") != TAB_ID or given.get("part", PART) != PART:
            return None
        cards = self._studio.cards("generator")
        model = settings.get("model") or default_generator(cards)
        return next((card for card in cards if card.id == model), None)

    def again(self, settings: Settings, request: gr.Request) -> Shown:
        """Look at what was restored, whatever was asked for in the meantime."""
        card = self._asked(settings)
        if card is None:
            return UNCHANGED
        given = settings.get("parameters", {})
        with spoken(request):
            scene = scene_of(card, settings.get("seed", 0), given)
        return self._look(scene, request) if "units" in given else self._rank(scene, request)

    def link(self, scene: SceneOf) -> dict[str, Any]:
        """What a link to the scene says."""
        return {"asked": scene.link()} if scene else {}

    def linked(self, asked: dict[str, Any], request: gr.Request) -> None:
        """Say what has become of the link, if there was anything to link to."""
        if asked:
            gr.Info(say("generate.linked", request), duration=4)


def _layers(found: Inside, request: gr.Request) -> list[tuple[Any, str]]:
    """Layers with their sizes."""
    side = found.image.width
    sizes = [(round(layer.scale * side), layer.units) for layer in found.layers]
    return [
        (picture, say("inside.layer_text", request, side=side, units=units))
        for picture, (side, units) in zip(found.overview, sizes, strict=True)
    ]


def _about(scene: Scene, request: gr.Request) -> str:
    assert scene.inside
    side = round(scene.inside.layers[scene.inside.layer].scale * scene.inside.image.width)
    key = "inside.units_there" if scene.at else "inside.units_all"
    return say(key, request, side=side, shown=len(scene.inside.units))


def _told(scene: Scene, off: Silenced, request: gr.Request) -> str:
    """How much changed, in a sentence."""
    if not scene.off:
        return say("inside.none_off", request)
    if off.there is None:
        return say("inside.off_text", request, count=len(scene.off), change=f"{off.change:.1f}")
    fields = {"count": len(scene.off), "change": f"{off.change:.1f}", "there": f"{off.there:.1f}"}
    return say("inside.off_there", request, **fields)
