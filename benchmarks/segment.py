"""Seconds per picture: the Segmenter against bare passes of its network on the same pixels."""

from __future__ import annotations

import copy
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gradio_client import Client, handle_file
from PIL import Image
from torch import nn

from pipelines import Segmenter, Studio
from pipelines.tiles import TILE, WHOLE, working_size

from .memory import peak_of
from .server import serve
from .tables import medians, show

SIZES = ((512, 512), (1024, 1024), (4000, 3000))
SLOW = 4_000_000  # pixels from which two repeats must do


def picture(width: int, height: int) -> Image.Image:
    """Soft noise: the work does not depend on what is seen."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (height // 16, width // 16, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


@torch.inference_mode()
def bare_passes(network: nn.Module, size: tuple[int, int], device: torch.device) -> None:
    """What any use of the network costs: float32 passes over so many pixels, side by side."""
    width, height = (-(-side // 32) * 32 for side in size)
    side = max(width, height) if width * height <= WHOLE else TILE
    for top in range(0, height, side):
        for left in range(0, width, side):
            shape = (min(side, height - top), min(side, width - left))
            network(torch.zeros(1, 3, *shape, device=device))
    if device.type == "cuda":
        torch.cuda.synchronize()


def peak_memory(model: str, width: int, height: int, folders: list[str]) -> float:
    """Gigabytes resident at most, in a process of its own that segments one picture."""
    return peak_of(
        "from pipelines import Segmenter, Studio;"
        "from benchmarks.segment import picture;"
        f"Studio('cpu', {folders!r}).get(Segmenter)(picture({width}, {height}), model={model!r})"
    )


def added_by_the_app(studio: Studio, model: str, folders: list[str], repeats: int) -> None:
    """Print what a request through the page's endpoint takes beside the bare pipeline."""
    command = ["app.py", *(part for folder in folders for part in ("--weights", folder))]
    rows = []
    with serve(command) as server, tempfile.TemporaryDirectory() as folder:
        server.wait_for_page()
        client = Client(server.url, verbose=False, download_files=False)
        for width, height in SIZES[:2]:
            photo = picture(width, height)
            path = Path(folder) / "photo.png"
            photo.save(path)
            ours, bare = medians(
                repeats,
                partial(client.predict, photo=handle_file(path), model=model, api_name="/segment"),
                partial(studio.get(Segmenter), photo, model=model),
            )
            rows.append([f"{width}x{height}", f"{ours:.2f}", f"{bare:.2f}", f"{ours - bare:.2f}"])
        peak = server.peak / 1e9
    show(
        f"/segment of the app with {model}, in seconds (its peak: {peak:.2f} GB)",
        ["picture", "/segment", "bare pipeline", "added by the app"],
        rows,
    )


def measure(studio: Studio, folders: list[str], repeats: int) -> None:
    """Print the table of every segmenter that is installed."""
    models = [card.id for card in studio.cards("segmenter")]
    for model in models:
        loaded = studio.network(model)
        how = loaded.card.segmenting
        assert how
        # In PyTorch's default layout, as smp.Unet comes.
        plain: Any = copy.deepcopy(loaded.networks["segmenter"].net)
        plain.to(memory_format=torch.contiguous_format)
        rows = []
        for width, height in SIZES:
            photo = picture(width, height)
            seen = working_size(photo.size, how.long_side, how.zoom, 1.0, how.closer)
            times = 2 if seen[0] * seen[1] > SLOW else repeats
            ours, bare = medians(
                times,
                partial(studio.get(Segmenter), photo, model=model),
                partial(bare_passes, plain, seen, loaded.device),
            )
            peak = peak_memory(model, width, height, folders)
            rows.append(
                [
                    f"{width}x{height}",
                    f"{seen[0]}x{seen[1]}",
                    f"{ours:.2f}",
                    f"{bare:.2f}",
                    f"{ours - bare:+.2f}",
                    f"{peak:.2f}",
                ]
            )
        show(
            f"{model}: segmenting on {studio.device}, in seconds; bare passes are the same network"
            "\non as many pixels in eager float32, without decoding, blending or labels.",
            ["picture", "seen at", "Segmenter", "bare passes", "difference", "peak GB"],
            rows,
        )
    if models:
        added_by_the_app(studio, models[0], folders, repeats)
