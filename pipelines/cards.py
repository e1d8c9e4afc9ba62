"""A model's card: what it is, what trained it, how good it is, and how to load it safely.

A card is ``<id>.json`` beside ``<id>.safetensors``. The tensors of each network stand under the
name of its role, ``generator/project.weight`` for example. Only reading happens here; the one
writer is ``training/export.py``. Nothing imports torch before weights are loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import CardError

if TYPE_CHECKING:
    import torch
    from torch import nn


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkSpec(_Frozen):
    """An architecture of ``pipelines.networks.NETWORKS`` and its configuration."""

    architecture: str
    config: dict[str, Any]


class Data(_Frozen):
    """What the model was trained on."""

    name: str
    source: str
    terms: str
    pictures: int = Field(ge=0)


class Recipe(_Frozen):
    """How the model was trained, in enough words to repeat it."""

    command: str
    images: int = Field(ge=0)
    minutes: float = Field(ge=0)
    device: str
    notes: str = ""


class Measurement(_Frozen):
    """One figure and the protocol that gives it a meaning."""

    measure: str
    value: float
    better: Literal["lower", "higher"]
    protocol: str
    compare: dict[str, float] = {}
    """The same measure of something else: another recipe, real pictures, a blurred copy."""


class Card(_Frozen):
    """Everything that is known about a model."""

    version: Literal[1]
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    tool: Literal["generator"]
    name: str
    summary: str
    size: int = Field(gt=0)
    """Side of the pictures, in pixels."""
    classes: tuple[str, ...] = Field(min_length=1)
    networks: dict[str, NetworkSpec]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)
    data: Data
    recipe: Recipe
    quality: tuple[Measurement, ...]
    terms: str


@dataclass(frozen=True)
class Loaded:
    """A model in memory: its card, and its networks by role, in eval mode on one device."""

    card: Card
    networks: dict[str, nn.Module]
    device: torch.device


def read_card(path: Path) -> Card:
    """Read one card. Raises CardError with the first thing that is wrong with it."""
    model = path.stem
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CardError("card_missing", model=model, found=path.name) from error
    except UnicodeDecodeError as error:
        raise CardError("card_invalid", model=model, found="not UTF-8 text") from error
    try:
        card = Card.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        found = f"{where}: {first['msg']}" if where else first["msg"]
        raise CardError("card_invalid", model=model, found=found) from error
    if card.id != model:
        raise CardError("card_invalid", model=model, found=f"id: {card.id}")
    if card.tool not in card.networks:
        raise CardError("card_invalid", model=model, found=f"networks: no {card.tool}")
    return card


def load(path: Path, device: torch.device) -> Loaded:
    """Load the model whose card is ``path``, strictly: hash, names, shapes, nothing left over.

    Raises CardError. Tensors are stored in float16 and computed with in float32.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    card = read_card(path)
    file = path.with_suffix(".safetensors")
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CardError("weights_missing", model=card.id, found=file.name) from error
    digest = hashlib.sha256(raw).hexdigest()
    if digest != card.sha256:
        raise CardError("weights_hash", model=card.id, found=digest[:12], expected=card.sha256[:12])
    try:
        tensors = parse(raw)
    except SafetensorError as error:
        raise CardError("weights_mismatch", model=card.id, found=error) from error
    roles = {key.split("/", 1)[0] for key in tensors}
    if strangers := roles - card.networks.keys():
        found = f"unknown network {sorted(strangers)[0]}"
        raise CardError("weights_mismatch", model=card.id, found=found)
    networks = {
        role: _build(card, role, spec, tensors, device) for role, spec in card.networks.items()
    }
    return Loaded(card, networks, device)


def _build(
    card: Card, role: str, spec: NetworkSpec, tensors: dict[str, Any], device: torch.device
) -> nn.Module:
    from .networks import NETWORKS

    if spec.architecture not in NETWORKS:
        found = f"networks.{role}: unknown architecture {spec.architecture}"
        raise CardError("card_invalid", model=card.id, found=found)
    architecture = NETWORKS[spec.architecture]
    try:
        config = architecture.config(**spec.config)
        network = architecture.module(config)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        found = f"networks.{role}.config: {error}"
        raise CardError("card_invalid", model=card.id, found=found) from error
    if (classes := getattr(config, "classes", None)) not in (None, len(card.classes)):
        found = f"classes: {len(card.classes)}, but {classes} in networks.{role}"
        raise CardError("card_invalid", model=card.id, found=found)
    prefix = f"{role}/"
    own = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        # torch lists one problem a line after a headline.
        lines = str(error).splitlines()
        found = lines[1].strip() if len(lines) > 1 else lines[0]
        raise CardError("weights_mismatch", model=card.id, found=found) from error
    return network.to(device).eval().requires_grad_(False)
