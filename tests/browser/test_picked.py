"""One picture at the Generate tab: picked, compared, and linked to."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from pipelines import Studio
from pipelines.settings import read_settings

from .hands import set_number
from .test_generate import GRID, download, settled, sources

MODELS = "#models .thumbnail-item"


def marked(page: Page, gallery: str) -> list[int]:
    """Which pictures of a gallery are marked."""
    return page.locator(gallery).evaluate_all(
        "all => all.flatMap((one, i) => one.classList.contains('selected') ? [i] : [])"
    )


def test_a_compared_picture_is_picked_saved_and_sent(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    page.click(f"{GRID} >> nth=3")
    expect(page.locator("#about")).to_contain_text("seed 3 ")
    page.click("#compare")
    expect(page.locator(f"{MODELS} .caption-label").first).to_contain_text("CIFAR-10 DCGAN")
    # One after the other; each that comes would take away what was picked.
    expect(page.locator(MODELS)).to_have_count(len(Studio("cpu").cards("generator")))
    page.wait_for_timeout(500)
    page.click(f"{MODELS} >> nth=0")
    expect(page.locator("#about")).to_contain_text("critic")  # scenes has none
    assert (marked(page, GRID), marked(page, MODELS)) == ([], [0])
    settings = read_settings(download(page, "#save", tmp_path))
    assert (settings.model, settings.seed) == ("cifar10-dcgan", 3)
    page.click(f"{GRID} >> nth=3")
    expect(page.locator("#about")).not_to_contain_text("critic")
    expect(page.locator("#about")).to_contain_text("seed 3 ")
    assert (marked(page, GRID), marked(page, MODELS)) == ([3], [])
    page.click(f"{MODELS} >> nth=0")
    expect(page.locator("#about")).to_contain_text("critic")
    page.click("#send-segment")
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")


def test_the_link_opens_the_pictures_above_it(studio_page: Page) -> None:
    page = studio_page
    set_number(page, "#count", 3)
    page.click(f"{GRID} >> nth=1")
    expect(page.locator("#about")).to_contain_text("seed 1 ")
    page.click("#vary")
    settled(page, 3)
    expect(page.locator("#about")).to_contain_text("variation 0.3:0")
    page.click("#dice")  # the controls say something else now
    drawn = sources(page)
    page.click("#link")
    page.wait_for_url("**radius=0.3**")
    page.goto(page.url)
    settled(page, 3)
    expect(page.locator("#about")).to_contain_text("variation 0.3:0")
    assert sources(page) == drawn
