"""Every kind of file becomes RGB or a sentence; ranges change as a viewer would show them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipelines import PictureError
from pipelines.limits import MAX_FILE_BYTES, MAX_PIXELS
from pipelines.media import open_picture, read_picture, to_rgb

# What Pillow mutters about damaged files is not for the tests to judge.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
SIZE = (6, 4)


def saved(tmp_path, image, name="picture.png", **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def colors(image):
    """The distinct colours of a picture."""
    assert image.mode == "RGB"
    return {color for _, color in image.getcolors(2**24)}


def near(image, color, tolerance=4):
    """Whether a picture is of one colour, as nearly as lossy formats keep it."""
    difference = np.abs(np.asarray(image, dtype=int) - np.array(color))
    return image.mode == "RGB" and difference.max() <= tolerance


def pixel(mode, color):
    return Image.new(mode, SIZE, color)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (pixel("RGB", RED), RED),
        (pixel("L", 77), (77, 77, 77)),
        (pixel("LA", (0, 255)), BLACK),
        (pixel("LA", (0, 0)), WHITE),
        (pixel("RGBA", (*RED, 255)), RED),
        (pixel("RGBA", (*RED, 0)), WHITE),
        (pixel("RGBA", (0, 0, 0, 128)), (127, 127, 127)),
        (pixel("1", 1), WHITE),
        (pixel("1", 0), BLACK),
        (pixel("RGB", RED).convert("P"), RED),
    ],
)
def test_png_modes(tmp_path, image, expected):
    picture = read_picture(saved(tmp_path, image))
    assert picture.size == SIZE
    assert near(picture, expected, 1)


def test_palette_with_a_transparent_entry(tmp_path):
    image = Image.new("P", SIZE, 0)
    image.putpalette([*RED, *BLACK])
    image.putpixel((0, 0), 1)
    # Index 0, nearly everywhere, is transparent.
    assert colors(read_picture(saved(tmp_path, image, transparency=0))) == {WHITE, BLACK}


def test_palette_with_alpha_per_entry(tmp_path):
    image = Image.new("P", SIZE, 0)
    image.putpalette([*RED, *BLACK])
    path = saved(tmp_path, image, transparency=bytes([0, 255]))
    assert colors(read_picture(path)) == {WHITE}


@pytest.mark.parametrize(("mode", "color"), [("L", 9), ("RGB", RED), ("1", 0)])
def test_one_transparent_colour_without_alpha(tmp_path, mode, color):
    path = saved(tmp_path, Image.new(mode, SIZE, color), transparency=color)
    assert colors(read_picture(path)) == {WHITE}


def test_cmyk_jpeg(tmp_path):
    image = Image.new("CMYK", SIZE, (0, 255, 255, 0))
    assert near(read_picture(saved(tmp_path, image, "cmyk.jpg", quality=95)), RED)


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(("value", "level"), [(0, 0), (200, 1), (32768, 128), (65535, 255)])
def test_sixteen_bits_scale_to_eight(tmp_path, suffix, value, level):
    """A dark 16-bit picture stays dark, even if every value would fit into 8 bits."""
    image = Image.fromarray(np.full((4, 6), value, dtype=np.uint16))
    assert image.mode == "I;16"
    picture = read_picture(saved(tmp_path, image, f"deep.{suffix}"))
    assert colors(picture) == {(level, level, level)}


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([0.0, 0.5, 1.0], [0, 128, 255]),
        ([0.0, 100.0, 255.0], [0, 100, 255]),
        ([-3.0, float("nan"), 1.0], [0, 0, 255]),
        ([float("-inf"), 0.5, 1.0], [0, 128, 255]),
        ([0.0, 1.0, float("inf")], [0, 255, 255]),
    ],
)
def test_float_pictures(tmp_path, values, levels):
    image = Image.fromarray(np.array([values], dtype=np.float32))
    picture = read_picture(saved(tmp_path, image, "float.tif"))
    assert np.asarray(picture)[0, :, 0].tolist() == levels


def test_integer_modes_in_memory():
    wide = Image.fromarray(np.array([[0, 65535]], dtype=np.int32))
    assert np.asarray(to_rgb(wide))[0, :, 0].tolist() == [0, 255]
    small = Image.fromarray(np.array([[0, 255]], dtype=np.int32))
    assert np.asarray(to_rgb(small))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation(tmp_path, orientation):
    """The upright picture has one red corner, top left; each orientation stores it elsewhere."""
    upright = Image.new("RGB", (16, 8))
    upright.paste(RED, (0, 0, 8, 4))
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert read_picture(saved(tmp_path, stored, exif=exif)).tobytes() == upright.tobytes()


@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"junk" * 9])
def test_damaged_exif_is_no_obstacle(tmp_path, exif):
    picture = read_picture(saved(tmp_path, pixel("RGB", RED), "exif.jpg", exif=exif))
    assert picture.size == SIZE


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_first_frame_of_an_animation(tmp_path, suffix):
    frames = [pixel("RGB", color) for color in (RED, BLACK, WHITE)]
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(
        tmp_path, frames[0], f"film.{suffix}", save_all=True, append_images=frames[1:], **options
    )
    assert open_picture(path).n_frames == 3  # type: ignore[attr-defined]
    assert near(read_picture(path), RED, 1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp", "tif"])
def test_smallest_picture(tmp_path, suffix):
    assert read_picture(saved(tmp_path, Image.new("RGB", (1, 1)), f"one.{suffix}")).size == (1, 1)


def test_damaged_files(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = saved(tmp_path, Image.fromarray(noise)).read_bytes()
    contents = {
        "truncated.png": whole[: len(whole) // 2],
        "text.png": b"this is no picture",
        "empty.png": b"",
        "signature.png": whole[:8],
        "page.jpg": b"<html>not found</html>",
    }
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(PictureError) as caught:
            read_picture(path)
        assert caught.value.code == "not_a_picture", name
        assert name in str(caught.value)
        assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("name", ["gone.png", "nul\0byte.png", "x" * 400 + ".png"])
def test_file_that_cannot_be_found(tmp_path, name):
    with pytest.raises(PictureError, match="cannot be read") as caught:
        read_picture(tmp_path / name)
    assert caught.value.code == "file_missing"


def test_folder_is_no_picture(tmp_path):
    with pytest.raises(PictureError):
        read_picture(tmp_path)


def test_file_that_is_too_large(tmp_path):
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)  # a hole: takes no room on disk
    with pytest.raises(PictureError, match=r"is 65 MB.*At most 64 MB") as caught:
        read_picture(path)
    assert caught.value.code == "file_large"


def claiming(width, height):
    """A PNG header that claims a size, followed by hardly any pixels."""

    def chunk(kind, data):
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("side", "million"), [(8001, "65"), (12_000, "144"), (15_000, "over 178"), (2**31 - 1, "over")]
)
def test_picture_that_claims_to_be_huge(tmp_path, side, million):
    path = tmp_path / "bomb.png"
    path.write_bytes(claiming(side, side))
    with pytest.raises(PictureError, match=rf"has {million}.*At most 64 million") as caught:
        read_picture(path)
    assert caught.value.code == "pixels"
    assert side * side > MAX_PIXELS


def test_warnings_stay_away_from_the_user(tmp_path, recwarn):
    path = tmp_path / "bomb.png"
    path.write_bytes(claiming(12_000, 12_000))
    with pytest.raises(PictureError):
        read_picture(path)
    assert not [w for w in recwarn.list if w.category is Image.DecompressionBombWarning]


def test_no_program_is_run_for_a_file(tmp_path):
    # Pillow hands PostScript to Ghostscript, which has no place in a web service.
    path = tmp_path / "program.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage")
    with pytest.raises(PictureError) as caught:
        open_picture(path)
    assert caught.value.code == "not_a_picture"


def encoded(suffix):
    file = io.BytesIO()
    image = Image.effect_mandelbrot((24, 16), (-2, -1, 1, 1), 20).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(file, suffix, exif=exif)
    return file.getvalue()


FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "AVIF")
SAMPLES = {suffix: encoded(suffix) for suffix in FORMATS}


@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4),
    st.floats(0, 1),
)
def test_damage_never_raises_anything_else(tmp_path_factory, suffix, patches, cut):
    raw = bytearray(SAMPLES[suffix])
    for where, patch in patches:
        start = int(where * len(raw))
        raw[start : start + len(patch)] = patch
    path = tmp_path_factory.mktemp("fuzz") / "damaged.png"
    path.write_bytes(raw[: max(1, int((1 - cut**4) * len(raw)))])
    code = "fine"
    try:
        assert read_picture(path).mode == "RGB"
    except PictureError as error:
        code = error.code
    assert code in {"fine", "not_a_picture", "pixels"}


@given(
    st.sampled_from(
        ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV", "I", "F", "I;16", "I;16B"]
    ),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_every_mode_to_rgb(mode, width, height):
    picture = to_rgb(Image.new(mode, (width, height)))
    assert picture.mode == "RGB"
    assert picture.size == (width, height)
