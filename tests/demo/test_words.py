"""Two languages, the same strings, and no string outside them."""

from __future__ import annotations

import ast
import json
import re
import string
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demo import words
from pipelines import InputError
from pipelines.errors import SENTENCES

DEMO = Path(words.__file__).parent
SOURCES = sorted(DEMO.glob("*.py"))
# Seen by scripts only (labels of private or invisible parts), or the product's own name.
NOT_TRANSLATED = {"Summary", "Settings", "ZIP", "Pentimento", "MP4", "GIF", "WebP", "ganspace"}


def of(locale: str) -> dict[str, str]:
    return json.loads((DEMO / "locale" / f"{locale}.json").read_text(encoding="utf-8"))


def request(accept: str) -> Any:
    return SimpleNamespace(headers={"accept-language": accept})


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    errors = {f"error.{code}" for code in SENTENCES}
    assert set(of("zh")) == set(of("en")) | errors
    assert not errors & set(of("en"))


@pytest.mark.parametrize("key", sorted(words.strings("en")))
def test_both_languages_say_the_same_fields(key: str) -> None:
    english, chinese = words.strings("en")[key], words.strings("zh")[key]
    assert placeholders(english) == placeholders(chinese)
    assert english.strip()
    assert chinese.strip()


def test_chinese_is_chinese() -> None:
    for key, text in of("zh").items():
        assert re.search(r"[\u4e00-\u9fff]", text), key


def literals() -> list[tuple[str, int, str]]:
    """Strings that land on the page: titles, labels and texts given to Gradio's components."""
    found = []
    shown = {"label", "info", "placeholder", "title", "value"}
    texts = {"Button", "Markdown", "HTML", "UploadButton", "DownloadButton", "Info", "Warning"}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            arguments = [k.value for k in node.keywords if k.arg in shown]
            if name in texts:
                arguments += node.args[:1]
            for value in arguments:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    text = re.sub(r"<[^>]*>", "", value.value)
                    if re.search(r"[A-Za-z]{2}", text):
                        found.append((path.name, node.lineno, text))
    return found


def test_no_words_outside_the_locale_files() -> None:
    assert [entry for entry in literals() if entry[2] not in NOT_TRANSLATED] == []


def test_every_string_is_used_and_every_used_string_exists() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    for key in of("en"):
        stem, _, leaf = key.partition(".")
        if stem not in ("class", "tab"):  # built from the names of classes and tabs
            assert f'"{key}"' in source or f'"{leaf}"' in source, key
    for key in re.findall(r'\b(?:label|say)\("([a-z_.]+)"', source):
        assert key in words.strings("en"), key


def test_language_follows_the_browser() -> None:
    assert words.language(request("zh-CN,zh;q=0.9,en;q=0.8")) == "zh"
    assert words.language(request("de-DE,de;q=0.9,en;q=0.8")) == "en"
    assert words.language(request("fr")) == "en"
    assert words.language(request("")) == "en"
    assert words.language(None) == "en"


def test_errors_are_said_in_both_languages() -> None:
    error = InputError("count", found=65, most=64)
    assert words.say_error(error, None) == str(error)
    assert (
        words.say_error(error, request("zh")) == "图像数量 65 不可行。请选择 1 到 64 之间的整数。"
    )


def test_unknown_label_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        words.label("generate.nothing")


def test_class_names() -> None:
    assert words.class_name("frog", request("zh")) == "青蛙"
    assert words.class_name("my own class", request("zh")) == "my own class"
