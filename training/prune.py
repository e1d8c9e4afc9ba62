"""What a segmenter can do without: ``python -m training.prune --id streets --data streets.zip
--keep 96``, after its export.

The coarsest step of the decoder holds more than a third of the weights. Channels of its two
convolutions are left out one by one, each time the one that the next layer misses least when its
other weights make up for it (Hassibi and Stork 1993, "Optimal Brain Surgeon", for channels
and layers as in He et al. 2017, "Channel Pruning"): both have an exact answer, a least-squares fit
to what that layer got before on training pictures. Nothing is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipelines.cards import Loaded
from pipelines.networks.unet import Unet
from pipelines.tiles import tiled
from training.cli import SettingError, run
from training.data import spread
from training.retouch import as_shown, retouch, unet
from training.segment_data import Labelled

RIDGE = 1e-4  # of the mean square of what a layer sees: keeps refitted weights small
TAPS = 9  # of a kernel of 3 x 3
STEP, NEXT = "net.decoder.blocks.0", "net.decoder.blocks.1"


@dataclass(frozen=True)
class PruneConfig:
    """A segmenter that is installed, and its data."""

    id: str
    data: str
    """The zip or folder that it was trained on."""
    keep: int
    """Channels that the coarsest step of the decoder is left with."""
    pictures: int = 120
    """Training pictures that are looked at, spread evenly."""
    weights: Path = Path("weights")


@torch.inference_mode()
def moments(loaded: Loaded, data: Labelled, pictures: int, convs: Sequence[str]) -> list[Tensor]:
    """What convolutions of 3 x 3 see as the app shows pictures to their network.

    For each the mean of the outer product of the patches of its input with themselves, channel
    after channel, and a 1 at their end: float64 (9 c + 1, 9 c + 1).
    """
    network = unet(loaded)
    sums: dict[str, Tensor] = {}

    def look(name: str):
        def hook(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            rows = F.unfold(given[0].float(), 3, padding=1).transpose(1, 2).flatten(0, 1)
            rows = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
            product = (rows.T @ rows).double()
            sums[name] = sums[name] + product if name in sums else product

        return hook

    hooks = [network.get_submodule(name).register_forward_pre_hook(look(name)) for name in convs]
    try:
        for picture in as_shown(loaded.card, data, spread(len(data), pictures)):
            for _ in tiled(network, picture):
                pass
    finally:
        for hook in hooks:
            hook.remove()
    return [sums[name] / sums[name][-1, -1] for name in convs]


def refit(weight: Tensor, seen: Tensor, keep: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Weights (o, len(keep), 3, 3) on some channels, and offsets (o,), that come nearest to those
    on all, (o, c, 3, 3), for what the layer sees (``moments``)."""
    rows = _rows(keep, seen)
    target = F.pad(weight.double().flatten(1), (0, 1))
    fit = torch.linalg.solve(_ridged(seen, rows), seen[rows] @ target.T).T
    shape = (len(weight), len(keep), *weight.shape[2:])
    return fit[:, :-1].reshape(shape).to(weight.dtype), fit[:, -1].to(weight.dtype)


def choose(weight: Tensor, seen: Tensor, candidates: Sequence[int], count: int) -> list[int]:
    """The ``count`` of the channels ``candidates`` with which the layer, refitted, comes nearest to
    what it got from all; channels that are no candidates stay."""
    keep = list(candidates)
    others = sorted(set(range(weight.shape[1])) - set(candidates))
    target = F.pad(weight.double().flatten(1), (0, 1))
    while len(keep) > count:
        rows = _rows([*keep, *others], seen)
        inverse = torch.linalg.inv(_ridged(seen, rows))
        fit = (inverse @ (seen[rows] @ target.T)).T
        costs = []
        for at in range(0, TAPS * len(keep), TAPS):
            part = fit[:, at : at + TAPS]
            block = inverse[at : at + TAPS, at : at + TAPS]
            costs.append(float((part * torch.linalg.solve(block, part.T).T).sum()))
        # One at a time: of two that say the same each can go, but not both.
        del keep[int(np.argmin(costs))]
    return keep


def _rows(channels: Sequence[int], seen: Tensor) -> Tensor:
    """Where the patches of these channels, and the 1, stand in a row."""
    return torch.tensor([TAPS * c + i for c in channels for i in range(TAPS)] + [len(seen) - 1])


def _ridged(seen: Tensor, rows: Tensor) -> Tensor:
    part = seen[rows][:, rows]
    return part + torch.eye(len(part), dtype=part.dtype) * RIDGE * part.diagonal().mean()


def prune(loaded: Loaded, data: Labelled, keep: int, pictures: int) -> Unet:
    """The same network with ``keep`` channels in the coarsest step of its decoder.

    Raises SettingError with a sentence.
    """
    network = unet(loaded)
    width = network.config.decoder[0]
    if not 8 <= keep < width:
        raise SettingError(f"--keep is 8 to {width - 1} for {loaded.card.id}, not {keep}")
    convs = (f"{STEP}.conv2.0", f"{NEXT}.conv1.0")
    state = dict(network.state_dict())
    for name, seen in zip(convs, moments(loaded, data, pictures, convs), strict=True):
        norm = name[:-1] + "1"
        weight = state[f"{name}.weight"]
        # What counts is what the normalisation behind it leaves of a difference.
        deviation = (state[f"{norm}.running_var"] + network.get_submodule(norm).eps).sqrt()
        gain = (state[f"{norm}.weight"] / deviation)[:, None, None, None]
        chosen = choose(weight * gain, seen, range(width), keep)
        fit, offset = refit(weight, seen, [*chosen, *range(width, weight.shape[1])])
        state[f"{name}.weight"] = fit
        state[f"{norm}.running_mean"] = state[f"{norm}.running_mean"] - offset
        before = f"{STEP}.conv1" if name == convs[0] else f"{STEP}.conv2"
        for key in ("0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var"):
            state[f"{before}.{key}"] = state[f"{before}.{key}"][chosen]
    smaller = Unet(replace(network.config, decoder=(keep, *network.config.decoder[1:])))
    smaller.load_state_dict(state)
    return smaller.eval()


def main(config: PruneConfig) -> None:
    """Prune, measure and replace a model.

    Raises SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """

    def change(loaded: Loaded, training: Labelled) -> tuple[Unet, str]:
        smaller = prune(loaded, training, config.keep, config.pictures)
        words = (
            f"Then training.prune, on training pictures, left {config.keep} of"
            f" {unet(loaded).config.decoder[0]} channels in the coarsest step of the decoder."
        )
        return smaller, words

    retouch(config.id, config.data, config.weights, change)


if __name__ == "__main__":
    run("training.prune", PruneConfig, main)
