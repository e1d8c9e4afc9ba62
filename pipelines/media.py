"""Files to pictures, pictures to tensors and back: the only place where ranges change."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

from .errors import PictureError
from .limits import MAX_FILE_BYTES, MAX_PIXELS

if TYPE_CHECKING:
    from torch import Tensor


# No others: Pillow would hand PostScript to Ghostscript, a program of its own.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
# What Pillow and the libraries behind it raise for files that are damaged.
DAMAGED = (OSError, ValueError, SyntaxError, EOFError, RuntimeError, struct.error)
# What brings a picture that is stored in an EXIF orientation into an upright one.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_picture(path: str | Path) -> Image.Image:
    """Open a file lazily, after checking its size in bytes and in pixels.

    Raises PictureError: ``file_missing``, ``file_large``, ``not_a_picture`` or ``pixels``.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise PictureError("file_missing", found=path.name) from error
    if size > MAX_FILE_BYTES:
        raise PictureError("file_large", found=-(-size // 2**20), most=MAX_FILE_BYTES // 2**20)
    try:
        with warnings.catch_warnings():
            # Pillow warns about what it takes for a decompression bomb; the limit below decides.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError("pixels", found="over 178", most=MAX_PIXELS // 10**6) from error
    except DAMAGED as error:
        raise PictureError("not_a_picture", found=path.name) from error
    if image.width * image.height > MAX_PIXELS:
        image.close()
        found = -(-image.width * image.height // 10**6)
        raise PictureError("pixels", found=found, most=MAX_PIXELS // 10**6)
    return image


def read_picture(path: str | Path) -> Image.Image:
    """Decode a file to RGB as a viewer would show it.

    EXIF rotation is applied, transparency lies on white, 16-bit is scaled to 8, of an animation
    the first frame counts. Raises what ``open_picture`` raises.
    """
    image = open_picture(path)
    try:
        image.load()
        return to_rgb(_upright(image))
    except DAMAGED as error:
        raise PictureError("not_a_picture", found=Path(path).name) from error


def _upright(image: Image.Image) -> Image.Image:
    """A decoded picture as its EXIF orientation says, which it then no longer carries."""
    # Pillow's own exif_transpose writes all of EXIF anew and fails where any of it is damaged.
    try:
        method = UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # as many kinds as there are ways to write it wrong
        method = None
    upright = image if method is None else image.transpose(method)
    for name in ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"):
        upright.info.pop(name, None)
    return upright


def read_labels(path: str | Path) -> Image.Image:
    """Decode a file whose values count: its mode and its palette stay as they are.

    Raises what ``open_picture`` raises.
    """
    image = open_picture(path)
    try:
        image.load()
        return image
    except DAMAGED as error:
        raise PictureError("not_a_picture", found=Path(path).name) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB: transparency on white, integer and float modes scaled to 8 bits."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float64)
        # I;16 is what 16-bit files come as. I and F do not say where white is: taken to be at
        # the end of the smallest usual range, of 1 (F only), 8 or 16 bits, that holds all values.
        whites = {"F": (1, 255), "I": (255,)}.get(image.mode, ())
        most = values.max(initial=0, where=np.isfinite(values))
        white = next((white for white in whites if most <= white), 65535)
        levels = np.nan_to_num(values.clip(0, white) / white * 255, nan=0.0)
        scaled = levels.round().astype(np.uint8)
        return Image.fromarray(scaled).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def checked(photo: Any) -> Image.Image:
    """The picture in RGB. Raises PictureError for what is none, or is too large."""
    if not isinstance(photo, Image.Image) or 0 in photo.size:
        raise PictureError("not_a_picture", found=getattr(photo, "size", type(photo).__name__))
    if photo.width * photo.height > MAX_PIXELS:
        found = -(-photo.width * photo.height // 10**6)
        raise PictureError("pixels", found=found, most=MAX_PIXELS // 10**6)
    return photo if photo.mode == "RGB" else to_rgb(photo)


def to_images(pictures: Tensor) -> list[Image.Image]:
    """(n, 3, h, w) in [-1, 1] on any device -> RGB pictures, rounded to the nearest of 255."""
    levels = pictures.float().clamp(-1, 1).add(1).mul(127.5).round().byte()
    return [Image.fromarray(x) for x in levels.movedim(1, -1).cpu().numpy()]


def to_tensor(images: Sequence[Image.Image]) -> Tensor:
    """Equal RGB pictures -> (n, 3, h, w) in [-1, 1] on the CPU."""
    import torch

    levels = torch.from_numpy(np.stack([np.asarray(image) for image in images]))
    return levels.movedim(-1, 1).float() / 127.5 - 1


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The picture with no more pixels than a square of ``side``; itself if it has no more.

    Its area counts, not its long side: of a thin strip too little would be left.
    """
    scale = side / (image.width * image.height) ** 0.5
    if scale >= 1:
        return image
    width, height = (max(1, round(length * scale)) for length in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def square(image: Image.Image, side: int) -> Image.Image:
    """The middle square of a picture, in RGB, at ``side`` pixels."""
    return ImageOps.fit(to_rgb(image), (side, side), Image.Resampling.LANCZOS)


def grid(images: list[Image.Image], columns: int, gap: int = 1) -> Image.Image:
    """Equal pictures on one canvas, row by row, on a transparent-looking neutral grey."""
    width, height = images[0].size
    rows = -(-len(images) // columns)
    columns = min(columns, len(images))
    size = (columns * (width + gap) - gap, rows * (height + gap) - gap)
    canvas = Image.new("RGB", size, (128, 128, 128))
    for i, image in enumerate(images):
        canvas.paste(image, (i % columns * (width + gap), i // columns * (height + gap)))
    return canvas
