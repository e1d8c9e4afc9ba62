"""Looking inside generators and critics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from pipelines import Explainer, InputError, Point, Sampler, Studio
from pipelines.inside_maps import place_of
from pipelines.latents import latents
from pipelines.settings import read_settings
from pipelines.units import activations, matters, silenced

from ..tiny import make_model, make_seer


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("inside")
    make_model(folder)
    make_model(folder, "blind", critic=False)
    make_seer(folder)
    return Studio("cpu", [folder])


@pytest.fixture
def explainer(studio: Studio) -> Explainer:
    return studio.get(Explainer)


def drawn(studio: Studio, model: str, seed: int = 3) -> tuple[Any, Any]:
    """A generator, and a run of it for one picture."""
    network: Any = studio.network(model).networks["generator"]
    z = latents([Point(seed)], network)
    return network, lambda: network(z, torch.eye(3)[:1])


@pytest.mark.parametrize(("model", "sides"), [("tiny", [4]), ("seer", [4, 8, 16])])
def test_layers_are_those_of_the_picture_that_generate_shows(
    studio: Studio, explainer: Explainer, model: str, sides: list[int]
) -> None:
    seen = explainer.generator(3, model, "bee")
    sample = studio.get(Sampler)([3], model=model, label="bee").images[0]
    assert np.array_equal(np.asarray(seen.image), np.asarray(sample))
    assert [round(layer.scale * sample.width) for layer in seen.layers] == sides
    assert len(seen.overview) == len(seen.layers)
    assert sorted(seen.ranking) == list(range(seen.layers[0].units))
    strengths = [unit.matters for unit in seen.units]
    assert strengths == sorted(strengths, reverse=True)
    assert tuple(unit.index for unit in seen.units) == seen.ranking[: len(seen.units)]


@pytest.mark.parametrize("model", ["tiny", "seer"])
def test_what_matters_is_what_changes_the_place_when_taken_away(studio: Studio, model: str) -> None:
    """The estimate against the slow way: every unit taken away by itself."""
    network, run = drawn(studio, model)
    layer = network.layers()[-1]
    place = place_of((0.3, 0.6), studio.card(model).size)
    guess = matters(run, layer, place)
    with torch.no_grad():
        before = run()
        exact = []
        for unit in range(len(guess)):
            with silenced(layer, [unit]):
                apart = (run() - before)[0].square().mean(0)
            exact.append(float((apart * place).sum() / place.sum()) ** 0.5)
    order = torch.stack([guess, torch.tensor(exact)]).argsort(1).argsort(1).float()
    assert torch.corrcoef(order)[0, 1] > 0.8


def test_without_all_its_units_a_layer_tells_nothing_of_the_seed(
    explainer: Explainer,
) -> None:
    count = explainer.generator(0, "tiny", "ant").layers[0].units
    one, other = (explainer.silence(s, "tiny", "ant", units=range(count)) for s in (1, 2))
    assert np.array_equal(np.asarray(one.image), np.asarray(other.image))
    assert not np.array_equal(np.asarray(one.before), np.asarray(other.before))
    assert one.change > 0


def test_without_units_to_silence_nothing_changes(explainer: Explainer) -> None:
    same = explainer.silence(1, "seer", "cow", layer=1)
    assert np.array_equal(np.asarray(same.image), np.asarray(same.before))
    assert same.change == 0
    assert same.there is None
    assert len(same.others) == 3
    # And none are left silent for the next request.
    explainer.silence(1, "seer", "cow", layer=1, units=[0, 1])
    again = explainer.silence(1, "seer", "cow", layer=1)
    assert np.array_equal(np.asarray(again.before), np.asarray(same.before))


def test_the_picture_says_which_units_it_lacks(explainer: Explainer) -> None:
    at = (0.5, 0.5)
    off = explainer.silence(Point(5, ((0.3, 1),)), "seer", "bee", 0.5, 2, [3, 1, 3], at)
    settings = read_settings(off.image)
    assert (settings.tab, settings.model, settings.seed) == ("lab", "seer", 5)
    assert settings.parameters == {
        "label": "bee",
        "truncation": 0.5,
        "path": [[0.3, 1]],
        "layer": 2,
        "units": [1, 3],
    }
    assert off.there is not None


def test_activations_are_those_of_the_layer(studio: Studio) -> None:
    network, run = drawn(studio, "seer")
    first, *_ = activations(run, network.layers())
    z = latents([Point(3)], network)
    both = torch.cat([z, 5 * torch.eye(3)[:1]], 1)
    with torch.no_grad():
        torch.testing.assert_close(first, network.start(both).unflatten(1, (-1, 4, 4)))


def test_reach_is_where_pictures_of_near_latents_differ(
    studio: Studio, explainer: Explainer
) -> None:
    reach = explainer.reach(3, "tiny", "bee")
    assert reach.heat.size == reach.overlay.size == reach.image.size
    neighbours = studio.get(Sampler).variations(3, "tiny", "bee", radius=0.1, count=32).images
    spread = np.stack([np.asarray(x, float) for x in neighbours]).std(0).mean(2).ravel()
    shown = np.asarray(reach.heat, float).sum(2).ravel()  # brighter is more
    assert np.corrcoef(spread, shown)[0, 1] > 0.5


def test_what_a_critic_goes_by_is_what_changes_its_mind(
    studio: Studio, explainer: Explainer
) -> None:
    seen = explainer.critic(3, "tiny", "bee")
    assert seen.score == pytest.approx(
        (studio.get(Sampler)([3], model="tiny", label="bee").scores or [0])[0], abs=1e-3
    )
    assert np.asarray(seen.heat).std() > 0


@pytest.mark.parametrize(
    ("code", "request_"),
    [
        ("layer", {"layer": 3}),
        ("layer", {"layer": "x"}),
        ("place", {"at": (0.5, 2)}),
        ("place", {"at": (float("nan"), 0)}),
        ("place", {"at": 7}),
        ("label", {"label": "dog"}),
        ("truncation", {"truncation": -1}),
        ("seed", {"seed": -1}),
        ("model", {"model": "none"}),
    ],
)
def test_what_cannot_be_asked(explainer: Explainer, code: str, request_: dict[str, Any]) -> None:
    with pytest.raises(InputError) as error:
        explainer.generator(**{"model": "tiny", **request_})
    assert error.value.code == code


def test_units_that_are_not_there(explainer: Explainer) -> None:
    with pytest.raises(InputError) as error:
        explainer.silence(model="tiny", units=[99])
    assert error.value.code == "unit"


def test_a_model_without_a_critic(explainer: Explainer) -> None:
    with pytest.raises(InputError) as error:
        explainer.critic(model="blind")
    assert error.value.code == "no_critic"


def test_the_shipped_generators_can_be_looked_into() -> None:
    shipped = Studio("cpu")
    explainer = shipped.get(Explainer)
    for card in shipped.cards("generator"):
        seen = explainer.generator(1, card.id, at=(0.5, 0.3), layer=1)
        with_less = explainer.silence(1, card.id, layer=1, units=seen.ranking[:8], at=(0.5, 0.3))
        other = explainer.silence(1, card.id, layer=1, units=seen.ranking[-8:], at=(0.5, 0.3))
        # Those that matter most at a place change it more than those that matter least.
        assert (with_less.there or 0) > 3 * (other.there or 0)
