"""Where the Inpaint tab's photos, masks and settings come from, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.inpaint_fill import FillHandlers
from demo.inpaint_handlers import InpaintHandlers
from demo.inpaint_layout import METHODS, asked
from demo.inpaint_menus import MenuHandlers
from demo.inpaint_photos import PhotoHandlers
from demo.page import Page, from_url
from pipelines import Inpainter, Studio
from pipelines.settings import read_settings

from ..test_painter import meant, sent
from .helpers import CHINESE, ENGLISH, SIZE, controls, reports, spot

# Photos and masks


def opened(shown: Any) -> tuple[str, tuple[str, ...], Any, Any, Any]:
    """Photo, earlier ones, painter, known mask, view."""
    photo, earlier, update, known, view, _, panel, empty = shown
    assert (panel.visible, empty.visible) == (True, False)
    return photo, earlier, update, known, view


def test_a_photo_is_shown_small_and_stays_whole(
    photos: PhotoHandlers, handlers: InpaintHandlers, tmp_path: Path
) -> None:
    path = tmp_path / "wide.png"
    Image.linear_gradient("L").resize((3200, 40)).save(path)
    photo, _, update, known, view = opened(photos.open(str(path), ENGLISH))
    assert (update.value["width"], update.value["height"]) == (1600, 20)
    assert (known, view, update.value["mask"]) == (None, "paint", "")
    value = {**update.value, **sent(spot((1600, 20), (40, 5, 80, 12)))}
    *_, results, _ = list(handlers.run(photo, value, known, ENGLISH, *controls()))[-1]
    assert results.image.size == (3200, 40)
    assert meant(results.entry.found.mask)[20, 100]


def test_a_mask_out_of_a_file_or_another_tab(photos: PhotoHandlers, photo: str) -> None:
    mask = Path(photo).with_name("mask.png")
    spot((180, 120), (60, 40, 120, 80)).save(mask)
    painter, known, view, _ = photos.mask(photo, str(mask), ENGLISH)
    assert view == "paint"
    assert known.mask.size == SIZE
    assert (meant(known.mask) == meant(spot())).mean() > 0.95
    assert painter.value["mask"]
    *_, known, _ = opened(photos.receive(photo, str(mask), ENGLISH))
    assert meant(known.mask).any()
    *_, known, _ = opened(photos.receive(photo, None, ENGLISH))
    assert known is None
    mask.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"mask.png is not a picture"):
        photos.mask(photo, str(mask), ENGLISH)
    with pytest.raises(gr.Error, match="no photo yet"):
        photos.mask(None, str(mask), ENGLISH)  # type: ignore[arg-type]
    with pytest.raises(gr.Error, match="no photo yet"):
        photos.receive(None, None, ENGLISH)  # type: ignore[arg-type]


def test_on_with_the_result_and_back(
    photos: PhotoHandlers, handlers: InpaintHandlers, photo: str
) -> None:
    *_, results, _ = reports(handlers, photo)[-1]
    new, earlier, update, known, _ = opened(photos.proceed(photo, results, (), ENGLISH))
    with Image.open(new) as image:
        assert image.tobytes() == results.image.tobytes()
    assert earlier == (photo,)
    assert (known, update.value["mask"]) == (None, "")
    assert photos.way_back(earlier).visible
    old, earlier, *_ = opened(photos.back(earlier, ENGLISH))
    assert (old, earlier) == (photo, ())
    assert not photos.way_back(earlier).visible
    assert photos.back((), ENGLISH) == (gr.skip(),) * 8
    with pytest.raises(gr.Error, match="no result yet"):
        photos.proceed(photo, None, (), ENGLISH)


def test_examples_are_filled_at_once(
    menus: MenuHandlers, photos: PhotoHandlers, handlers: InpaintHandlers
) -> None:
    column, pictures, offers = menus.offer([], ENGLISH)
    assert column.visible
    assert len(pictures) == len(offers)
    assert all(max(picture.size) <= 240 for picture, _ in pictures)
    assert menus.offer(offers, ENGLISH) == (gr.skip(),) * 3  # they stay the same
    for index in range(len(offers)):
        event: Any = SimpleNamespace(index=index)
        photo, _, update, known, _ = opened(photos.pick(offers, ENGLISH, event))
        *_, results, _ = list(handlers.run(photo, update.value, known, ENGLISH, *controls()))[-1]
        assert (meant(results.entry.found.mask) == meant(known.mask)).all()


def test_the_mask_is_shown_as_it_will_be_applied(photos: PhotoHandlers, photo: str) -> None:
    value = sent(spot())
    assert photos.apply(photo, value, 0, 0, False, 0, 0, 0, 0, ENGLISH).props["applied"] == {}
    shown = photos.apply(photo, value, 4, 2, True, 8, None, 0, 0, ENGLISH).props["applied"]  # type: ignore[arg-type]
    assert shown["margins"] == [8, 0, 0, 0]
    assert photos.apply(None, value, 4, 2, True, 8, 0, 0, 0, ENGLISH) == gr.skip()  # type: ignore[arg-type]
    with pytest.raises(gr.Error, match="grow by 300"):
        photos.apply(photo, value, 300, 0, False, 0, 0, 0, 0, ENGLISH)


def test_a_texture_comes_from_a_file_or_another_tab(
    fills: FillHandlers, weave: str, tmp_path: Path
) -> None:
    path, shown = fills.take(weave, ENGLISH)
    assert (path, shown.visible) == (weave, True)
    with Image.open(shown.value["path"]) as small, Image.open(weave) as texture:
        assert small.tobytes() == texture.tobytes()
    method, _, model, fill, prompts, seeded, *_, path, shown = fills.receive(weave, CHINESE)
    assert method.value == "texture"
    assert [part.visible for part in (model, fill, prompts, seeded)] == [False, True, False, False]
    assert path == weave
    huge = tmp_path / "huge.png"
    Image.new("1", (4000, 30)).save(huge)
    _, shown = fills.take(str(huge), ENGLISH)
    with Image.open(shown.value["path"]) as small:
        assert small.size == (240, 2)
    huge.write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"huge.png is not a picture"):
        fills.take(str(huge), ENGLISH)
    with pytest.raises(gr.Error, match="no texture to fill with"):
        fills.receive(None, ENGLISH)


# Menus, settings, the endpoint


def test_a_method_shows_what_it_knows(menus: MenuHandlers) -> None:
    assert menus.methods() == list(METHODS)
    fitted = {name: menus.fit(name, ENGLISH) for name in METHODS}
    textures = {name for name, shown in fitted.items() if shown[2].visible}
    assert textures == {"texture"}
    prompts = {name for name, shown in fitted.items() if shown[3].visible}
    assert prompts == {"hub"}
    seeded = {name for name, shown in fitted.items() if shown[4].visible}
    assert seeded == {"diffusion", "hub"}
    model = fitted["completion"][1]
    assert (model.visible, model.value) == (True, "completion")  # there are two
    assert [choice[1] for choice in model.choices] == ["completion", "mine"]
    assert fitted["diffusion"][1].visible is False
    assert fitted["diffusion"][5].value == 3  # as its card says
    shown = {name for name, parts in fitted.items() if parts[6].visible}
    assert shown == {"diffusion"}
    assert fitted["hub"][1].visible
    assert menus.fit("magic", ENGLISH) == (gr.skip(),) * 7
    bare = Studio("cpu")
    bare._folders = []
    assert MenuHandlers(bare, Page(settings=gr.JSON(), parcel=gr.JSON())).methods() == [
        "telea",
        "navier-stokes",
        "texture",
        "hub",
    ]


def test_a_png_and_a_link_set_the_controls(
    handlers: InpaintHandlers, menus: MenuHandlers, photo: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"method": "diffusion", "seed": 9, "grow": 2, "feather": 3, "left": 16}
    *_, results, _ = reports(handlers, photo, **given, sampling_steps=2, sampler="dpm++")[-1]
    by_file = read_settings(handlers.save(results, ENGLISH)).model_dump()
    link = {"tab": "inpaint", "method": "diffusion", "seed": "9", "grow": "2", "feather": "3"}
    by_link = from_url(
        {**link, "sampling_steps": "2", "sampler": "dpm++", "margins": "[16, 0, 0, 0]"}
    )
    for settings in (by_file, by_link):
        views, method, *fitted = menus.restore(settings, "telea", ENGLISH)
        assert views.choices[1] == ("Result", "result")
        assert method.value == "diffusion"
        assert fitted[5].value == 2
        assert (fitted[6].value, fitted[6].visible) == ("dpm++", True)
        assert fitted[7:] == [9, True, 1, 2, 3, False, 16, 0, 0, 0, "", "", 1.0, 7.5]
    # What was made before there was a choice.
    del by_file["parameters"]["sampler"]
    assert menus.restore(by_file, "telea", ENGLISH)[8].value == "ddim"
    assert "drop the photo" in capsys.readouterr().out
    other = {**by_file, "weights": "0" * 64}
    menus.restore(other, "telea", ENGLISH)
    assert "another version" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"method": "magic"}, "no method magic"),
        ({"method": "completion", "model": "moon"}, "no model moon"),
        ({"margins": "[1, 2]"}, "margins"),
        ({"margins": "far"}, "margins"),
        ({"grow": "much"}, "grow by much"),
        ({"strength": "NaN"}, "strength NaN"),
        ({"seed": "-1"}, "seed -1"),
        ({"sampler": "euler"}, "no sampler euler"),
    ],
)
def test_a_link_with_a_mistake_opens_a_page_that_works(
    menus: MenuHandlers, query: dict[str, str], sentence: str
) -> None:
    settings = from_url({"tab": "inpaint", **query})
    with pytest.warns(UserWarning, match=sentence):
        _, method, *rest = menus.restore(settings, "telea", ENGLISH)
    assert method.value == "telea"
    assert rest == [gr.skip()] * 21
    with pytest.raises(gr.Error, match=sentence):
        menus.restore({**settings, "weights": ""}, "telea", ENGLISH)


def test_settings_of_other_tabs_only_bring_the_language(menus: MenuHandlers) -> None:
    views, method, *rest = menus.restore({"tab": "morph"}, "telea", CHINESE)
    assert views.choices[0] == ("涂抹", "paint")
    assert ("扩散模型", "diffusion") in method.choices
    assert rest == [gr.skip()] * 21


def test_the_endpoint_answers_with_and_without_a_photo(
    handlers: InpaintHandlers, studio: Studio, photo: str
) -> None:
    image, images, told = list(handlers.inpaint(request=ENGLISH))[-1]
    assert told["method"] == "completion"
    assert image.size == (told["width"], told["height"])
    assert 0 < told["filled"] < told["width"] * told["height"]
    assert json.loads(json.dumps(told)) == told

    mask = Path(photo).with_name("mask.png")
    spot().save(mask)
    image, images, told = list(
        handlers.inpaint(
            photo, str(mask), "diffusion", seed=3, variants=2, sampling_steps=2, request=ENGLISH
        )
    )[-1]
    assert told["seeds"] == [3, 4]
    assert len(images) == 2
    found = studio.get(Inpainter)(
        Image.open(photo), spot(), method="diffusion", seed=3, variants=2, sampling_steps=2
    )
    assert (np.asarray(found.image) == np.asarray(image)).all()
    image, _, told = list(
        handlers.inpaint(photo, str(mask), "texture", fill=str(mask), request=ENGLISH)
    )[-1]
    assert (told["method"], told["parameters"]["fill"]) == ("texture", "own")
    assert (np.asarray(image)[meant(spot())] == 255).all()
    with pytest.raises(gr.Error, match="no texture to fill with"):
        list(handlers.inpaint(photo, str(mask), "texture", request=ENGLISH))
    with pytest.raises(gr.Error, match="Nothing is marked"):
        list(handlers.inpaint(photo, request=ENGLISH))
    with pytest.raises(gr.Error, match="no method magic"):
        list(handlers.inpaint(photo, str(mask), "magic", request=ENGLISH))
    (image, _, told) = list(handlers.inpaint(photo, right=10, request=ENGLISH))[-1]
    assert image.size == (100, 60)


def test_controls_are_the_arguments_of_the_inpainter() -> None:
    given = asked(*controls(seed=4, left=1, bottom=2, prompt="sky"))
    assert given["margins"] == [1, 0, 0, 2]
    assert (given["seed"], given["prompt"], given["model"]) == (4, "sky", None)
