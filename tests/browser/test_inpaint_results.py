"""Results of the Inpaint tab: stopped, compared, carried on, sent and brought back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from pipelines import Segmenter, Studio
from pipelines.blemishes import towers
from pipelines.examples import cells
from pipelines.media import read_picture
from pipelines.settings import read_settings

from .hands import set_number
from .inpainting import (
    CANVAS,
    PAINTED,
    STATUS,
    drop,
    filled,
    method,
    opened,
    pixels,
    shown,
    stroke,
)
from .segmenting import choose
from .segmenting import segmented as found
from .test_generate import download, toast


def test_stop_keeps_the_last_preview(
    page: Page, fillers_url: str, lake: Path, tmp_path: Path
) -> None:
    page.goto(
        f"{fillers_url}?tab=inpaint&method=diffusion&model=tiny-diffusion"
        "&variants=8&sampling_steps=100&seed=3"
    )
    expect(page.locator("#inpaint-lock input")).to_be_checked()
    drop(page, lake)
    stroke(page, (0.4, 0.4), (0.6, 0.6))
    page.click("#inpaint-go")
    expect(page.locator(STATUS)).to_contain_text(" steps …")
    expect(page.locator("#inpaint-slider img").first).to_be_visible()
    page.click("#inpaint-stop")
    filled(page, "Diffusion")
    png = download(page, "#inpaint-save", tmp_path)
    hole = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    assert (pixels(png)[hole] != pixels(lake)[hole]).any()
    assert (pixels(png)[~hole] == pixels(lake)[~hole]).all()
    assert read_settings(png).parameters["sampling_steps"] == 100


def test_all_methods_then_on_with_one_of_them(inpaint: Page, lake: Path, tmp_path: Path) -> None:
    page = inpaint
    drop(page, lake)
    stroke(page, (0.48, 0.5), (0.52, 0.5))
    page.click("#inpaint-compare")
    tiles = page.locator("#inpaint-gallery .thumbnail-item")
    expect(tiles).to_have_count(4)
    expect(page.locator("#inpaint-stop")).to_be_disabled()
    captions = tiles.all_inner_texts()
    names = ("Completion", "Diffusion", "Telea", "Navier–Stokes")
    assert all(name in caption for name, caption in zip(names, captions, strict=True))
    assert all(" s" in caption for caption in captions)
    assert "seed" in captions[1]
    tiles.nth(2).click()
    expect(page.locator(STATUS)).to_contain_text("Telea")
    result = download(page, "#inpaint-save", tmp_path)
    assert result.name == "lake.telea.png"

    page.click("#inpaint-proceed")
    expect(page.locator("#inpaint-back")).to_be_visible()
    expect(page.locator(CANVAS)).to_be_visible()
    page.wait_for_function(f"({PAINTED})() === 0")
    method(page, "telea")
    stroke(page, (0.2, 0.2), (0.25, 0.2))
    page.click("#inpaint-go")
    filled(page, "Telea")
    hole = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    again = pixels(download(page, "#inpaint-save", tmp_path))
    assert (again[~hole] == pixels(result)[~hole]).all()
    page.click("#inpaint-back")
    expect(page.locator("#inpaint-back")).to_be_hidden()


def test_classes_found_in_segment_become_the_mask(inpaint: Page, tmp_path: Path) -> None:
    page = inpaint
    path = tmp_path / "nuclei.png"
    cells(256, 20)[0].save(path)
    page.get_by_role("tab", name="Segment").click()
    choose(page, "nuclei")
    page.set_input_files("#segment-drop input[type=file]", path)
    found(page, "256 × 256")
    page.click("#segment-inpaint")
    shown(page)
    page.wait_for_function(f"({PAINTED})() > 0")
    method(page, "telea")
    page.click("#inpaint-go")
    filled(page, "256 × 256 pixels · Telea")
    labels = Studio("cpu").get(Segmenter)(read_picture(path), model="nuclei").labels
    applied = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    assert (applied == (labels == 1)).all()
    # And back: what was found is gone.
    page.click("#inpaint-segment")
    expect(page.locator("#segment-legend")).to_be_visible()
    found(page, "256 × 256")


def test_pictures_from_generate_and_morph(inpaint: Page) -> None:
    page = inpaint
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_function("document.querySelector('#about').innerText.includes('seed')")
    page.click("#send-inpaint")
    shown(page)
    side = Studio("cpu").card("scenes", "generator").size
    assert page.evaluate(f"document.querySelector('{CANVAS}').width") == side
    stroke(page, (0.4, 0.5), (0.6, 0.5))
    page.get_by_role("tab", name="Morph").click()
    expect(page.locator("#save-mp4")).to_be_enabled()
    page.click("#still-inpaint")
    shown(page)
    page.wait_for_function(f"({PAINTED})() === 0")


def test_png_and_link_bring_the_settings_back(
    inpaint: Page, lake: Path, fillers_url: str, tmp_path: Path
) -> None:
    page = inpaint
    drop(page, lake)
    method(page, "diffusion")
    set_number(page, "#inpaint-sampling", 2)
    set_number(page, "#inpaint-seed", 77)
    page.locator("#inpaint-lock input").check()
    page.click("#inpaint-adjust > button")
    set_number(page, "#inpaint-grow", 3)
    expect(page.locator("#inpaint-painter .applied")).to_be_visible()  # it has been heard
    stroke(page, (0.48, 0.5), (0.52, 0.5))
    page.click("#inpaint-go")
    filled(page, "seed 77")
    png = download(page, "#inpaint-save", tmp_path)
    page.click("#inpaint-link")
    toast(page, "The link is copied")
    page.wait_for_url("**grow=3**")
    for way in (page.url, fillers_url):
        if way == fillers_url:
            opened(page, way)
            page.set_input_files("#restore-area input[type=file]", png)
            toast(page, "drop the photo")
        else:
            page.goto(way)
        expect(page.locator("#inpaint-method input[value=diffusion]")).to_be_checked()
        expect(page.locator("#inpaint-seed input")).to_have_value("77")
        expect(page.locator("#inpaint-sampling input[type=number]")).to_have_value("2")
        expect(page.locator("#inpaint-lock input")).to_be_checked()
        page.wait_for_timeout(500)  # what is unfolded just as values arrive keeps its own
        page.click("#inpaint-adjust > button")
        expect(page.locator("#inpaint-grow input[type=number]")).to_have_value("3")
        page.click("#inpaint-adjust > button")


def test_every_method_shows_only_what_it_knows(inpaint: Page) -> None:
    page = inpaint
    known = {
        "completion": (False, False),
        "diffusion": (True, False),
        "telea": (False, False),
        "hub": (True, True),
    }
    for name, (seed, prompt) in known.items():
        method(page, name)
        expect(page.locator("#inpaint-seed")).to_be_visible(visible=seed)
        expect(page.locator("#inpaint-variants")).to_be_visible(visible=seed)
        expect(page.locator("#inpaint-sampler")).to_be_visible(visible=name == "diffusion")
        expect(page.locator("#inpaint-prompt")).to_be_visible(visible=prompt)


def test_endpoint_without_arguments_and_with_a_picture(
    fillers_url: str, lake: Path, tmp_path: Path
) -> None:
    client = Client(fillers_url, verbose=False)
    image, images, told = client.predict(api_name="/inpaint")
    assert (told["method"], len(images)) == ("completion", 1)
    assert read_settings(image).tab == "inpaint"
    picture, hole = towers()
    kept = np.asarray(hole) < 128
    assert (pixels(Path(image))[kept] == np.asarray(picture)[kept]).all()

    mask = tmp_path / "mask.png"
    small = Image.new("L", (200, 150))
    ImageDraw.Draw(small).rectangle((90, 60, 110, 80), fill=255)
    small.save(mask)  # a tenth of the photo's size
    given = {"photo": handle_file(str(lake)), "mask": handle_file(str(mask))}
    image, _, told = client.predict(**given, method="telea", right=100, api_name="/inpaint")
    assert (told["width"], told["height"]) == (2100, 1500)
    hole = np.asarray(small.resize((2000, 1500), Image.Resampling.NEAREST)) >= 128
    assert (pixels(Path(image))[:, :2000][~hole] == pixels(lake)[~hole]).all()
    image, _, told = client.predict(
        **given, method="texture", fill=handle_file(str(mask)), api_name="/inpaint"
    )
    laid = np.tile(np.asarray(small), (10, 10))[hole]
    assert (pixels(Path(image))[hole] == laid[:, None]).all()
    for arguments, sentence in (
        ({"method": "magic"}, "no method magic"),
        ({**given, "method": "texture"}, "no texture to fill with"),
        ({"photo": handle_file(str(lake))}, "Nothing is marked"),
        ({**given, "invert": True, "grow": 9000}, "grow by 9000"),
        ({**given, "method": "diffusion", "model": "moon"}, "no model moon"),
    ):
        with pytest.raises(AppError, match=sentence):
            client.predict(**arguments, api_name="/inpaint")
    client.close()
