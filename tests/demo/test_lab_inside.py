"""What the Lab shows of the inside of networks, without a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.lab_generator_handlers import UNCHANGED, GeneratorHandlers
from demo.lab_generator_layout import FIRST_OFF
from demo.lab_pictures import large
from demo.lab_scene import Scene
from demo.lab_segmenter_handlers import SegmenterHandlers
from demo.lab_segmenter_layout import FOUND
from demo.page import Page, from_url
from pipelines import Studio
from pipelines.saliency import COPIES
from pipelines.settings import read_settings

from ..tiny import make_segmenter

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
ASKED: tuple[Any, ...] = ("tiny", "bee", 3, 1.0, [])
PICTURE, RESULT, HEAT, STATUS, INNER, OFF, ANYWHERE, SAVE, LAYERS, ABOUT, UNITS, OTHERS, SCENE = (
    range(13)
)


def clicked(index: Any) -> Any:
    return SimpleNamespace(index=index)


def opened(picture: Any) -> Any:
    """What a picture shows, as numbers."""
    return np.asarray(Image.open(picture.value["path"]))


@pytest.fixture
def do(studio: Studio) -> GeneratorHandlers:
    return GeneratorHandlers(studio, Page(settings=gr.JSON(), parcel=gr.JSON()))


@pytest.fixture
def shown(do: GeneratorHandlers) -> Any:
    return do.first(*ASKED, "units", None, ENGLISH)


def test_it_begins_with_a_picture_that_lacks_something(shown: Any) -> None:
    assert np.array_equal(np.asarray(shown[PICTURE]), np.asarray(large(shown[SCENE].inside.image)))
    assert shown[OFF].value == min(FIRST_OFF, len(shown[SCENE].inside.ranking))
    assert all(caption.endswith("off") for _, caption in shown[UNITS])
    assert "units off" in shown[STATUS]
    assert len(shown[LAYERS].value) == 1
    assert len(shown[OTHERS]) == 6


def test_it_does_not_begin_again(do: GeneratorHandlers, shown: Any) -> None:
    assert do.first(*ASKED, "units", shown[SCENE], ENGLISH) is UNCHANGED


def test_a_click_puts_first_what_paints_there(do: GeneratorHandlers, shown: Any) -> None:
    width, height = shown[PICTURE].size
    there = do.point(shown[SCENE], ENGLISH, clicked([width // 4, height - 1]))
    scene = there[SCENE]
    assert scene.at == pytest.approx((0.25, 1), abs=0.01)
    assert there[ANYWHERE].interactive
    assert "the place changes" in there[STATUS]
    everywhere = do.everywhere(scene, ENGLISH)
    assert everywhere[SCENE].at is None
    assert everywhere[SCENE].inside.ranking == shown[SCENE].inside.ranking


def test_units_go_off_and_on(do: GeneratorHandlers, shown: Any) -> None:
    some = do.silence(shown[SCENE], 2, ENGLISH)
    first, second, third = some[SCENE].inside.ranking[:3]
    assert some[SCENE].off == (first, second)
    more = do.toggle(some[SCENE], ENGLISH, clicked(2))
    assert more[SCENE].off == (first, second, third)
    fewer = do.toggle(more[SCENE], ENGLISH, clicked(0))
    assert fewer[SCENE].off == (second, third)
    assert [caption.endswith("off") for _, caption in fewer[UNITS]][:3] == [False, True, True]
    none = do.silence(fewer[SCENE], 0, ENGLISH)
    assert "Nothing is switched off" in none[STATUS]
    assert np.array_equal(np.asarray(none[PICTURE]), opened(none[RESULT]))


def test_another_layer(do: GeneratorHandlers, studio: Studio) -> None:
    model = studio.cards("generator")[0].id
    shown = do.first(model, "any", 1, 1.0, [], "units", None, ENGLISH)
    other = do.layer(shown[SCENE], ENGLISH, clicked(0))
    assert other[SCENE].layer == 0
    assert "4 × 4" in other[ABOUT]


def test_gradients_take_the_place_of_units(do: GeneratorHandlers, shown: Any) -> None:
    reach = do.view(shown[SCENE], "reach", ENGLISH)
    assert not reach[INNER].visible
    critic = do.view(shown[SCENE], "critic", ENGLISH)
    assert "scores this picture" in critic[STATUS]
    back = do.view(critic[SCENE], "units", ENGLISH)
    assert back[INNER].visible
    assert back[SCENE].off == shown[SCENE].off


def test_what_can_be_looked_at(do: GeneratorHandlers) -> None:
    for model, views in (("tiny", 3), ("plain", 2)):
        classes, offered = do.menus(model, "bee", "critic", ENGLISH)
        assert classes.value == "bee"
        assert len(offered.choices) == views
        assert offered.value == ("critic" if views == 3 else "units")


MENUS = ("tiny", "bee", "units")


def test_the_file_opens_the_scene_again(do: GeneratorHandlers, shown: Any) -> None:
    some = do.silence(shown[SCENE], 2, ENGLISH)
    settings = read_settings(Path(some[SAVE].value["path"])).model_dump()
    model, classes, seed, truncation, path, _, part = do.restore(settings, *MENUS, ENGLISH)
    assert (model, classes.value, seed, truncation, path) == ASKED
    assert part.selected == "generator"
    again = do.again(settings, ENGLISH)
    assert set(again[SCENE].off) == set(some[SCENE].off)
    assert again[STATUS] == some[STATUS]


def test_a_link_opens_the_scene_again(do: GeneratorHandlers, shown: Any) -> None:
    some = do.silence(shown[SCENE], 2, ENGLISH)
    link = {name: str(value) for name, value in do.link(some[SCENE])["asked"].items()}
    again = do.again(from_url({"tab": "lab", **link}), ENGLISH)
    assert again[SCENE].link() == some[SCENE].link()
    assert again[STATUS] == some[STATUS]
    assert do.link(None) == {}


@pytest.mark.parametrize(
    "query",
    [
        {"units": "7"},
        {"units": '["x"]'},
        {"units": "[99999999]"},
        {"units": "[99]"},
        {"layer": "-1"},
        {"layer": "7"},
        {"seed": "nan"},
        {"truncation": "7"},
        {"label": "dog"},
        {"path": "7"},
    ],
)
def test_odd_links_get_a_sentence(do: GeneratorHandlers, query: dict[str, str]) -> None:
    with pytest.raises(gr.Error):
        do.again(from_url({"tab": "lab", "model": "tiny", **query}), ENGLISH)


def test_a_picture_that_generate_sends(do: GeneratorHandlers) -> None:
    parcel = dict(zip(("model", "label", "seed", "truncation", "path"), ASKED, strict=True))
    settings = do.parcel({**parcel, "path": [[0.3, 1]]})
    assert do.restore(settings, *MENUS, ENGLISH)[2] == 3
    again = do.again(settings, ENGLISH)
    assert len(again[SCENE].off) > 0
    assert again[SCENE].asked == ("tiny", "bee", 3, 1.0, [[0.3, 1]])


def test_a_link_to_the_whole_tab_leaves_its_parts_as_they_are(do: GeneratorHandlers) -> None:
    assert do.restore(from_url({"tab": "lab"}), *MENUS, ENGLISH)[6] == gr.skip()
    there = do.restore(from_url({"tab": "lab", "model": "tiny"}), *MENUS, ENGLISH)
    assert there[6].selected == "generator"


@pytest.mark.parametrize("settings", [None, {"tab": "generate"}, {"tab": "lab", "model": "none"}])
def test_settings_of_others_change_words_only(do: GeneratorHandlers, settings: Any) -> None:
    told = do.restore(settings, *MENUS, CHINESE)
    assert told[1].value == "bee"
    assert told[5].choices[0] == ("单元", "units")
    assert all(told[i] == gr.skip() for i in (0, 2, 3, 4, 6))
    assert do.again(settings, ENGLISH) is UNCHANGED


def test_models_that_came_or_went(do: GeneratorHandlers, folder: Path) -> None:
    assert "value" not in do.arrive("tiny").constructor_args  # as it was
    (folder / "tiny.json").unlink()
    assert do.arrive("tiny").value == "scenes"


def test_what_cannot_be_drawn_gets_a_sentence(do: GeneratorHandlers) -> None:
    with pytest.raises(gr.Error, match="seed"):
        do.start("tiny", "bee", -1, 1.0, [], "units", None, ENGLISH)
    with pytest.raises(gr.Error, match="model"):
        do.start("none", "bee", 1, 1.0, [], "units", Scene(ASKED), ENGLISH)


# Segmenters


@pytest.fixture
def looks(folder: Path) -> SegmenterHandlers:
    make_segmenter(folder)
    return SegmenterHandlers(Studio("cpu", [folder]), Page(settings=gr.JSON(), parcel=gr.JSON()))


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    levels = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    Image.fromarray(levels).save(path)
    return str(path)


def test_a_photo_is_looked_into(looks: SegmenterHandlers, photo: str) -> None:
    picture, inner, layers, about, units, scene = looks.take(photo, "tiny-seg", None, ENGLISH)
    assert picture.size == (320, 240)
    assert inner.visible
    assert len(layers.value) == 5
    assert "8 units" in about
    assert len(units) == 8
    *_, scene = looks.point(scene, ENGLISH, clicked([80, 120]))
    assert scene.at == (0.25, 0.5)
    *_, scene = looks.layer(scene, ENGLISH, clicked(4))
    assert scene.layer == 4
    reports = list(looks.decide(scene, FOUND, ENGLISH))
    assert len(reports) == COPIES
    assert "Half of what decides" in reports[-1][2]
    assert "of 8" in reports[0][2]
    *_, (overlay, _, text) = looks.decide(scene, "bee", ENGLISH)
    assert "bee" in text
    assert overlay.size == picture.size


def test_the_person_s_photo_stays_with_another_model(looks: SegmenterHandlers, photo: str) -> None:
    *_, scene = looks.take(photo, "tiny-seg", None, ENGLISH)
    *_, other = looks.choose("nuclei", scene, ENGLISH)
    assert (other.model, other.own) == ("nuclei", True)
    assert other.photo is scene.photo


def test_without_a_photo_there_is_an_example(looks: SegmenterHandlers) -> None:
    menu, classes, *shown = looks.arrive("road", FOUND, None, ENGLISH)
    assert menu.value == "road"
    assert classes.value == FOUND
    assert not shown[-1].own
    again = looks.arrive("road", FOUND, shown[-1], ENGLISH)
    assert all(update == gr.skip() for update in again[2:])


def test_a_broken_photo_gets_a_sentence(looks: SegmenterHandlers, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(gr.Error, match="not a picture"):
        looks.take(str(broken), "tiny-seg", None, ENGLISH)
