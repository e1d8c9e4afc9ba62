"""Seconds per restyled photo: the Stylizer against the usual network that knows one style."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import torch
from PIL import Image
from torch import Tensor, nn

from pipelines import Studio, Stylizer
from pipelines.limits import REFINE
from pipelines.media import to_images, to_tensor

from .memory import peak_of
from .segment import SLOW, picture
from .tables import medians, show

SIZES = ((512, 512), (1024, 1024), (4000, 3000))
STYLE = (512, 512)


class Residual(nn.Module):
    """Two convolutions whose result is added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*convolved(channels, channels, 3), nn.ReLU())
        self.layers.extend(convolved(channels, channels, 3))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


def convolved(c: int, d: int, side: int, stride: int = 1) -> list[nn.Module]:
    """A convolution on mirrored edges and a normalisation."""
    convolution = nn.Conv2d(c, d, side, stride, side // 2, padding_mode="reflect")
    return [convolution, nn.InstanceNorm2d(d, affine=True)]


def usual() -> nn.Sequential:
    """The transformer network of Johnson et al. (2016), with 1.7 million parameters."""
    widths = (3, 32, 64, 128)
    layers: list[nn.Module] = []
    for i, (c, d) in enumerate(pairwise(widths)):
        layers += [*convolved(c, d, 3 if i else 9, 2 if i else 1), nn.ReLU()]
    layers += [Residual(128) for _ in range(5)]
    for c, d in pairwise(widths[:0:-1]):
        layers += [nn.Upsample(scale_factor=2), *convolved(c, d, 3), nn.ReLU()]
    return nn.Sequential(*layers, nn.Conv2d(32, 3, 9, 1, 4, padding_mode="reflect"))


@torch.inference_mode()
def plain(network: nn.Module, photo: Image.Image, device: torch.device) -> Image.Image:
    """What a script does: one pass over the whole photo."""
    return to_images(network(to_tensor([photo]).to(device)))[0]


def peak_memory(model: str, size: tuple[int, int], folders: list[str]) -> float:
    """Gigabytes resident at most, in a process of its own that restyles one photo."""
    return peak_of(
        "from pipelines import Stylizer, Studio;"
        "from benchmarks.segment import picture;"
        f"Studio('cpu', {folders!r}).get(Stylizer)("
        f"picture(*{size}), picture(*{STYLE}), model={model!r})"
    )


def measure(studio: Studio, folders: list[str], repeats: int) -> None:
    """Print the table of every style network that is installed."""
    models = [card.id for card in studio.cards("style")]
    if not models:
        print("\nNo style network is installed, so none is measured.")
        return
    network = usual().to(studio.device).eval()
    count = sum(weights.numel() for weights in network.parameters()) / 1e6
    stylize, style = studio.get(Stylizer), picture(*STYLE)
    for model in models:
        rows = []
        known = next(iter(stylize.built_in(model)), None)
        for size in SIZES:
            photo = picture(*size)
            large = size[0] * size[1] > SLOW
            works: list[Callable[[], object]] = [
                partial(stylize, photo, style, model=model, refine=0),
                partial(stylize, photo, known[0] if known else style, model=model, refine=0),
                # One that remembers nothing.
                lambda photo=photo, model=model: Stylizer.load(studio)(photo, style, model=model),
            ]
            if not large:  # in one pass it would take more memory than many machines have
                works.append(partial(plain, network, photo, studio.device))
            ours, built_in, refined, *bare = medians(2 if large else repeats, *works)
            rows.append(
                [
                    f"{size[0]}x{size[1]}",
                    f"{ours:.2f}",
                    f"{built_in:.2f}" if known else "-",
                    f"{refined:.2f}",
                    *(f"{seconds:.2f}" for seconds in bare),
                    *(f"{seconds / ours:.1f} x" for seconds in bare),
                    *(["-", "-"] if large else []),
                    f"{peak_memory(model, size, folders):.2f}",
                ]
            )
        show(
            f"{model}: restyling on {studio.device}, in seconds: one pass, and refined\nby"
            f" {REFINE} steps at the coarsest level, and fewer on finer ones. The usual network"
            f" knows one style, has {count:.1f} million parameters and paints the photo in eager"
            " float32.",
            ["photo", "a picture", "built in", "refined", "usual network", "faster", "peak GB"],
            rows,
        )
