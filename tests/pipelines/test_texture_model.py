"""Textures out of a model: any size, exactly repeating, from one texture into another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pipelines import Studio, Texture, Texturer
from pipelines.errors import InputError
from pipelines.networks.texturist import STRIDE, around
from pipelines.settings import read_settings, save_png
from pipelines.texture_model import BAND, noise_of, paint, shares, weave
from pipelines.texture_scores import border_score

from ..tiny import make_model, make_textures

MODEL = "tiny-textures"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder: Path = tmp_path_factory.mktemp("weights")
    make_textures(folder)
    return Studio("cpu", [folder])


@pytest.fixture
def texturer(studio: Studio) -> Texturer:
    return studio.get(Texturer)


def make(texturer: Texturer, **settings) -> Texture:
    return texturer(None, **{"model": MODEL, "size": (64, 48), "label": "woven", **settings})


def pixels(texture: Texture) -> np.ndarray:
    return np.asarray(texture.image).astype(int)


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 3), (16, 24)])
def test_canvases_are_padded_from_the_other_end(size: tuple[int, int]) -> None:
    def padded(x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, (1, 1, 1, 1), mode="circular")

    for like in (torch.contiguous_format, torch.channels_last):
        x = torch.rand(2, 3, *size).to(memory_format=like).requires_grad_()
        assert torch.equal(around(x), padded(x))
        assert torch.equal(around(x.detach()), padded(x))
        weights = torch.rand_like(padded(x))
        ours, usual = (torch.autograd.grad((f(x) * weights).sum(), x)[0] for f in (around, padded))
        torch.testing.assert_close(ours, usual)


def test_a_texture_says_what_it_is(texturer: Texturer) -> None:
    found = make(texturer, seed=5)
    assert (found.image.mode, found.image.size) == ("RGB", (64, 48))
    assert (found.model, found.labels, found.seed) == (MODEL, ("woven",), 5)
    assert len(found.weights) == 64
    assert (found.sample, found.origin, found.likeness) == (None, None, None)
    assert found.seam == border_score(np.asarray(found.image))
    assert make(texturer, seamless=False).seam is None
    assert pixels(found).std() > 3  # not a flat picture


def test_seed_and_class_count(texturer: Texturer) -> None:
    one = pixels(make(texturer, seed=1))
    assert np.array_equal(one, pixels(make(texturer, seed=1)))
    assert not np.array_equal(one, pixels(make(texturer, seed=2)))
    assert not np.array_equal(one, pixels(make(texturer, seed=1, label="dotted")))
    drawn = {make(texturer, seed=seed, label=None, size=(16, 16)).labels for seed in range(12)}
    assert drawn == {("dotted",), ("woven",)}


@pytest.mark.parametrize("beside", [(1, 2), (2, 1), (3, 3)])
def test_noise_that_repeats_gives_a_texture_that_repeats(studio: Studio, beside) -> None:
    loaded = studio.network(MODEL)
    network: Any = loaded.networks["texture"]
    code = loaded.networks["textures"].get_buffer("codes")[1, :1]
    places, (rows, columns) = (3, 4), beside
    with torch.inference_mode():
        one = weave(network, code, 7, places)
        noise = noise_of(7, places, loaded.device)
        small = paint(network, one.waves, noise, one.affines, (0, places[0]))
        # The same waves on a canvas that holds the texture several times.
        waves = one.waves.tile(1, 1, rows, columns)
        wider = [level.tile(1, 1, rows, columns) for level in noise]
        large = paint(network, waves, wider, one.affines, (0, places[0] * rows))
    assert large.shape[-2:] == (places[0] * rows * STRIDE, places[1] * columns * STRIDE)
    torch.testing.assert_close(large, small.tile(1, 1, rows, columns), atol=1e-4, rtol=0)


def test_bands_equal_the_whole(studio: Studio) -> None:
    loaded = studio.network(MODEL)
    network: Any = loaded.networks["texture"]
    code = loaded.networks["textures"].get_buffer("codes")[0, :1]
    places = (40, 3)
    with torch.inference_mode():
        one = weave(network, code, 3, places)
        noise = noise_of(3, places, loaded.device)
        whole = paint(network, one.waves, noise, one.affines, (0, 40))
        for band in ((0, 9), (9, 20), (35, 40)):
            part = paint(network, one.waves, noise, one.affines, band)
            wanted = whole[:, :, band[0] * STRIDE : band[1] * STRIDE]
            torch.testing.assert_close(part, wanted, atol=1e-4, rtol=0)


def test_progress_comes_band_by_band(texturer: Texturer) -> None:
    size = (16, STRIDE * BAND * 2)
    steps = list(texturer.steps(None, size=size, model=MODEL, seed=2))
    assert [step.done for step in steps] == [0, 1, 2]
    assert steps[-1].partial.image.size == size
    assert steps[-1].preview
    assert max(steps[-1].preview.size) == 512


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.tuples(st.integers(16, 90), st.integers(16, 90)), st.booleans(), st.booleans())
def test_any_size(texturer: Texturer, size, seamless, across) -> None:
    found = make(texturer, size=size, seamless=seamless, label=(None, "dotted"), across=across)
    assert found.image.size == size
    assert pixels(found).std() > 1


def test_borders_meet_at_any_size(texturer: Texturer) -> None:
    for size in ((64, 64), (75, 41)):
        image = np.asarray(make(texturer, size=size).image)
        turned = np.roll(image, (size[1] // 2, size[0] // 2), (0, 1))
        # Where the borders were there is no larger step than elsewhere.
        assert border_score(image) < 1.5
        assert border_score(turned) < 1.5


def test_the_ends_of_a_blend_are_the_single_textures(texturer: Texturer) -> None:
    pair = {"label": ("woven", "dotted"), "seed": (3, 8)}
    first, second = (make(texturer, **pair, blend=blend) for blend in (0.0, 1.0))
    assert np.array_equal(pixels(first), pixels(make(texturer, seed=3)))
    assert first.labels == ("woven", "dotted")
    # The second texture, as the seed of the first lets it fall out.
    half = make(texturer, **pair, blend=0.5)
    distances = [np.abs(pixels(half) - pixels(end)).mean() for end in (first, second)]
    assert min(distances) > 0
    assert max(distances) < np.abs(pixels(first) - pixels(second)).mean()


def test_across_the_canvas(texturer: Texturer) -> None:
    pair = {"label": ("woven", "dotted"), "seed": (3, 3), "size": (1024, 32)}
    first, second = (pixels(make(texturer, **pair, blend=blend)) for blend in (0.0, 1.0))
    for seamless in (True, False):
        found = pixels(make(texturer, **pair, across=True, seamless=seamless))
        middle, right = np.s_[:, 496:528], np.s_[:, 1000:]
        there = middle if seamless else np.s_[:, 900:920]
        assert np.abs(found[there] - second[there]).max() <= 1
        assert np.abs(found[right] - first[right]).mean() < 1 or not seamless
        assert np.abs(found[there] - first[there]).mean() > 10


def test_shares_of_the_second_texture() -> None:
    there, back = shares(64, False), shares(64, True)
    assert there[:16].max() == 0
    assert there[48:].min() == 1
    assert (there.diff() >= 0).all()
    torch.testing.assert_close(back, back.flip(0))
    assert (back[0], back[32]) == (0, 1)


def test_settings_make_it_again(texturer: Texturer, tmp_path: Path) -> None:
    found = make(texturer, label=("woven", None), seed=(4, 9), blend=0.3)
    save_png(found.image, tmp_path / "texture.png")
    said = read_settings(tmp_path / "texture.png")
    assert (said.tab, said.model, said.weights) == ("texture", MODEL, found.weights)
    parameters = dict(said.parameters)
    seeds = (said.seed, parameters.pop("second_seed"))
    again = texturer(None, model=said.model, seed=seeds, **parameters)
    assert np.array_equal(pixels(again), pixels(found))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"model": "oil"}, "model"),
        ({"label": "oil"}, "label"),
        ({"label": ("woven", 3)}, "label"),
        ({"label": ("woven", "woven", "woven")}, "textures"),
        ({"label": []}, "textures"),
        ({"seed": (1, -1)}, "seed"),
        ({"seed": (1, 2, 3)}, "textures"),
        ({"seed": None}, "seed"),
        ({"blend": 1.1}, "blend"),
        ({"blend": float("nan")}, "blend"),
        ({"size": (15, 16)}, "texture_size"),
    ],
)
def test_settings_that_cannot_be_used(texturer: Texturer, wrong, code) -> None:
    with pytest.raises(InputError) as error:
        make(texturer, **wrong)
    assert error.value.code == code


def test_without_a_model(tmp_path: Path) -> None:
    make_model(tmp_path, "tiny")
    studio = Studio("cpu")
    studio._folders = [tmp_path]  # not what ships
    for texturer in (Texturer(), studio.get(Texturer)):
        with pytest.raises(InputError) as error:
            texturer(None)
        assert error.value.code == "model"
        assert texturer(Image.new("RGB", (20, 20), "red"), size=(32, 32)).image.size == (32, 32)
