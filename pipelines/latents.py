"""Places in latent space: what seeds, variations, mixtures and shifts stand for.

Tools share this, so that a seed is the same picture in each of them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .checks import real, whole
from .device import generator, noise
from .errors import InputError
from .limits import MAX_BEST_OF, MAX_COUNT, MAX_PATH, MAX_SEED

PASS = 4  # pictures drawn at once: more gain nothing on a CPU, and one alone costs little


@dataclass(frozen=True)
class Point:
    """A place in latent space: a seed, and the variations that lead on from it.

    Each entry of ``path`` is (radius, index): move from the place before by ``radius`` in the
    ``index``-th random direction.
    """

    seed: int
    path: tuple[tuple[float, int], ...] = ()


def latents(points: Sequence[Point], network: nn.Module, truncation: float = 1.0) -> Tensor:
    """Latents of points for a generator: (n, latent_dim), on the CPU."""
    g: Any = network
    raw = torch.stack([latent(point, g.config.latent_dim) for point in points])
    return g.prior(raw) * truncation


def draw(network: nn.Module, z: Tensor, label: Tensor) -> Tensor:
    """Pictures of latents (n, d) and class weights (n, c), both on the CPU: (n, 3, s, s).

    Always in passes of ``PASS``, the last one filled up: convolutions round differently for
    another number of pictures, and a film's key must be exactly the picture that Generate shows.
    """
    device = next(network.parameters()).device
    parts: list[Tensor] = []
    for a, b in zip(z.split(PASS), label.split(PASS), strict=True):
        fill = PASS - len(a)
        full = torch.cat([a, a[:1].expand(fill, -1)]), torch.cat([b, b[:1].expand(fill, -1)])
        parts.append(network(*(x.to(device) for x in full))[: len(a)])
    return torch.cat(parts)


def latent(point: Point, length: int) -> Tensor:
    """The latent of a point: (length,), standard normal over seeds whatever the path.

    A variation of radius r moves z to sqrt(1 - r^2) z + r e with fresh noise e, which keeps the
    distribution, so variations are as likely pictures as any other.
    """
    z = noise([point.seed], length)[0]
    trail = str(point.seed)
    for radius, index in point.path:
        trail += f"/{radius!r}:{index}"
        digest = hashlib.sha256(trail.encode()).digest()
        e = noise([int.from_bytes(digest[:8], "big") >> 1], length)[0]
        z = math.sqrt(1 - radius * radius) * z + radius * e
    return z


def consecutive(
    seed: object, count: object = 1, best_of: object = 1, path: Any = ()
) -> list[Point]:
    """Points for ``count`` (1 to 64) pictures from one seed on, ``best_of`` seeds apart.

    All share ``path``. After the last seed, 2^32 - 1, comes 0. Raises InputError.
    """
    first = as_point(Point(seed, path))  # type: ignore[arg-type]
    count = whole("count", count, 1, MAX_COUNT)
    apart = whole("best_of", best_of, 1, MAX_BEST_OF)
    return [Point((first.seed + i * apart) % (MAX_SEED + 1), first.path) for i in range(count)]


def seed_class(seed: int, classes: int) -> int:
    """The class that a seed stands for when none is asked for."""
    # A stream of its own: one shared with the latent would tie the class to z's first entries.
    return int(torch.randint(classes, (1,), generator=generator(seed + MAX_SEED + 1)))


def as_point(value: int | Point) -> Point:
    """A checked point from a seed or a point. Raises InputError."""
    point = value if isinstance(value, Point) else Point(value)
    seed = whole("seed", point.seed, 0, MAX_SEED)
    path = point.path
    if not isinstance(path, tuple | list) or len(path) > MAX_PATH:
        raise InputError("variation", found=path, most=MAX_PATH)
    steps: list[tuple[float, int]] = []
    for step in path:
        try:
            radius, index = step
            steps.append((as_radius(radius), whole("variation", index, 0, MAX_SEED)))
        except (TypeError, ValueError, InputError) as error:
            raise InputError("variation", found=step, most=MAX_PATH) from error
    return Point(seed, tuple(steps))


def as_radius(value: object) -> float:
    """A radius in (0, 1], rounded to what settings keep. Raises InputError."""
    radius = real("radius", value, 0.0, 1.0)
    if radius == 0:
        raise InputError("radius", found=value)
    # Rounded, so that the settings in a PNG are the very numbers that were used.
    return round(radius, 4) or 1e-4


def lerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Straight line from a (t = 0) to b (t = 1), exact at both ends."""
    if t in (0, 1):
        return b if t else a
    return (1 - t) * a + t * b


def slerp(a: Tensor, b: Tensor, t: float) -> Tensor:
    """Great-circle path from a (t = 0) to b (t = 1), exact at both ends: (..., d).

    Shoemake 1985, section 3.3, for latents as in White 2016. Vectors of unequal length change
    length along the way; where there is no one great circle (parallel, opposite or zero vectors)
    the path is straight.
    """
    if t in (0, 1):
        return b if t else a
    norms = a.norm(dim=-1, keepdim=True) * b.norm(dim=-1, keepdim=True)
    cosine = (a * b).sum(-1, keepdim=True) / norms.clamp(min=1e-12)
    angle = cosine.clamp(-1, 1).acos()
    sine = angle.sin()
    straight = (norms < 1e-12) | (sine < 1e-4)
    safe = sine.where(~straight, torch.ones_like(sine))
    arc = ((1 - t) * angle).sin() / safe * a + (t * angle).sin() / safe * b
    return torch.where(straight, lerp(a, b, t), arc)


def shift(z: Tensor, rows: Tensor, amounts: Tensor, sphere: bool) -> Tensor:
    """Move latents along directions.

    ``z``: (n, d); ``rows``: (k, d); ``amounts``: (k,) or (n, k), in the units of ``rows``.
    ``sphere``: put each back at its own distance from the centre.
    """
    moved = z + amounts @ rows
    if not sphere:
        return moved
    length = z.norm(dim=1, keepdim=True)
    return moved / moved.norm(dim=1, keepdim=True).clamp(min=1e-12) * length
