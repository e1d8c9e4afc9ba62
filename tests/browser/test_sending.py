"""A picture on its way from tab to tab."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .test_generate import toast
from .test_morph import KEYS


def test_a_texture_becomes_a_key_frame_while_there_is_room(page: Page, app_url: str) -> None:
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.get_by_role("tab", name="Texture").click()
    expect(page.locator("#texture-status")).to_contain_text("pixels")
    page.click("#texture-to-morph")
    expect(page.get_by_role("tab", name="Morph")).to_have_attribute("aria-selected", "true")
    # As a photo that is given there: looked for, and then one more key.
    expect(page.locator("#photo-about")).to_contain_text("Left your photo")
    expect(page.locator(KEYS)).to_have_count(4)
    expect(page.locator(f"{KEYS} .caption-label").nth(3)).to_contain_text("photo")
    expect(page.locator("#morph-stop")).to_be_disabled()
    for count in range(5, 13):
        page.click("#key-copy")
        expect(page.locator(KEYS)).to_have_count(count)
    page.get_by_role("tab", name="Texture").click()
    page.click("#texture-to-morph")
    toast(page, "2 to 12 key frames, not 13")
    expect(page.locator(KEYS)).to_have_count(12)
