"""The Studio loads each thing once, from the first folder that has it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import pipelines.studio
from pipelines import InputError, Sampler, Studio
from tests.tiny import make_model

NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")


def test_many_threads_load_once(folder, monkeypatch):
    loaded = []
    real_load = pipelines.studio.load

    def slow_load(path, device):
        loaded.append(path.stem)
        time.sleep(0.05)
        return real_load(path, device)

    monkeypatch.setattr(pipelines.studio, "load", slow_load)
    studio = Studio("cpu", [folder])
    start = threading.Barrier(8)

    def work(seed):
        start.wait()
        sampler = studio.get(Sampler)
        return sampler, studio.network("tiny"), sampler([seed], model="tiny")

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, [1, 2] * 4))
    assert loaded == ["tiny"]
    assert len({id(sampler) for sampler, *_ in results}) == 1
    assert len({id(network) for _, network, _ in results}) == 1
    pictures = {samples.points: samples.images[0].tobytes() for *_, samples in results}
    assert all(pictures[s.points] == s.images[0].tobytes() for *_, s in results)


def test_of_two_folders_the_first_counts(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    make_model(first, "shared", name="from the first")
    make_model(second, "shared", name="from the second")
    make_model(second, "only")
    studio = Studio("cpu", [first, second])
    names = {card.id: card.name for card in studio.cards()}
    assert names["shared"] == "from the first"
    assert "only" in names
    assert studio.network("shared").card.name == "from the first"


def test_models_that_come_later_are_seen(folder):
    studio = Studio("cpu", [folder])
    assert "late" not in {card.id for card in studio.cards()}
    make_model(folder, "late")
    assert "late" in {card.id for card in studio.cards()}
    assert len(studio.get(Sampler)([1], model="late").images) == 1


def test_cards_by_tool(studio):
    assert {"tiny", "plain"} <= {card.id for card in studio.cards("generator")}
    assert {card.tool for card in studio.cards("segmenter")} <= {"segmenter"}
    assert studio.cards("styler") == []
    assert studio.problems() == []


def test_folder_that_does_not_exist(tmp_path):
    assert isinstance(Studio("cpu", [tmp_path / "gone"]).cards(), list)


def test_other_files_are_no_models(folder):
    (folder / "LICENSE.md").write_text("terms")
    assert Studio("cpu", [folder]).problems() == []


@pytest.mark.parametrize("model", ["gone", ["tiny"], {}, None])
def test_a_model_that_is_not_there(folder, model):
    studio = Studio("cpu", [folder])
    for get in (studio.network, studio.directions):
        with pytest.raises(InputError, match="There is no model"):
            get(model)


@NO_GPU
@pytest.mark.parametrize("name", ["cuda", "cuda:1", "tpu", "", "cpu:x"])
def test_device_that_is_not_there(folder, name):
    studio = Studio(name, [folder])
    assert "tiny" in {card.id for card in studio.cards()}  # cards can be read all the same
    with pytest.raises(InputError, match=r"device .* not available\. Use cpu") as caught:
        studio.get(Sampler)([1], model="tiny")
    assert caught.value.code == "device"


def test_auto_takes_the_gpu_if_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert Studio().device.type == expected
