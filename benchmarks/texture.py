"""Seconds per texture: the Texturer, out of a picture and out of a model."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from pipelines import Studio, Texturer
from pipelines.cards import Loaded
from pipelines.networks.texturist import NOISE, STRIDE

from .memory import peak_of
from .segment import picture
from .tables import medians, show

SAMPLE = (128, 128)
SIZES = ((512, 512), (2048, 2048))
LARGE = 1_000_000  # pixels from which two repeats must do


def times(size: tuple[int, int], repeats: int) -> int:
    return 2 if size[0] * size[1] > LARGE else repeats


@torch.inference_mode()
def bare_pass(loaded: Loaded, size: tuple[int, int]) -> None:
    """What any use of the network costs: one float32 pass over the whole canvas."""
    network: Any = loaded.networks["texture"]
    down, right = (-(-side // STRIDE) for side in size[::-1])
    noise = [
        torch.zeros(1, NOISE, down * 2**i, right * 2**i, device=loaded.device)
        for i in range(len(network.config.widths))
    ]
    phases = torch.zeros(1, network.config.waves, device=loaded.device)
    network(noise, phases, torch.zeros(1, network.config.code, device=loaded.device))
    if loaded.device.type == "cuda":
        torch.cuda.synchronize()


def quilting(studio: Studio, repeats: int) -> None:
    """Print the table of textures out of a picture."""
    sample, rows = picture(*SAMPLE), []
    for size in SIZES:
        work = partial(studio.get(Texturer), sample, size=size)
        (seconds,) = medians(times(size, repeats), work)
        peak = peak_of(
            "from pipelines import Studio, Texturer;"
            "from benchmarks.segment import picture;"
            f"Studio('cpu').get(Texturer)(picture(*{SAMPLE}), size={size})"
        )
        rows.append([f"{size[0]}x{size[1]}", f"{seconds:.2f}", f"{peak:.2f}"])
    show(
        f"Quilting a seamless texture from a picture of {SAMPLE[0]}x{SAMPLE[1]}, in seconds",
        ["texture", "Texturer", "peak GB"],
        rows,
    )


def measure(studio: Studio, folders: list[str], repeats: int) -> None:
    """Print the tables: quilting, and every texture network that is installed."""
    quilting(studio, repeats)
    models = [card.id for card in studio.cards("texture")]
    if not models:
        print("\nNo texture network is installed, so none is measured.")
    for model in models:
        loaded, rows = studio.network(model), []
        for size in SIZES:
            ours, bare = medians(
                times(size, repeats),
                partial(studio.get(Texturer), size=size, model=model),
                partial(bare_pass, loaded, size),
            )
            peak = peak_of(
                "from pipelines import Studio, Texturer;"
                f"Studio('cpu', {folders!r}).get(Texturer)(size={size}, model={model!r})"
            )
            rows.append([f"{size[0]}x{size[1]}", f"{ours:.2f}", f"{bare:.2f}", f"{peak:.2f}"])
        show(
            f"{model}: drawing a seamless texture on {studio.device}, in seconds; a bare pass is"
            "\nthe same network over the whole canvas at once.",
            ["texture", "Texturer", "bare pass", "peak GB"],
            rows,
        )
