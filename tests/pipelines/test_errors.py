"""Every sentence can be said: codes are used, and whoever raises one fills its gaps."""

from __future__ import annotations

import ast
import pickle
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import SENTENCES, CardError, InputError, PictureError, PipelineError, short

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"PipelineError", "InputError", "PictureError", "CardError"}


def gaps(sentence: str) -> set[str]:
    """Names of the fields that a sentence needs."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def calls(tree: ast.AST) -> list[tuple[str, ast.Call]]:
    """All plain calls below a node, with the name called."""
    return [
        (node.func.id, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    ]


def fields(call: ast.Call) -> set[str]:
    return {keyword.arg for keyword in call.keywords if keyword.arg}


def raised() -> list[tuple[str, str, set[str]]]:
    """(where, code, fields) of every error that the source raises, directly or by a check.

    A check is a function whose first parameter is the ``code`` it raises, as in checks.py.
    """
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for package in ("pipelines", "demo")
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    givers: dict[str, set[str]] = {}
    for tree in trees.values():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and [
                a.arg for a in function.args.args[:1]
            ] == ["code"]:
                inner = [fields(call) for name, call in calls(function) if name in KINDS]
                if inner:  # else the code is that of a style
                    givers[function.name] = set.intersection(*inner)
    found = []
    for path, tree in trees.items():
        for name, call in calls(tree):
            code = call.args[0]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                where = f"{path.relative_to(ROOT)}:{call.lineno}"
                if name in KINDS:
                    found.append((where, code.value, fields(call)))
                elif name in givers:
                    found.append((where, code.value, givers[name]))
    return found


def test_scan_sees_direct_errors_and_checks():
    codes = {code for _, code, _ in raised()}
    assert {"seeds_empty", "weights_hash", "no_settings"} <= codes  # raised where they happen
    assert {"seed", "truncation", "count"} <= codes  # raised by checks.py


@pytest.mark.parametrize(("where", "code", "given"), raised())
def test_whoever_raises_fills_the_sentence(where, code, given):
    assert code in SENTENCES, where
    assert gaps(SENTENCES[code]) <= given, where


@pytest.mark.parametrize("code", SENTENCES)
def test_no_sentence_without_use(code):
    # Some are raised by the page alone: a ZIP of nothing, for one.
    sources = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "demo").rglob("*.py"))]
    used = {code for _, code, _ in raised()}
    assert code in used or any(f'"{code}"' in source for source in sources)


@pytest.mark.parametrize("code", SENTENCES)
def test_sentence_is_filled(code):
    error = PipelineError(code, **{name: f"<{name}>" for name in gaps(SENTENCES[code])})
    text = str(error)
    assert error.code == code
    assert "{" not in text
    assert all(f"<{name}>" in text for name in gaps(SENTENCES[code]))
    assert text[0] == "<" or text[0].isupper()
    assert text.endswith(".")


def test_other_languages_use_the_same_fields():
    error = InputError("seed", found=-1, most=9)
    assert error.sentence("种子 {found} 无效 (0-{most})") == "种子 -1 无效 (0-9)"


@pytest.mark.parametrize("kind", [InputError, PictureError, CardError])
def test_kinds_are_pipeline_errors(kind):
    with pytest.raises(PipelineError, match=r"no class x\. It knows: a, b"):
        raise kind("label", model="m", found="x", known="a, b")


def test_errors_survive_another_process():
    # On ZeroGPU a handler runs in a fork, and what it raises comes back pickled.
    error = InputError("seed", found=-1, most=9)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is InputError
    assert (again.code, again.fields, str(again)) == (error.code, error.fields, str(error))


@given(
    st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.none(), st.lists(st.none()))
)
def test_found_is_short_and_never_empty(value):
    assert 1 <= len(short(value)) <= 120


def test_found_may_hold_braces_or_be_endless():
    assert "{most}" in str(InputError("seed", found="{most}", most=9))
    # Python refuses to write out an int of more than 4,300 digits.
    assert str(InputError("seed", found=10**5000, most=9)).startswith("The seed ")
