"""Files of shown pictures: whole, written once, and with what the picture carries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from demo.shown import Picture, Pictures, stored


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


def picture(text: str = "") -> Image.Image:
    image = Image.linear_gradient("L").convert("RGB")
    image.info["pentimento"] = text
    return image


def paths(shown: Any) -> list[str]:
    return [item["image"]["path"] for item in shown.model_dump()]


def test_one_picture_in_two_places_is_one_file(cache: Path) -> None:
    large = Picture().postprocess(picture())
    first, second, other = paths(
        Pictures().postprocess([picture(), (picture(), "b"), picture("x")])
    )
    assert first == second == large.path != other
    assert Path(first).is_relative_to(cache)
    with Image.open(other) as saved:
        assert saved.info["pentimento"] == "x"
        assert saved.tobytes() == picture().tobytes()


def test_a_file_that_is_there_is_not_written_again(cache: Path) -> None:
    path = Path(stored(picture(), str(cache)))
    os.utime(path, (0, 0))
    before = path.stat()
    assert stored(picture(), str(cache)) == str(path)
    after = path.stat()
    assert after.st_ino == before.st_ino
    assert after.st_mtime > before.st_mtime  # as files are deleted by age
    assert [file.name for file in path.parent.iterdir()] == ["image.png"]


def test_what_is_no_picture_stays_as_it_is(cache: Path) -> None:
    assert Picture().postprocess(None) is None
    assert Pictures().postprocess(None).root == []
    assert stored("a.png", str(cache)) == "a.png"
