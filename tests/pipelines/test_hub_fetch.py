"""Downloads say how far they are, and can be stopped between files and chunks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub.utils import tqdm

from pipelines import CardError, Inpainter, Studio, hub_fetch
from pipelines.hub_fetch import Pipelines, fetch
from tests.holes import MASK, PHOTO
from tests.hub import Hub, saved_pipeline, serving

CPU = torch.device("cpu")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(hub_fetch, "PAUSE", 0.001)
    saved_pipeline(tmp_path / "somebody")
    with serving(tmp_path / "somebody", tmp_path / "cache", monkeypatch) as hub:
        yield hub


def taken(hub: Hub) -> set[str]:
    return {path for path in hub.asked if "/resolve/" in path}


def test_a_pipeline_is_downloaded_and_loaded_with_reports(hub: Hub) -> None:
    pipelines = Pipelines(lambda: CPU, endpoint=hub.address)
    shares = list(pipelines.steps("owner/name"))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    asked = len(hub.asked)
    assert pipelines.get("owner/name") is pipelines.get("owner/name")
    assert len(hub.asked) == asked
    assert list(pipelines.steps("owner/name")) == []


def test_it_is_seen_before_anything_is_filled(hub: Hub) -> None:
    inpainter = Inpainter(Studio("cpu").network, lambda _: ())
    inpainter._pipelines = Pipelines(lambda: CPU, endpoint=hub.address)
    steps = list(inpainter.steps(PHOTO, MASK, method="hub", model="owner/name", sampling_steps=2))
    coming = [step for step in steps if step.partial.fetched < 1]
    assert coming
    assert all(step.done == 0 and step.preview is None for step in coming)
    assert {step.total for step in steps} == {steps[-1].done}
    assert steps[-1].partial.fetched == 1


@pytest.mark.usefixtures("hub")
def test_who_stops_it_gets_no_further_file(monkeypatch: pytest.MonkeyPatch) -> None:
    files, gate, begun = [], threading.Event(), threading.Event()

    def slow(_model: str, name: str, *_rest: object) -> Path:
        files.append(name)
        begun.set()
        gate.wait(30)
        return Path(__file__)

    monkeypatch.setattr(hub_fetch, "download", slow)
    before = {*threading.enumerate()}
    work = fetch("owner/name", ["a", "b", "c"], 1000, "0" * 40)
    assert next(work) == 0
    next(work)
    assert begun.wait(30)
    (worker,) = {*threading.enumerate()} - before
    work.close()  # type: ignore[attr-defined]
    gate.set()
    worker.join(30)
    assert files == ["a"]


def test_who_stops_it_gets_no_further_chunk() -> None:
    stopped, counted = threading.Event(), SimpleNamespace(part=0)
    bar = hub_fetch._bar(stopped, counted)(total=10)  # type: ignore[arg-type]
    assert isinstance(bar, tqdm)
    bar.update(3)
    bar.update(4)
    assert counted.part == 7
    stopped.set()
    with pytest.raises(hub_fetch._Stopped):
        bar.update(1)


def test_one_that_does_not_fit_is_refused_before_it_is_downloaded(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2**30))
    with pytest.raises(CardError) as caught:
        list(Pipelines(lambda: CPU, endpoint=hub.address).steps("owner/name"))
    assert caught.value.code == "hub_memory"
    assert {path.rsplit("/", 1)[1] for path in taken(hub)} == {"model_index.json"}


def test_what_is_here_works_without_a_network(hub: Hub) -> None:
    list(Pipelines(lambda: CPU, endpoint=hub.address).steps("owner/name"))
    again = Pipelines(lambda: CPU, endpoint="http://127.0.0.1:1")
    assert list(again.steps("owner/name"))[-1] == 1
    assert again.get("owner/name")
