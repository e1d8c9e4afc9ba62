"""The Train part's listeners, without a server."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest

import demo
from demo.lab_train_handlers import TrainHandlers
from demo.laboratory import Laboratory
from pipelines import Studio

from .helpers import CHINESE, ENGLISH, ended


def test_the_page_follows_a_training(lab: Laboratory, knowing: Studio, shapes: Path) -> None:
    do = TrainHandlers(knowing, lab)
    families, losses, norms, begin, *shown = do.arrive("gone", 100, CHINESE)
    assert families.choices[1][1] == "lstm"
    assert losses.choices[0] == ("合页（hinge）损失", "hinge")
    assert norms.choices[1] == ("无", "none")
    assert begin.value == ""
    starts = [id for _, id in begin.choices]
    assert starts[:2] == ["", "cifar10-dcgan"]
    assert "small-lstm" in starts
    assert "scenes" not in starts
    assert not shown[-2].active
    with pytest.raises(gr.Error, match="no picture to learn from"):
        list(do.start([], "32", 200, 0, "dcgan", "hinge", "spectral", False, 0, "", ENGLISH))
    options = ("32", 200, 0, "dcgan", "hinge", "spectral", False, 0, "")
    lines = list(do.start([str(shapes)], *options, ENGLISH))
    assert lines[-1] == "Reading the pictures: 12 of 12 …"
    shown = do.look(100, ("", -1), True, ENGLISH)
    assert "Starting" in shown[0]
    go, hold, stop, save, use, timer = shown[8:14]
    assert (go.interactive, hold.interactive, stop.interactive) == (False, True, True)
    assert (save.interactive, use.visible, timer.active) == (False, False, True)
    hidden = do.tick(100, ("", -1), False, ENGLISH)
    assert hidden[0] == gr.skip()
    assert not hidden[13].active
    ended(lab)
    status, grid, _, about, *plots = do.look(100, ("", -1), True, ENGLISH)
    assert "Finished: 224 pictures shown** · learns from 12 pictures of 2 classes" in status
    assert grid.visible
    assert "224" in about
    assert all(not plot.visible or len(plot.value) for plot in plots[:3])
    go, hold, stop, save, use, timer, seen = plots[4:]
    assert (go.interactive, hold.value, stop.interactive) == (True, "Go on", False)
    assert (save.interactive, timer.active) == (True, False)
    assert do.look(100, seen, True, ENGLISH)[1] == gr.skip()  # it is there already
    with pytest.raises(gr.Error, match="cannot be the name"):
        list(do.save("My cats", ENGLISH))
    note, _, use, name = list(do.save("shapes", ENGLISH))[-1]
    assert "**Shapes** is saved" in note
    assert use.visible
    assert name == "shapes-2"
    assert do.use() == {"tab": "generate", "model": "shapes", "parameters": {}}


def test_without_a_laboratory_the_tab_says_so(knowing: Studio) -> None:
    texts = [
        block.elem_id for block in demo.build(knowing).blocks.values() if block.elem_id
    ]  # fmt: skip
    assert "lab-off" in texts
    assert "lab-go" not in texts
