"""Masks between the server and the browser."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFile

from demo import painter
from demo.painter import PREFIX, Known
from pipelines import Inpainter, PictureError, Studio

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})


def spot(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", size)
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


def sent(mask: Image.Image) -> dict[str, Any]:
    """What a browser sends that has painted this."""
    layer = Image.new("RGBA", mask.size, "#d4553a")
    layer.putalpha(mask)
    return {"photo": {"path": "x"}, "width": mask.width, "height": mask.height, "mask": url(layer)}


def url(image: Image.Image, kind: str = "PNG") -> str:
    data = io.BytesIO()
    image.save(data, kind)
    return PREFIX + base64.b64encode(data.getvalue()).decode()


def claiming(size: tuple[int, int]) -> str:
    """A PNG that only claims to be of a size."""
    data = io.BytesIO()
    Image.new("L", (1, 1)).save(data, "PNG")
    raw = bytearray(data.getvalue())
    raw[16:24] = struct.pack(">LL", *size)
    raw[29:33] = struct.pack(">L", zlib.crc32(raw[12:29]))
    return PREFIX + base64.b64encode(raw).decode()


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text.removeprefix(PREFIX))))


def meant(mask: Any) -> np.ndarray:
    return np.asarray(mask) >= 128


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (90, 60)])
def test_a_mask_arrives_as_it_was_sent(size: tuple[int, int]) -> None:
    mask = spot(size, (0, 0, size[0] // 2, size[1] // 2))
    value = painter.canvas("photo.jpg", size, Known.of(mask, size), ENGLISH)
    assert (value["width"], value["height"]) == size
    back = painter.painted(value)
    assert back is not None
    assert (meant(back) == meant(mask)).all()
    empty = painter.painted(painter.canvas("photo.jpg", size, None, ENGLISH))
    assert empty is not None
    assert not meant(empty).any()
    assert painter.painted(None) is None
    assert painter.painted({}) is None


def test_the_browser_sends_what_is_opaque_whatever_its_colour() -> None:
    full = Image.new("L", (30, 20), 255)
    back = painter.painted(sent(full))
    assert meant(back).all()
    mask = spot((30, 20), (4, 4, 12, 12))
    assert (meant(painter.painted(sent(mask))) == meant(mask)).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"mask": "data:image/svg+xml;base64,AAAA"},
        {"mask": PREFIX + "AAAA"},
        {"mask": PREFIX + "not base64"},
        {"mask": url(Image.new("RGB", (30, 20)), "JPEG")},
        {"mask": url(Image.new("RGB", (31, 20)))},
        {"mask": 7},
        {"width": None},
        {"width": "many"},
        {"mask": "", "width": -3, "height": 20},
    ],
)
def test_what_no_painter_sends_is_refused(changes: dict[str, Any]) -> None:
    value = {**sent(Image.new("L", (30, 20))), **changes}
    with pytest.raises(PictureError) as caught:
        painter.painted(value)
    assert caught.value.code == "mask"


@pytest.mark.parametrize(
    ("claimed", "size"),
    [
        ((7000, 7000), (30, 20)),
        ((7000, 7000), (7000, 7000)),
        ((1601, 2), (1601, 2)),
        ((20_000, 20_000), (30, 20)),
        (None, (10**6, 10**6)),
    ],
)
def test_a_mask_larger_than_what_is_shown_is_never_decoded(
    claimed: tuple[int, int] | None, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    mask = claiming(claimed) if claimed else ""
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(PictureError, match="at most 1,600 on each side") as caught:
        painter.painted({"photo": "x.png", "mask": mask, "width": size[0], "height": size[1]})
    assert caught.value.code == "mask_large"


@pytest.mark.parametrize("size", [(4000, 3000), (1601, 7), (1, 1), (90, 60)])
def test_the_mask_has_the_size_of_the_photo(size: tuple[int, int]) -> None:
    small = (min(size[0], 80), min(size[1], 60))
    mask = Image.new("L", small, 255)
    large = painter.whole(sent(mask), None, size)
    assert large is not None
    assert large.size == size
    assert meant(large).all()


def test_a_mask_that_was_sent_keeps_its_own_pixels() -> None:
    """The canvas is a tenth as large as the photo: what it cannot show is not lost."""
    size, small = (800, 600), (80, 60)
    fine = spot(size, (101, 103, 333, 331))
    ImageDraw.Draw(fine).line((5, 500, 795, 503), fill=255)  # a tenth of a pixel wide
    known = Known.of(fine, small)
    untouched = painter.whole(sent(known.shown), known, size)
    assert (meant(untouched) == meant(fine)).all()

    # Something is added on the right, and the left half of the spot is rubbed out.
    edited = known.shown.copy()
    ImageDraw.Draw(edited).rectangle((60, 10, 70, 20), fill=255)
    ImageDraw.Draw(edited).rectangle((0, 0, 20, 40), fill=0)
    result = meant(painter.whole(sent(edited), known, size))
    assert result[150, 650]
    assert not result[200, 150]
    kept = np.s_[250:600, 250:600]
    assert (result[kept] == meant(fine)[kept]).all()

    # Of another photo it says nothing.
    other = painter.whole(sent(known.shown), known, (400, 300))
    assert other is not None
    assert (meant(other) == meant(known.shown.resize((400, 300), Image.Resampling.BILINEAR))).all()


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("grow", [-3, 0, 5])
@pytest.mark.parametrize("margins", [(0, 0, 0, 0), (7, 0, 3, 12)])
def test_the_mask_is_shown_as_it_will_be_applied(
    invert: bool, grow: int, margins: tuple[int, int, int, int]
) -> None:
    mask = spot((60, 50), (20, 15, 40, 33))
    shown = painter.applied(mask, 1.0, grow, 0, invert, margins)
    if not (grow or invert or any(margins)):
        assert shown == {}
        return
    photo = Image.new("RGB", mask.size)
    done = Studio("cpu").get(Inpainter)(
        photo, mask, method="telea", grow=grow, invert=invert, margins=margins
    )
    alpha = np.asarray(opened(shown["picture"]).convert("RGBA"))[..., 3]
    assert ((alpha > 0) == meant(done.mask)).all()
    assert shown["margins"] == list(margins)


def test_feather_and_scale_are_shown() -> None:
    mask = spot((80, 60), (10, 10, 60, 50))
    shown = painter.applied(mask, 1.0, 0, 10, False, (0, 0, 0, 0))
    alpha = np.asarray(opened(shown["picture"]).convert("RGBA"))[..., 3]
    assert 0 < alpha[30, 12] < alpha[30, 17] < alpha[30, 35]
    # Ten pixels of a photo that is five times as large are two here, and one is still one.
    for pixels, wider in ((10, 2), (1, 1)):
        shown = painter.applied(mask, 0.2, pixels, 0, False, (0, 0, 0, 0))
        alpha = np.asarray(opened(shown["picture"]).convert("RGBA"))[..., 3]
        assert (alpha[30] > 0).sum() == meant(mask)[30].sum() + 2 * wider


def test_words_and_script_name_the_same_tools() -> None:
    script = (Path(painter.__file__).parent / "painter.js").read_text(encoding="utf-8")
    for name in painter.WORDS:
        assert f'class="{name}"' in painter.TEMPLATE
        assert f'"{name}"' in script or f"{name}:" in script
