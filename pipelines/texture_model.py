"""Textures out of a network: of any size, laid beside themselves without a seam.

What normalises the network's maps is taken from a small canvas of its own, so every place of a
large one depends on its surroundings alone: it is drawn in bands, and noise that repeats itself
gives a texture that repeats itself to the last bit but for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .device import generator
from .latents import seed_class
from .limits import MAX_SEED
from .media import to_images
from .networks.texturist import NOISE, REACH, STRIDE, Affines, Texturist

if TYPE_CHECKING:
    from .cards import Loaded

USUAL = 16  # places of the canvas whose statistics count, on each side
BAND = 32  # places, down, that are drawn together
Place = tuple[int, int]


@dataclass(frozen=True)
class Request:
    """What is drawn: ``size`` (width, height) in pixels; per texture its class and its seed.

    ``blend``: in [0, 1], 1 = the second texture everywhere; ``across``: it becomes the second
    from left to right instead, and if ``seamless`` the first again.
    """

    size: tuple[int, int]
    seamless: bool
    labels: tuple[int | None, ...]
    seeds: tuple[int, ...]
    blend: float = 0.0
    across: bool = False

    @property
    def places(self) -> Place:
        """Of the coarsest noise, down and right."""
        return -(-self.size[1] // STRIDE), -(-self.size[0] // STRIDE)


@dataclass(frozen=True)
class Weave:
    """One texture as the network draws it: its code, its waves, what normalises it."""

    code: Tensor
    waves: Tensor
    affines: Affines


def classes(request: Request, count: int) -> tuple[int, ...]:
    """The classes of the textures, drawn from their seeds where none is asked for."""
    pairs = zip(request.labels, request.seeds, strict=True)
    return tuple(seed_class(seed, count) if label is None else label for label, seed in pairs)


def code_of(loaded: Loaded, label: int, seed: int) -> Tensor:
    """The code of one of the textures of a class: (1, code)."""
    bank = loaded.networks["textures"].get_buffer("codes")[label]  # (each, code)
    # A stream of its own, apart from the one of the noise.
    draw = torch.randint(len(bank), (1,), generator=generator(seed + 2 * (MAX_SEED + 1)))
    return bank[draw.to(bank.device)]


def drawn(
    request: Request, networks: Callable[[], Loaded]
) -> Iterator[tuple[int, int, Image.Image | None]]:
    """Draw band by band: (bands done, bands, None), at last with the picture.

    The network is asked for once the work begins.
    """
    down, right = request.places
    bands = [(top, min(top + BAND, down)) for top in range(0, down, BAND)]
    yield 0, len(bands), None
    loaded = networks()
    network: Any = loaded.networks["texture"]
    with torch.inference_mode():
        labels = classes(request, len(loaded.card.classes))
        codes = [code_of(loaded, a, b) for a, b in zip(labels, request.seeds, strict=True)]
        noise = noise_of(request.seeds[0], (down, right), loaded.device)
        mix = None
        if len(codes) == 2 and not request.across:
            codes = [torch.lerp(codes[0], codes[1], request.blend)]
        elif len(codes) == 2:
            mix = [shares(right * 2**i, request.seamless).to(loaded.device) for i in range(5)]
        weaves = [weave(network, code, request.seeds[0], (down, right)) for code in codes]
        waves, affines = mixed(weaves, mix)
        rows: list[Tensor] = []
    for done, band in enumerate(bands, 1):
        with torch.inference_mode():
            rows.append(paint(network, waves, noise, affines, band))
        yield done, len(bands), _fitted(rows, request) if done == len(bands) else None


def noise_of(seed: int, places: Place, device: torch.device) -> list[Tensor]:
    """Noise of every resolution for a canvas, coarse first: (1, NOISE, h 2^i, w 2^i)."""
    random = generator(seed)
    down, right = places
    return [
        torch.randn(1, NOISE, down * 2**i, right * 2**i, generator=random).to(device)
        for i in range(STRIDE.bit_length())
    ]


def weave(network: Texturist, code: Tensor, seed: int, places: Place) -> Weave:
    """A texture's waves on a canvas, and its statistics on a small one."""
    random = generator(seed + 3 * (MAX_SEED + 1))
    phases = torch.rand(1, network.config.waves, generator=random).to(code.device)
    small = (USUAL, USUAL)
    noise = noise_of(seed + 4 * (MAX_SEED + 1), small, code.device)
    usual = network.waves(small, phases, code, small)
    affines = network.drawn(usual, noise, code)[1]
    return Weave(code, network.waves(places, phases, code, places), affines)


def shares(columns: int, returns: bool) -> Tensor:
    """Share of the second texture at each column, (columns,): from 0 to 1, and back if it
    ``returns``. A quarter of each way is one texture alone, and another quarter the other."""
    x = (torch.arange(columns) + 0.5) / columns
    way = 1 - (2 * x - 1).abs() if returns else x
    t = (2 * way - 0.5).clamp(0, 1)
    return t * t * (3 - 2 * t)


def mixed(weaves: Sequence[Weave], mix: Sequence[Tensor] | None) -> tuple[Tensor, Affines]:
    """Waves and normalisations of a canvas that is more and more the second texture."""
    first = weaves[0]
    if mix is None:
        return first.waves, first.affines
    second = weaves[1]
    affines = [
        (torch.lerp(a[0], b[0], share), torch.lerp(a[1], b[1], share))
        for i, (a, b) in enumerate(zip(first.affines, second.affines, strict=True))
        for share in [mix[i // 2]]  # two normalisations per resolution
    ]
    return torch.lerp(first.waves, second.waves, mix[0]), affines


def paint(
    network: Texturist, waves: Tensor, noise: list[Tensor], affines: Affines, band: Place
) -> Tensor:
    """Rows of places ``band`` of a canvas, (1, 3, h, w) in [-1, 1]."""
    down = waves.shape[2]
    top, end = band
    if end - top + 2 * REACH >= down:
        whole = network.drawn(waves, noise, waves.new_zeros(1), affines)[0]
        return whole[:, :, top * STRIDE : end * STRIDE]
    # On a torus the rows above the first one are the last ones.
    places = torch.arange(top - REACH, end + REACH, device=waves.device) % down
    cut = [
        level.index_select(2, (places[:, None] * 2**i + _steps(2**i, places)).flatten())
        for i, level in enumerate(noise)
    ]
    found = network.drawn(waves.index_select(2, places), cut, waves.new_zeros(1), affines)[0]
    return found[:, :, REACH * STRIDE : -REACH * STRIDE]


def _steps(count: int, like: Tensor) -> Tensor:
    return torch.arange(count, device=like.device)


def _fitted(rows: list[Tensor], request: Request) -> Image.Image:
    """The canvas at the size asked for: cut, or if its borders are to meet made a little
    smaller."""
    canvas = to_images(torch.cat(rows, 2))[0]
    width, height = canvas.size
    if request.size == canvas.size:
        return canvas
    if not request.seamless:
        return canvas.crop((0, 0, *request.size))
    # Resampling looks beyond the borders: what is there is the other side.
    around = Image.fromarray(np.pad(np.asarray(canvas), [(STRIDE,) * 2] * 2 + [(0, 0)], "wrap"))
    box = (STRIDE, STRIDE, STRIDE + width, STRIDE + height)
    return around.resize(request.size, Image.Resampling.LANCZOS, box=box)
