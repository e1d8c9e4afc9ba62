"""The commands as typed: help, and errors as one sentence."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

COMMANDS = ["training.gan", "training.export", "training.evaluate"]


def call(monkeypatch: pytest.MonkeyPatch, module: str, *arguments: str) -> None:
    # It would change all that is tested after it in this process.
    monkeypatch.setattr("training.cli.keep_memory", lambda: True)
    monkeypatch.setattr(sys, "argv", [module, *arguments])
    monkeypatch.delitem(sys.modules, module, raising=False)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


@pytest.mark.parametrize("module", COMMANDS)
def test_help(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as done:
        call(monkeypatch, module, "--help")
    assert done.value.code == 0
    text = capsys.readouterr().out
    assert f"python -m {module}" in text
    assert "--judge" in text


@pytest.mark.parametrize(
    ("module", "arguments", "sentence"),
    [
        ("training.gan", ("--data", "no.zip", "--run", "r"), "'no.zip' is neither a zip"),
        ("training.gan", ("--data", "x", "--run", "r", "--target", "2"), "needs --judge"),
        ("training.export", ("--run", "r", "--id", "i", "--data", "d"), "holds no training run"),
        ("training.evaluate", ("--weights", ".", "--models", "m"), "has no model m"),
    ],
)
def test_errors_are_one_sentence(
    module: str,
    arguments: tuple[str, ...],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=sentence) as done:
        call(monkeypatch, module, *arguments)
    assert str(done.value.code).startswith(f"{module}: ")
