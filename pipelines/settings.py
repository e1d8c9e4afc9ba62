"""How a picture was made, carried by the picture itself as one PNG text chunk."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from PIL import Image, PngImagePlugin
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import PictureError
from .limits import MAX_SEED, MAX_SETTINGS_BYTES
from .media import DAMAGED, open_picture

KEY = "pentimento"
LARGE = 4_000_000  # pixels from which on somebody waits for a PNG
_KEYWORD = re.compile("[\x20-\x7e\xa1-\xff]{1,79}")


class Settings(BaseModel):
    """Everything needed to make a picture again.

    ``weights`` is the hash of the weights file it was made with, "" if there was none;
    ``parameters`` are the tab's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    tab: str = Field(max_length=40)
    model: str = Field(max_length=80)
    weights: str = Field(pattern=r"^([0-9a-f]{64})?$")
    seed: int = Field(ge=0, le=MAX_SEED)
    parameters: dict[str, Any] = {}


def attach(image: Image.Image, settings: Settings) -> Image.Image:
    """The picture with its settings in ``info``, from where PNG writers take them."""
    image.info[KEY] = settings.model_dump_json()
    return image


def save_png(image: Image.Image, target: Any, effort: int | None = None) -> None:
    """Write a PNG (path or binary file) that keeps the text entries of ``image.info``.

    ``effort``: of compression, 0 to 9, or None for 6, of more than LARGE pixels 3: photos are a
    tenth larger then, and written in half the time.
    """
    if effort is None:
        effort = 3 if image.width * image.height > LARGE else 6
    chunks = PngImagePlugin.PngInfo()
    for key, value in image.info.items():
        # A PNG keyword is 1 to 79 Latin-1 characters; nothing else could be read back.
        if isinstance(key, str) and isinstance(value, str) and _KEYWORD.fullmatch(key):
            chunks.add_itxt(key, value)
    image.save(target, "PNG", pnginfo=chunks, compress_level=effort)


def read_settings(source: str | Path | Image.Image) -> Settings:
    """The settings a picture carries.

    Raises PictureError: ``no_settings`` when there are none, ``bad_settings`` when they are
    damaged, or what ``open_picture`` raises for a file that is no picture.
    """
    image = source if isinstance(source, Image.Image) else open_picture(source)
    # PNG text may stand after the pixels; ``text`` reads to the end of the file.
    try:
        info = getattr(image, "text", None) or image.info
    except DAMAGED as error:
        raise PictureError("bad_settings", found=error) from error
    text = info.get(KEY)
    if not isinstance(text, str):
        raise PictureError("no_settings")
    if (length := len(text.encode(errors="replace"))) > MAX_SETTINGS_BYTES:
        raise PictureError("bad_settings", found=f"{length} bytes")
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "JSON"
        raise PictureError("bad_settings", found=f"{where}: {first['msg']}") from error
