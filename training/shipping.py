"""Into ``weights/`` and nowhere else: tensors in float16 and the card beside them.

Only ``training.export`` and ``training.evaluate`` come here.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save
from torch import Tensor, nn

from pipelines.cards import Card, Measurement, NetworkSpec, read_card
from pipelines.networks import NETWORKS
from training.cli import SettingError
from training.state import write_atomically


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
