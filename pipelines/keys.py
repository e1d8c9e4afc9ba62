"""Key frames of a film: what they are, how they are checked, and how settings carry them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .cards import Card
from .checks import real
from .errors import InputError
from .latents import Point, as_point, seed_class
from .limits import MAX_KEYS, MAX_SHIFT, MAX_SHIFTS, MIN_KEYS
from .settings import Settings

if TYPE_CHECKING:
    from PIL.Image import Image

Shift = tuple[str, int, float]
NAMES = ("seed", "label", "path", "truncation", "shifts", "latent")


@dataclass(frozen=True)
class Key:
    """A key frame: a seed's picture, or the nearest one to a photo.

    ``label``: a class, or None for the one the seed stands for. ``path``: variations, see
    ``Point``. ``shifts``: (method, index, amount) along the model's latent directions, amounts in
    standard deviations, -5 to 5. ``photo``: a picture to be inverted, with a model that has an
    encoder; ``latent`` is what that gave, and takes the seed's place.
    """

    seed: int = 0
    label: str | None = None
    path: tuple[tuple[float, int], ...] = ()
    truncation: float = 1.0
    shifts: tuple[Shift, ...] = ()
    photo: Image | None = None
    latent: tuple[float, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """What settings carry; a latent as float16 in base64. The photo itself is left out."""
        entries: dict[str, Any] = {"seed": self.seed, "label": self.label}
        if self.path:
            entries["path"] = [list(step) for step in self.path]
        if self.truncation != 1:
            entries["truncation"] = self.truncation
        if self.shifts:
            entries["shifts"] = [list(shift) for shift in self.shifts]
        if self.latent is not None:
            raw = np.asarray(self.latent, np.float16).tobytes()
            entries["latent"] = base64.b64encode(raw).decode()
        return entries


def film_settings(
    model: str,
    weights: str,
    keys: Sequence[Key],
    frames: int,
    method: str,
    easing: str = "linear",
    loop: bool = False,
) -> Settings:
    """What makes a film again; photos travel as their latents.

    ``weights``: the hash of the model's. ``frames``: per leg.
    """
    return Settings(
        tab="morph",
        model=model,
        weights=weights,
        seed=keys[0].seed,
        parameters={
            "keys": [key.to_json() for key in keys],
            "frames": frames,
            "method": method,
            "easing": easing,
            "loop": loop,
        },
    )


AnyKey = int | Point | Key | Settings | Mapping[str, Any]


def as_key(value: AnyKey, card: Card) -> Key:
    """A checked key of a model, its class filled in.

    ``value``: a seed, a Point, a Key, what ``Key.to_json`` gives, or the Settings of a picture
    made in Generate. Raises InputError.
    """
    key = _read(value, card)
    point = as_point(Point(key.seed, key.path))
    label = key.label
    if label is None and key.photo is None:
        label = card.classes[seed_class(point.seed, len(card.classes))]
    if label is not None and label not in card.classes:
        raise InputError("label", model=card.id, found=label, known=", ".join(card.classes))
    if key.photo is not None and "encoder" not in card.networks:
        raise InputError("encoder", model=card.id)
    return replace(
        key,
        seed=point.seed,
        path=point.path,
        label=label,
        truncation=real("truncation", key.truncation, 0.0, 1.0),
        shifts=_shifts(key.shifts, card),
        latent=_latent(key.latent, card),
    )


def as_keys(values: Sequence[AnyKey], card: Card, least: int = MIN_KEYS) -> list[Key]:
    """Checked keys; their number is checked first. Raises InputError."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise InputError("keys", found=values, least=least, most=MAX_KEYS)
    if not least <= len(values) <= MAX_KEYS:
        raise InputError("keys", found=len(values), least=least, most=MAX_KEYS)
    return [as_key(value, card) for value in values]


def _read(value: AnyKey, card: Card) -> Key:
    if isinstance(value, Key):
        return value
    if isinstance(value, Point):
        return Key(value.seed, path=value.path)
    if isinstance(value, Settings):
        if value.model != card.id:
            raise InputError("key_model", found=value.model, model=card.id)
        entries: Any = {**value.parameters, "seed": value.seed}
        return _read(entries["keys"][0] if entries.get("keys") else entries, card)
    if isinstance(value, Mapping):
        entries = {name: value[name] for name in NAMES if value.get(name) is not None}
        if (model := value.get("model")) not in (None, "", card.id):
            raise InputError("key_model", found=model, model=card.id)
        return Key(**entries)
    return Key(as_point(value).seed)


def _shifts(shifts: Any, card: Card) -> tuple[Shift, ...]:
    known = card.directions
    if isinstance(shifts, str) or not isinstance(shifts, Sequence) or len(shifts) > MAX_SHIFTS:
        raise InputError("shift", found=shifts, most=MAX_SHIFT)
    if shifts and known is None:
        raise InputError("directions", model=card.id)
    checked: list[Shift] = []
    for shift in shifts:
        try:
            method, index, amount = shift
            amount = real("shift", amount, -MAX_SHIFT, MAX_SHIFT)
            if known is None or method not in known.methods:
                raise ValueError(method)
            if isinstance(index, bool) or int(index) != index or not 0 <= index < known.count:
                raise ValueError(index)
        except (TypeError, ValueError, OverflowError, InputError) as error:
            raise InputError("shift", found=shift, most=MAX_SHIFT) from error
        checked.append((method, int(index), amount))
    return tuple(checked)


def _latent(latent: Any, card: Card) -> tuple[float, ...] | None:
    """A latent as numbers, from numbers or from base64; rounded to float16 as settings are."""
    if latent is None:
        return None
    length = card.networks["generator"].config.get("latent_dim")
    try:
        if isinstance(latent, str):
            values = np.frombuffer(base64.b64decode(latent, validate=True), np.float16)
        else:
            values = np.asarray(latent, np.float16)
    except (TypeError, ValueError, binascii.Error) as error:
        raise InputError("latent", found=latent, model=card.id) from error
    if values.shape != (length,) or not np.isfinite(values).all():
        raise InputError("latent", found=f"{values.size} numbers", model=card.id)
    return tuple(float(value) for value in values)
