"""A person at the Style tab."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from pipelines.blemishes import towers
from pipelines.settings import read_settings

from .hands import bring, set_number, source
from .inpainting import pixels
from .styling import DROP, RESULT, SECOND, STATUS, TILES, painted, restyled, saved, styled
from .test_generate import toast


def test_an_example_is_restyled_at_one_click_and_so_is_another_style(
    style_tab: Page, tmp_path: Path
) -> None:
    page = style_tab
    page.click("#style-examples .thumbnail-item >> nth=0")
    styled(page, "640 × 427 pixels · A · ")
    first = saved(page, tmp_path)
    assert first.name == "towers.a.png"
    page.click(f"{TILES} >> nth=1")
    styled(page, "640 × 427 pixels · B · ")
    second = saved(page, tmp_path)
    assert (pixels(first) != pixels(second)).any()
    # Nothing else needs a button, either; at strength 0 the photo is back, byte by byte.
    set_number(page, "#style-strength", 0)
    page.wait_for_function("!document.querySelector('#style-stop').matches(':enabled')")
    expect(page.locator(STATUS)).to_contain_text("· 0.0")
    assert (pixels(saved(page, tmp_path)) == np.asarray(towers()[0])).all()


def test_settings_are_applied_by_themselves(style_tab: Page, small: Path, tmp_path: Path) -> None:
    page = style_tab
    bring(page, DROP, small)
    styled(page, "160 × 120 pixels · A · ")
    page.locator("#style-keep input").check()
    page.click("#style-more > button")
    set_number(page, "#style-size", 80)
    styled(page, "80 × 60 pixels · A · ")
    parameters = read_settings(saved(page, tmp_path)).parameters
    assert (parameters["keep_colors"], parameters["size"]) == (True, 80)
    set_number(page, "#style-size", "")
    styled(page, "160 × 120 pixels · A · ")
    set_number(page, "#style-size", 3)
    toast(page, "size 3 cannot be used")


def test_a_picture_of_ones_own_and_a_blend_of_two(
    style_tab: Page, small: Path, painting: Path, tmp_path: Path
) -> None:
    page = style_tab
    bring(page, DROP, small)
    styled(page, " · A · ")
    expect(page.locator("#style-blend")).to_be_hidden()
    bring(page, "#style-first-drop input[type=file]", painting)
    expect(page.locator(TILES)).to_have_count(3)
    styled(page, " · Yours · ")
    own = saved(page, tmp_path)
    assert read_settings(own).parameters["style"] == "own"
    page.locator("#style-mix input").check()
    expect(page.locator("#style-blend")).to_be_visible()
    page.click(f"{SECOND} >> nth=2")
    styled(page, "Yours + B (50 %)")
    set_number(page, "#style-blend", 0)
    styled(page, "Yours + B (0 %)")
    assert (pixels(saved(page, tmp_path)) == pixels(own)).all()
    page.locator("#style-mix input").uncheck()
    styled(page, " · Yours · ")


def test_a_painted_mask(style_tab: Page, small: Path, tmp_path: Path) -> None:
    page = style_tab
    bring(page, DROP, small)
    styled(page, " · A · ")
    whole = source(page, RESULT)
    painted(page, (0.3, 0.5), (0.7, 0.5))
    page.locator("#style-view input[value=result]").check()  # is enough
    restyled(page, whole, " · A · ")
    before = pixels(small)
    changed = (pixels(saved(page, tmp_path)) != before).any(2)
    assert 0.02 < changed.mean() < 0.6
    assert changed[60, 60:100].mean() > 0.5
    assert not changed[:10].any()
    inside = source(page, RESULT)
    page.click("#style-part > button")
    page.locator("#style-outside input").check()
    restyled(page, inside, " · A · ")
    other = (pixels(saved(page, tmp_path)) != before).any(2)
    assert other[:10].mean() > 0.5
    assert not (other & changed).any()
    outside = source(page, RESULT)
    mask = Image.new("L", (160, 120))
    ImageDraw.Draw(mask).rectangle((0, 0, 159, 59), fill=255)
    mask.save(tmp_path / "mask.png")
    bring(page, "#style-upload input[type=file]", tmp_path / "mask.png")
    restyled(page, outside, " · A · ")
    third = (pixels(saved(page, tmp_path)) != before).any(2)
    assert not third[:60].any()
    assert third[60:].mean() > 0.5


def test_stop_keeps_what_there_is_of_a_large_photo(style_tab: Page, tmp_path: Path) -> None:
    page = style_tab
    path = tmp_path / "large.jpg"
    Image.effect_mandelbrot((500, 400), (-2, -1, 1, 1), 50).convert("RGB").resize(
        (5000, 4000)
    ).save(path)
    bring(page, DROP, path)
    expect(page.locator(STATUS)).to_contain_text(" steps …")
    expect(page.locator("#style-slider img").first).to_be_visible()
    expect(page.locator("#style-stop")).to_be_enabled()
    page.click("#style-stop")
    styled(page, "3,952 × 3,162 pixels")
    expect(page.locator(STATUS)).to_contain_text("made smaller")


def test_a_photo_that_comes_next_is_not_kept_waiting(style_tab: Page, tmp_path: Path) -> None:
    page = style_tab
    path = tmp_path / "large.jpg"
    Image.effect_mandelbrot((500, 400), (-2, -1, 1, 1), 50).convert("RGB").resize(
        (5000, 4000)
    ).save(path)
    small = tmp_path / "next.png"
    Image.new("RGB", (64, 48), "navy").save(small)
    bring(page, DROP, path)
    expect(page.locator(STATUS)).to_contain_text(" steps …")
    bring(page, DROP, small)
    styled(page, "64 × 48 pixels · A · ")
