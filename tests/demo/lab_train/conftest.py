"""A laboratory and pictures to learn from."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from demo.laboratory import Laboratory
from pipelines import Studio


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ZIP of two classes of six pictures."""
    folder = tmp_path_factory.mktemp("shapes")
    with zipfile.ZipFile(folder / "My shapes.zip", "w") as archive:
        for number in range(12):
            image = Image.new("RGB", (40, 40), "white")
            draw = ImageDraw.Draw(image)
            (draw.ellipse if number % 2 else draw.rectangle)((8, 8, 20 + number, 30), fill="navy")
            image.save(folder / "shape.png")
            kind = "disc" if number % 2 else "box"
            archive.write(folder / "shape.png", f"shapes/{kind}/{number}.png")
    return folder / "My shapes.zip"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    with Laboratory(tmp_path / "lab") as lab:
        yield lab


@pytest.fixture
def knowing(lab: Laboratory) -> Studio:
    """A Studio that knows what is trained."""
    return Studio("cpu", [lab.models])
