"""Rivals: what each model makes of one task is what its own tab makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL.Image import Image

from pipelines import InputError, Key, Morpher, Point, Rivals, Sampler, Studio
from pipelines.limits import MAX_SEED
from pipelines.settings import read_settings

from ..tiny import make_model

TWO = ("tiny", "plain")


@pytest.fixture
def rivals(studio: Studio) -> Rivals:
    return studio.get(Rivals)


def equal(a: Image, b: Image) -> bool:
    return np.array_equal(np.asarray(a), np.asarray(b))


@pytest.mark.parametrize("label", [None, "bee"])
@pytest.mark.parametrize("count", [1, 4, 6])
def test_same_seeds_are_the_pictures_of_generate(
    rivals: Rivals, sampler: Sampler, label: str | None, count: int
) -> None:
    found = rivals(TWO, seed=5, label=label, truncation=0.7, count=count)
    assert [rival.card.id for rival in found.rivals] == list(TWO)
    for rival in found.rivals:
        seeds = range(5, 5 + count)
        drawn = sampler(list(seeds), model=rival.card.id, label=label, truncation=0.7)
        assert rival.seeds == tuple(seeds)
        assert rival.labels == drawn.labels
        assert all(map(equal, rival.images, drawn.images))
        assert [read_settings(image) for image in rival.images] == [
            read_settings(image) for image in drawn.images
        ]
        assert rival.seconds > 0


@pytest.mark.parametrize("label", [None, "bee"])
def test_a_walk_is_the_film_of_its_ends(studio: Studio, rivals: Rivals, label: str | None) -> None:
    (rival,) = rivals(["tiny"], seed=8, label=label, truncation=0.9, count=5, walk=True).rivals
    keys = [Key(seed, label, truncation=0.9) for seed in (8, 9)]
    film = studio.get(Morpher)(keys, model="tiny", frames=4, easing="linear")
    assert len(film.frames) == 5
    assert all(map(equal, rival.images, film.frames))
    assert rival.seeds == (8, None, None, None, 9)
    assert [name is None for name in rival.labels] == [False, True, True, True, False]
    between = read_settings(rival.images[2])
    assert between == film.settings()
    again = studio.get(Morpher)(between.parameters["keys"], model="tiny", frames=4, easing="linear")
    assert equal(again.frames[2], rival.images[2])
    first, last = (read_settings(rival.images[i]) for i in (0, -1))
    assert (first.tab, first.seed, last.seed) == ("generate", 8, 9)


@pytest.mark.parametrize(("count", "seeds"), [(1, (3,)), (2, (3, 4)), (3, (3, None, 4))])
def test_short_walks(rivals: Rivals, count: int, seeds: tuple[int | None, ...]) -> None:
    (rival,) = rivals(["tiny"], seed=3, count=count, walk=True).rivals
    assert rival.seeds == seeds
    assert len(rival.images) == count


def test_after_the_last_seed_comes_the_first(rivals: Rivals) -> None:
    (rival,) = rivals(["tiny"], seed=MAX_SEED, count=2).rivals
    assert rival.seeds == (MAX_SEED, 0)


def test_variations_can_be_compared(rivals: Rivals, sampler: Sampler) -> None:
    point = Point(4, ((0.3, 2),))
    (rival,) = rivals(["tiny"], seed=point, count=2).rivals
    assert equal(rival.images[0], sampler([point], model="tiny").images[0])


def test_every_model_reports_and_what_is_done_stays(rivals: Rivals) -> None:
    steps = list(rivals.steps(TWO, count=2))
    assert [(step.done, step.total, len(step.partial.rivals)) for step in steps] == [
        (0, 2, 0), (1, 2, 1), (2, 2, 2),
    ]  # fmt: skip
    assert steps[0].preview is None
    assert steps[1].preview is not None


def test_a_model_named_twice_counts_once(rivals: Rivals) -> None:
    found = rivals(["tiny", "plain", "tiny"], count=1)
    assert [rival.card.id for rival in found.rivals] == list(TWO)


def test_broken_models_are_left_out_and_named(folder: Path) -> None:
    make_model(folder, "torn")
    (folder / "torn.safetensors").write_bytes(b"torn")
    make_model(folder, "odd")
    (folder / "odd.json").write_text("{}", encoding="utf-8")
    rivals = Studio("cpu", [folder]).get(Rivals)
    found = rivals(["odd", "torn", "tiny"], count=1)
    assert [rival.card.id for rival in found.rivals] == ["tiny"]
    assert [problem.code for problem in found.problems] == ["card_invalid", "weights_hash"]
    none = rivals(["odd", "torn"], count=1)
    assert (none.rivals, len(none.problems)) == ((), 2)


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("rivals", {"models": []}),
        ("rivals", {"models": "tiny"}),
        ("rivals", {"models": None}),
        ("rivals", {"models": ["tiny"] * 9}),
        ("model", {"models": ["tiny", "none"]}),
        ("model", {"models": [["tiny"]]}),
        ("model", {"models": ["road"]}),
        ("label", {"label": "dog"}),
        ("seed", {"seed": -1}),
        ("seed", {"seed": -1, "walk": True}),
        ("truncation", {"truncation": 2}),
        ("count", {"count": 0}),
        ("count", {"count": 17}),
        ("count", {"count": 17, "walk": True}),
    ],
)
def test_what_cannot_be_compared(rivals: Rivals, code: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        rivals.steps(**{"models": ["tiny"], **wrong})
    assert caught.value.code == code
