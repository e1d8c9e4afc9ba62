"""What the README shows can be typed in: its examples run on the shipped models."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipelines.studio import WEIGHTS

README = Path(__file__).resolve().parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
LIBRARY = [example for example in EXAMPLES if "from pipelines import" in example]


@pytest.mark.skipif(not any(WEIGHTS.glob("*.json")), reason="no model in weights/ yet")
@pytest.mark.parametrize("example", LIBRARY, ids=range(len(LIBRARY)))
def test_examples_of_the_library_run(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.effect_mandelbrot((320, 240), (-2, -1, 1, 1), 50).save("photo.jpg")
    names: dict[str, Any] = {}
    exec(example, names)
    saved = re.findall(r"\.save\(\"(.+?)\"\)", example)
    assert all(Path(name).exists() for name in saved)
    if "film" in names:
        assert len(names["film"].frames) == 49
