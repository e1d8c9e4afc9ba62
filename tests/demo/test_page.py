"""What a browser is spared, for which Gradio's page walks its tree again and again."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest
from gradio.block_function import BlockFunction
from gradio.blocks import Block

from demo import build
from demo.laboratory import Laboratory
from demo.words import strings
from pipelines import Studio

VISIT = {"tab": "generate", "parameters": {}, "language": "en"}
TRANSLATED = "__i18n__"  # before what the browser translates


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> gr.Blocks:
    return build(Studio("cpu"), Laboratory(tmp_path_factory.mktemp("lab")))


def followers(page: gr.Blocks) -> list[BlockFunction]:
    """What listens to a visit to its own tab, and to all visits in another language."""
    (visit,) = (i for i, fn in page.fns.items() if fn.name == "visit")
    gates = {i for i, fn in page.fns.items() if fn.trigger_after == visit and fn.js}
    return [fn for fn in page.fns.values() if fn.trigger_after in gates]


def changes(fn: BlockFunction) -> Iterator[tuple[Block, str, Any]]:
    """What a listener changes on a page that somebody opened without a link."""
    values = [VISIT, *(getattr(block, "value", None) for block in fn.inputs[1:])]
    assert fn.fn
    request = [None] * ("request" in inspect.signature(fn.fn).parameters)
    found = fn.fn(*values, *request)
    for block, update in zip(fn.outputs, found if len(fn.outputs) > 1 else [found], strict=True):
        if isinstance(update, Block | dict):
            changed = update.constructor_args if isinstance(update, Block) else update
            yield from ((block, key, value) for key, value in changed.items() if key != "__type__")
        else:
            yield block, "value", update


def plain(value: Any) -> Any:
    """As it is read in English; choices as pairs of what is read and what it stands for."""
    if isinstance(value, str) and value.startswith(TRANSLATED):
        return strings("en")[json.loads(value.removeprefix(TRANSLATED))["key"]]
    if isinstance(value, list):
        return [tuple(each) if isinstance(each, list) else each for each in value]
    return value


def test_every_other_tab_listens(page: gr.Blocks) -> None:
    assert len(followers(page)) == 8  # seven tabs; two parts of the Lab


def test_english_menus_are_built_as_they_would_be_sent(page: gr.Blocks) -> None:
    compared = set()
    for fn in followers(page):
        for block, key, value in changes(fn):
            assert plain(getattr(block, key)) == plain(value), f"{block.elem_id}: {key}"
            compared.add(block.elem_id)
    assert {"key-class", "style-method", "inpaint-view", "segment-hint", "inside-view"} <= compared


def test_progress_that_nobody_sees_is_told_to_one_component(page: gr.Blocks) -> None:
    quiet = [fn for fn in page.fns.values() if fn.show_progress == "hidden"]
    assert len(quiet) > 500
    assert len({id(told) for fn in quiet for told in fn.show_progress_on or fn.outputs}) == 1
