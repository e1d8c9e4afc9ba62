"""The row of buttons that hand a picture over to other tabs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from .inputs import SMALL
from .page import Page
from .tab import PRIVATE, TELLING
from .words import label

NO_MASK = "() => null"
# What a picture is to a tab that does not work on pictures as they are: Morph looks for it in its
# model first.
KINDS = {"morph": "photo"}


def make_sending(
    ids: Mapping[str, str], key: str = "send.to", interactive: bool = True
) -> dict[str, gr.Button]:
    """Lay out a button for each tab: ``ids`` are the elem_ids by the tabs, ``key`` says what
    stands ahead of them."""
    with gr.Row(elem_classes=["tools", "sending"]):
        gr.Markdown(label(key), elem_classes="hint")
        return {
            tab: gr.Button(label(f"tab.{tab}"), elem_id=id, interactive=interactive, **SMALL)
            for tab, id in ids.items()
        }


def send(
    page: Page,
    buttons: Mapping[str, gr.Button],
    picture: Callable[..., Any],
    inputs: Any,
    kinds: Mapping[str, str] | None = None,
) -> None:
    """Have each button send its tab what ``picture`` makes of ``inputs``, without a mask, and turn
    the page there. ``kinds``: what it is to the tab, if it is not what ``KINDS`` says; see
    ``Page.send``."""
    kinds = {**KINDS, **(kinds or {})}
    for tab, button in buttons.items():
        sent = button.click(picture, inputs, page.picture, **TELLING)
        bare = sent.success(None, None, page.mask, js=NO_MASK, **PRIVATE)
        page.send(tab, bare, turn=True, kind=kinds.get(tab, ""))
