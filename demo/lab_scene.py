"""Which picture the Lab looks into, and how: what its page, its links and its PNGs have in
common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipelines.checks import real, whole
from pipelines.errors import InputError
from pipelines.limits import MAX_SEED

from .lab_pictures import Place
from .menus import ANY
from .page import Settings

if TYPE_CHECKING:
    from pipelines import Inside
    from pipelines.cards import Card

TAB_ID = "lab"
MOST_LAYERS, MOST_UNITS = 99, 99_999  # in a link; the network knows better


@dataclass(frozen=True, eq=False)
class Scene:
    """What is on the page. ``asked``: model, label, seed, truncation and path; ``at``: the place
    that was clicked; ``layer``: None before one was chosen; ``off``: its silent units."""

    asked: tuple[Any, ...]
    view: str = "units"
    layer: int | None = None
    at: Place = None
    off: tuple[int, ...] = ()
    inside: Inside | None = None

    def request(self) -> dict[str, Any]:
        """The picture, as the Explainer takes it. Raises InputError."""
        from pipelines.latents import consecutive

        model, label, seed, truncation, path = self.asked
        (point,) = consecutive(seed, path=path or ())
        wanted = None if label in (ANY, None, "") else label
        return {"seed": point, "model": model, "label": wanted, "truncation": truncation}

    def link(self) -> dict[str, Any]:
        """Parameters of a link; lists are JSON there."""
        names = ("model", "label", "seed", "truncation", "path")
        return {
            **dict(zip(names, self.asked, strict=True)),
            "layer": self.layer or 0,
            "units": list(self.off),
        }


def scene_of(card: Card, seed: Any, given: Settings) -> Scene:
    """What a link or a PNG asks for. Raises InputError."""
    label = given.get("label") or ANY
    if label not in (*card.classes, ANY):
        raise InputError("label", model=card.id, found=label, known=", ".join(card.classes))
    units = given.get("units") or []
    if not isinstance(units, list):
        raise InputError("unit", found=units, most=MOST_UNITS)
    layer = given.get("layer")
    asked = (
        card.id,
        label,
        whole("seed", seed, 0, MAX_SEED),
        real("truncation", given.get("truncation", 1.0), 0.0, 1.0),
        given.get("path") or [],
    )
    return Scene(
        asked=asked,
        layer=None if layer is None else whole("layer", layer, 0, MOST_LAYERS),
        off=tuple(whole("unit", unit, 0, MOST_UNITS) for unit in units),
    )
