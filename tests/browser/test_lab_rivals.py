"""A person in the Lab who compares generators."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pipelines import Sampler, Studio
from pipelines.settings import read_settings

from .hands import THREE_FRAMES, type_in
from .test_generate import same, toast

ROW = "#rivals-rows .rival"
LINK = "tab=lab&part=compare&models=%5B%22scenes%22%2C%22cifar10-dcgan%22%5D"


def open_compare(page: Page, url: str) -> None:
    page.goto(f"{url}?tab=lab")
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#rivals-go")).to_be_visible()


def test_comparing_and_coming_back_by_link(page: Page, app_url: str) -> None:
    open_compare(page, app_url)
    expect(page.locator("#rivals-empty")).to_be_visible()
    page.evaluate(THREE_FRAMES)  # as in type_in
    for label in page.locator("#rivals-models label").all():
        wanted = label.inner_text().strip() in ("Scenes", "CIFAR-10 DCGAN")
        label.locator("input").set_checked(wanted)
    page.locator("#rivals-count").get_by_text("4", exact=True).click()
    type_in(page, "#rivals-seed input", 7)
    page.click("#rivals-go")
    expect(page.locator("#rivals-status")).to_contain_text("seeds 7 to 10")
    expect(page.locator(ROW)).to_have_count(2)
    expect(page.locator("#rivals-empty")).to_be_hidden()
    expect(page.locator("#rivals-stop")).to_be_disabled()
    # What is saved from the page is the picture of Generate, and says so.
    picture = page.locator("[data-model=scenes] .strip img").nth(1)
    data = (picture.get_attribute("src") or "").partition(",")[2]
    image = Image.open(io.BytesIO(base64.b64decode(data)))
    assert read_settings(image).seed == 8
    assert same(image, Studio("cpu").get(Sampler)([8], model="scenes").images[0])
    page.click("#rivals-link")
    toast(page, "The link is copied")
    page.wait_for_function("location.search.includes('part=compare')")
    # Somebody else opens it.
    other = page.context.new_page()
    other.goto(page.url)
    page.close()
    expect(other.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
    expect(other.locator("#rivals-seed input")).to_have_value("7")
    expect(other.locator("#rivals-status")).to_contain_text("seeds 7 to 10")
    expect(other.locator(ROW)).to_have_count(2)
    with page.context.expect_page() as opened:
        other.locator("[data-model=cifar10-dcgan] nav a").first.click()
    expect(opened.value.locator("#seed input")).to_have_value("7")
    expect(opened.value.locator("#grid .thumbnail-item")).to_have_count(4)


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_page(browser: Browser, app_url: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{app_url}?{LINK}&count=16&columns=walk")
    expect(page.locator(ROW)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    sharp = page.locator("[data-model=cifar10-dcgan] .strip img").first
    assert sharp.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    within = "element => element.scrollWidth <= element.clientWidth + 1"
    assert all(row.evaluate(within) for row in page.locator(ROW).all())
    page.close()
