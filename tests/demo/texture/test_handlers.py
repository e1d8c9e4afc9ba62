"""What the Texture tab's listeners make of samples and seeds, without a server."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.page import Page, from_url
from demo.texture_files import Results, scored, told
from demo.texture_handlers import NOTHING, TextureHandlers, Wish
from demo.texture_layout import MODEL, PICTURE
from demo.texture_menus import PLAIN, MenuHandlers
from demo.texture_samples import SampleHandlers
from pipelines import Studio, Texturer, texture
from pipelines.settings import read_settings
from pipelines.swatches import SWATCHES

from ...tiny import make_textures
from ..style.helpers import CHINESE, ENGLISH, only

ID = "tiny-textures"
VALUES: dict[str, Any] = {
    "width": 48, "height": 32, "seamless": True, "seed": 5, "block": 0, "model": ID,
    "label": "woven", "mix": False, "second": "dotted", "second_seed": 2, "blend": 0.5,
    "across": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    folder = tmp_path_factory.mktemp("textures")
    make_textures(folder)
    return only(folder)


@pytest.fixture
def shared() -> Page:
    return Page(settings=gr.JSON(), parcel=gr.JSON())


@pytest.fixture
def menus(studio: Studio, shared: Page) -> MenuHandlers:
    return MenuHandlers(studio, shared)


@pytest.fixture
def handlers(studio: Studio, shared: Page, menus: MenuHandlers) -> TextureHandlers:
    return TextureHandlers(studio, shared, menus, pause=0)


@pytest.fixture
def samples(shared: Page) -> SampleHandlers:
    return SampleHandlers(shared)


@pytest.fixture
def photo(tmp_path: Path) -> str:
    """Black on the left, bright stripes on the right."""
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, 40::4] = 250
    Image.fromarray(image).save(tmp_path / "stripes.png")
    return str(tmp_path / "stripes.png")


def reports(
    handlers: TextureHandlers,
    way: str = MODEL,
    photo: str = "",
    box: list[int] | None = None,
    results: Results | None = None,
    wish: Wish | None = None,
    **changes: Any,
) -> list[Any]:
    assert set(changes) <= set(VALUES)
    settings = {**VALUES, **changes}.values()
    chosen = {"box": box} if box else {}
    given = (wish or Wish(), way, photo, chosen, results, ENGLISH, *settings)
    return list(handlers.again(*given))


def made(handlers: TextureHandlers, **changes: Any) -> Results:
    return next(r[3] for r in reversed(reports(handlers, **changes)) if isinstance(r[3], Results))


def pixels(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), int)


def test_a_texture_out_of_a_model_and_its_file(handlers: TextureHandlers, studio: Studio) -> None:
    results = made(handlers)
    wanted = studio.get(Texturer)(None, model=ID, label="woven", seed=5, size=(48, 32))
    file = handlers.save(results, ENGLISH)
    assert Path(file).name == "woven-5.png"
    assert (pixels(file) == np.asarray(wanted.image)).all()
    assert read_settings(file) == wanted.settings()
    assert told(results, ENGLISH).startswith("48 × 32 pixels · woven · seed 5")
    assert "Seams" in scored(results, ENGLISH)
    assert "Likeness" not in scored(results, ENGLISH)
    apart = made(handlers, seamless=False)
    assert "do not meet" in scored(apart, ENGLISH)


def test_blends_are_told_as_what_they_are(handlers: TextureHandlers) -> None:
    both = made(handlers, mix=True, blend=0.25)
    assert "25" in told(both, ENGLISH)
    assert "woven → dotted" in told(made(handlers, mix=True, across=True), ENGLISH)
    assert read_settings(handlers.save(both, ENGLISH)).parameters["second_seed"] == 2


def test_the_chosen_part_of_a_picture_is_what_counts(handlers: TextureHandlers, photo: str) -> None:
    dark = made(handlers, way=PICTURE, photo=photo, box=[0, 0, 40, 40])
    bright = made(handlers, way=PICTURE, photo=photo, box=[40, 0, 80, 40])
    assert np.asarray(dark.found.image).max() == 0
    assert np.asarray(bright.found.image).mean() > 40
    assert bright.found.sample
    assert bright.found.sample.size == (40, 40)
    assert Path(handlers.save(bright, ENGLISH)).name == "stripes.texture-5.png"
    assert "Likeness" in scored(bright, ENGLISH)


def test_the_same_request_is_not_worked_on_twice(handlers: TextureHandlers) -> None:
    results = made(handlers)
    (report,) = reports(handlers, results=results)
    assert report == (gr.skip(), told(results, ENGLISH), *NOTHING[2:])
    seed, anew = handlers.afresh(Wish(), results, 5, True)
    assert seed == 5
    assert len(reports(handlers, results=anew)) > 1


def test_what_is_not_filled_in_yet_waits(handlers: TextureHandlers) -> None:
    assert reports(handlers, way=PICTURE) == [NOTHING]
    assert reports(handlers, width=None) == [NOTHING]


def test_work_on_an_older_wish_is_given_up(handlers: TextureHandlers, photo: str) -> None:
    wish = Wish()
    settings = {**VALUES, "width": 300, "height": 300, "block": 8}.values()
    steps = handlers.again(wish, PICTURE, photo, {}, None, ENGLISH, *settings)
    next(steps)
    handlers.renew(wish)
    assert list(steps) == [NOTHING]


def test_stop_keeps_what_there_is(
    handlers: TextureHandlers, photo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texture, "PAUSE", 0)  # every step is reported, however fast the machine
    every = reports(handlers, way=PICTURE, photo=photo, width=300, height=300, block=8)
    half = next(r[3] for r in every if isinstance(r[3], Results) and 0 < r[3].done < 1)
    first, last = handlers.finish(Wish(tiles=2), half, ENGLISH)
    assert "stopped at" in first[1]
    assert pixels(first[0]).shape == (600, 600, 3)
    assert "Seams" in last[2]
    assert Image.open(handlers.save(half, ENGLISH)).size == (300, 300)
    (nothing,) = handlers.finish(Wish(), None, ENGLISH)
    assert nothing[1] == ""


def test_tiles_show_it_beside_itself(handlers: TextureHandlers) -> None:
    results = made(handlers, width=400, height=300)
    wish = Wish()
    assert [pixels(handlers.tile(wish, results, n)).shape[1] for n in "123"] == [400, 800, 1200]
    assert handlers.tile(wish, None, "2") == gr.skip()


def test_tiles_may_be_changed_while_it_is_made(handlers: TextureHandlers) -> None:
    wish = Wish()
    settings = {**VALUES, "width": 400, "height": 300}.values()
    steps = handlers.again(wish, MODEL, "", {}, None, ENGLISH, *settings)
    first = next(report for report in steps if isinstance(report[3], Results))
    assert pixels(first[0]).shape[1] == 400
    handlers.tile(wish, first[3], "3")
    assert pixels(next(steps)[0]).shape[1] == 1200  # its scores come with what is wanted by then


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"width": 3}, "16"),
        ({"seed": -4}, "seed -4"),
        ({"label": "oil"}, "no class oil"),
        ({"mix": True, "blend": 7}, "blend 7"),
        ({"way": PICTURE, "block": 1000}, "1000"),
    ],
)
def test_what_cannot_be_made_is_said(
    handlers: TextureHandlers, photo: str, wrong: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(gr.Error, match=sentence):
        reports(handlers, **{"photo": photo, **wrong})
    with pytest.raises(gr.Error):
        handlers.save(None, ENGLISH)


# Samples


def test_samples_of_our_own_come_with_the_part_that_is_a_texture(samples: SampleHandlers) -> None:
    gallery, offers = samples.offer([], CHINESE)
    assert offers == [swatch.id for swatch in SWATCHES]
    assert len(gallery.value) == len(SWATCHES)
    assert samples.offer(offers, ENGLISH) == (gr.skip(), gr.skip())
    for index, swatch in enumerate(SWATCHES):
        event: Any = SimpleNamespace(index=index)
        way, path, chosen = samples.pick(ENGLISH, event)
        assert way.value == PICTURE
        assert Image.open(path).size == swatch.make().size
        assert chosen.visible


def test_a_result_becomes_the_sample(samples: SampleHandlers, handlers: TextureHandlers) -> None:
    results = made(handlers)
    way, path, _ = samples.proceed(results, ENGLISH)
    assert way.value == PICTURE
    assert (pixels(path) == np.asarray(results.found.image)).all()
    with pytest.raises(gr.Error):
        samples.proceed(None, ENGLISH)


def test_files_that_are_no_pictures(samples: SampleHandlers, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match="not a picture"):
        samples.open(str(broken), ENGLISH)
    with pytest.raises(gr.Error):
        samples.open(None, ENGLISH)


# Settings


def restored(menus: MenuHandlers, settings: dict[str, Any]) -> dict[str, Any]:
    way, model, first, second, lock, *rest = menus.restore(
        settings, MODEL, ID, "any", "any", ENGLISH
    )
    assert way.choices == [("From a model", MODEL), ("From a picture", PICTURE)]
    found = {"way": way.value, "model": model, "label": first.value, "second": second.value}
    return {**found, "lock": lock, **dict(zip(PLAIN, rest, strict=True))}


def test_a_png_and_a_link_say_the_same(handlers: TextureHandlers, menus: MenuHandlers) -> None:
    results = made(handlers, mix=True, across=True, seed=8)
    settings = read_settings(handlers.save(results, ENGLISH)).model_dump()
    found = restored(menus, settings)
    wanted = {"way": MODEL, "label": "woven", "second": "dotted", "mix": True, "across": True}
    wanted |= {"seed": 8, "second_seed": 2, "width": 48, "height": 32, "lock": True}
    assert {name: found[name] for name in wanted} == wanted
    query = {"tab": "texture", "model": ID, "size": "[48, 32]", "seed": "8", "label": "woven"}
    query |= {"second": "dotted", "second_seed": "2", "across": "true", "blend": "0.5"}
    assert restored(menus, from_url(query)) == found
    quilted = restored(menus, {"tab": "texture", "model": "quilting", "parameters": {}})
    assert quilted["way"] == PICTURE


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"model": "oil"}, "no model oil"),
        ({"parameters": {"label": "oil"}}, "no class oil"),
        ({"parameters": {"size": [5, 5]}}, "texture of 5"),
        ({"parameters": {"size": []}}, "texture of"),
        ({"parameters": {"blend": "x"}}, "blend x"),
        ({"parameters": {"label": ["woven"] * 3}}, "3 textures"),
        ({"seed": "many"}, "seed many"),
    ],
)
def test_settings_that_cannot_be_used(
    menus: MenuHandlers, wrong: dict[str, Any], sentence: str
) -> None:
    settings = {"tab": "texture", "weights": "", **wrong}
    with pytest.raises(gr.Error, match=sentence):
        menus.restore(settings, MODEL, ID, "any", "any", ENGLISH)
