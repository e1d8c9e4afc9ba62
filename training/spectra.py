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

SIDE = 32  # pixels of a window
FLOOR = 5e-6  # variance of rounding to 8 bits, of values in [-1, 1]: nothing below it is seen
ENOUGH = 0.6  # of a window's pixels
GREY = (1 / 3, 1 / 3, 1 / 3)
# Two directions without lightness, each as long as the other.
TINTS = ((0.5, 0.0, -0.5), (0.29, -0.58, 0.29))


def windows(x: Tensor) -> Tensor:
    """Windows of ``SIDE`` pixels that overlap by half: (b, 1, h, w) -> (n, SIDE, SIDE)."""
    half = SIDE // 2
    # Mirrored beyond the border, or what is there would only be seen through a window's edge.
    padded = F.pad(x, (half, half, half, half), mode="reflect").squeeze(1)
    # A view of overlapping windows: ``F.unfold`` would take one kernel for every picture.
    return padded.unfold(1, SIDE, half).unfold(2, SIDE, half).reshape(-1, SIDE, SIDE)


def log_power(x: Tensor, channel: Tensor, first: int = 0, every: int = 1) -> Tensor:
    """Log power of overlapping windows at every frequency.

    ``x``: (b, 3, h, w) in [-1, 1]; ``channel``: (3,), weights that make one channel of three; of
    the windows one in ``every`` is taken, from number ``first`` on. Returns (windows,
    frequencies), float32. Raises ValueError below ``SIDE`` pixels.
    """
    if min(x.shape[-2:]) < SIDE:
        raise ValueError(f"spectra need pictures of at least {SIDE} pixels")
    one = torch.einsum("bchw,c->bhw", x.float(), channel)[:, None]
    parts = windows(one)[first::every]
    ramp = torch.hann_window(SIDE, device=x.device)
    taper = ramp[:, None] * ramp
    centred = parts - parts.mean((1, 2), keepdim=True)
    power = torch.fft.rfft2(centred * taper).abs().square() / taper.square().sum()
    return (power + FLOOR).log().flatten(1)


def spectral_distance(
    real: Tensor, fake: Tensor, rng: torch.Generator, where: Tensor | None = None
) -> Tensor:
    """Mean distance of the distributions of log power, over all frequencies.

    Per frequency it is the Wasserstein distance in one dimension: both sets sorted and compared
    in pairs. ``real``, ``fake``: (b, 3, h, w) in [-1, 1], of equal shape; ``rng`` chooses whether
    lightness or a tint is compared, and which half of the windows, for speed; ``where``:
    (b, 1, h, w), 1 where pictures count: windows that see too little of it do not. 0 for equal
    sets or no window; 1 where one has e times the power.
    """
    tint, which, first = (int(torch.randint(2, (), generator=rng)) for _ in range(3))
    channel = torch.tensor(TINTS[which] if tint else GREY, device=fake.device)
    with torch.no_grad():
        wanted = log_power(real, channel, first, 2)
    found = log_power(fake, channel, first, 2)
    if where is not None:
        seen = windows(where)[first::2].mean((1, 2)) >= ENOUGH
        if not seen.any():
            return fake.new_zeros(())
        wanted, found = wanted[seen], found[seen]
    return F.l1_loss(found.sort(dim=0).values, wanted.sort(dim=0).values)
