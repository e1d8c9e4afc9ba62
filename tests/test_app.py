"""What the app does before it opens its page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import app
from demo.laboratory import Laboratory
from pipelines import Studio

from .demo.style.helpers import only
from .tiny import make_model


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


def test_a_space_trains_nothing_and_a_home_keeps_what_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[Studio, Laboratory | None]] = []
    monkeypatch.setattr(app, "open_page", lambda studio, lab, _flags: opened.append((studio, lab)))
    monkeypatch.setattr(sys, "argv", ["app.py", "--lab", str(tmp_path / "lab")])
    app.main()
    monkeypatch.setattr(app, "SPACE", True)
    app.main()
    (studio, lab), (_, none) = opened
    assert none is None
    assert lab
    assert lab.models == tmp_path / "lab" / "models"
    make_model(lab.models, "trained")
    assert "trained" in {card.id for card in studio.cards("generator")}
