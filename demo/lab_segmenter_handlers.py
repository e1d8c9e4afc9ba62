"""What the Lab does with segmenters: thin listeners over the Explainer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.limits import MAX_SHOWN

from .inputs import Choice
from .lab_pictures import Place, large, units_captioned
from .lab_segmenter_layout import FOUND
from .page import Page
from .segment_menus import MenuHandlers
from .shown import Pictures
from .tab import spoken
from .words import class_name, say

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Inside, Studio

LAYER = 2  # that is looked at first
MIDDLE = (0.5, 0.5)

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
SceneOf = Any  # a PhotoScene or None


@dataclass(frozen=True, eq=False)
class PhotoScene:
    """What is on the page. ``own``: the photo is the person's, not an example of the model's."""

    photo: Image
    own: bool
    model: str
    at: Place = MIDDLE
    layer: int = LAYER
    inside: Inside | None = None


class SegmenterHandlers:
    """The listeners of the part."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._menus = MenuHandlers(studio, page)

    # Which photo, and who looks

    def arrive(self, model: str, label: str, scene: SceneOf, request: gr.Request) -> Shown:
        """The tab was opened: models and classes in the person's language, and an example."""
        known = [card.id for card in self._menus.cards()]
        if not known:
            return (gr.skip(),) * 8
        model = model if model in known else known[0]
        first = (gr.skip(),) * 6 if scene else self.choose(model, None, request)
        return self._menus.menu(model, request), self.classes(model, label, request), *first

    def classes(self, model: str, label: str, request: gr.Request) -> Choice:
        """What may speak for the place: what is found there, or any class of the model."""
        with spoken(request):
            names = self._studio.card(model, "segmenter").classes
        choices = [(say("inside.found", request), FOUND)]
        choices += [(class_name(name, request), name) for name in names]
        return Choice(choices=choices, value=label if label in names else FOUND)

    def choose(self, model: str, scene: SceneOf, request: gr.Request) -> Shown:
        """Another model looks at the person's photo, or at an example of its own."""
        with spoken(request):
            if scene and scene.own:
                return self._look(replace(scene, model=model, layer=LAYER), request)
            image, *_ = self._menus.example(model)
        return self._look(PhotoScene(image, False, model), request)

    def take(self, file: str | None, model: str, scene: SceneOf, request: gr.Request) -> Shown:
        """A photo was dropped."""
        from pipelines.media import read_picture

        if file is None:
            return (gr.skip(),) * 6
        with spoken(request):
            photo = read_picture(file)
        layer = scene.layer if scene else LAYER
        return self._look(PhotoScene(photo, True, model, layer=layer), request)

    # What is looked at

    def point(self, scene: SceneOf, request: gr.Request, event: gr.SelectData) -> Shown:
        """A place of the photo was clicked."""
        if scene is None:
            return (gr.skip(),) * 6
        size = large(_preview(scene.photo)).size
        x, y = (min(max(a / b, 0.0), 1.0) for a, b in zip(event.index, size, strict=True))
        return self._look(replace(scene, at=(x, y)), request)

    def layer(self, scene: SceneOf, request: gr.Request, event: gr.SelectData) -> Shown:
        """Another layer."""
        return self._look(replace(scene, layer=event.index), request)

    def _look(self, scene: PhotoScene, request: gr.Request) -> Shown:
        """Photo, layers and units."""
        from pipelines import Explainer

        with spoken(request):
            found = self._studio.get(Explainer).photo(
                scene.photo, scene.model, scene.layer, scene.at
            )
        scene = replace(scene, inside=found)
        layer = found.layers[scene.layer]
        about = say("inside.units_photo", request, units=layer.units, stride=_stride(layer.scale))
        return (
            large(_preview(scene.photo), scene.at),
            gr.Column(visible=True),
            Pictures(_layers(found, request), selected_index=scene.layer),
            about,
            units_captioned(found.units),
            scene,
        )

    def decide(self, scene: SceneOf, label: str, request: gr.Request) -> Iterator[Shown]:
        """Which pixels decide the place: better and better."""
        from pipelines import Explainer

        if scene is None:
            return
        wanted = label if label not in (FOUND, None, "") else None
        with spoken(request):
            steps = self._studio.get(Explainer).decides_steps(
                scene.photo, scene.model, scene.at or MIDDLE, wanted
            )
            for step in steps:
                seen = step.partial
                name = class_name(seen.label or "", request)
                share, radius = f"{seen.share or 0:.0%}", f"{seen.radius or 0:.0f}"
                key = "inside.asked_text" if wanted else "inside.decides_text"
                text = say(key, request, name=name, share=share, radius=radius)
                if step.done < step.total:
                    done = say("generate.working", request, done=step.done, total=step.total)
                    text = f"{text} · {done}"
                yield large(seen.overlay), large(seen.heat), text


def _preview(photo: Image) -> Image:
    """What is shown of a photo."""
    if max(photo.size) <= MAX_SHOWN:
        return photo
    small = photo.copy()
    small.thumbnail((MAX_SHOWN, MAX_SHOWN), reducing_gap=2)
    return small


def _layers(found: Inside, request: gr.Request) -> list[tuple[Any, str]]:
    """Layers with what a cell of theirs stands for."""
    return [
        (
            picture,
            say("inside.layer_photo", request, stride=_stride(layer.scale), units=layer.units),
        )
        for picture, layer in zip(found.overview, found.layers, strict=True)
    ]


def _stride(scale: float) -> int:
    """Pixels that one cell of a layer stands for."""
    return max(1, round(1 / scale))
