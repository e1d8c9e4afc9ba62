"""Methods of filling a hole in a small picture, all behind the same few words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .blend import Seam
from .limits import SAMPLERS, SamplerName
from .patches import PIECES, ROOMY, padded
from .votes import voted

if TYPE_CHECKING:
    from torch import Tensor

    from .cards import Loaded

HUB_SIDE = 512  # pixels that pipelines of the Hub are made for at least
HUB_STEPS = 30


@dataclass(frozen=True)
class Filler:
    """One method, ready for work.

    ``fill(picture, hole, seed)``: float32 (h, w, 3), 0 to 255, and bool (h, w) -> after each of
    ``steps`` steps the picture expected now, (h, w, 3) of the same range; the last is the result.
    ``side``, ``reach``, ``wide``: see ``cards.Completing``; ``pieces``, ``roomy``: see ``patches``.
    ``seam``: see ``blend.joined``.
    """

    fill: Callable[[np.ndarray, np.ndarray, int], Iterator[np.ndarray]]
    side: int
    reach: int
    steps: int = 1
    pieces: int = PIECES
    roomy: int = ROOMY
    seam: Seam = "error"
    wide: int | None = None


def classical(method: str) -> Filler:
    """``telea`` or ``navier-stokes``."""

    def fill(picture: np.ndarray, hole: np.ndarray, _seed: int) -> Iterator[np.ndarray]:
        from .classical import fill

        yield fill(picture.round().astype(np.uint8), hole, method).astype(np.float32)

    # They see no farther than a few pixels, and take long over many.
    return Filler(fill, side=512, reach=256, seam="none")


def completion(loaded: Loaded) -> Filler:
    """The one pass of a completion network, and a vote of known patches on it."""
    how = loaded.card.completing
    assert how  # read_card has seen to it

    def fill(picture: np.ndarray, hole: np.ndarray, _seed: int) -> Iterator[np.ndarray]:
        import torch

        with torch.inference_mode():
            found = loaded.networks["completion"](*tensors(picture, hole, loaded))
        yield voted(levels(found, hole), hole)

    return Filler(fill, how.side, how.reach, wide=how.wide)


def diffusion(
    loaded: Loaded,
    steps: int | None,
    guess: Loaded | None = None,
    sampler: SamplerName = SAMPLERS[0],
) -> Filler:
    """``steps`` sampling steps of a diffusion model, or as many as its card says, and a vote of
    known patches on the last; ``guess``: the completion model that its card names."""
    how = loaded.card.completing
    assert how
    count = steps or how.steps or 20

    def fill(picture: np.ndarray, hole: np.ndarray, seed: int) -> Iterator[np.ndarray]:
        import torch

        from .diffusion import denoise

        network: Any = loaded.networks["diffusion"]
        first = guess.networks["completion"] if guess else None
        given = tensors(picture, hole, loaded)
        steps = denoise(network, *given, [seed], count, sampler, first, how.strength)
        for step in range(1, count + 1):
            with torch.inference_mode():  # not while whoever asked does other things
                clean = next(steps)
            found = levels(clean, hole)
            yield voted(found, hole) if step == count else found

    # Every piece takes seconds: rather a few that are made smaller.
    return Filler(fill, how.side, how.reach, count, pieces=4, seam="step", wide=how.wide)


def hub(pipeline: Callable[[], Any], steps: int | None, **settings: Any) -> Filler:
    """A pipeline of the Hub, which is asked for once the work begins; see
    ``hub_inpaint.hub_fill`` for its settings."""
    count = steps or HUB_STEPS

    def fill(picture: np.ndarray, hole: np.ndarray, seed: int) -> Iterator[np.ndarray]:
        from .hub_inpaint import hub_fill

        images = hub_fill(
            pipeline(),
            Image.fromarray(picture.round().astype(np.uint8)),
            Image.fromarray(hole.astype(np.uint8) * 255),
            seed,
            count,
            **settings,
        )
        for found in images:
            yield np.asarray(found.convert("RGB"), np.float32)

    # Slow, and better the more it sees of what the picture is about.
    return Filler(fill, HUB_SIDE, HUB_SIDE * 3 // 4, count, pieces=2, roomy=HUB_SIDE * 3 // 4)


def tensors(picture: np.ndarray, hole: np.ndarray, loaded: Loaded) -> tuple[Tensor, Tensor]:
    """Picture (1, 3, h, w) in [-1, 1] and mask (1, 1, h, w), of sides that networks take."""
    import torch

    x = torch.from_numpy(padded(picture / 127.5 - 1)).float().permute(2, 0, 1)[None]
    mask = torch.from_numpy(padded(hole)).float()[None, None]
    return x.to(loaded.device), mask.to(loaded.device)


def levels(pictures: Tensor, hole: np.ndarray) -> np.ndarray:
    """What a network returned, without what it was padded by: float32 (h, w, 3), 0 to 255."""
    h, w = hole.shape
    found = pictures[0, :, :h, :w].float().clamp(-1, 1).add(1).mul(127.5)
    return found.permute(1, 2, 0).cpu().numpy()
