"""Broken cards and weights: each says what is wrong with it, and the others go on."""

from __future__ import annotations

import hashlib
import json

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file

from pipelines import CardError, InputError, Sampler, Studio
from pipelines.cards import load, read_card
from pipelines.networks.dcgan import GeneratorConfig
from tests.tiny import CLASSES, GENERATOR, edit_card, make_model, write_weights

CPU = torch.device("cpu")


def rewrite(path, change):
    """Change the tensors of a model, keeping its card's hash right."""
    file = path.with_suffix(".safetensors")
    tensors = load_file(file)
    change(tensors)
    edit_card(path, **write_weights(file, tensors))


def test_load_gives_the_networks_of_the_card(tmp_path):
    path = make_model(tmp_path)
    loaded = load(path, CPU)
    assert loaded.card == read_card(path)
    assert set(loaded.networks) == {"generator", "critic"}
    stored = load_file(path.with_suffix(".safetensors"))
    for role, network in loaded.networks.items():
        assert not network.training
        for name, tensor in network.state_dict().items():
            assert torch.equal(tensor, stored[f"{role}/{name}"].to(tensor.dtype))
        assert not any(p.requires_grad for p in network.parameters())
        assert all(p.dtype == torch.float32 for p in network.parameters())


def test_cards_are_frozen(tmp_path):
    card = read_card(make_model(tmp_path))
    with pytest.raises(ValidationError, match="frozen"):
        card.name = "other"


def wrong_hash(path):
    edit_card(path, sha256="0" * 64)
    return "weights_hash", "(hash ", "expected 000000000000"


def changed_weights(path):
    file = path.with_suffix(".safetensors")
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    return "weights_hash", "do not match their card", read_card(path).sha256[:12]


def missing_tensor(path):
    rewrite(path, lambda t: t.pop("generator/project.weight"))
    return "weights_mismatch", "Missing key", "project.weight"


def extra_tensor(path):
    rewrite(path, lambda t: t.update({"generator/stranger": torch.zeros(1)}))
    return "weights_mismatch", "Unexpected key", "stranger"


def extra_network(path):
    rewrite(path, lambda t: t.update({"encoder/weight": torch.zeros(1)}))
    return "weights_mismatch", "unknown network encoder"


def missing_network(path):
    rewrite(path, lambda t: [t.pop(k) for k in list(t) if k.startswith("critic/")])
    return "weights_mismatch", "Missing key"


def wrong_shape(path):
    rewrite(path, lambda t: t.update({"generator/project.weight": torch.zeros(2, 2)}))
    return "weights_mismatch", "size mismatch", "project.weight"


