"""Seconds per filled hole: the Inpainter against OpenCV and against bare passes of its network."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch

from pipelines import Inpainter, Studio
from pipelines.cards import Loaded
from pipelines.fillers import classical, completion, diffusion, tensors
from pipelines.inpainting import NETWORKS
from pipelines.patches import Patch, patches

from .memory import peak_of
from .segment import picture
from .tables import medians, show

# A hole of so many pixels in a picture of so many; the first is the one of the specification.
HOLES = (((256, 256), (512, 512)), ((64, 64), (4000, 3000)), ((600, 600), (4000, 3000)))
SLOW = 2  # repeats of what takes seconds


def hole(size: tuple[int, int], area: tuple[int, int]) -> np.ndarray:
    """A mask, bool (h, w), with a rectangle in its middle."""
    mask = np.zeros(size[::-1], bool)
    top, left = ((side - part) // 2 for side, part in zip(mask.shape, area[::-1], strict=True))
    mask[top : top + area[1], left : left + area[0]] = True
    return mask


@torch.inference_mode()
def bare_passes(loaded: Loaded, work: list[Patch], steps: int) -> None:
    """What any use of the network costs: passes over as many pixels, without all around them."""
    network: Any = loaded.networks[loaded.card.tool]
    for patch in work:
        width, height = patch.size
        x, mask = tensors(np.zeros((height, width, 3)), np.zeros((height, width), bool), loaded)
        more = (torch.zeros(1, device=loaded.device),) if loaded.card.tool == "diffusion" else ()
        for _ in range(steps):
            network(*((x, x) if more else (x,)), mask, *more)
    if loaded.device.type == "cuda":
        torch.cuda.synchronize()


def opencv(image: np.ndarray, mask: np.ndarray, work: list[Patch]) -> None:
    """Telea on the parts of the picture that the network looks at, as large as they are."""
    import cv2

    for patch in work:
        left, top, right, bottom = patch.box
        part = np.ascontiguousarray(image[top:bottom, left:right])
        cv2.inpaint(part, mask[top:bottom, left:right].astype(np.uint8), 4, cv2.INPAINT_TELEA)


def peak_memory(
    method: str, size: tuple[int, int], area: tuple[int, int], folders: list[str]
) -> float:
    """Gigabytes resident at most, in a process of its own that fills one hole."""
    return peak_of(
        "from pipelines import Inpainter, Studio;"
        "from benchmarks.inpaint import hole;"
        "from benchmarks.segment import picture;"
        f"Studio('cpu', {folders!r}).get(Inpainter)("
        f"picture(*{size}), hole({size}, {area}), method={method!r})"
    )


def measure(studio: Studio, folders: list[str], repeats: int) -> None:
    """Print the table of every method that is installed."""
    inpainter = studio.get(Inpainter)
    for method in (*NETWORKS, "telea", "navier-stokes"):
        cards = studio.cards(method) if method in NETWORKS else []
        if method in NETWORKS and not cards:
            continue
        loaded, filler = None, classical(method)
        if cards:
            loaded = studio.network(next((c.id for c in cards if c.id == method), cards[0].id))
            filler = completion(loaded) if method == "completion" else diffusion(loaded, None)
        rows = []
        for area, size in HOLES:
            photo, mask = picture(*size), hole(size, area)
            work = patches(mask, filler.side, filler.reach, filler.pieces)
            works = [
                partial(inpainter, photo, mask, method=method),
                partial(opencv, np.asarray(photo), mask, work),
            ]
            if loaded:
                works.append(partial(bare_passes, loaded, work, filler.steps))
            times = medians(SLOW if method == "diffusion" else repeats, *works)
            seen = " + ".join(f"{p.size[0]}x{p.size[1]}" for p in work)
            rows.append(
                [
                    f"{area[0]}x{area[1]} of {size[0]}x{size[1]}",
                    seen,
                    *(f"{seconds:.2f}" for seconds in times),
                    *([] if loaded else ["-"]),
                    f"{peak_memory(method, size, area, folders):.2f}",
                ]
            )
        steps = f", {filler.steps} steps" if filler.steps > 1 else ""
        show(
            f"{method}: filling a hole on {studio.device}{steps}, in seconds; OpenCV is Telea on"
            "\nthe same crops, bare passes are the same network on as many pixels, alone.",
            ["hole", "seen at", "Inpainter", "OpenCV", "bare passes", "peak GB"],
            rows,
        )
