"""A picture remembers how it was made, and a damaged memory gets a sentence."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from pipelines import PictureError
from pipelines.limits import MAX_SEED, MAX_SETTINGS_BYTES
from pipelines.settings import KEY, Settings, attach, read_settings, save_png

HASH = "0123456789abcdef" * 4


def some(**changes):
    return Settings(**{"tab": "generate", "model": "m", "weights": HASH, "seed": 7, **changes})


def picture():
    return Image.new("RGB", (3, 2), (1, 2, 3))


def png(text, key=KEY):
    """A PNG with one text chunk, in a file."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(key, text)
    file = io.BytesIO()
    picture().save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def restored(tmp_path, raw):
    path = tmp_path / "picture.png"
    path.write_bytes(raw)
    return read_settings(path)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    # Settings are JSON, which has no word for NaN or infinity.
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.integers(0, MAX_SEED), st.dictionaries(st.text(max_size=8), json_values, max_size=4))
def test_roundtrip(tmp_path_factory, seed, parameters):
    settings = some(seed=seed, parameters=parameters)
    path = tmp_path_factory.mktemp("settings") / "picture.png"
    save_png(attach(picture(), settings), path)
    assert read_settings(path) == settings
    with Image.open(path) as again:
        assert again.tobytes() == picture().tobytes()


def test_roundtrip_in_memory_and_in_a_binary_file():
    settings = some(parameters={"label": "山 und See 🌊"})
    image = attach(picture(), settings)
    assert read_settings(image) == settings
    file = io.BytesIO()
    save_png(image, file)
    assert read_settings(Image.open(io.BytesIO(file.getvalue()))) == settings


def test_other_text_is_kept_and_other_entries_are_no_obstacle(tmp_path):
    image = attach(picture(), some())
    image.info.update({"Title": "Höhe", "dpi": (72, 72), "blob": b"\0"})
    save_png(image, tmp_path / "picture.png")
    with Image.open(tmp_path / "picture.png") as again:
        assert again.text["Title"] == "Höhe"  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["", "高さ", "x" * 80])
def test_names_that_png_cannot_hold_are_dropped(tmp_path, key):
    image = attach(picture(), some())
    image.info[key] = "anything"
    save_png(image, tmp_path / "picture.png")
    assert read_settings(tmp_path / "picture.png") == some()


def test_resaved_by_pillow_the_settings_go(tmp_path):
    picture().save(tmp_path / "plain.png")
    with pytest.raises(PictureError, match="carries no Pentimento settings") as caught:
        read_settings(tmp_path / "plain.png")
    assert caught.value.code == "no_settings"


@pytest.mark.parametrize("suffix", ["jpg", "gif", "webp", "bmp"])
def test_formats_without_settings(tmp_path, suffix):
    path = tmp_path / f"picture.{suffix}"
    attach(picture(), some()).save(path)
    with pytest.raises(PictureError) as caught:
        read_settings(path)
    assert caught.value.code == "no_settings"


def damaged(**changes):
    return json.dumps({**json.loads(some().model_dump_json()), **changes})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("null", "JSON"),
        ("[" * 5000, "JSON"),
        (damaged(seed="seven"), "seed"),
        (damaged(seed=-1), "seed"),
        (damaged(seed=MAX_SEED + 1), "seed"),
        (damaged(seed=1.5), "seed"),
        (damaged(weights="abc"), "weights"),
        (damaged(model=5), "model"),
        (damaged(model="m" * 81), "model"),
        (damaged(tab="t" * 41), "tab"),
        (damaged(parameters=[]), "parameters"),
        (damaged(version=2), "version"),
        (damaged(extra=1), "extra"),
        (json.dumps({"tab": "generate"}), "model"),
        (damaged(parameters={"x": "y" * MAX_SETTINGS_BYTES}), "16"),
    ],
)
def test_damaged_settings(tmp_path, text, word):
    with pytest.raises(PictureError, match="are damaged") as caught:
        restored(tmp_path, png(text))
    assert caught.value.code == "bad_settings"
    assert word in str(caught.value)


def test_limit_counts_bytes_not_characters(tmp_path):
    text = damaged(parameters={"x": "山" * (MAX_SETTINGS_BYTES // 2)})
    text = json.dumps(json.loads(text), ensure_ascii=False)
    assert len(text) < MAX_SETTINGS_BYTES < len(text.encode())
    with pytest.raises(PictureError, match="are damaged"):
        restored(tmp_path, png(text))


def test_text_after_the_pixels(tmp_path):
    """Other programs may move text chunks behind the image data."""
    text = some().model_dump_json().encode()
    body = b"tEXt" + KEY.encode() + b"\0" + text
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    file = io.BytesIO()
    picture().save(file, "PNG")
    head, tail = file.getvalue()[:-12], file.getvalue()[-12:]
    assert tail[4:8] == b"IEND"
    assert restored(tmp_path, head + chunk + tail) == some()


def test_endless_compressed_text(tmp_path):
    """A small chunk that unpacks to a gigabyte is not unpacked."""
    packed = zlib.compress(b"0" * 2**26)
    body = b"zTXt" + KEY.encode() + b"\0\0" + packed
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    file = io.BytesIO()
    picture().save(file, "PNG")
    raw = file.getvalue()
    for where in (33, len(raw) - 12):  # behind the header, behind the pixels
        with pytest.raises(PictureError):
            restored(tmp_path, raw[:where] + chunk + raw[where:])


@given(st.floats(0, 1), st.binary(min_size=1, max_size=6))
def test_damage_never_raises_anything_else(tmp_path_factory, where, patch):
    raw = bytearray(png(some().model_dump_json()))
    start = int(where * len(raw))
    raw[start : start + len(patch)] = patch
    folder = tmp_path_factory.mktemp("fuzz")
    code = "fine"
    try:
        assert restored(folder, bytes(raw)).model_dump()
    except PictureError as error:
        code = error.code
    assert code in {"fine", "no_settings", "bad_settings", "not_a_picture", "pixels"}


def test_file_that_is_gone(tmp_path):
    with pytest.raises(PictureError) as caught:
        read_settings(tmp_path / "gone.png")
    assert caught.value.code == "file_missing"


@pytest.mark.parametrize(("size", "effort"), [((2000, 2000), 6), ((2001, 2000), 3)])
def test_large_pictures_are_written_with_less_effort(size: tuple[int, int], effort: int) -> None:
    image = Image.linear_gradient("L").resize(size)
    usual, wanted = io.BytesIO(), io.BytesIO()
    save_png(image, usual)
    save_png(image, wanted, effort)
    assert usual.getvalue() == wanted.getvalue()
    assert len(usual.getvalue()) < size[0] * size[1] / 4
