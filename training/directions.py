"""Find what a generator's latent directions do: ``python -m training.directions --id scenes``.

Two ways, neither of which needs labels or training. GANSpace (Harkonen et al. 2020): principal
components of an early layer's activations, carried back to the latent by regression. SeFa (Shen
and Zhou 2021): the latent directions that the first layer amplifies most. The directions are
stored beside the weights, with a scale each: how far latents usually lie along it.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from pipelines.cards import Directions, Loaded, load
from pipelines.device import noise
from pipelines.networks.dcgan import Generator
from pipelines.networks.glu import GluGenerator
from training.cli import SettingError, run
from training.shipping import write_card
from training.state import write_atomically

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DirectionsConfig:
    """Compute the latent directions of a shipped generator and store them beside its weights."""

    id: str
    weights: Path = Path("weights")
    count: int = 12
    """Directions kept per method, the most telling first."""
    samples: int = 8_000
    """Latents that GANSpace looks at."""


def entrance(generator: nn.Module) -> Tensor:
    """Weights of the layer that the latent enters, (out, latent_dim)."""
    if isinstance(generator, GluGenerator):
        layer = generator.start
    elif isinstance(generator, Generator):
        layer = generator.project
    else:
        raise SettingError(f"it is not known where the latent enters a {type(generator).__name__}")
    return layer.weight.detach()[:, : generator.config.latent_dim]


def sefa(weight: Tensor, count: int) -> Tensor:
    """The ``count`` leading eigenvectors of A^T A for a first layer A (Shen and Zhou 2021, eq. 5).

    ``weight``: (out, latent_dim). Returns (count, latent_dim), orthonormal rows.
    """
    _, _, rows = torch.linalg.svd(weight.double(), full_matrices=False)
    return oriented(rows[:count]).float()


def ganspace(latents: Tensor, activations: Tensor, count: int) -> Tensor:
    """Latent directions of the principal components of activations (Harkonen et al. 2020, eq. 4).

    ``latents``: (n, d); ``activations``: (n, a). The regression of latents on components is made
    orthonormal in the components' order, since the page moves along several at once. Returns
    (count, d).
    """
    centred = activations.double() - activations.double().mean(0)
    with torch.random.fork_rng(devices=()):  # it starts from a random guess
        torch.manual_seed(0)
        _, _, components = torch.pca_lowrank(centred, min(count + 8, *centred.shape), niter=4)
    coordinates = centred @ components[:, :count]  # (n, count)
    solution = torch.linalg.lstsq(coordinates, latents.double()).solution  # (count, d)
    basis, _ = torch.linalg.qr(solution.T)  # (d, count): Gram-Schmidt, first to last
    return oriented(basis.T).float()


def oriented(rows: Tensor) -> Tensor:
    """Rows with their largest entry positive: a direction has no sign of its own."""
    largest = rows.gather(1, rows.abs().argmax(1, keepdim=True))
    return rows * largest.sign()


@torch.inference_mode()
def find(loaded: Loaded, count: int, samples: int) -> dict[str, Tensor]:
    """Directions and scales of a generator, as the file holds them, in float32 on the CPU.

    Raises SettingError when ``count`` is not below the length of the latent.
    """
    generator: Any = loaded.networks["generator"]
    length, classes = generator.config.latent_dim, generator.config.classes
    if not 1 <= count <= length or samples < 4 * length:
        raise SettingError(
            f"--count must be 1 to {length} for this latent, and --samples at least {4 * length}"
        )
    latents = generator.prior(noise(range(samples), length))
    labels = torch.eye(classes)[torch.arange(samples) % classes]
    activations: list[Tensor] = []
    # After the first layer and one stage: early enough for layout, late enough for a nonlinearity.
    early = generator.stages[0] if isinstance(generator, GluGenerator) else generator.ups[0]

    def keep(_m: nn.Module, _i: Any, output: Any) -> None:
        x = output[0] if isinstance(output, tuple) else output
        # Pooled to 4x4 and fewer numbers than a full map: a principal component of a whole map
        # would need more memory than it is worth.
        activations.append(nn.functional.adaptive_avg_pool2d(x, 4).flatten(1).cpu())

    handle = early.register_forward_hook(keep)
    try:
        for z, label in zip(latents.split(250), labels.split(250), strict=True):
            generator(z.to(loaded.device), label.to(loaded.device))
    finally:
        handle.remove()
    seen = torch.cat(activations)
    for index in range(classes):  # what tells the classes apart is no direction of the latent
        members = labels[:, index] > 0
        seen[members] -= seen[members].mean(0)
    found = {
        "ganspace": ganspace(latents, seen, count),
        "sefa": sefa(entrance(generator).cpu(), count),
    }
    scales = {f"{name}.scale": (latents @ rows.T).std(0) for name, rows in found.items()}
    return {name: tensor.contiguous() for name, tensor in {**found, **scales}.items()}


def store(config: DirectionsConfig) -> Directions:
    """Find the directions, write them beside the weights and their hash into the card.

    Raises SettingError or CardError.
    """
    path = config.weights / f"{config.id}.json"
    loaded = load(path, torch.device("cpu"))
    tensors = find(loaded, config.count, config.samples)
    raw = save(tensors)
    known = Directions(
        methods=("ganspace", "sefa"),
        count=config.count,
        sha256=hashlib.sha256(raw).hexdigest(),
        bytes=len(raw),
        command=f"python -m training.directions --id {config.id} --count {config.count}"
        f" --samples {config.samples}",
        weights=loaded.card.sha256,
    )
    write_atomically(path.with_suffix(".directions.safetensors"), raw)
    write_card(config.weights, loaded.card.model_copy(update={"directions": known}))
    return known


def main(config: DirectionsConfig) -> None:
    known = store(config)
    log.info("%d directions by %s stored", known.count, " and ".join(known.methods))


if __name__ == "__main__":
    run("training.directions", DirectionsConfig, main)
