"""A picture on its way from tab to tab."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .test_generate import toast
from .test_morph import KEYS

# As over a slow line: what is stopped is stopped a while later.
SLOW_CANCEL = """
const plain = window.fetch;
window.fetch = async (address, ...rest) => {
  const late = String(address).includes('/cancel') ? 1000 : 0;
  await new Promise(done => setTimeout(done, late));
  return plain(address, ...rest);
};
"""


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


def test_a_gif_tells_how_far_it_is_and_can_be_stopped(page: Page, app_url: str) -> None:
    page.add_init_script(SLOW_CANCEL)
    page.goto(f"{app_url}?tab=morph&frames=100")
    expect(page.locator("#film-status")).to_contain_text("300 frames, ")
    page.click("#save-gif")
    expect(page.locator("#film-status")).to_contain_text("Writing the file: ")
    video = page.locator("#film video").get_attribute("src")
    page.click("#morph-stop")
    expect(page.locator("#film-status")).to_contain_text("300 frames, ")
    expect(page.locator("#morph-stop")).to_be_disabled()
    # The film is still there, and was not written once more.
    assert page.locator("#film video").get_attribute("src") == video
    # What begins before the server has heard of Stop is not stopped too.
    with page.expect_download() as event:
        page.click("#save-webp")
    assert event.value.suggested_filename.endswith(".webp")
