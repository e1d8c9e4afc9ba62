"""Micrographs painted in other stains: nuclei stay where they are, colours change."""

from __future__ import annotations

import numpy as np

from training.segment_data import Augmentation, Crops, Labelled
from training.stains import stained


def glowing(dark: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A micrograph of two discs, and where they are."""
    y, x = np.mgrid[:64, :64]
    inside = (np.hypot(y - 20, x - 20) < 9) | (np.hypot(y - 44, x - 46) < 7)
    grey = np.where(inside, 40 if dark else 190, 210 if dark else 12).astype(np.uint8)
    return np.repeat(grey[..., None], 3, 2), inside


def test_nuclei_stay_where_they_were() -> None:
    for dark in (False, True):
        picture, inside = glowing(dark)
        for seed in range(40):
            painted = stained(picture, np.random.default_rng(seed))
            assert painted.shape == picture.shape
            assert painted.dtype == np.uint8
            # Ground varies; across a nucleus' rim it does so less than the nucleus differs.
            ring = np.zeros_like(inside)
            ring[20, [8, 32]] = ring[44, [36, 56]] = True
            nucleus = painted[20, 20].astype(float)
            apart = np.abs(painted[ring] - nucleus).sum(1).mean()
            assert apart > 20, (dark, seed)


def test_stains_differ_and_follow_from_the_seed() -> None:
    picture, inside = glowing()
    painted = [stained(picture, np.random.default_rng(seed)) for seed in range(20)]
    assert np.array_equal(painted[3], stained(picture, np.random.default_rng(3)))
    for part in (inside, ~inside):
        colours = np.array([p[part].mean(0) for p in painted])
        assert colours.std(0).min() > 15
    # What was dark ground is light now, nearly always.
    assert np.mean([p[~inside].mean() > 60 for p in painted]) > 0.9


def test_an_even_picture_is_left_alone() -> None:
    even = np.full((32, 40, 3), 7, np.uint8)
    assert stained(even, np.random.default_rng(0)) is even


def test_a_stained_picture_is_left_alone() -> None:
    picture = glowing()[0].copy()
    picture[..., 1] //= 2
    assert stained(picture, np.random.default_rng(0)) is picture


def test_crops_are_stained_as_often_as_asked() -> None:
    picture, inside = glowing()
    data = Labelled((picture,), (inside.astype(np.uint8),), ("ground", "nucleus"))
    plain = Augmentation(scale=1.0, light=0.0, blur=0.0, rare=0.0)
    for share, least, most in ((0.0, 0, 0), (0.5, 12, 38), (1.0, 50, 50)):
        how = Augmentation(scale=1.0, light=0.0, blur=0.0, rare=0.0, stain=share)
        crops, others = (Crops(data, 64, x, 0, 50) for x in (how, plain))
        coloured = 0
        for i in range(50):
            x, y = crops[i]
            # Mirrored or not, labels go with the picture; their share does not change.
            assert int(y.sum()) == int(others[i][1].sum())
            coloured += bool((x[0] != x[2]).any())
        assert least <= coloured <= most


def test_fibres_and_walls_change_the_ground_only() -> None:
    picture, inside = glowing()
    far = np.hypot(*(np.mgrid[:64, :64] - np.array([20, 20])[:, None, None])) < 6
    rough = []
    for seed in range(60):
        painted = stained(picture, np.random.default_rng(seed)).astype(float)
        ground = np.abs(np.diff(painted.mean(2), axis=1))[~inside[:, 1:]].max()
        nucleus = painted[far].std(0).mean()
        assert nucleus < 12, seed  # even in the middle, whatever lies around it
        rough.append(ground)
    # Every other picture has walls, which are thin and dark.
    assert np.mean(np.array(rough) > 20) > 0.3
