"""Pictures to make textures of: there, in colour, and with a part that is a texture."""

from __future__ import annotations

import pytest

from pipelines import Texturer
from pipelines.swatches import SWATCHES


@pytest.mark.parametrize("swatch", SWATCHES, ids=lambda swatch: swatch.id)
def test_a_swatch_can_be_quilted(swatch) -> None:
    picture = swatch.make()
    assert picture.mode == "RGB"
    assert swatch.source
    left, top, right, bottom = swatch.box or (0, 0, *picture.size)
    assert 0 <= left < right <= picture.width
    assert 0 <= top < bottom <= picture.height
    found = Texturer()(picture.crop((left, top, right, bottom)), size=(96, 96))
    assert found.image.size == (96, 96)
    assert found.seam
    assert found.seam < 1.5


def test_every_swatch_has_a_name_of_its_own() -> None:
    assert len({swatch.id for swatch in SWATCHES}) == len(SWATCHES) > 3
