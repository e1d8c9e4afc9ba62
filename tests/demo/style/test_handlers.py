"""What the Style tab's listeners make of photos and styles, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.inputs import Options
from demo.style_handlers import StyleHandlers
from demo.style_tiles import TileHandlers
from pipelines import CardError, Studio, Stylizer
from pipelines.settings import read_settings

from ..test_painter import sent
from .helpers import ENGLISH, SIZE, controls, meant, pair, reports, spot, styled


def pixels(image: Any) -> np.ndarray:
    if isinstance(image, Image.Image):
        return np.asarray(image, int)
    with Image.open(image) as opened:
        return np.asarray(opened.convert("RGB"), int)


def test_a_photo_is_restyled_and_saved_with_its_settings(
    handlers: StyleHandlers, photo: str, studio: Studio
) -> None:
    shown = reports(handlers, photo, strength=0.9)
    slider, line, results, view, stop = shown[-1]
    assert [part.size for part in pair(slider)] == [SIZE] * 2
    assert line.startswith("90 × 60 pixels · A · ")
    assert (view.visible, stop.interactive) == (True, False)
    # The result is turned to once: who looks at the photo meanwhile is left alone.
    turns = [one[3].value for one in shown if isinstance(one[3], Options)]
    assert turns == ["result"] + [None] * (len(turns) - 1)
    file = Path(handlers.save(results, ENGLISH))
    assert file.name == "lake.a.png"
    with Image.open(photo) as before:
        found = studio.get(Stylizer)(before, "a", strength=0.9)
    assert (pixels(file) == pixels(found.image)).all()
    assert (pixels(file) != pixels(photo)).any()
    settings = read_settings(file)
    assert (settings.tab, settings.model) == ("style", "style")
    assert settings.parameters["style"] == "a"


def test_strength_0_is_the_photo_and_ends_of_a_blend_are_the_styles(
    handlers: StyleHandlers, photo: str
) -> None:
    same = styled(handlers, photo, strength=0).found.image
    assert (pixels(same) == pixels(photo)).all()
    one, two = (pixels(styled(handlers, photo, style=id).found.image) for id in "ab")
    ends = [pixels(styled(handlers, photo, mix=True, blend=blend).found.image) for blend in (0, 1)]
    assert (ends[0] == one).all()
    assert (ends[1] == two).all()
    assert (one != two).any()
    *_, results, _, _ = last = reports(handlers, photo, mix=True, blend=0.3)[-1]
    assert "A + B (30 %)" in last[1]
    assert read_settings(handlers.save(results, ENGLISH)).parameters["style"] == ["a", "b"]


@pytest.mark.parametrize("outside", [False, True])
def test_what_is_not_meant_stays(handlers: StyleHandlers, photo: str, outside: bool) -> None:
    results = styled(handlers, photo, spot(), outside=outside)
    hole = meant(spot()) != outside
    new, old = pixels(results.found.image), pixels(photo)
    assert (new[~hole] == old[~hole]).all()
    assert (new[hole] != old[hole]).any()


def test_a_picture_of_ones_own(
    handlers: StyleHandlers, tiles: TileHandlers, photo: str, painting: str, studio: Studio
) -> None:
    known, key = tiles.add(tiles.open((), "style"), painting, ENGLISH)
    _, line, results, *_ = reports(handlers, photo, None, known, style=key)[-1]
    assert "Yours" in line
    with Image.open(photo) as before, Image.open(painting) as style:
        found = studio.get(Stylizer)(before, style)
    assert (pixels(results.found.image) == pixels(found.image)).all()
    file = handlers.save(results, ENGLISH)
    assert read_settings(file).parameters["style"] == "own"
    mixed = styled(handlers, photo, None, known, second=key, mix=True)
    assert mixed.found.parameters["style"] == ["a", "own"]
    Path(painting).write_bytes(b"no picture")
    with pytest.raises(gr.Error, match=r"painting.png is not a picture"):
        styled(handlers, photo, None, known, style=key)


def test_what_has_not_changed_is_not_done_again(handlers: StyleHandlers, photo: str) -> None:
    def again(results: Any, value: Any = None, **changes: Any) -> list[Any]:
        value = value or sent(Image.new("L", SIZE))
        return list(
            handlers.again(ENGLISH, photo, value, None, (), results, {}, None, *controls(**changes))
        )

    nothing = [(gr.skip(),) * 5]
    first = again(None)[-1][2]
    assert again(first) == nothing
    assert "B" in again(first, style="b")[-1][1]
    assert len(again(first, sent(spot()))) > 1
    assert again(first, method="slow") == nothing  # takes patience: only where it is asked for
    given: tuple[Any, ...] = (ENGLISH, None, None, None, (), None, {}, None)
    assert list(handlers.again(*given, *controls())) == nothing


def test_a_slider_shows_what_it_will_be_like(handlers: StyleHandlers, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.linear_gradient("L").resize((3200, 1600)).convert("RGB").save(path)
    value = sent(Image.new("L", (1600, 800)))

    def draft(photo: Any, results: Any, **changes: Any) -> Any:
        return handlers.draft(
            ENGLISH, photo, value, None, (), results, {}, None, *controls(**changes)
        )

    small = tmp_path / "small.png"
    Image.linear_gradient("L").convert("RGB").save(small)
    # Before a picture is polished, what one pass makes of it; later all there is.
    slider, line, older, view, _ = draft(str(small), None)
    assert [part.size for part in pair(slider)] == [(256, 256), (256, 256)]
    assert (line, older) == (gr.skip(), gr.skip())
    styled(handlers, str(small))
    assert draft(str(small), None, strength=0.9)[2] == gr.skip()
    slider, _, results, view, _ = draft(str(small), None, keep_colors=True)
    assert results.found.image.size == (256, 256)
    assert draft(str(small), results, keep_colors=True) == (gr.skip(),) * 5
    slider, line, older, view, _ = draft(str(path), results)
    assert [part.size for part in pair(slider)] == [(1600, 800), (512, 256)]
    assert (line, view.value) == (gr.skip(), "result")
    assert (older.found, older.key) == (results.found, "")  # what is seen is not what there is
    assert draft(str(path), None)[2] == gr.skip()


def test_stopped_half_way_what_there_is_is_kept(handlers: StyleHandlers, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.linear_gradient("L").resize((1700, 700)).convert("RGB").save(path)
    value = sent(Image.new("L", (1600, 659)))
    steps = handlers.run(ENGLISH, str(path), value, None, (), None, {}, None, *controls(refine=0))
    first, second, third = next(steps), next(steps), next(steps)
    assert first[0] == first[2] == gr.skip()  # what is on the page stays until there is more
    assert first[1] == "0 of 4 steps …"
    assert first[4].interactive
    assert second[3].value == "result"
    assert third[1] == "2 of 4 steps …"
    steps.close()  # type: ignore[attr-defined]
    slider, line, results, _, stop = handlers.finish(third[2], ENGLISH)
    assert stop.interactive is False
    assert "1,700 × 700" in line
    changed = (pixels(results.found.image) != pixels(path)).any(2)
    assert changed[:, :500].mean() > 0.9
    assert not changed[:, 1200:].any()
    assert len(pair(slider)) == 2
    assert results.key == ""  # so that it is begun again when something changes
    assert handlers.finish(None, ENGLISH)[2] == gr.skip()


def test_what_is_under_way_makes_room_for_what_is_wanted(
    handlers: StyleHandlers, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    Image.linear_gradient("L").resize((1700, 700)).convert("RGB").save(path)
    value, newest = sent(Image.new("L", (1600, 659))), {"tick": 0.5}
    given: tuple[Any, ...] = (str(path), value, None, (), None, newest, 0.5, *controls())
    steps = handlers.again(ENGLISH, *given)
    shown = [next(steps), next(steps)]
    handlers.turn(newest, 0.6)
    assert list(steps) == []
    assert shown[1][2].key == ""
    assert list(handlers.again(ENGLISH, *given)) == [(gr.skip(),) * 5]
    handlers.turn(newest, 0.5)  # told of late: 0.6 is still the newest
    assert list(handlers.again(ENGLISH, *given)) == [(gr.skip(),) * 5]
    later = (*given[:6], 0.7, *given[7:])  # asked for before the server was told of it
    assert list(handlers.again(ENGLISH, *later))[-1][2].key
    handlers.press(newest, 0.5)  # the button always counts
    assert list(handlers.again(ENGLISH, *given))[-1][2].key


def test_the_slow_way(
    handlers: StyleHandlers, tiles: TileHandlers, photo: str, painting: str
) -> None:
    known, key = tiles.add(tiles.open((), "style"), painting, ENGLISH)
    given = {"style": key, "method": "slow", "iterations": 50}
    shown = reports(handlers, photo, None, known, **given)
    assert shown[3][1] == "3 of 50 steps …"
    results = shown[-1][2]
    assert results.found.model == "gatys"
    settings = read_settings(handlers.save(results, ENGLISH))
    assert (settings.weights, settings.parameters["iterations"]) == ("", 50)
    # Where only pictures count, the first of them is what is meant.
    other = styled(handlers, photo, None, known, **{**given, "style": "a"})
    assert other.found.parameters["style"] == "own"
    with pytest.raises(gr.Error, match="needs a picture of a style"):
        styled(handlers, photo, **{**given, "style": "a"})


def test_what_the_slow_way_needs_is_fetched_first(
    handlers: StyleHandlers,
    tiles: TileHandlers,
    studio: Studio,
    photo: str,
    painting: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stylizer = studio.get(Stylizer)
    known, key = tiles.add((), painting, ENGLISH)
    given = {"style": key, "method": "slow", "iterations": 50}
    monkeypatch.setattr(stylizer, "_fetch", lambda: iter([0.0, 0.4, 1.0]))
    lines = [shown[1] for shown in reports(handlers, photo, None, known, **given)]
    assert "Downloading VGG-19 (575 MB): 40 % …" in lines
    assert "1 of 50 steps …" in lines

    def offline() -> Any:
        yield 0.0
        raise CardError("vgg_offline", found="no route", most=575)

    monkeypatch.setattr(stylizer, "_fetch", offline)
    with pytest.raises(gr.Error, match="could not be downloaded: no route"):
        styled(handlers, photo, None, known, **given)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"photo": None}, "no photo yet"),
        ({"style": "nothing"}, "no built-in style nothing"),
        ({"mix": True, "second": "moon"}, "no built-in style moon"),
        ({"model": "moon"}, "no model moon"),
        ({"method": "magic"}, "no method magic"),
        ({"method": ["fast"]}, "no method"),
        ({"strength": 2}, "strength 2"),
        ({"blend": "NaN"}, "blend NaN"),
        ({"feather": -1}, "feathered by -1"),
        ({"size": 5}, "size 5"),
        ({"size": 10**6}, "size 1000000"),
        ({"mask": spot(SIZE, (0, 0, 89, 59)), "outside": True}, "nothing to be restyled"),
    ],
)
def test_what_cannot_be_done_is_said(
    handlers: StyleHandlers, photo: str, changes: dict[str, Any], sentence: str
) -> None:
    given = {"photo": photo, "mask": None, **changes}
    settings = {name: value for name, value in given.items() if name not in ("photo", "mask")}
    with pytest.raises(gr.Error, match=sentence):
        styled(handlers, given["photo"], given["mask"], **settings)
    with pytest.raises(gr.Error, match="no restyled photo yet"):
        handlers.save(None, ENGLISH)


def test_the_endpoint_answers_with_and_without_a_photo(
    handlers: StyleHandlers, studio: Studio, photo: str, painting: str
) -> None:
    image, told = list(handlers.stylize(request=ENGLISH))[-1]
    assert (told["model"], told["styles"], told["parameters"]["style"]) == ("style", ["A"], "a")
    assert image.size == (told["width"], told["height"])
    assert json.loads(json.dumps(told)) == told
    mask = Path(photo).with_name("mask.png")
    spot().save(mask)
    given = {"second": "b", "blend": 0.25, "mask": str(mask), "size": 45}
    image, told = list(
        handlers.stylize(photo, style_picture=painting, **given, request=ENGLISH)  # type: ignore[arg-type]
    )[-1]
    assert (told["parameters"]["style"], image.size) == (["own", "b"], (45, 30))
    with Image.open(photo) as one, Image.open(painting) as two:
        pictures = one.copy(), (two.copy(), "b")
    found = studio.get(Stylizer)(*pictures, blend=0.25, mask=spot(), size=45)
    assert (pixels(image) == pixels(found.image)).all()
    slow = {"method": "slow", "iterations": 50, "style_picture": painting}
    image, told = list(handlers.stylize(photo, **slow, request=ENGLISH))[-1]  # type: ignore[arg-type]
    assert told["model"] == "gatys"
    with pytest.raises(gr.Error, match="Give a picture, or one of: a, b"):
        list(handlers.stylize(photo, "unknown", request=ENGLISH))
    mask.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"mask.png is not a picture"):
        list(handlers.stylize(photo, mask=str(mask), request=ENGLISH))
