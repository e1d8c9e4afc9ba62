"""Models out of the Hub: looked at before they are taken, and the same here as there.

The Hub of these tests is a little server on this computer.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
import segmentation_models_pytorch as smp
import torch
from PIL import Image

from pipelines import CardError, InputError, Segmenter, Studio
from pipelines.hub import describe, load_hub, palette
from pipelines.networks.unet import MEAN, STD
from tests.hub import COMMIT, Hub, edit, saved

CPU = torch.device("cpu")


# From a folder


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (smp.Unet, {}),
        (smp.Unet, {"activation": "softmax"}),
        (smp.Unet, {"aux_params": {"classes": 2}}),
        (smp.FPN, {}),
        (smp.PAN, {"decoder_channels": 8}),
    ],
)
def test_gives_the_logits_of_from_pretrained(tmp_path, kind, settings):
    saved(tmp_path, kind, **settings)
    loaded = load_hub(tmp_path, CPU)
    assert loaded.card.tool == "segmenter"
    x = torch.rand(1, 3, 128, 160, generator=torch.Generator().manual_seed(1))
    theirs = smp.from_pretrained(str(tmp_path), activation=None, encoder_weights=None).eval()
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    with torch.inference_mode():
        wanted = theirs((x - mean) / std)
        found = loaded.networks["segmenter"](x * 2 - 1)
    wanted = wanted[0] if isinstance(wanted, tuple) else wanted
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)


def test_one_output_becomes_ground_and_object(tmp_path):
    net = saved(tmp_path, classes=1)
    loaded = load_hub(tmp_path, CPU)
    assert loaded.card.classes == ("class 0", "class 1")
    x = torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1)) * 2 - 1
    network = loaded.networks["segmenter"]
    with torch.inference_mode():
        chance = network(x).softmax(1)[:, 1]
        wanted = net(x * network.gain + network.offset).sigmoid()[:, 0]
    torch.testing.assert_close(chance, wanted, rtol=1e-4, atol=1e-5)


def test_card_says_what_is_known_and_no_more(tmp_path):
    folder = tmp_path / "My Model"
    saved(folder)
    card = load_hub(folder, CPU).card
    assert card.id == "hub-my-model"
    assert card.name == "My Model"
    assert "Unet" in card.summary
    assert "mobilenet_v2" in card.summary
    assert card.bytes == (folder / "model.safetensors").stat().st_size
    assert card.quality == ()
    assert card.terms == "not stated"


@pytest.mark.parametrize("size", [(1, 1), (3, 170), (97, 33)])
def test_segments_pictures_of_any_size(tmp_path, size):
    saved(tmp_path / "somebody")
    studio = Studio("cpu")
    before = {card.id for card in studio.cards()}
    loaded = load_hub(tmp_path / "somebody", studio.device)
    studio.add(loaded)
    assert studio.network("hub-somebody") is loaded
    assert studio.card("hub-somebody", "segmenter") is loaded.card
    assert {card.id for card in studio.cards("segmenter")} - before == {"hub-somebody"}
    assert "hub-somebody" not in {card.id for card in studio.cards("generator")}
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    found = studio.get(Segmenter)(Image.fromarray(noise), model="hub-somebody")
    assert found.labels.shape == size
    assert found.labels.max() < 3
    with pytest.raises(InputError):
        studio.card("hub-somebody", "generator")


def test_added_again_takes_its_place(tmp_path):
    saved(tmp_path / "one")
    studio = Studio("cpu")
    first, second = load_hub(tmp_path / "one", CPU), load_hub(tmp_path / "one", CPU)
    studio.add(first)
    studio.add(second)
    assert studio.network("hub-one") is second
    assert [card.id for card in studio.cards()].count("hub-one") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"_model_class": "from_pretrained"},
        {"_model_class": "Unet3D"},
        {"encoder_name": "tu-hf-hub:owner/name"},
        {"encoder_name": "../resnet18"},
        {"encoder_name": "no-such-encoder"},
        {"in_channels": 4},
        {"classes": 0},
        {"classes": 255},
        {"classes": "many"},
        {"decoder_channels": [8, 8, 8, 8, 10**9]},
        {"encoder_depth": 10**6},
        {"classes": 4},  # the weights have 3
    ],
)
def test_settings_that_cannot_be_built(tmp_path, changes):
    saved(tmp_path)
    edit(tmp_path, **changes)
    with pytest.raises(CardError) as error:
        load_hub(tmp_path, CPU)
    assert error.value.code == "hub_config"
    assert str(error.value).count("\n") == 0


@pytest.mark.parametrize("text", ["", "[]", '{"classes": 2}', "\ufeff{", "null"])
def test_a_config_that_is_none(tmp_path, text):
    saved(tmp_path)
    (tmp_path / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(CardError) as error:
        load_hub(tmp_path, CPU)
    assert error.value.code == "hub_config"


def test_settings_nobody_knows_are_not_passed_on(tmp_path):
    saved(tmp_path)
    edit(tmp_path, checkpoint_path="/etc/passwd", pretrained=True)
    assert load_hub(tmp_path, CPU).card.classes == ("class 0", "class 1", "class 2")


def test_weights_that_are_damaged_or_missing(tmp_path):
    saved(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(CardError) as error:
        load_hub(tmp_path, CPU)
    assert error.value.code == "hub_config"
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(CardError) as error:
        load_hub(tmp_path, CPU)
    assert error.value.code == "hub_files"


def test_weights_that_are_too_large(tmp_path, monkeypatch):
    saved(tmp_path)
    monkeypatch.setattr("pipelines.hub.MAX_HUB_BYTES", 1000)
    with pytest.raises(CardError) as error:
        load_hub(tmp_path, CPU)
    assert error.value.code == "hub_large"


# From a Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    saved(tmp_path / "model")
    hub = Hub(tmp_path / "model")
    thread = threading.Thread(target=hub.server.serve_forever, args=(0.01,))
    thread.start()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()
    thread.join()


def test_a_model_is_described_before_it_is_taken(hub):
    model = describe("owner/name", hub.address)
    assert model.repo_id == "owner/name"
    assert model.revision == COMMIT
    assert model.bytes == (hub.folder / "model.safetensors").stat().st_size
    assert (model.license, model.architecture) == ("mit", "Unet")
    assert (model.encoder, model.classes) == ("mobilenet_v2", 3)
    assert not any(path.endswith(".safetensors") for path in hub.asked)


def test_a_described_model_is_taken_at_its_revision(hub):
    model = describe("owner/name", hub.address)
    hub.about["sha"] = "0" * 40  # somebody has changed it since
    loaded = load_hub(model, CPU, hub.address)
    assert f"/owner/name/resolve/{COMMIT}/model.safetensors" in hub.asked
    assert loaded.card.id == "hub-owner-name"
    assert loaded.card.terms == loaded.card.data.terms == "mit"
    assert COMMIT in loaded.card.data.source
    folder = load_hub(hub.folder, CPU)
    assert loaded.card.sha256 == folder.card.sha256


def test_a_model_by_name(hub):
    hub.about = {}
    loaded = load_hub("owner/name", CPU, hub.address)
    assert loaded.card.terms == "not stated"
    x = torch.zeros(1, 3, 64, 64)
    wanted = load_hub(hub.folder, CPU).networks["segmenter"](x)
    assert torch.equal(loaded.networks["segmenter"](x), wanted)


def test_pickles_are_refused_unseen(hub):
    (hub.folder / "model.safetensors").rename(hub.folder / "pytorch_model.bin")
    with pytest.raises(CardError) as error:
        load_hub("owner/name", CPU, hub.address)
    assert error.value.code == "hub_files"
    assert hub.asked == ["/api/models/owner/name"]


def test_a_large_model_is_refused_unseen(hub, monkeypatch):
    monkeypatch.setattr("pipelines.hub.MAX_HUB_BYTES", 10**6)
    with pytest.raises(CardError) as error:
        load_hub("owner/name", CPU, hub.address)
    assert error.value.code == "hub_large"
    assert hub.asked == ["/api/models/owner/name"]


def test_a_large_config_is_refused_unseen(hub):
    edit(hub.folder, more="x" * 2**17)
    with pytest.raises(CardError) as error:
        describe("owner/name", hub.address)
    assert error.value.code == "hub_config"
    assert hub.asked == ["/api/models/owner/name"]


def test_a_model_there_is_not(hub):
    with pytest.raises(CardError) as error:
        describe("owner/other", hub.address)
    assert error.value.code == "hub_missing"


def test_weights_that_have_gone(hub):
    model = describe("owner/name", hub.address)
    shutil.move(hub.folder / "model.safetensors", hub.folder / "other.safetensors")
    with pytest.raises(CardError) as error:
        load_hub(model, CPU, hub.address)
    assert error.value.code == "hub_files"


def test_without_a_network(hub, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)  # between one try and the next
    model = describe("owner/name", hub.address)
    nobody = "http://127.0.0.1:9"
    for ask in (
        lambda: describe("owner/name", nobody),
        lambda: load_hub("owner/name", CPU, nobody),
        lambda: load_hub(model, CPU, nobody),
    ):
        with pytest.raises(CardError) as error:
            ask()
        assert error.value.code == "hub_offline"
        assert "owner/name" in str(error.value)


@pytest.mark.parametrize("name", ["", "name", "a/b/c", "../x", "owner/..", "a b/c", "/etc", None])
def test_names_that_are_none(name):
    with pytest.raises(InputError) as error:
        describe(name)
    assert error.value.code == "hub_name"


def test_a_folder_is_never_opened_by_its_name(tmp_path, monkeypatch):
    saved(tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CardError) as error:
        load_hub("owner/name", CPU, "http://127.0.0.1:9")
    assert error.value.code == "hub_offline"


def test_palette():
    assert len(set(palette(32))) == 32
    assert palette(3) == palette(32)[:3]
