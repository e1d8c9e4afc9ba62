"""Pipelines out of the Hub: of the real classes, tiny, and from a Hub on this computer."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from pipelines import CardError, InputError, PipelineError
from pipelines.hub_inpaint import _expected, hub_fill, load_pipeline
from pipelines.hub_pipeline import describe_pipeline
from tests.hub import COMMIT, Hub, saved_pipeline, serving

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pipeline")
    saved_pipeline(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return shutil.copytree(saved, tmp_path / "somebody")


def scene(width: int, height: int) -> tuple[Image.Image, Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    mask = Image.new("L", (width, height))
    mask.paste(255, (width // 4, height // 4, width * 3 // 4 + 1, height * 3 // 4 + 1))
    return Image.fromarray(noise), mask


def edit(folder: Path, **changes: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


# Filling


@pytest.mark.parametrize("size", [(64, 64), (33, 77), (1, 1), (3, 200)])
def test_a_picture_after_every_step_and_a_result(saved, size):
    pipeline = load_pipeline(saved, CPU)
    pictures = list(hub_fill(pipeline, *scene(*size), seed=1, steps=3, prompt="a cat"))
    assert len(pictures) == 4
    assert {(picture.size, picture.mode) for picture in pictures} == {(size, "RGB")}


def test_same_seed_same_picture(saved):
    pipeline = load_pipeline(saved, CPU)

    def filled(seed: int, **settings: object) -> np.ndarray:
        given = {"prompt": "a cat", **settings}
        *_, last = hub_fill(pipeline, *scene(32, 32), seed=seed, steps=2, **given)
        return np.asarray(last, float)

    first = filled(1)
    assert np.array_equal(filled(1), first)
    assert np.abs(filled(2) - first).max() > 2
    assert np.abs(filled(1, prompt="zoo", guidance=20.0) - first).max() > 0
    assert np.abs(filled(1, negative_prompt="zoo", guidance=20.0) - first).max() > 0


def test_less_strength_takes_fewer_steps_but_one_at_least(saved):
    pipeline = load_pipeline(saved, CPU)
    for strength, wanted in ((0.5, 3), (0.01, 2)):
        found = hub_fill(pipeline, *scene(32, 32), seed=1, steps=4, strength=strength)
        assert len(list(found)) == wanted


def test_closing_the_iterator_ends_the_work(saved):
    pipeline = load_pipeline(saved, CPU)
    before = threading.active_count()
    pictures = hub_fill(pipeline, *scene(32, 32), seed=1, steps=1000)
    assert next(pictures).size == (32, 32)
    pictures.close()
    assert threading.active_count() == before
    assert len(list(hub_fill(pipeline, *scene(32, 32), seed=1, steps=2))) == 3


def test_what_is_expected_is_the_known_picture_where_it_is_known():
    random = np.random.default_rng(1)
    colors = random.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    image = Image.fromarray(colors).resize((32, 32), Image.Resampling.NEAREST)
    hole = Image.new("L", (32, 32))
    hole.paste(255, (8, 8, 24, 24))
    # Latents that are a mixture of colours, as those of real encoders nearly are.
    mixing = torch.from_numpy(random.normal(0, 1, (4, 3)))

    def latents(picture: Image.Image) -> torch.Tensor:
        small = np.asarray(picture.resize((8, 8), Image.Resampling.BOX), float) / 127.5 - 1
        return (torch.from_numpy(small) @ mixing.T).permute(2, 0, 1)[None]

    grey = Image.composite(Image.new("RGB", image.size, (128, 128, 128)), image, hole)
    clean = Image.fromarray(255 - colors).resize((32, 32), Image.Resampling.NEAREST)
    found = _expected(latents(clean), latents(grey).repeat(2, 1, 1, 1), image, hole)
    inside = np.asarray(hole) > 0
    assert np.array_equal(np.asarray(found)[~inside], np.asarray(image)[~inside])
    middle = np.s_[14:18, 14:18]
    smooth = clean.resize((8, 8), Image.Resampling.BOX).resize((32, 32), Image.Resampling.BICUBIC)
    difference = np.asarray(found, float)[middle] - np.asarray(smooth, float)[middle]
    assert np.abs(difference).max() < 8


def test_the_filter_of_the_model_is_heard(tmp_path):
    saved_pipeline(tmp_path, hides=True)
    pipeline = load_pipeline(tmp_path, CPU)
    with pytest.raises(InputError) as error:
        list(hub_fill(pipeline, *scene(32, 32), seed=1, steps=1))
    assert error.value.code == "hub_refused"


def test_when_memory_runs_out(saved):
    pipeline = load_pipeline(saved, CPU)
    pipeline.unet.register_forward_hook(lambda *_: torch.empty(2**60))
    with pytest.raises(CardError) as error:
        list(hub_fill(pipeline, *scene(32, 32), seed=1, steps=1))
    assert error.value.code == "hub_exhausted"


# Loading


def test_half_precision_is_computed_with_in_full_on_a_cpu(tmp_path):
    saved_pipeline(tmp_path, variant="fp16")
    pipeline = load_pipeline(tmp_path, CPU)
    assert pipeline.unet.dtype == pipeline.vae.dtype == torch.float32


@pytest.mark.cuda
def test_on_a_gpu_in_half_precision(saved):
    pipeline = load_pipeline(saved, torch.device("cuda"))
    assert pipeline.unet.dtype == torch.float16
    *_, last = hub_fill(pipeline, *scene(64, 64), seed=1, steps=3, prompt="a cat")
    assert last.size == (64, 64)


@pytest.mark.parametrize(
    "changes",
    [
        {"_class_name": "FluxInpaintPipeline"},
        {"_class_name": None},
        {"unet": ["os", "system"]},
        {"unet": ["diffusers", "UNet3DConditionModel"]},
        {"../vae": ["diffusers", "AutoencoderKL"]},
        {"more": ["somebody", "Thing"]},
        {"more": []},
    ],
)
def test_an_index_that_names_other_things(folder, changes):
    edit(folder, **changes)
    with pytest.raises(CardError) as error:
        load_pipeline(folder, CPU)
    assert error.value.code == "pipeline_kind"
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("text", ["", "[]", "null", "\ufeff{"])
def test_an_index_that_is_none(folder, text):
    (folder / "model_index.json").write_text(text, encoding="utf-8")
    with pytest.raises(CardError) as error:
        load_pipeline(folder, CPU)
    assert error.value.code == "pipeline_kind"


def test_pickles_are_never_opened(folder):
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(CardError) as error:
        load_pipeline(folder, CPU)
    assert error.value.code == "pipeline_files"
    assert "unet/diffusion_pytorch_model.safetensors" in str(error.value)


def test_weights_that_are_damaged(folder):
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(CardError) as error:
        load_pipeline(folder, CPU)
    assert error.value.code == "pipeline_kind"


def test_no_pipeline_at_all(tmp_path):
    with pytest.raises(CardError) as error:
        load_pipeline(tmp_path, CPU)
    assert error.value.code == "pipeline_files"


def test_more_than_the_memory_holds(saved, monkeypatch):
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(available=2**30))
    with pytest.raises(CardError) as error:
        load_pipeline(saved, CPU)
    assert error.value.code == "hub_memory"
    assert "1.0 GB" in str(error.value)


# From a Hub


@pytest.fixture
def hub(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("time.sleep", lambda _: None)  # between one try and the next
    with serving(folder, tmp_path / "cache", monkeypatch) as hub:
        yield hub


def test_a_pipeline_is_described_before_it_is_taken(hub):
    (hub.folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    (hub.folder / "unet" / "code.py").write_text("raise SystemExit")
    (hub.folder / "large.ckpt").write_bytes(b"pickle")
    known = describe_pipeline("owner/name", hub.address)
    assert (known.repo_id, known.revision, known.license) == ("owner/name", COMMIT, "mit")
    assert known.half is False
    assert known.bytes == sum((hub.folder / file).stat().st_size for file in known.files)
    assert all(file.endswith((".json", ".txt", ".safetensors")) for file in known.files)
    assert set(hub.asked) == {
        "/api/models/owner/name",
        f"/owner/name/resolve/{COMMIT}/model_index.json",
    }


def test_only_what_is_needed_is_downloaded_at_the_revision_described(hub):
    (hub.folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"pickle")
    known = describe_pipeline("owner/name", hub.address)
    hub.about["sha"] = "0" * 40  # somebody has changed it since
    pipeline = load_pipeline(known, CPU, hub.address)
    taken = {path.rsplit(f"{COMMIT}/", 1)[1] for path in hub.asked if "/resolve/" in path}
    assert taken == set(known.files)
    assert len(list(hub_fill(pipeline, *scene(32, 32), seed=1, steps=1))) == 2


def test_what_was_downloaded_works_without_a_network(hub):
    first = load_pipeline("owner/name", CPU, hub.address)
    second = load_pipeline("owner/name", CPU, "http://127.0.0.1:9")
    wanted, found = (
        [np.asarray(p) for p in hub_fill(pipeline, *scene(32, 32), seed=1, steps=1)]
        for pipeline in (first, second)
    )
    assert np.array_equal(wanted, found)


@pytest.mark.parametrize("looked_up", [False, True])
def test_without_a_network(hub, looked_up):
    if looked_up:  # its index is here, its weights are not
        describe_pipeline("owner/name", hub.address)
    with pytest.raises(CardError) as error:
        load_pipeline("owner/name", CPU, "http://127.0.0.1:9")
    assert error.value.code == "hub_offline"
    assert "owner/name" in str(error.value)


def test_one_that_is_too_large_is_refused_unseen(hub, monkeypatch):
    monkeypatch.setattr("pipelines.hub_pipeline.MAX_PIPELINE_BYTES", 1000)
    with pytest.raises(CardError) as error:
        load_pipeline("owner/name", CPU, hub.address)
    assert error.value.code == "hub_large"
    assert not any(path.endswith(".safetensors") for path in hub.asked)


@pytest.mark.parametrize("name", ["", "name", "../x", "owner/other", None])
def test_names_of_nothing(hub, name):
    with pytest.raises(PipelineError) as error:
        load_pipeline(name, CPU, hub.address)
    assert error.value.code == ("hub_missing" if name == "owner/other" else "hub_name")


def test_a_model_of_another_kind(hub):
    (hub.folder / "model_index.json").unlink()
    with pytest.raises(CardError) as error:
        load_pipeline("owner/name", CPU, hub.address)
    assert error.value.code == "pipeline_files"
