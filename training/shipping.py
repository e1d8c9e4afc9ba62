"""Into ``weights/`` and nowhere else: tensors in float16 and the card beside them.

Only ``training.export``, ``training.evaluate``, ``training.mean`` and, by way of
``training.retouch``, ``training.calibrate`` and ``training.prune`` come here.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from safetensors.torch import save
from torch import Tensor, nn

from pipelines.cards import Card, Data, Measurement, NetworkSpec, Recipe, read_card
from pipelines.networks import NETWORKS
from training.cli import SettingError
from training.descriptions import Description
from training.state import write_atomically

Quality = tuple[Measurement, ...]


@dataclass(frozen=True)
class Model:
    """What a run has made, ready to ship."""

    id: str
    tool: Literal["generator", "segmenter", "completion", "diffusion", "style", "texture"]
    networks: dict[str, nn.Module]
    """By role; what the file holds."""
    size: int
    classes: Sequence[str]
    pictures: int
    """That it was trained on."""
    holdout: float
    command: str
    images: int
    minutes: float
    device: str
    notes: str = ""
    """What the command does not say about the run."""


def ship(
    model: Model,
    words: Description,
    weights: Path,
    measure: Callable[[Path], Quality],
    **how: Any,
) -> Card:
    """Write the model and its card into ``weights``; returns the card.

    ``measure`` gets the path of a card without figures beside weights as they will be, and may
    refuse them; only what it accepted replaces what was there. ``how``: further parts of the card.
    Raises SettingError, and whatever ``measure`` raises.
    """
    raw = pack(model.networks)
    card = Card(
        version=1,
        id=model.id,
        tool=model.tool,
        name=words.name,
        summary=words.summary,
        size=model.size,
        classes=tuple(model.classes),
        networks={role: spec_of(network) for role, network in model.networks.items()},
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        data=Data(
            name=words.data,
            source=words.source,
            terms=words.data_terms,
            pictures=model.pictures,
            holdout=model.holdout,
        ),
        recipe=Recipe(
            command=model.command,
            images=model.images,
            minutes=round(model.minutes, 1),
            device=model.device,
            notes=model.notes,
        ),
        quality=(),
        terms=words.terms,
        **how,
    )
    return _installed(card, raw, weights, measure)


def reship(
    card: Card, networks: dict[str, nn.Module], weights: Path, measure: Callable[[Path], Quality]
) -> Card:
    """Write a shipped model again whose weights have changed; returns its new card.

    ``measure`` as for ``ship``. Raises SettingError, and whatever ``measure`` raises.
    """
    raw = pack(networks)
    sha256 = hashlib.sha256(raw).hexdigest()
    changed = card.model_copy(update={"sha256": sha256, "bytes": len(raw), "quality": ()})
    return _installed(changed, raw, weights, measure)


def _installed(card: Card, raw: bytes, weights: Path, measure: Callable[[Path], Quality]) -> Card:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"{card.id}.json"
        path.with_suffix(".safetensors").write_bytes(raw)
        write_card(path.parent, card)
        card = card.model_copy(update={"quality": measure(path)})
    install(weights, card, raw)
    return card


def spec_of(network: nn.Module) -> NetworkSpec:
    """How a card names a network."""
    name = next(name for name, kind in NETWORKS.items() if kind.module is type(network))
    config = json.loads(json.dumps(asdict(network.config)))  # type: ignore[arg-type]
    return NetworkSpec(architecture=name, config=config)  # as it will be read again


def pack(networks: dict[str, nn.Module]) -> bytes:
    """Safetensors with keys ``<role>/<name>``, floating tensors in float16.

    Raises SettingError when a weight is not finite, or is too large for float16.
    """
    tensors: dict[str, Tensor] = {}
    for role, network in networks.items():
        for name, tensor in network.state_dict().items():
            value = tensor.detach().cpu()
            value = value.half() if value.is_floating_point() else value
            if not value.isfinite().all():
                raise SettingError(f"{role}/{name} holds values that float16 cannot: not exported")
            tensors[f"{role}/{name}"] = value.contiguous()
    return save(tensors)


def write_card(folder: Path, card: Card) -> None:
    """Write the card of a model, replacing the one there at once."""
    text = card.model_dump_json(indent=2) + "\n"
    write_atomically(folder / f"{card.id}.json", text.encode())


def rewrite_quality(folder: Path, model: str, quality: tuple[Measurement, ...]) -> None:
    """Put new figures into a card that is there."""
    card = read_card(folder / f"{model}.json")
    write_card(folder, card.model_copy(update={"quality": quality}))


def install(folder: Path, card: Card, raw: bytes) -> None:
    """Put a model into a folder of weights, replacing the one of that id."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{card.id}.safetensors", raw)
    write_card(folder, card)
