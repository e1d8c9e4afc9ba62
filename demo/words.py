"""Every word on the page, in the person's language.

Labels travel as keys and are translated in the browser; sentences with numbers in them (errors,
captions, notes) are built here, in the language that the browser asked for.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from pipelines.errors import SENTENCES, PipelineError

LOCALES = ("en", "zh")


@cache
def strings(locale: str) -> dict[str, str]:
    """All strings of a locale by key; the English errors are those of the library."""
    text = (Path(__file__).parent / "locale" / f"{locale}.json").read_text(encoding="utf-8")
    errors = {f"error.{code}": sentence for code, sentence in SENTENCES.items()}
    return {**errors, **json.loads(text)}


TRANSLATIONS = gr.I18n(**{locale: strings(locale) for locale in LOCALES})


def label(key: str) -> Any:
    """A string the browser translates; ``key`` must exist."""
    if key not in strings("en"):
        raise KeyError(key)
    return TRANSLATIONS(key)


def language(request: gr.Request | None) -> str:
    """The first language of the browser that the page speaks; English for scripts."""
    header = request.headers.get("accept-language", "") if request else ""
    for part in header.split(","):
        code = part.split(";", maxsplit=1)[0].strip().lower().split("-", maxsplit=1)[0]
        if code in LOCALES:
            return code
    return "en"


def say(key: str, request: gr.Request | None, **fields: object) -> str:
    """A sentence in the person's language, with its fields filled in."""
    return strings(language(request))[key].format_map(fields)


def say_error(error: PipelineError, request: gr.Request | None) -> str:
    """An error's sentence in the person's language."""
    return error.sentence(strings(language(request))[f"error.{error.code}"])


def class_name(name: str, request: gr.Request | None) -> str:
    """A model's class as a person calls it; its own name where there is no translation."""
    return strings(language(request)).get(f"class.{name}", name)
