"""The sizes at which a picture is painted, and how a finer one begins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from pipelines.limits import MAX_POLISHED
from pipelines.style_levels import STROKES, Level, finer, levels, resized

from ..holes import noisy


@pytest.mark.parametrize("strokes", STROKES)
@pytest.mark.parametrize(
    "size", [(1, 1), (40, 24), (512, 512), (640, 480), (1024, 1024), (4032, 3024), (8000, 20)]
)
def test_sizes_grow_to_that_of_the_photo(size: tuple[int, int], strokes: str) -> None:
    plan = levels(size, 40, strokes)
    assert plan[-1].size == size
    sides = [(level.size[0] * level.size[1]) ** 0.5 for level in plan]
    for small, large in pairwise(sides):
        assert 1.1 < large / small < 2.5
    assert sides[0] <= 1.3 * STROKES[strokes]
    assert max(size) < 600 or sides[0] > 0.8 * STROKES[strokes] or sides[0] == sides[-1]
    for level, side in zip(plan, sides, strict=True):
        assert (level.steps > 0) == (side <= MAX_POLISHED**0.5)
        assert level.steps <= 40


def test_small_photos_and_first_passes_have_one_level() -> None:
    assert levels((160, 160), 40, "medium") == [Level((160, 160), 40)]
    assert levels((4000, 3000), 0, "broad") == [Level((4000, 3000), 0)]
    assert levels((512, 512), 40, "medium") == [Level((256, 256), 40), Level((512, 512), 20)]
    assert [level.steps for level in levels((512, 512), 1, "broad")] == [1, 1, 1]


def test_a_finer_level_has_the_photos_own_detail() -> None:
    photo = noisy(200, 150)
    copy = resized(photo, (100, 75))
    assert copy.size == (100, 75)
    assert resized(photo, (200, 150)) is photo
    # A copy that is not painted at all brings the photo back, as far as it is grey.
    grey = photo.convert("L").convert("RGB")
    small = resized(grey, (100, 75))
    found = np.asarray(finer(np.asarray(small), small, grey)).astype(int)
    assert np.abs(found - np.asarray(grey)).mean() < 1
    # Colours come from what is painted.
    red = np.zeros((75, 100, 3), np.uint8)
    red[..., 0] = 128
    flat = Image.new("RGB", (200, 150), (9, 9, 9))
    assert np.unique(np.asarray(finer(red, resized(flat, (100, 75)), flat)), axis=None).size <= 4
