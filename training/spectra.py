"""How differently two sets of pictures spread their detail over spatial frequencies.

A generator leaves stripes and lattices at a few frequencies that photographs hardly have (Durall
et al. 2020, "Watch your Up-Convolution"; they compare one-dimensional spectra of whole pictures,
here small windows are compared, frequency by frequency, so that a lattice in a flat sky counts
even where a forest beside it has more of that frequency).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.draws import Draw

SIDE = 32  # pixels of a window
FLOOR = 5e-6  # variance of rounding to 8 bits, of values in [-1, 1]: nothing below it is seen
ENOUGH = 0.6  # of a window's pixels
BEYOND = 1e4  # more than any logarithm of power
GREY = (1 / 3, 1 / 3, 1 / 3)
# Two directions without lightness, each as long as the other.
TINTS = ((0.5, 0.0, -0.5), (0.29, -0.58, 0.29))


def windows(x: Tensor) -> Tensor:
    """Windows of ``SIDE`` pixels that overlap by half: (b, 1, h, w) -> (n, SIDE, SIDE)."""
    step = SIDE // 2
    # Mirrored beyond the border, or what is there would only be seen through a window's edge.
    padded = F.pad(x, (step, step, step, step), mode="reflect").squeeze(1)
    # A view of overlapping windows: ``F.unfold`` would take one kernel for every picture.
    return padded.unfold(1, SIDE, step).unfold(2, SIDE, step).reshape(-1, SIDE, SIDE)


def log_power(x: Tensor, channel: Tensor, first: Tensor | None = None) -> Tensor:
    """Log power of overlapping windows at every frequency.

    ``x``: (b, 3, h, w) in [-1, 1]; ``channel``: (3,), weights that make one channel of three;
    ``first``: (1,), 0 or 1 for every second window from there on, None for all. Returns (windows,
    frequencies), float32. Raises ValueError below ``SIDE`` pixels.
    """
    if min(x.shape[-2:]) < SIDE:
        raise ValueError(f"spectra need pictures of at least {SIDE} pixels")
    one = torch.einsum("bchw,c->bhw", x.float(), channel)[:, None]
    parts = windows(one)
    if first is not None:
        parts = half(parts, first)
    ramp = torch.hann_window(SIDE, device=x.device)
    taper = ramp[:, None] * ramp
    centred = parts - parts.mean((1, 2), keepdim=True)
    power = torch.fft.rfft2(centred * taper).abs().square() / taper.square().sum()
    return (power + FLOOR).log().flatten(1)


def half(rows: Tensor, first: Tensor) -> Tensor:
    """Every second of rows (n, ...), from ``first`` (1,) on; of odd ones the last is left out."""
    pairs = rows[: len(rows) // 2 * 2].unflatten(0, (-1, 2))
    return pairs.index_select(1, first).squeeze(1)


def spectral_distance(
    real: Tensor, fake: Tensor, draw: Draw, where: Tensor | None = None
) -> Tensor:
    """Mean distance of the distributions of log power, over all frequencies.

    Per frequency it is the Wasserstein distance in one dimension: both sets sorted and compared
    in pairs. ``real``, ``fake``: (b, 3, h, w) in [-1, 1], of equal shape; ``draw`` chooses whether
    lightness or a tint is compared, and which half of the windows, for speed; ``where``:
    (b, 1, h, w), 1 where pictures count: windows that see too little of it do not. 0 for equal
    sets or no window; 1 where one has e times the power.
    """
    channel, first = draw(_channel), draw(_first)
    with torch.no_grad():
        wanted = log_power(real, channel, first)
    found = log_power(fake, channel, first)
    if where is None:
        return F.l1_loss(found.sort(dim=0).values, wanted.sort(dim=0).values)
    seen = half(windows(where), first).mean((1, 2)) >= ENOUGH
    # Sorted to the end of both, in as many rows whatever is seen: see ``training.replay``.
    found, wanted = (torch.where(seen[:, None], rows, BEYOND) for rows in (found, wanted))
    apart = (found.sort(dim=0).values - wanted.sort(dim=0).values).abs()
    count = seen.sum()
    counts = torch.arange(len(seen), device=seen.device) < count
    return (apart * counts[:, None]).sum() / (count.clamp(min=1) * apart.shape[1])


def _channel(rng: torch.Generator) -> Tensor:
    """Lightness, or one of the tints."""
    tint, which = (int(torch.randint(2, (), generator=rng)) for _ in range(2))
    return torch.tensor(TINTS[which] if tint else GREY)


def _first(rng: torch.Generator) -> Tensor:
    return torch.randint(2, (1,), generator=rng)
