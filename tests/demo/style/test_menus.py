"""Where the Style tab's photos, styles and settings come from, without a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from demo.page import Page, from_url
from demo.style_handlers import StyleHandlers
from demo.style_layout import STROKES as OFFERED
from demo.style_menus import MenuHandlers
from demo.style_photos import PhotoHandlers
from demo.style_tiles import MOST, TileHandlers
from pipelines.limits import REFINE
from pipelines.settings import read_settings
from pipelines.style_levels import STROKES

from .helpers import CHINESE, ENGLISH, SIZE, controls, meant, only, spot, styled

SKIPPED = gr.skip()


def clicked(index: int) -> Any:
    return SimpleNamespace(index=index)


# Styles


def test_the_styles_of_a_model_on_a_sample_of_our_own(tiles: TileHandlers) -> None:
    known = tiles.open((), "style")
    assert [(tile.key, tile.name) for tile in known] == [("a", "A"), ("b", "B")]
    for tile in known:
        with Image.open(tile.thumb) as thumb:
            assert thumb.size == (160, 160)
    assert tiles.open(known, "style") == SKIPPED
    first, second, *keys = tiles.mark(known, "fast", "", "", ENGLISH)
    assert [item["caption"] for item in first.value] == ["A", "B"]
    assert (first.selected_index, second.selected_index) == (0, 1)
    assert keys == ["a", "b"]
    assert [tiles.pick(known, "fast", clicked(i)) for i in (0, 1)] == ["a", "b"]
    assert tiles.pick(known, "fast", clicked(2)) == SKIPPED
    assert [tile.key for tile in tiles.offer(known, "mine")] == ["c"]
    assert [tile.key for tile in tiles.restore(known, "mine", {"tab": "style"})] == ["c"]
    assert tiles.restore(known, "mine", {"tab": "morph"}) == SKIPPED
    # Whoever opened the tab by a link to another model is asked for its first model late.
    assert tiles.open(tiles.offer((), "mine"), "style") == SKIPPED
    assert tiles.offer((), "moon") == ()
    assert tiles.open((), "") == SKIPPED


def test_pictures_of_ones_own_stand_first(tiles: TileHandlers, painting: str) -> None:
    known, key = tiles.add(tiles.open((), "style"), painting, CHINESE)
    first, _, *keys = tiles.mark(known, "fast", key, "b", CHINESE)
    assert [item["caption"] for item in first.value] == ["您的图片", "A", "B"]
    assert keys == [key, "b"]
    # The slow way can use no others.
    first, _, *keys = tiles.mark(known, "slow", "a", "b", ENGLISH)
    assert len(first.value) == 1
    assert keys == [key, "b"]
    for _ in range(MOST + 2):
        known, key = tiles.add(known, painting, ENGLISH)
    assert len(known) == MOST + 2
    assert len({tile.key for tile in known}) == len(known)
    assert known[0].key == key
    assert [tile.key for tile in tiles.offer(known, "mine")][-2:] == [known[MOST - 1].key, "c"]
    broken = Path(painting).with_name("broken.png")
    broken.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"broken.png is not a picture"):
        tiles.add(known, str(broken), ENGLISH)
    with pytest.raises(gr.Error, match="needs a picture"):
        tiles.add(known, None, ENGLISH)  # type: ignore[arg-type]


def test_without_a_model_only_the_slow_way_is_left(shared: Page, tmp_path: Path) -> None:
    menus = MenuHandlers(only(tmp_path), shared)
    assert (menus.cards(), menus.default()) == ([], "")
    hint, model, iterations, strokes = menus.fit("slow", ENGLISH)
    assert "No style model is installed" in hint
    assert (model.visible, iterations.visible, strokes.visible) == (False, True, False)
    _, method, *_ = menus.restore({"tab": "morph"}, "slow", "", ENGLISH)
    assert method.choices == [("Slow and best", "slow")]


def test_a_method_shows_what_it_knows(menus: MenuHandlers) -> None:
    assert menus.default() == "style"
    hint, model, iterations, strokes = menus.fit("fast", ENGLISH)
    assert "one pass" in hint
    assert (model.visible, iterations.visible) == (True, False)  # there are two models
    assert list(STROKES) == list(OFFERED)
    assert strokes.choices == [("Fine", "fine"), ("Medium", "medium"), ("Broad", "broad")]
    assert strokes.visible
    hint, model, iterations, strokes = menus.fit("slow", ENGLISH)
    assert "VGG-19" in hint
    assert (model.visible, iterations.visible, strokes.visible) == (False, True, False)
    assert menus.mix(True).visible


# Photos and masks


def opened(shown: Any) -> tuple[str, tuple[str, ...], Any, Any]:
    """Photo, earlier ones, painter, known mask."""
    photo, earlier, update, known, view, _, panel, empty = shown
    assert (view, panel.visible, empty.visible) == ("paint", True, False)
    return photo, earlier, update, known


def test_photos_and_masks(photos: PhotoHandlers, photo: str) -> None:
    path, earlier, update, known = opened(photos.open(photo, ENGLISH))
    assert (path, earlier, known) == (photo, (), None)
    assert (update.value["width"], update.value["height"]) == SIZE
    mask = Path(photo).with_name("mask.png")
    spot((180, 120), (60, 40, 120, 80)).save(mask)
    *_, known = opened(photos.receive(photo, str(mask), ENGLISH))
    assert known.mask.size == SIZE
    assert (meant(known.mask) == meant(spot())).mean() > 0.95
    update, known, view = photos.mask(photo, str(mask), ENGLISH)
    assert (known.mask.size, view) == (SIZE, "paint")
    assert update.value["mask"]
    mask.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"mask.png is not a picture"):
        photos.mask(photo, str(mask), ENGLISH)
    with pytest.raises(gr.Error, match="no photo yet"):
        photos.open(None, ENGLISH)  # type: ignore[arg-type]


def test_on_with_the_result_and_back(
    photos: PhotoHandlers, handlers: StyleHandlers, photo: str
) -> None:
    results = styled(handlers, photo)
    new, earlier, _, known = opened(photos.proceed(photo, results, (), ENGLISH))
    with Image.open(new) as image:
        assert image.tobytes() == results.found.image.tobytes()
    assert (earlier, known) == ((photo,), None)
    assert photos.way_back(earlier).visible
    assert opened(photos.back(earlier, ENGLISH))[:2] == (photo, ())
    assert not photos.way_back(()).visible
    assert photos.back((), ENGLISH) == (SKIPPED,) * 8
    with pytest.raises(gr.Error, match="no restyled photo yet"):
        photos.proceed(photo, None, (), ENGLISH)


def test_examples(menus: MenuHandlers, photos: PhotoHandlers, handlers: StyleHandlers) -> None:
    column, pictures, offers = menus.offer([], ENGLISH)
    assert column.visible
    assert len(pictures) == len(offers) == 6
    assert all(max(picture.size) <= 240 for picture, _ in pictures)
    assert menus.offer(offers, ENGLISH) == (SKIPPED,) * 3  # they stay the same
    for index in (0, 5):
        photo, _, update, _ = opened(photos.pick(offers, ENGLISH, clicked(index)))
        settings = controls(refine=1)
        steps = handlers.run(ENGLISH, photo, update.value, None, (), None, {}, None, *settings)
        assert list(steps)[-1][2].found.image.size == Image.open(photo).size


# Settings


def test_a_png_and_a_link_set_the_controls(
    handlers: StyleHandlers, menus: MenuHandlers, photo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "mix": True,
        "blend": 0.3,
        "strength": 0.5,
        "keep_colors": True,
        "size": 60,
        "refine": 7,
        "strokes": "broad",
    }
    results = styled(handlers, photo, spot(), **given, outside=True, feather=4)
    by_file = read_settings(handlers.save(results, ENGLISH)).model_dump()
    link = {"tab": "style", "model": "style", "style": '["a", "b"]', "blend": "0.3", "size": "60"}
    more = {
        "strength": "0.5",
        "keep_colors": "true",
        "outside": "true",
        "feather": "4",
        "refine": "7",
        "strokes": "broad",
    }
    for settings in (by_file, from_url({**link, **more})):
        views, method, hint, model, *rest = menus.restore(settings, "slow", "mine", ENGLISH)
        assert views.choices[1] == ("Result", "result")
        assert (method.value, model.value) == ("fast", "style")
        assert "one pass" in hint
        assert rest[:3] == ["a", "b", True]
        assert rest[3].visible
        assert rest[4:11] == [0.3, 0.5, True, True, 4, 60, 7]
        assert (rest[11].value, rest[11].visible) == (300, False)
        assert (rest[12].value, rest[12].visible) == ("broad", True)
    assert "drop the photo" in capsys.readouterr().out
    menus.restore({**by_file, "weights": "0" * 64}, "fast", "style", ENGLISH)
    assert "another version" in capsys.readouterr().out


def test_pictures_of_ones_own_do_not_come_back_and_that_is_said(
    handlers: StyleHandlers, menus: MenuHandlers, tiles: TileHandlers, photo: str, painting: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    known, key = tiles.add((), painting, ENGLISH)
    given = {"style": key, "method": "slow", "iterations": 60}
    results = styled(handlers, photo, None, known, **given)
    by_file = read_settings(handlers.save(results, ENGLISH)).model_dump()
    link = {"tab": "style", "model": "gatys", "style": '["own"]', "iterations": "60"}
    for settings in (by_file, from_url(link)):
        _, method, _, _, *rest = menus.restore(settings, "fast", "style", ENGLISH)
        assert method.value == "slow"
        assert rest[:3] == ["", "", False]
        assert (rest[11].value, rest[11].visible) == (60, True)
        assert not rest[12].visible  # strokes are a matter of the fast way
        assert "drop that picture again" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"model": "moon"}, "no model moon"),
        ({"style": '["moon"]'}, "no built-in style moon"),
        ({"style": "moon"}, "no built-in style moon"),
        ({"style": "[1, 2, 3]"}, "3 styles"),
        ({"model": "gatys", "style": '["a"]'}, "no built-in style a"),
        ({"strength": "NaN"}, "strength NaN"),
        ({"blend": "2"}, "blend 2"),
        ({"size": "huge"}, "size huge"),
        ({"feather": "much"}, "feathered by much"),
        ({"iterations": "1"}, "1 iterations"),
        ({"strokes": "huge"}, "no strokes huge"),
    ],
)
def test_a_link_with_a_mistake_opens_a_page_that_works(
    menus: MenuHandlers, query: dict[str, str], sentence: str
) -> None:
    settings = from_url({"tab": "style", **query})
    with pytest.warns(UserWarning, match=sentence):
        _, method, _, model, *rest = menus.restore(settings, "fast", "style", ENGLISH)
    assert (method.value, model.value) == ("fast", "style")
    assert rest[:11] == [SKIPPED] * 11
    with pytest.raises(gr.Error, match=sentence):
        menus.restore({**settings, "weights": ""}, "fast", "style", ENGLISH)


def test_a_link_with_nothing_in_it_is_the_tab_as_it_is(menus: MenuHandlers) -> None:
    found = menus.restore(from_url({"tab": "style", "size": ""}), "fast", "style", ENGLISH)
    first, second, mixed, _, blend, strength, keep, outside, feather, size, refine = found[4:15]
    assert (first, second, mixed) == ("", "", False)
    assert (blend, strength, keep, outside, feather, size) == (0.5, 1, False, False, 0, None)
    assert refine == REFINE
    assert found[16].value == "medium"


def test_settings_of_other_tabs_only_bring_the_language(menus: MenuHandlers) -> None:
    views, method, hint, _, *rest = menus.restore({"tab": "morph"}, "slow", "style", CHINESE)
    assert views.choices[0] == ("照片与蒙版", "paint")
    assert ("慢而最佳", "slow") in method.choices
    assert "VGG-19" in hint
    assert rest[:11] == [SKIPPED] * 11
    assert ("粗", "broad") in rest[12].choices