def not_safetensors(path):
    file = path.with_suffix(".safetensors")
    file.write_bytes(b"not tensors at all")
    edit_card(path, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    return "weights_mismatch", "do not fit its network"


def missing_weights(path):
    path.with_suffix(".safetensors").unlink()
    return "weights_missing", "tiny.safetensors does not exist"


def unknown_architecture(path):
    edit_card(path, networks={"generator": {"architecture": "os.system", "config": {}}})
    rewrite(path, lambda t: [t.pop(k) for k in list(t) if k.startswith("critic/")])
    return "card_invalid", "unknown architecture os.system"


def unknown_option(path):
    networks = json.loads(path.read_text())["networks"]
    networks["generator"]["config"]["depth"] = 3
    edit_card(path, networks=networks)
    return "card_invalid", "networks.generator.config", "depth"


@pytest.mark.parametrize("size", [9, 0, -8, "32", None])
def test_impossible_size_of_a_network(tmp_path, size):
    path = make_model(tmp_path)
    networks = json.loads(path.read_text())["networks"]
    networks["generator"]["config"]["size"] = size
    edit_card(path, networks=networks)
    with pytest.raises(CardError, match=r"networks\.generator\.config") as caught:
        load(path, CPU)
    assert caught.value.code == "card_invalid"


@pytest.mark.parametrize("width", [-4, 2**40])
def test_impossible_width_of_a_network(tmp_path, width):
    path = make_model(tmp_path)
    networks = json.loads(path.read_text())["networks"]
    networks["generator"]["config"]["width"] = width
    edit_card(path, networks=networks)
    with pytest.raises(CardError, match="tiny"):
        load(path, CPU)


@pytest.mark.parametrize(
    "spoil",
    [
        wrong_hash,
        changed_weights,
        missing_tensor,
        extra_tensor,
        extra_network,
        missing_network,
        wrong_shape,
        not_safetensors,
        missing_weights,
        unknown_architecture,
        unknown_option,
    ],
)
def test_broken_weights(folder, spoil):
    code, *words = spoil(folder / "tiny.json")
    studio = Studio("cpu", [folder])
    for _ in range(2):  # the second request fails the same way
        with pytest.raises(CardError) as caught:
            studio.get(Sampler)(model="tiny")
        assert caught.value.code == code
        assert all(word in str(caught.value) for word in words), str(caught.value)
        assert "tiny" in str(caught.value)
    assert len(studio.get(Sampler)(model="plain").images) == 1


def extra_field(path):
    edit_card(path, favourite="yes")
    return "favourite", "Extra inputs"


def other_id(path):
    edit_card(path, id="other")
    return "id: other", "not valid"


def bad_id(path):
    edit_card(path, id="../tiny")
    return "id:", "pattern"


def no_json(path):
    path.write_text("{")
    return "Invalid JSON", "not valid"


def no_text(path):
    path.write_bytes(b"\xff\xfe\x00{")
    return "not valid", "tiny"


def no_classes(path):
    edit_card(path, classes=[])
    return "classes", "none"


def future_version(path):
    edit_card(path, version=2)
    return "version", "1"


def no_hash(path):
    edit_card(path, sha256="")
    return "sha256", "pattern"


def missing_entry(path):
    card = json.loads(path.read_text())
    del card["terms"]
    path.write_text(json.dumps(card))
    return "terms", "required"


@pytest.mark.parametrize(
    "spoil",
    [
        extra_field,
        other_id,
        bad_id,
        no_json,
        no_text,
        no_classes,
        future_version,
        no_hash,
        missing_entry,
    ],
)
def test_broken_card_is_left_out_and_listed(folder, spoil):
    words = spoil(folder / "tiny.json")
    studio = Studio("cpu", [folder])
    ids = [card.id for card in studio.cards("generator")]
    assert "plain" in ids
    assert "tiny" not in ids
    (problem,) = studio.problems()
    assert problem.code == "card_invalid"
    assert all(word in str(problem) for word in words), str(problem)
    with pytest.raises(CardError, match="not valid"):
        studio.get(Sampler)(model="tiny")
    assert len(studio.get(Sampler)(model="plain").images) == 1


def test_card_that_is_gone(tmp_path):
    with pytest.raises(CardError, match=r"gone\.json does not exist") as caught:
        read_card(tmp_path / "gone.json")
    assert caught.value.code == "card_missing"


def test_card_without_a_generator(tmp_path):
    path = make_model(tmp_path)
    card = json.loads(path.read_text())
    del card["networks"]["generator"]
    path.write_text(json.dumps(card))
    rewrite(path, lambda t: [t.pop(k) for k in list(t) if k.startswith("generator/")])
    with pytest.raises(CardError, match="generator"):
        Studio("cpu", [tmp_path]).get(Sampler)(model="tiny")


@pytest.mark.parametrize(
    "changes",
    [{"classes": ["ant", "bee"]}, {"classes": ["ant", "bee", "cow", "dog"]}],
)
def test_classes_of_card_and_network_agree(tmp_path, changes):
    make_model(tmp_path, **changes)
    with pytest.raises(CardError, match="classes"):
        Studio("cpu", [tmp_path]).get(Sampler)(model="tiny")


def test_defaults_of_a_network_need_not_be_named(tmp_path):
    # A card may leave out what the architecture's config already says.
    config = {"classes": 3, "size": 8, "width": 4}
    networks = {"generator": {"architecture": "dcgan-generator", "config": config}}
    path = make_model(tmp_path, critic=False, networks=networks)
    rewrite(path, lambda t: t.update({"generator/project.weight": torch.ones(64, 100).half()}))
    samples = Studio("cpu", [tmp_path]).get(Sampler)(model="tiny", label="ant")
    assert samples.images[0].size == (8, 8)


def test_model_that_is_not_there(studio):
    with pytest.raises(InputError, match=r"no model nothing .*tiny"):
        studio.card("nothing", "generator")
    with pytest.raises(InputError, match=r"no model tiny .*Installed: .*nuclei"):
        studio.card("tiny", "segmenter")
    with pytest.raises(InputError, match="no model nothing"):
        studio.network("nothing")


def test_tiny_models_are_as_described(tmp_path):
    loaded = load(make_model(tmp_path), CPU)
    assert loaded.card.classes == CLASSES
    assert loaded.networks["generator"].config == GeneratorConfig(**GENERATOR)
