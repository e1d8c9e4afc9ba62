"""Files that are odd or damaged in ways that Pillow answers with errors of other kinds."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from pipelines import PictureError, Segmentation, Step
from pipelines.media import read_labels, read_picture
from pipelines.regions import batch_steps
from pipelines.settings import read_settings

ORIENTATION, IMAGE_WIDTH, RESOLUTION_UNIT, POSITIONING = 0x0112, 0x0100, 0x0128, 0x0213


def stored(path, tag):
    """A JPEG that lies on its side, with an EXIF one of whose tags is written as text."""
    exif = Image.Exif()
    exif[tag] = 2
    exif[ORIENTATION] = 6
    content = io.BytesIO()
    Image.new("RGB", (16, 8), "red").save(content, "JPEG", exif=exif)
    raw = content.getvalue()
    number, text = (
        struct.pack(">HHL", tag, kind, 1) for kind in (4 if tag == IMAGE_WIDTH else 3, 2)
    )
    assert number in raw
    path.write_bytes(raw.replace(number, text))
    return path


@pytest.mark.parametrize("tag", [IMAGE_WIDTH, RESOLUTION_UNIT, POSITIONING])
def test_a_photo_whose_numbers_are_text_is_shown_upright(tmp_path, tag):
    assert read_picture(stored(tmp_path / "photo.jpg", tag)).size == (8, 16)


def test_an_orientation_that_is_no_number_counts_as_none(tmp_path):
    assert read_picture(stored(tmp_path / "photo.jpg", ORIENTATION)).size == (16, 8)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tif"])
def test_a_photo_is_turned_once(tmp_path, suffix):
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    image = Image.new("RGB", (16, 8))
    image.save(tmp_path / f"first.{suffix}", exif=exif)
    once = read_picture(tmp_path / f"first.{suffix}")
    assert once.size == (8, 16)
    assert ORIENTATION not in once.getexif()
    # Some formats write what a picture's info says of itself.
    once.save(tmp_path / f"second.{suffix}", exif=once.info.get("exif", b""))
    assert read_picture(tmp_path / f"second.{suffix}").size == (8, 16)


@pytest.fixture
def damaged(tmp_path):
    """An AVIF whose main picture is one that it has not."""
    content = io.BytesIO()
    Image.effect_mandelbrot((24, 16), (-2, -1, 1, 1), 20).convert("RGB").save(content, "AVIF")
    raw = bytearray(content.getvalue())
    raw[raw.index(b"pitm") + 9] = 99
    path = tmp_path / "damaged.avif"
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("reader", [read_picture, read_labels, read_settings])
def test_damaged_avif(damaged, reader):
    with pytest.raises(PictureError) as caught:
        reader(damaged)
    assert caught.value.code == "not_a_picture"


def test_a_batch_goes_on_after_a_damaged_file(damaged, tmp_path):
    def nothing(photo):
        labels = np.zeros((photo.height, photo.width), np.uint8)
        found = Segmentation(
            photo, labels, labels.astype(np.float32), ("ground",), ("#336699",), "none", ""
        )
        yield Step(1, 1, None, found)

    files = [damaged, stored(tmp_path / "photo.jpg", RESOLUTION_UNIT)]
    *_, last = batch_steps(nothing, files, tmp_path / "out.zip")
    assert last.partial.finished == ("photo.jpg",)
    assert [name for name, _ in last.partial.failed] == ["damaged.avif"]
