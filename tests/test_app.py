"""What the app does before it opens its page."""

from __future__ import annotations

from pathlib import Path

import pytest

import app

from .demo.style.helpers import only


def test_a_broken_model_does_not_keep_the_app_from_starting(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "plain.safetensors").unlink()
    studio = only(folder)
    app.pack(studio)
    assert "weights of the model plain are missing" in caplog.text
    assert list(studio._loaded) == ["tiny"]
    (folder / "plain.safetensors").write_bytes(b"damaged")
    app.pack(studio)
    assert "weights of the model plain do not match" in caplog.text
