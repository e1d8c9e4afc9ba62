"""Explainer: what is inside the networks that draw, judge and segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from .cards import Card, Loaded
from .checks import real, whole
from .errors import InputError
from .explain_photo import look, saliency_steps
from .inside_maps import change_of, difference, inside, place_of, shade, spread
from .insight import Inside, Saliency, Silenced
from .latents import Point, as_point, draw, latents, seed_class
from .limits import DEFAULT_MODEL, DEFAULT_SEGMENTER, MAX_SEED
from .media import to_images
from .saliency import latent_reach, smooth_gradient
from .sampler import settings_of
from .settings import Settings, attach
from .steps import Step, drain
from .units import activations, matters, silenced

if TYPE_CHECKING:
    from PIL import Image

    from .studio import Studio

LAYER = 1  # that is looked at unasked
OTHERS = 3  # seeds that a change is also shown on: with the one asked about, one pass
At = tuple[float, float]
"""A place in a picture: x and y in [0, 1], from its upper left corner."""


class Explainer:
    """Looks inside generators, critics and segmenters, by activations and by gradients.

    Pictures of generators are those of the Sampler for the same seed, class and truncation.
    """

    def __init__(self, networks: Callable[[str], Loaded], card: Callable[[str, str], Card]) -> None:
        """``card``: of a model and a tool."""
        self._networks = networks
        self._card = card

    @classmethod
    def load(cls, studio: Studio) -> Explainer:
        return cls(studio.network, studio.card)

    def generator(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
        layer: int | None = None,
        at: At | None = None,
    ) -> Inside:
        """The layers that draw a picture, and the units of one of them.

        ``layer``: from 0, coarse to fine; None for one coarse enough to hold things and fine
        enough to hold several. ``at``: units are ordered by how much they change the
        picture there; without it, anywhere. Raises InputError for a setting that cannot be used,
        CardError for a broken model.
        """
        request = self._drawn(seed, model, label, truncation)
        place = place_of(at, request.side)
        modules = request.layers()
        most = len(modules) - 1
        index = min(LAYER, most) if layer is None else whole("layer", layer, 0, most)
        maps = activations(request.run, modules)
        weight = matters(request.run, modules[index], place.to(request.device)) * 127.5
        image = request.image()
        return inside(image, maps, index, weight.cpu())

    def silence(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
        layer: int = 0,
        units: Sequence[int] = (),
        at: At | None = None,
    ) -> Silenced:
        """The picture without some units of a layer, and three other seeds without them.

        ``units``: numbers of units, any of the layer's. The picture carries how it was made in
        ``info``. Raises as ``generator`` does.
        """
        request = self._drawn(seed, model, label, truncation)
        modules = request.layers()
        index = whole("layer", layer, 0, len(modules) - 1)
        place = None if at is None else place_of(at, request.side)
        count = activations(request.run, [modules[index]])[0].shape[1]
        off = sorted({whole("unit", unit, 0, count - 1) for unit in units})
        before = request.pictures()
        with silenced(modules[index], off):
            after = request.pictures()
        was, now = to_images(before), to_images(after)
        point = request.points[0]
        made = settings_of(request.card, point, request.label, request.truncation)
        parameters = {**made.parameters, "layer": index, "units": off}
        settings = Settings(**{**made.model_dump(), "tab": "lab", "parameters": parameters})
        return Silenced(
            image=attach(now[0], settings),
            before=was[0],
            difference=difference(before[0], after[0]),
            change=change_of(before[0], after[0], None),
            there=None if place is None else change_of(before[0], after[0], place),
            others=tuple(zip(was[1:], now[1:], strict=True)),
        )

    def reach(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
    ) -> Saliency:
        """Which pixels of a picture move most when its latent moves a little.

        Raises as ``generator`` does.
        """
        request = self._drawn(seed, model, label, truncation)
        z, weights = request.inputs
        reach = latent_reach(request.network, z[:1], weights[:1])
        image = request.image()
        return Saliency(image, *shade(image, spread(reach)))

    def critic(
        self,
        seed: int | Point = 0,
        model: str = DEFAULT_MODEL,
        label: str | None = None,
        truncation: float = 1.0,
    ) -> Saliency:
        """Which pixels of a picture the model's critic goes by. Raises as ``generator`` does, and
        InputError for a model without a critic."""
        request = self._drawn(seed, model, label, truncation)
        critic = request.loaded.networks.get("critic")
        if critic is None:
            raise InputError("no_critic", model=model)
        picture, weights = request.pictures()[:1], request.inputs[1][:1]
        with torch.no_grad():
            score = float(critic(picture, weights))
        slopes = list(smooth_gradient(lambda x: critic(x, weights).sum(), picture))
        image = request.image()
        return Saliency(image, *shade(image, spread(slopes[-1])), score=score)

    def photo(
        self,
        photo: Image.Image,
        model: str = DEFAULT_SEGMENTER,
        layer: int = 0,
        at: At | None = None,
    ) -> Inside:
        """The layers of a segmenter's decoder that look at a photo, and the units of one of them.

        ``at``: what is seen of a large photo lies around it; without it, in the middle. Raises
        InputError, also for a network that cannot be looked into, PictureError or CardError.
        """
        card = self._card(model, "segmenter")
        return look(photo, card, self._networks(model), layer, at or (0.5, 0.5))

    def decides(
        self,
        photo: Image.Image,
        model: str = DEFAULT_SEGMENTER,
        at: At = (0.5, 0.5),
        label: str | None = None,
    ) -> Saliency:
        """Which pixels decide the label at a place; see ``decides_steps``."""
        return drain(self.decides_steps(photo, model, at, label))

    def decides_steps(
        self,
        photo: Image.Image,
        model: str = DEFAULT_SEGMENTER,
        at: At = (0.5, 0.5),
        label: str | None = None,
    ) -> Iterator[Step[Saliency]]:
        """Which pixels of a photo decide what a segmenter calls the place ``at``.

        ``label``: the class whose logit is asked about, or None for the one that is found there.
        Better with every step. Raises InputError, PictureError or CardError.
        """
        card = self._card(model, "segmenter")
        if label is not None and label not in card.classes:
            raise InputError("label", model=model, found=label, known=", ".join(card.classes))
        return saliency_steps(photo, card, self._networks(model), at, label)

    def _drawn(self, seed: int | Point, model: str, label: str | None, truncation: float) -> _Drawn:
        point = as_point(seed)
        truncation = real("truncation", truncation, 0.0, 1.0)
        card = self._card(model, "generator")
        if label is not None and label not in card.classes:
            raise InputError("label", model=model, found=label, known=", ".join(card.classes))
        index = seed_class(point.seed, len(card.classes))
        name = label or card.classes[index]
        return _Drawn(card, self._networks(model), point, name, truncation)


class _Drawn:
    """A picture of a generator, and three other seeds of its class."""

    def __init__(
        self, card: Card, loaded: Loaded, point: Point, label: str, truncation: float
    ) -> None:
        self.card, self.loaded, self.label, self.truncation = card, loaded, label, truncation
        others = [Point((point.seed + 1 + i) % (MAX_SEED + 1)) for i in range(OTHERS)]
        self.points = [point, *others]
        self.network: Any = loaded.networks["generator"]
        self.device, self.side = loaded.device, card.size
        one_hot = torch.eye(len(card.classes))[[card.classes.index(label)] * len(self.points)]
        z = latents(self.points, self.network, truncation)
        self.inputs = z.to(self.device), one_hot.to(self.device)

    def layers(self) -> list[Any]:
        return self.network.layers()

    def run(self) -> Tensor:
        """The picture alone, (1, 3, s, s)."""
        z, label = self.inputs
        return self.network(z[:1], label[:1])

    @torch.no_grad()
    def pictures(self) -> Tensor:
        """As the Sampler draws them, (4, 3, s, s)."""
        return draw(self.network, *(x.cpu() for x in self.inputs))

    def image(self) -> Image.Image:
        return to_images(self.pictures()[:1])[0]
