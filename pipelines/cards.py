"""A model's card: what it is, what trained it, how good it is, and how to load it safely.

A card is ``<id>.json`` beside ``<id>.safetensors``. The tensors of each network stand under the
name of its role, ``generator/project.weight`` for example. Only reading happens here; the one
writer is ``training/export.py``. Nothing imports torch before weights are loaded.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import CardError

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn


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
    holdout: float = Field(default=0.1, ge=0, lt=1)
    """Fraction of every class that was never trained on."""


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


class Directions(_Frozen):
    """Latent directions of a generator, in ``<id>.directions.safetensors``.

    Per method a tensor of its name, (count, latent_dim) with orthonormal rows, the most telling
    first, and ``<method>.scale``, (count,): the step that counts as 1.
    """

    methods: tuple[Literal["ganspace", "sefa"], ...] = Field(min_length=1)
    count: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)
    command: str
    weights: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Hash of the weights they were found in; of other weights they mean nothing."""


class Segmenting(_Frozen):
    """What a segmenter needs beside its network."""

    colors: tuple[Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")], ...] = Field(min_length=1)
    """One per class, for overlays and legends."""
    outputs: tuple[Annotated[int, Field(ge=0)], ...] = Field(min_length=1)
    """Class of each of the network's outputs: it may know more than it shows, such as the rims
    that keep touching objects apart."""
    long_side: tuple[int, int] | None = None
    """Pixels: the picture's longer side is brought between these two; None: native pixels."""
    zoom: float = Field(default=1.0, gt=0, le=8)
    """How many times larger than its pixels a picture is seen, as far as its size allows."""
    closer: float | None = Field(default=None, gt=0, le=8)
    """The same of a small picture, as far as one pass then still sees all of it; None: ``zoom``."""
    counts: str | None = None
    """The class whose objects are counted one by one."""


class Completing(_Frozen):
    """What a network that fills holes needs beside itself."""

    side: int = Field(gt=0)
    """Pixels of the longer side of what it is given at most; larger surroundings of a hole are
    made smaller first."""
    reach: int = Field(gt=0)
    """Pixels that a hole may be wide in what it is given; wider ones are made smaller first."""
    wide: int | None = Field(default=None, gt=0)
    """Pixels that wider ones are made, unless they reach the picture's border; None: ``reach``."""
    steps: int | None = Field(default=None, gt=0, le=1000)
    """Sampling steps unless asked otherwise; None: it needs one pass."""
    strength: float = Field(default=1.0, gt=0, le=1)
    """How noisy a guess is made before it is made better; 1: noise alone."""
    guess: str | None = None
    """Id of the completion model whose guess it makes better; None: a smooth fill."""
    guess_weights: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Hash of that model's weights: beside others it would be another model."""


class Styling(_Frozen):
    """What a style network needs beside itself."""

    side: int = Field(gt=0)
    """Pixels of the shorter side of a style when it is looked at."""
    thumbnails: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    """Hash of ``<id>.thumbnails.webp``, see ``pipelines.thumbnails``; empty: it has none."""


class Card(_Frozen):
    """Everything that is known about a model."""

    version: Literal[1]
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    tool: Literal["generator", "segmenter", "completion", "diffusion", "style", "texture"]
    name: str
    summary: str
    size: int = Field(gt=0)
    """Side of the pictures in pixels; of a segmenter, of the crops it was trained on."""
    classes: tuple[str, ...]
    networks: dict[str, NetworkSpec]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(gt=0)
    data: Data
    recipe: Recipe
    quality: tuple[Measurement, ...]
    terms: str
    directions: Directions | None = None
    segmenting: Segmenting | None = None
    completing: Completing | None = None
    styling: Styling | None = None


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
    if found := _misuse(card):
        raise CardError("card_invalid", model=model, found=found)
    return card


def _misuse(card: Card) -> str | None:
    """What is wrong with how a model says it is used."""
    fills = card.tool in ("completion", "diffusion")
    if fills and card.completing is None:
        return "completing: missing"
    if card.tool == "style" and card.styling is None:
        return "styling: missing"
    if not fills and card.tool != "style" and not card.classes:
        return "classes: none"
    how = card.segmenting
    if how is None:
        return "segmenting: missing" if card.tool == "segmenter" else None
    if len(how.colors) != len(card.classes):
        return f"segmenting: {len(how.colors)} colors for {len(card.classes)} classes"
    if set(how.outputs) != set(range(len(card.classes))):
        return "segmenting: outputs do not name every class"
    if how.counts not in (None, *card.classes):
        return f"segmenting: counts: no class {how.counts}"
    if how.long_side and not 0 < how.long_side[0] <= how.long_side[1]:
        return "segmenting: long_side: from the smaller to the larger"
    return None


def load(path: Path, device: torch.device) -> Loaded:
    """Load the model whose card is ``path``, strictly: hash, names, shapes, nothing left over.

    Raises CardError. Tensors are stored in float16 and computed with in float32.
    """
    card = read_card(path)
    tensors = _tensors(card.id, path.with_suffix(".safetensors"), card.sha256)
    roles = {key.split("/", 1)[0] for key in tensors}
    if strangers := roles - card.networks.keys():
        found = f"unknown network {sorted(strangers)[0]}"
        raise CardError("weights_mismatch", model=card.id, found=found)
    networks = {
        role: _build(card, role, spec, tensors, device) for role, spec in card.networks.items()
    }
    return Loaded(card, networks, device)


def load_directions(path: Path, device: torch.device) -> dict[str, Tensor]:
    """The latent directions of the model whose card is ``path``; see ``Directions``.

    Empty when the card has none, or has those of other weights. Raises CardError.
    """
    card = read_card(path)
    known = card.directions
    if known is None or known.weights != card.sha256:
        return {}
    file = path.with_suffix(".directions.safetensors")
    tensors = _tensors(card.id, file, known.sha256)
    length = card.networks[card.tool].config.get("latent_dim")
    shapes: dict[str, tuple[Any, ...]] = {}
    for name in known.methods:
        shapes |= {name: (known.count, length), f"{name}.scale": (known.count,)}
    if {name: tuple(t.shape) for name, t in tensors.items()} != shapes:
        found = f"{file.name} does not hold {', '.join(known.methods)}"
        raise CardError("weights_mismatch", model=card.id, found=found)
    return {name: tensor.float().to(device) for name, tensor in tensors.items()}


def _tensors(model: str, file: Path, sha256: str) -> dict[str, Tensor]:
    """What a safetensors file holds, after its hash was checked."""
    from safetensors import SafetensorError
    from safetensors.torch import load as parse

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CardError("weights_missing", model=model, found=file.name) from error
    digest = hashlib.sha256(raw).hexdigest()
    if digest != sha256:
        raise CardError("weights_hash", model=model, found=digest[:12], expected=sha256[:12])
    try:
        return parse(raw)
    except SafetensorError as error:
        raise CardError("weights_mismatch", model=model, found=error) from error


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
    if card.segmenting and role == card.tool and config.outputs != len(card.segmenting.outputs):
        found = f"segmenting: {len(card.segmenting.outputs)} outputs, but {config.outputs}"
        raise CardError("card_invalid", model=card.id, found=found)
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
