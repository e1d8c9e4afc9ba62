"""What the tests of the Segment tab do with it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

ROWS = "#segment-legend .row"
LAYER = "#segment-slider img.fixed"
DROP = "#segment-drop input[type=file]"


def opened(page: Page, url: str) -> Page:
    """The tab as somebody finds it who has never been there."""
    page.set_default_timeout(30_000)
    page.goto(url)
    page.wait_for_selector("#grid img")
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator("#segment-empty")).to_be_visible()
    return page


def choose(page: Page, model: str) -> None:
    """Say what the photo is of."""
    page.locator(f"#segment-model input[value={model}]").check()


def segmented(page: Page, size: str) -> None:
    """Wait until a picture of this size is segmented and shown."""
    expect(page.locator("#segment-status")).to_contain_text(f"{size} pixels")
    expect(page.locator("#segment-stop")).to_be_disabled()
    expect(page.locator(ROWS).first).to_be_visible()
    loaded(page)


def loaded(page: Page) -> None:
    page.wait_for_function(
        "all => [...document.querySelectorAll(all)].every(i => i.complete && i.naturalWidth)",
        arg="#segment-slider img",
    )
