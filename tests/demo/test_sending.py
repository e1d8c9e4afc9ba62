"""Every result can be sent to every other tab, and there is somebody who takes it."""

from __future__ import annotations

import gradio as gr
import pytest

from demo import TABS
from demo.page import header
from demo.sending import KINDS
from pipelines import Studio

RECEIVING = {"morph", "style", "inpaint", "segment", "texture"}
Parcels = set[tuple[str, str]]  # tabs and kinds
Wired = tuple[dict[str, Parcels], Parcels]


@pytest.fixture(scope="module")
def wired() -> Wired:
    """What each tab sends, and what is received."""
    studio = Studio("cpu")
    sent: dict[str, Parcels] = {}
    with gr.Blocks():
        _, page = header()
        for tab in TABS:
            before = len(page.senders)
            with gr.Tab(tab.id, id=tab.id) as page.here:
                tab.build(studio, page)
            sent[tab.id] = {(target, kind) for target, kind, *_ in page.senders[before:]}
    return sent, {(target, kind) for target, kind, _ in page.receivers}


@pytest.mark.parametrize("tab", [tab.id for tab in TABS if tab.id in {"generate", *RECEIVING}])
def test_any_result_can_be_sent_to_any_other_tab(wired: Wired, tab: str) -> None:
    sent, received = wired
    looked_into = {"lab"} if tab == "generate" else set()  # the Lab knows what drew it
    assert {target for target, _ in sent[tab]} == RECEIVING - {tab} | looked_into
    assert sent[tab] <= received


def test_only_generate_sends_morph_seeds(wired: Wired) -> None:
    sent, _ = wired
    seeds = {tab for tab, parcels in sent.items() if ("morph", "") in parcels}
    photos = {tab for tab, parcels in sent.items() if ("morph", KINDS["morph"]) in parcels}
    assert seeds == {"generate"}
    assert photos == {"style", "inpaint", "segment", "texture"}
