"""A person at the Inpaint tab."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from pipelines.blemishes import ball, towers
from pipelines.settings import read_settings

from ..holes import noisy
from .hands import bring, set_number
from .inpainting import (
    CANVAS,
    DROP,
    PAINTED,
    STATUS,
    drop,
    filled,
    method,
    opened,
    pixels,
    stroke,
)
from .test_generate import download, toast


def test_an_example_is_repaired_at_one_click(inpaint: Page, tmp_path: Path) -> None:
    page = inpaint
    page.click("#inpaint-examples .thumbnail-item >> nth=0")
    filled(page, "640 × 427 pixels · Completion")
    result = pixels(download(page, "#inpaint-save", tmp_path))
    image, mask = towers()
    hole = np.asarray(mask) >= 128
    assert (result[~hole] == np.asarray(image)[~hole]).all()
    assert (result[hole] != np.asarray(image)[hole]).any(1).mean() > 0.5


def test_what_is_painted_with_the_mouse_is_filled_at_full_size(
    inpaint: Page, lake: Path, tmp_path: Path
) -> None:
    page = inpaint
    drop(page, lake)
    expect(page.locator(STATUS)).to_contain_text("Paint over what should go")
    assert page.evaluate(f"document.querySelector('{CANVAS}').width") == 1600
    stroke(page, (0.4, 0.5), (0.6, 0.5))
    method(page, "telea")
    page.click("#inpaint-go")
    filled(page, "2,000 × 1,500 pixels · Telea")
    png = download(page, "#inpaint-save", tmp_path)
    assert png.name == "lake.telea.png"
    hole = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    before, after = pixels(lake), pixels(png)
    assert (before[~hole] == after[~hole]).all()
    assert (before[hole] != after[hole]).any()
    rows, columns = np.nonzero(hole)
    assert abs(rows.mean() - 750) < 5
    assert abs(columns.mean() - 1000) < 5
    assert 400 < np.ptp(columns) < 650
    assert read_settings(png).parameters["method"] == "telea"


def test_brush_eraser_undo_redo_clear(inpaint: Page, lake: Path) -> None:
    page = inpaint
    drop(page, lake)
    tool = lambda name: page.locator(f"#inpaint-painter button.{name}")  # noqa: E731
    for name in ("undo", "redo", "clear"):
        expect(tool(name)).to_be_disabled()
    stroke(page, (0.3, 0.5), (0.7, 0.5))
    first = page.evaluate(PAINTED)
    page.locator("#inpaint-painter .size").fill("80")
    stroke(page, (0.5, 0.2), (0.5, 0.8))
    both = page.evaluate(PAINTED)
    assert both > 2 * first > 0
    tool("eraser").click()
    expect(tool("eraser")).to_have_attribute("aria-pressed", "true")
    stroke(page, (0.5, 0.2), (0.5, 0.8))
    erased = page.evaluate(PAINTED)
    assert 0 < erased < first
    tool("undo").click()
    assert page.evaluate(PAINTED) == pytest.approx(both, rel=0.001)
    page.keyboard.press("Control+z")
    assert page.evaluate(PAINTED) == pytest.approx(first, rel=0.001)
    tool("redo").click()
    assert page.evaluate(PAINTED) == pytest.approx(both, rel=0.001)
    # What is painted outlives another method, another tab and another view.
    method(page, "telea")
    page.get_by_role("tab", name="Segment").click()
    page.get_by_role("tab", name="Inpaint").click()
    assert page.evaluate(PAINTED) == pytest.approx(both, rel=0.001)
    tool("clear").click()
    assert page.evaluate(PAINTED) == 0
    page.click("#inpaint-go")
    toast(page, "Nothing is marked")
    tool("undo").click()
    page.click("#inpaint-go")
    filled(page, "Telea")
    page.locator("#inpaint-view input[value=paint]").check()
    assert page.evaluate(PAINTED) == pytest.approx(both, rel=0.001)


def test_a_finger_paints(browser: Browser, fillers_url: str, lake: Path) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    drop(opened(page, fillers_url), lake)
    page.locator(CANVAS).scroll_into_view_if_needed()
    box = page.locator(CANVAS).bounding_box()
    assert box
    touch = context.new_cdp_session(page)
    for kind, shares in (("touchStart", [0.3]), ("touchMove", [0.4, 0.5, 0.6]), ("touchEnd", [])):
        for share in shares or [None]:
            spot = {"x": box["x"] + box["width"] * (share or 0), "y": box["y"] + 80}
            points = [] if share is None else [spot]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate(PAINTED) > 1000
    method(page, "telea")
    page.tap("#inpaint-go")  # in reach wherever the page has been scrolled to
    filled(page, "Telea")
    context.close()


def test_the_mask_is_adjusted_and_seen(inpaint: Page, lake: Path, tmp_path: Path) -> None:
    page = inpaint
    drop(page, lake)
    stroke(page, (0.45, 0.5), (0.55, 0.5))
    page.click("#inpaint-adjust > button")
    page.click("#inpaint-extend > button")
    applied = page.locator("#inpaint-painter .applied")
    expect(applied).to_be_hidden()
    set_number(page, "#inpaint-grow", 30)
    expect(applied).to_be_visible()
    first = applied.get_attribute("src")
    set_number(page, "#inpaint-left", 200)
    page.wait_for_function(
        "old => document.querySelector('#inpaint-painter .applied').src !== old", arg=first
    )
    wide = page.evaluate("document.querySelector('#inpaint-painter .applied').naturalWidth")
    assert wide == 1760  # of the canvas, which is 1600 of 2000 pixels wide
    # A stroke changes what is seen as well.
    first = applied.get_attribute("src")
    stroke(page, (0.2, 0.2), (0.3, 0.2))
    page.wait_for_function(
        "old => document.querySelector('#inpaint-painter .applied').src !== old", arg=first
    )
    method(page, "telea")
    page.click("#inpaint-go")
    filled(page, "2,200 × 1,500 pixels")
    result = pixels(download(page, "#inpaint-save", tmp_path))
    hole = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    assert hole[:, :200].all()
    assert (result[:, 200:][~hole[:, 200:]] == pixels(lake)[~hole[:, 200:]]).all()


def test_a_mask_from_a_file_counts_to_the_pixel(inpaint: Page, lake: Path, tmp_path: Path) -> None:
    page = inpaint
    drop(page, lake)
    mask = Image.new("L", (2000, 1500))
    ImageDraw.Draw(mask).ellipse((801, 603, 1101, 777), fill=255)
    mask.save(tmp_path / "mask.png")
    page.click("#inpaint-adjust > button")
    bring(page, "#inpaint-upload input[type=file]", tmp_path / "mask.png")
    page.wait_for_function(f"({PAINTED})() > 0")
    method(page, "navier-stokes")
    page.click("#inpaint-go")
    filled(page, "Navier–Stokes")
    applied = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    assert (applied == (np.asarray(mask) >= 128)).all()


def test_files_that_cannot_be_used_are_refused_and_the_page_goes_on(
    inpaint: Page, lake: Path, tmp_path: Path
) -> None:
    page = inpaint
    drop(page, lake)
    stroke(page, (0.4, 0.5), (0.6, 0.5))
    before = page.evaluate(PAINTED)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    bring(page, DROP, broken)
    toast(page, "broken.png is not a picture that can be opened")
    page.click("#inpaint-adjust > button")
    torn = broken.rename(tmp_path / "torn.png")
    bring(page, "#inpaint-upload input[type=file]", torn)
    toast(page, "torn.png is not a picture that can be opened")
    assert page.evaluate(PAINTED) == before  # nothing is lost
    method(page, "telea")
    page.click("#inpaint-go")
    filled(page, "2,000 × 1,500 pixels")
    one = tmp_path / "one.tif"
    Image.new("CMYK", (1, 1)).save(one)
    bring(page, DROP, one)
    page.wait_for_function(f"document.querySelector('{CANVAS}').width === 1")


def test_a_texture_lies_beside_itself_in_the_hole(
    inpaint: Page, lake: Path, tmp_path: Path
) -> None:
    page = inpaint
    drop(page, lake)
    stroke(page, (0.4, 0.5), (0.6, 0.5))
    expect(page.locator("#inpaint-fill-drop")).to_be_hidden()
    method(page, "texture")
    expect(page.locator("#inpaint-hint")).to_contain_text("laid beside itself")
    page.click("#inpaint-go")
    toast(page, "no texture to fill with")
    weave, torn = tmp_path / "weave.png", tmp_path / "torn.png"
    noisy(60, 50).save(weave)
    torn.write_bytes(b"no picture at all")
    chooser, seen = "#inpaint-fill-drop input[type=file]", page.locator("#inpaint-fill-shown img")
    bring(page, chooser, weave)
    expect(seen).to_be_visible()
    bring(page, chooser, torn)
    toast(page, "torn.png is not a picture that can be opened")
    expect(seen).to_be_visible()  # nothing is lost
    page.click("#inpaint-go")
    filled(page, "2,000 × 1,500 pixels · Texture")
    png = download(page, "#inpaint-save", tmp_path)
    hole = pixels(download(page, "#inpaint-mask", tmp_path))[..., 0] >= 128
    laid = np.tile(pixels(weave), (30, 34, 1))[:1500, :2000]
    assert (pixels(png)[hole] == laid[hole]).all()
    assert (pixels(png)[~hole] == pixels(lake)[~hole]).all()
    assert read_settings(png).parameters["fill"] == "own"
    method(page, "telea")
    expect(page.locator("#inpaint-fill-drop")).to_be_hidden()


def test_chinese_page(chinese: Page, fillers_url: str, tmp_path: Path) -> None:
    page = chinese
    opened(page, fillers_url, "补全网络")
    path = tmp_path / "ball.png"
    ball(Image.new("RGB", (200, 150), "navy"))[0].save(path)
    drop(page, path)
    expect(page.locator("#inpaint-painter .brush")).to_contain_text("画笔")
    page.click("#inpaint-go")
    toast(page, "没有标记")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(inpaint: Page, width: int) -> None:
    page = inpaint
    page.set_viewport_size({"width": width, "height": 900})
    page.click("#inpaint-examples .thumbnail-item >> nth=1")
    filled(page, "512 × 512 pixels")
    for area in ("adjust", "extend"):
        page.click(f"#inpaint-{area} > button")
    for view in ("paint", "result"):
        page.locator(f"#inpaint-view input[value={view}]").check()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
