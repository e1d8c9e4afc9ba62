"""Results of the Style tab: brought back, sent, refused; other languages, widths and scripts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines.blemishes import towers
from pipelines.settings import read_settings

from .hands import bring, set_number
from .inpainting import pixels
from .styling import CANVAS, DROP, MODEL, SECOND, STATUS, TILES, opened, saved, styled
from .test_generate import toast


def test_png_and_link_bring_the_settings_back(
    style_tab: Page, small: Path, fillers_url: str, tmp_path: Path
) -> None:
    page = style_tab
    bring(page, DROP, small)
    page.click(f"{TILES} >> nth=1")
    styled(page, " · B · ")
    set_number(page, "#style-strength", 0.8)
    page.locator("#style-mix input").check()
    page.click(f"{SECOND} >> nth=0")
    set_number(page, "#style-blend", 0.25)
    styled(page, "B + A (25 %)")
    png = saved(page, tmp_path)
    before = pixels(png)
    page.click("#style-link")
    toast(page, "The link is copied")
    page.wait_for_url("**blend=0.25**")
    for way in (page.url, fillers_url):
        if way == fillers_url:
            opened(page, way)
            page.set_input_files("#restore-area input[type=file]", png)
            toast(page, "drop the photo")
        else:
            page.goto(way)
        expect(page.locator("#style-mix input")).to_be_checked()
        expect(page.locator("#style-strength input[type=number]")).to_have_value("0.8")
        expect(page.locator("#style-blend input[type=number]")).to_have_value("0.25")
        expect(page.locator(f"{TILES}.selected")).to_contain_text("B")
        bring(page, DROP, small)
        styled(page, "B + A (25 %)")
        difference = pixels(saved(page, tmp_path)).astype(int) - before
        assert np.abs(difference).max() <= 2


def test_pictures_come_and_go(style_tab: Page, tmp_path: Path) -> None:
    page = style_tab
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_function("document.querySelector('#about').innerText.includes('seed')")
    page.click("#send-style")
    styled(page, " · A · ")
    first = saved(page, tmp_path)
    page.click("#style-proceed")
    expect(page.locator("#style-back")).to_be_visible()
    expect(page.locator(CANVAS)).to_be_visible()
    page.click(f"{TILES} >> nth=1")
    styled(page, " · B · ")
    second = saved(page, tmp_path)
    assert pixels(first).shape == pixels(second).shape
    assert (pixels(first) != pixels(second)).any()
    page.click("#style-back")
    expect(page.locator("#style-back")).to_be_hidden()
    page.locator("#style-view input[value=result]").check()
    styled(page, " · B · ")
    page.click("#style-segment")
    expect(page.locator("#segment-status")).to_contain_text("pixels")
    # What is switched on there is the mask here.
    page.click("#segment-style")
    styled(page, " · B · ")
    page.click("#style-inpaint")
    expect(page.locator("#inpaint-painter canvas")).to_be_visible()


def test_files_that_cannot_be_used_are_refused_and_the_page_goes_on(
    style_tab: Page, small: Path, tmp_path: Path
) -> None:
    page = style_tab
    bring(page, DROP, small)
    styled(page, " · A · ")
    for name, area in (("one", DROP), ("two", "#style-first-drop input[type=file]")):
        broken = tmp_path / f"{name}.png"
        broken.write_bytes(b"no picture at all")
        bring(page, area, broken)
        toast(page, f"{name}.png is not a picture that can be opened")
    expect(page.locator(STATUS)).to_contain_text("160 × 120")
    page.click(f"{TILES} >> nth=1")
    styled(page, "160 × 120 pixels · B · ")
    one = tmp_path / "one.tif"
    Image.new("CMYK", (1, 1)).save(one)
    bring(page, DROP, one)
    styled(page, "1 × 1 pixels · B · ")


def test_the_slow_way_wants_a_picture(style_tab: Page, small: Path) -> None:
    page = style_tab
    bring(page, DROP, small)
    styled(page, " · A · ")
    page.locator("#style-method input[value=slow]").check()
    expect(page.locator("#style-iterations")).to_be_visible()
    expect(page.locator("#style-hint")).to_contain_text("VGG-19")
    expect(page.locator(TILES)).to_have_count(0)
    page.click("#style-go")
    toast(page, "needs a picture of a style")
    page.locator("#style-method input[value=fast]").check()
    expect(page.locator(TILES)).to_have_count(2)
    page.click(f"{TILES} >> nth=1")
    styled(page, " · B · ")


def test_chinese_page(chinese: Page, fillers_url: str, small: Path) -> None:
    page = chinese
    opened(page, fillers_url)
    bring(page, DROP, small)
    styled(page, "160 × 120 像素")
    expect(page.locator("#style-view")).to_contain_text("照片与蒙版")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(style_tab: Page, small: Path, width: int) -> None:
    page = style_tab
    page.set_viewport_size({"width": width, "height": 900})
    bring(page, DROP, small)
    styled(page, "160 × 120 pixels")
    before = page.locator(STATUS).inner_text()
    page.locator("#style-mix input").check()
    expect(page.locator(STATUS)).not_to_have_text(before)
    styled(page, "160 × 120 pixels")  # what comes of it turns to the result
    for area in ("part", "more"):
        page.click(f"#style-{area} > button")
    for view in ("paint", "result"):
        page.locator(f"#style-view input[value={view}]").check()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_endpoint_without_arguments_and_with_pictures(
    fillers_url: str, small: Path, painting: Path, tmp_path: Path
) -> None:
    client = Client(fillers_url, verbose=False)
    image, told = client.predict(api_name="/stylize")
    settings = read_settings(image)
    assert (settings.tab, settings.model) == ("style", told["model"])
    assert (pixels(Path(image)) != np.asarray(towers()[0])).any()
    mask = tmp_path / "mask.png"
    Image.new("L", (16, 12), 255).save(mask)
    given = {"photo": handle_file(str(small)), "model": MODEL}
    pictures = {"style_picture": handle_file(str(painting)), "mask": handle_file(str(mask))}
    image, told = client.predict(**given, **pictures, second="b", api_name="/stylize")
    assert told["parameters"]["style"] == ["own", "b"]
    assert (told["width"], told["height"]) == (160, 120)
    image, told = client.predict(**given, strength=0, api_name="/stylize")
    assert (pixels(Path(image)) == pixels(small)).all()
    for arguments, sentence in (
        ({"style": "moon"}, "Give a picture, or one of: a, b"),
        ({"strength": 3}, "strength 3"),
        ({"method": "slow"}, "needs a picture of a style"),
        ({"size": 5}, "size 5"),
    ):
        with pytest.raises(AppError, match=sentence):
            client.predict(**given, **arguments, api_name="/stylize")
    client.close()
