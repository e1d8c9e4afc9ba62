"""The public surface and the papers around the code keep up with the code."""

from __future__ import annotations

import ast
import inspect
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import pipelines
from pipelines import Studio
from pipelines.cards import read_card
from training.comparison import FOLDER, read
from training.readme import shown, standings, update

from . import find_chromium

ROOT = Path(__file__).resolve().parent.parent


def sources(*endings: str) -> list[Path]:
    """Files that belong to the repository: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:  # an unpacked archive
        rooms = ("demo", "pipelines", "training", "benchmarks", "deploy", "tests", "weights")
        paths = [p for room in rooms for p in (ROOT / room).rglob("*")] + list(ROOT.glob("*"))
    return sorted(p for p in paths if p.is_file() and p.name.endswith(endings))


# The library


def test_the_public_names_are_what_the_package_says():
    assert pipelines.__all__ == sorted(pipelines.__all__)
    assert set(pipelines.__all__) == set(pipelines._HOMES) == set(dir(pipelines))


@pytest.mark.parametrize("name", pipelines.__all__)
def test_every_public_name_is_there_and_described(name):
    member = getattr(pipelines, name)
    assert member.__module__.startswith("pipelines.")
    # inspect would hand on the docstring of a parent class, or one made by dataclass.
    text = vars(member).get("__doc__")
    assert text
    assert not text.startswith(f"{name}(")
    for method_name, method in inspect.getmembers(member, inspect.isfunction):
        own = method.__module__ == member.__module__
        if own and not method_name.startswith("_") and method_name not in {"load"}:
            assert method.__doc__, f"{name}.{method_name}"


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="nothing"):
        pipelines.nothing  # noqa: B018


# The papers


def test_readme_tables_are_those_of_the_cards():
    cards = [read_card(path) for path in sorted((ROOT / "weights").glob("*.json"))]
    if not cards:
        pytest.skip("no model in weights/ yet")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert update(text, cards) == text, "run: python -m training.readme"


def test_the_page_of_the_weights_is_rendered_from_the_cards():
    weights = ROOT / "weights"
    cards = [read_card(path) for path in sorted(weights.glob("*.json"))]
    if not cards:
        pytest.skip("no model in weights/ yet")
    wanted = standings(cards, shown(weights), read(weights / FOLDER))
    found = (weights / "README.md").read_text(encoding="utf-8")
    assert found == wanted, "run: python -m training.readme"
    assert all(f"## `{card.id}`" in wanted for card in cards if card.tool != "segmenter")


def test_licenses():
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    terms = (ROOT / "weights" / "LICENSE.md").read_text(encoding="utf-8")
    for card in Studio("cpu").cards():
        assert f"`{card.id}`" in terms


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r "))]
    assert wanted
    for line in wanted:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?==[0-9][0-9a-z.]*", line), line


def test_names_in_contributing_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:demo|pipelines|tests|weights|benchmarks)/[\w./]+)`", text)
    assert named
    for name in named:
        assert (ROOT / name).exists(), name


# The machine it was made on


def test_no_file_knows_where_it_was_made():
    # Put together here, so that this file does not find itself.
    places = re.compile("|".join(f"/{place}/" for place in ("work", "home", "root", "Users")))
    endings = (".py", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", "Makefile", "run", ".css")
    files = sources(*endings)
    assert len(files) > 20
    for path in files:
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not places.search(line), f"{path.relative_to(ROOT)}:{number}"


@pytest.mark.skipif(os.name != "posix", reason="needs permission bits")
def test_the_ci_script_can_be_run():
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    "target", ["help", "demo", "test", "check", "bench", "evaluate", "soak", "clean"]
)
def test_make_knows_its_targets(target):
    assert re.search(rf"^{target}:.* ## \w", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


# The browser


def fake_browser(folder: Path, name: str, status: int) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.mark.skipif(os.name != "posix", reason="needs shell scripts")
def test_a_browser_that_does_not_start_is_passed_over(tmp_path, monkeypatch):
    broken = fake_browser(tmp_path, "chromium", 1)
    good = fake_browser(tmp_path, "google-chrome", 0)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    monkeypatch.setenv("CHROMIUM", str(broken))
    assert find_chromium.chromium_path() == str(good)
    monkeypatch.setenv("CHROMIUM", str(fake_browser(tmp_path, "own", 0)))
    assert find_chromium.chromium_path() == str(tmp_path / "own")


def test_no_browser_gives_a_sentence(monkeypatch, capsys):
    monkeypatch.setattr(find_chromium, "candidates", lambda: iter(()))
    monkeypatch.setattr(sys, "argv", ["find_chromium.py"])
    assert find_chromium.main() == 1
    assert "set CHROMIUM" in capsys.readouterr().err


def test_no_limit_takes_the_name_of_another() -> None:
    """The later one would count for both, and nothing says so."""
    tree = ast.parse((ROOT / "pipelines" / "limits.py").read_text(encoding="utf-8"))
    names = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    assert len(names) > 20
    assert len(names) == len(set(names))
