"""Which known patch looks most like a repaired one; see ``detail``.

How unlike two patches are: the mean squared difference of what remains of their brightness when
both are brought to mean 0 and the same contrast, which is between 0 and 4, and the squared
difference of their mean colours. What is too faint to be seen is not brought to full contrast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

PLACES = 6144  # known patches compared at most, the best of which is then moved by pixels
PROBES = 256  # known patches that tell how alike patches are in this picture
SAMPLES = 100  # pixels of an enlarged patch that are compared, about
BYTES = 2**26  # of distances held at a time
FAINT = 10.0  # contrast below which patches count as alike, whatever they show
COLOR = 1 / 28  # what a level of mean colour counts
FAITH, EASE = 0.9, 0.25  # how much less alike a neighbour's place may be; of it, and of the usual
ALIKE, STRANGE = 0.7, 1.4  # of what is usual here: up to where all is taken, from where nothing
PALE, FULL = 0.15, 0.5  # of the known patch's contrast: from where on some is taken, and all
Patches = tuple[np.ndarray, np.ndarray, np.ndarray]  # of ``Look.patches``
GRAY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, eq=False)
class Look:
    """What is compared of the patches of a picture; places are their top left corners.

    ``gray``: float32 (H, W), of mean 0. ``means``: (H, W, 3), mean colours of the patches.
    ``rows`` and ``columns``: of a patch, where it is looked at; 0 or 1, float32.
    """

    gray: np.ndarray
    means: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    @classmethod
    def of(cls, picture: np.ndarray, side: tuple[int, int]) -> Look:
        """``picture``: float32 (H, W, 3). ``side``: rows and columns of a patch."""
        import cv2

        step = max(1, round(np.sqrt(side[0] * side[1] / SAMPLES)))
        rows, columns = (np.arange(length) % step == step // 2 for length in side)
        means = cv2.boxFilter(picture, -1, side[::-1], anchor=(0, 0))
        gray = picture @ GRAY
        gray -= gray.mean()  # or squares of it would be too large to tell small differences
        return cls(gray, means, rows.astype(np.float32), columns.astype(np.float32))

    @cached_property
    def samples(self) -> np.ndarray:
        """Where a patch is looked at, in steps through ``gray``: int (k,)."""
        rows, columns = np.flatnonzero(self.rows), np.flatnonzero(self.columns)
        return (rows[:, None] * self.gray.shape[1] + columns).ravel()

    @cached_property
    def power(self) -> np.ndarray:
        """The variance of every patch, as far as it is looked at: float32 (H, W)."""
        import cv2

        mean, square = (
            cv2.sepFilter2D(x, -1, self.columns, self.rows, anchor=(0, 0)) / len(self.samples)
            for x in (self.gray, np.square(self.gray))
        )
        return (square - np.square(mean)).clip(0, None)

    def values(self, at: np.ndarray) -> np.ndarray:
        """The brightness of patches where they are looked at, (n, k)."""
        corners = at[:, 0] * self.gray.shape[1] + at[:, 1]
        # Clipped, which nothing is, or it would be copied once more.
        return self.gray.ravel().take(corners[:, None] + self.samples, mode="clip")

    def patches(self, at: np.ndarray) -> Patches:
        """Patches brought to one contrast, (n, k), their contrasts before, (n,), and colours."""
        return *_even(self.values(at)), self.means[tuple(at.T)]


def _even(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = values - values.mean(1, keepdims=True)
    power = np.einsum("nk,nk->n", values, values)[:, None] / values.shape[1]
    return values / np.sqrt(power + FAINT**2), np.sqrt(power[:, 0])


@dataclass(frozen=True, eq=False)
class Matcher:
    """Finds known patches, given by places in the enlarged pictures.

    ``plain``: the known picture when small, (h, w, 3). ``shown``: the same enlarged. ``free``:
    bool, places of patches that are wholly known. ``scale``: rows and columns of the enlarged
    picture to one of the small. ``rim``: of the enlarged pictures, around what the small one
    shows. ``half``: half the side of a patch in the small picture. ``known``: int (m, 2), the
    patches of the small picture that are compared, every ``stride`` pixels.
    """

    plain: np.ndarray
    shown: Look
    free: np.ndarray
    scale: np.ndarray
    rim: np.ndarray
    half: int
    known: np.ndarray
    stride: int

    @classmethod
    def of(
        cls,
        plain: np.ndarray,
        shown: Look,
        free: np.ndarray,
        scale: tuple[float, float],
        rim: tuple[int, int],
        half: int,
    ) -> Matcher | None:
        """None if no patch is known."""
        factors, edge = np.array(scale), np.array(rim)
        at = np.indices(plain.shape[:2]).reshape(2, -1).T
        large = np.round(at * factors).astype(int) + edge
        at = at[_inside(large, free)]
        stride = max(1, int(np.ceil(np.sqrt(len(at) / PLACES))))
        at = at[(at % stride == 0).all(1)]
        return cls(plain, shown, free, factors, edge, half, at, stride) if len(at) else None

    def find(
        self, small: np.ndarray, look: Look, at: np.ndarray, apart: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """The known patches most like those ``at``, and how unlike they are: (n, 2), (n,).

        ``small`` and ``look`` are the picture that ``at`` is in, small and enlarged. ``apart``:
        patches that overlap are not compared.
        """
        corners = np.round((at - self.rim) / self.scale).astype(int)
        keys, asked = self._features(self.plain, self.known), self._features(small, corners)
        # The squared length of the key, less twice its product: the distance but for a constant.
        keys = np.hstack([keys, np.square(keys).sum(1, keepdims=True)]).T
        asked = np.hstack([-2 * asked, np.ones_like(asked[:, :1])])
        hits = np.empty(len(at), int)
        rows = max(1, BYTES // (4 * keys.shape[1]))
        for i in range(0, len(at), rows):
            distance = asked[i : i + rows] @ keys
            if apart:
                near = [
                    np.abs(np.subtract.outer(ours[i : i + rows], theirs)) < 2 * self.half
                    for ours, theirs in zip(corners.T, self.known.T, strict=True)
                ]
                distance[near[0] & near[1]] = np.inf
            hits[i : i + rows] = distance.argmin(1)
        shift = (self.known[hits] - corners) * self.scale
        return self._moved(look.patches(at), at + np.round(shift).astype(int))

    def unlike(self, ours: Patches, place: np.ndarray) -> np.ndarray:
        """How unlike patches and known ones are; infinite where none is known."""
        known = _inside(place, self.free)
        at = np.where(known[:, None], place, 0)
        theirs, power = self.shown.values(at), self.shown.power[tuple(at.T)]
        even, count = ours[0], theirs.shape[1]
        # Both brought to one contrast: squared, and twice their product, for which it does not
        # matter that the mean of theirs is not 0, since that of ours is.
        gain = 1 / np.sqrt(power + FAINT**2)
        error = power * gain**2 + np.einsum("nk,nk->n", even, even) / count
        error -= 2 / count * gain * np.einsum("nk,nk->n", theirs, even)
        color = self.shown.means[tuple(at.T)] - ours[2]
        error = error.clip(0, None) + np.einsum("nc,nc->n", color, color) * (COLOR**2 / 3)
        return np.where(known, error, np.inf)

    def _features(self, picture: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Vectors whose squared distance is the unlikeness of patches in the small picture."""
        import cv2

        side, edge = 2 * self.half, 6 * self.half  # patches reach over the border
        framed = cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_REFLECT_101)
        means = cv2.boxFilter(framed, -1, (side, side), anchor=(0, 0))
        windows = np.lib.stride_tricks.sliding_window_view(framed @ GRAY, (side, side))
        rows, columns = (at + edge).T
        even = _even(windows[rows, columns].reshape(len(at), -1))[0]
        return np.hstack([even / side, means[rows, columns] * (COLOR / 3**0.5)])

    def _moved(self, ours: Patches, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places moved by pixels to where the patches are most alike, in ever smaller steps."""
        error = self.unlike(ours, place)
        step, around = max(1, int(np.ceil(self.scale.max() * self.stride / 4))), 2
        while True:
            centre = place
            for shift in np.ndindex(2 * around + 1, 2 * around + 1):
                moved = centre + (np.array(shift) - around) * step
                found = self.unlike(ours, moved)
                place = np.where((found < error)[:, None], moved, place)
                error = np.minimum(found, error)
            if step == 1:
                return place, error
            step, around = step // 2, 1

    def usual(self) -> tuple[float, float]:
        """How unlike known patches and their most alike are: the middle, and the upper quarter."""
        at = np.argwhere(self.free)
        at = at[np.random.default_rng(0).permutation(len(at))[:PROBES]]
        error = self.find(self.plain, self.shown, at, apart=True)[1]
        error = error[np.isfinite(error)]
        return tuple(np.quantile(error, [0.5, 0.75])) if len(error) else (0.0, 0.0)


def matched(
    matcher: Matcher, small: np.ndarray, look: Look, at: np.ndarray, index: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Known places for all patches of a hole, (n, 2), and how much of each to take, 0 to 1, (n,).

    ``small`` and ``look``: the repaired picture, small and enlarged. ``index``: int (rows,
    columns), which of the patches ``at`` stands where in the hole; -1 where there is none.
    """
    middle, quarter = matcher.usual()
    place, error = matcher.find(small, look, at)
    ours = look.patches(at)
    spots = np.argwhere(index >= 0)  # in the order of ``at``
    framed = np.pad(index, 1, constant_values=-1)
    for turn in range(3):
        for shift in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            beside = framed[tuple((spots + shift + 1).T)]
            theirs = np.where((beside >= 0)[:, None], place[beside] - at[beside] + at, place)
            found = matcher.unlike(ours, theirs)
            # Every second patch stays, or two neighbours would only swap their places.
            taken = (found * FAITH < error + EASE * middle) & (spots.sum(1) % 2 == turn % 2)
            place = np.where(taken[:, None], theirs, place)
            error = np.where(taken, found, error)
    known = np.isfinite(error)
    place = np.where(known[:, None], place, at)
    full, none = max(ALIKE * quarter, 0.3), max(STRANGE * quarter, 0.9)
    trust = ((none - np.where(known, error, none)) / (none - full)).clip(0, 1)
    # Softness that was repaired as such does not want the detail of something sharp.
    contrast = (ours[1] + 2) / (np.sqrt(matcher.shown.power[tuple(place.T)]) + 2)
    return place, trust * ((contrast - PALE) / (FULL - PALE)).clip(0, 1)


def _inside(place: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Which places are true in ``free``; bool (n,)."""
    held = place.clip(0, np.array(free.shape) - 1)
    return (held == place).all(1) & free[tuple(held.T)]
