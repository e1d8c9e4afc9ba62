"""Stop, and what a person begins right after it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .test_generate import settled

# As over a slow line: what is stopped is stopped a while later.
SLOW_CANCEL = """
const plain = window.fetch;
window.fetch = async (address, ...rest) => {
  const late = String(address).includes('/cancel') ? 1000 : 0;
  await new Promise(done => setTimeout(done, late));
  return plain(address, ...rest);
};
"""


@pytest.fixture
def slow_page(page: Page) -> Page:
    page.add_init_script(SLOW_CANCEL)
    return page


def test_a_gif_tells_how_far_it_is_and_can_be_stopped(slow_page: Page, app_url: str) -> None:
    page = slow_page
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


def test_what_is_begun_again_right_after_stop_is_not_lost(slow_page: Page, app_url: str) -> None:
    page = slow_page
    status = page.locator("#film-status")
    page.goto(f"{app_url}?tab=morph&frames=100")
    expect(status).to_contain_text("300 frames, ")
    page.click("#morph-go")
    expect(status).to_contain_text(" of 300 frames")
    page.click("#morph-stop")
    page.click("#morph-go")
    # It waits for Stop, which leaves what there was by then, and is not taken for what was ended.
    expect(status).to_contain_text("made in")
    expect(status).to_contain_text("300 frames, ")
    expect(page.locator("#morph-stop")).to_be_disabled()


def test_what_is_begun_again_right_after_stop_can_be_stopped(slow_page: Page, app_url: str) -> None:
    page = slow_page
    status = page.locator("#film-status")
    page.goto(f"{app_url}?tab=morph&frames=100")
    expect(status).to_contain_text("300 frames, ")
    for _ in range(2):
        page.click("#morph-go")
        expect(status).to_contain_text(" of 300 frames")
        expect(page.locator("#morph-stop")).to_be_enabled()
        page.click("#morph-stop")
    expect(status).to_contain_text(" s of film")
    expect(status).not_to_contain_text("300 frames")
    expect(page.locator("#morph-stop")).to_be_disabled()


def shown_large(page: Page) -> int:
    """The seed of the picture that is seen large."""
    about = page.locator("#about")
    expect(about).to_contain_text("seed ")
    told = re.search(r"seed (\d+)", about.inner_text())
    assert told
    return int(told[1])


def test_a_second_click_while_pictures_are_drawn_rolls_no_other_seed(
    page: Page, app_url: str
) -> None:
    page.goto(f"{app_url}?model=cifar10-dcgan&count=64&best_of=16")
    settled(page, 64)
    before, large = page.input_value("#seed input"), shown_large(page)
    page.click("#go")
    expect(page.locator("#stop")).to_be_enabled()
    seed = page.input_value("#seed input")
    assert seed != before
    page.click("#go")
    settled(page, 64)
    assert page.input_value("#seed input") == seed
    # The first picture is the best of 16 seeds, of which this is the first. It is seen large a
    # little after Stop has been switched off.
    expect(page.locator("#about")).not_to_contain_text(re.compile(rf"seed {large}\b"))
    assert (shown_large(page) - int(seed)) % 2**32 < 16
