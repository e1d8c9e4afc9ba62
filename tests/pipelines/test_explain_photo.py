"""Looking inside segmenters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import pipelines.explain_photo as module
from pipelines import Explainer, InputError, PictureError, Segmenter, Studio
from pipelines.explain_photo import view_of
from pipelines.saliency import COPIES, half_radius, smooth_gradient

from ..tiny import make_segmenter


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("seg")
    make_segmenter(folder)
    return Studio("cpu", [folder])


@pytest.fixture
def explainer(studio: Studio) -> Explainer:
    return studio.get(Explainer)


def photo(width: int = 80, height: int = 60) -> Image.Image:
    levels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(levels)


def test_the_decoder_is_shown_layer_by_layer(explainer: Explainer) -> None:
    seen = explainer.photo(photo(), "tiny-seg", layer=2)
    assert [layer.units for layer in seen.layers] == [8] * 5
    assert [round(1 / layer.scale) for layer in seen.layers] == pytest.approx(
        [16, 8, 4, 2, 1], abs=1
    )
    assert seen.image.size == (80, 60)
    assert all(map.width > map.height for map in seen.overview)
    assert len(seen.units) == 8


def test_of_a_large_photo_the_surroundings_of_the_place_are_seen(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WINDOW", 40)
    large, loaded = photo(200, 100), studio.network("tiny-seg")
    view = view_of(large, loaded.card, loaded, (0.9, 0.1))
    assert view.image.size == (40, 40)
    assert np.array_equal(np.asarray(view.image), np.asarray(large)[:40, 160:])
    assert (view.x, view.y) == (20, 10)
    assert view.input.shape[-2:] == (64, 64)


def test_the_label_is_that_of_segment(studio: Studio, explainer: Explainer) -> None:
    picture = photo()
    found = studio.get(Segmenter)(picture, model="tiny-seg")
    for x, y in ((5, 5), (70, 50)):
        steps = list(explainer.decides_steps(picture, "tiny-seg", ((x + 0.5) / 80, (y + 0.5) / 60)))
        assert [step.done for step in steps] == list(range(1, COPIES + 1))
        last = steps[-1].partial
        assert last.label == found.classes[found.labels[y, x]]
        assert last.share == pytest.approx(found.confidence[y, x], abs=1e-3)
        assert last.heat.size == last.overlay.size == picture.size
        assert last.radius is not None


def test_another_class_can_be_asked_about(explainer: Explainer) -> None:
    shares = [
        explainer.decides(photo(), "tiny-seg", label=name).share or 0
        for name in ("ant", "bee", "cow")
    ]
    assert sum(shares) == pytest.approx(1, abs=1e-4)


def test_gradients_find_the_pixels_that_count() -> None:
    weight = torch.zeros(1, 3, 9, 9)
    weight[..., 2, 6] = 3.0
    weight[..., 7, 1] = 1.0
    *_, map = smooth_gradient(lambda x: (x * weight).sum(), torch.zeros(1, 3, 9, 9))
    assert map[2, 6] == pytest.approx(3)
    assert map[7, 1] == pytest.approx(1)
    assert float(map.sum()) == pytest.approx(4)


def test_half_of_what_counts_lies_within_a_radius() -> None:
    map = torch.zeros(9, 9)
    map[4, 4], map[4, 7], map[0, 0] = 1.0, 2.0, 1.0
    assert half_radius(map, 4, 4) == 3
    assert half_radius(map, 7, 4) == 0


@pytest.mark.parametrize(
    ("kind", "code", "request_"),
    [
        (InputError, "layer", {"layer": 5}),
        (InputError, "place", {"at": (-1, 0)}),
        (InputError, "model", {"model": "none"}),
        (PictureError, "not_a_picture", {"photo": "no"}),
    ],
)
def test_what_cannot_be_asked(
    explainer: Explainer, kind: type[Exception], code: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(kind) as error:
        explainer.photo(**{"photo": photo(), "model": "tiny-seg", **request_})
    assert error.value.code == code  # type: ignore[attr-defined]


def test_a_class_that_is_not_there(explainer: Explainer) -> None:
    with pytest.raises(InputError) as error:
        explainer.decides(photo(), "tiny-seg", label="dog")
    assert error.value.code == "label"


@pytest.mark.parametrize("size", [(1, 1), (3, 500)])
def test_odd_sizes(explainer: Explainer, size: tuple[int, int]) -> None:
    seen = explainer.photo(photo(*size), "tiny-seg")
    assert seen.image.size == size
    assert explainer.decides(photo(*size), "tiny-seg").heat.size == size
