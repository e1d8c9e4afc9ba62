"""Seams of a picture that was put together from a sample: where they are, and how they go."""

from __future__ import annotations

import numpy as np

REACH = 16.0  # pixels from a seam within which shades change


def seams(origin: np.ndarray, width: int, wraps: bool) -> tuple[np.ndarray, np.ndarray]:
    """Between which pixels there is a seam: to the one above and to the left, bool (2 of H, W).

    ``origin``: int (H, W), which pixel of a sample of ``width``, counted row by row, each is. A
    seam is between neighbours that were none there. ``wraps``: the borders meet; if not, there
    is none along them.
    """
    above = origin - np.roll(origin, 1, 0) != width
    left = (origin - np.roll(origin, 1, 1) != 1) | (origin % width == 0)
    if not wraps:
        above[0], left[:, 0] = False, False
    return above, left


def healed(sample: np.ndarray, origin: np.ndarray, wraps: bool) -> np.ndarray:
    """A picture put together from a sample, without the steps across its seams: uint8 (H, W, 3).

    Across a seam the picture changes as the sample does on one side of it, everywhere else as it
    did; what that asks of shades fades away from the seams. This is a screened Poisson equation
    (Bhat et al. 2008), solved for the change by a Fourier transform, or of a picture that does
    not wrap by a cosine transform. ``sample``: uint8 (h, w, 3); the rest as in ``seams``.
    """
    from scipy import fft

    colors = sample.astype(np.float32)
    image = colors.reshape(-1, 3)[origin]
    sources = np.zeros_like(image)
    for axis, found in enumerate(seams(origin, sample.shape[1], wraps)):
        at = np.nonzero(found)
        before = (at[0] - 1, at[1]) if axis == 0 else (at[0], at[1] - 1)  # -1 is the far border
        step = image[at] - image[before]
        # Of the sample's steps, to this pixel and from the other, the one that asks for less.
        steps = np.diff(colors, axis=axis, prepend=np.nan).reshape(-1, 3)
        onward = np.diff(colors, axis=axis, append=np.nan).reshape(-1, 3)
        missing = np.stack([steps[origin[at]], onward[origin[before]]]) - step
        size = np.nan_to_num(np.abs(missing).sum(2), nan=np.inf)
        least = np.take_along_axis(missing, size.argmin(0)[None, :, None], 0)[0]
        least = np.where(np.isnan(least), -step, least)  # both are at a border: no step at all
        np.add.at(sources, at, least)
        np.add.at(sources, before, -least)
    turns = [np.arange(n) * (2 if wraps else 1) * np.pi / n for n in origin.shape]
    waves = 4 - 2 * np.cos(turns[0])[:, None] - 2 * np.cos(turns[1]) + REACH**-2
    waves = waves[..., None].astype(np.float32)
    if wraps:
        spectrum = fft.rfft2(sources, axes=(0, 1)) / waves[:, : origin.shape[1] // 2 + 1]
        change = fft.irfft2(spectrum, origin.shape, axes=(0, 1))
    else:
        change = fft.idctn(np.asarray(fft.dctn(sources, axes=(0, 1))) / waves, axes=(0, 1))
    return (image + np.asarray(change)).round().clip(0, 255).astype(np.uint8)
