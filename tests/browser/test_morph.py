"""A person at the Morph tab."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import av
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from pipelines import Morpher, Sampler, Studio
from pipelines.settings import read_settings

from .conftest import RunningApp
from .hands import set_number
from .test_generate import GRID, download, same, toast

KEYS = "#keys .thumbnail-item"
VIDEO = "document.querySelector('#film video')"


def filmed(page: Page, frames: int) -> None:
    """Wait until a film of so many frames is there."""
    expect(page.locator("#film-status")).to_contain_text(f"{frames} frames, ")
    expect(page.locator("#save-mp4")).to_be_enabled()


def slider(page: Page, i: int) -> Locator:
    return page.locator(f"#direction-{i} input[type=range]")


def slide(page: Page, i: int, amount: float) -> None:
    slider(page, i).fill(str(amount))


def let_go(page: Page, i: int) -> None:
    slider(page, i).dispatch_event("pointerup")


def strip_of(page: Page) -> str | None:
    """Gradio's cache names files after their content."""
    return page.locator("#strip img").get_attribute("src")


def open_generate(page: Page) -> None:
    page.get_by_role("tab", name="Generate").click()


def open_tab(page: Page) -> None:
    page.get_by_role("tab", name="Morph").click()


@pytest.fixture
def morph(page: Page, app_url: str) -> Page:
    """The tab as somebody finds it who has never been there."""
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    open_tab(page)
    filmed(page, 72)
    return page


def test_two_pictures_from_generate_become_a_film(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    for i in (2, 5):
        page.click(f"{GRID} >> nth={i}")
        expect(page.locator("#about")).to_contain_text(f"seed {i}")
        page.click("#send-morph")
    toast(page, "the film has 2 key frames now")
    open_tab(page)
    expect(page.locator(KEYS)).to_have_count(2)
    filmed(page, 48)
    # It plays by itself.
    page.wait_for_function(f"{VIDEO}.readyState >= 2 && {VIDEO}.currentTime > 0.1")
    assert page.evaluate(f"{VIDEO}.error === null && !{VIDEO}.paused && {VIDEO}.loop")

    mp4 = download(page, "#save-mp4", tmp_path)
    with av.open(str(mp4)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 48
    # What the strip says makes the same film again, and its keys are Generate's pictures.
    settings = read_settings(download(page, "#save-strip", tmp_path))
    entries = settings.parameters["keys"]
    studio = Studio("cpu")
    film = studio.get(Morpher)(entries, model=settings.model, frames=24, loop=True)
    for k, seed in enumerate((2, 5)):
        (sample,) = studio.get(Sampler)([seed], model=settings.model).images
        assert film.frames[24 * k].tobytes() == sample.tobytes()
    set_scrub = "#scrub input[type=range]"
    page.locator(set_scrub).fill("24")
    page.wait_for_function(f"{VIDEO}.paused && Math.abs({VIDEO}.currentTime - 24.5 / 24) < 0.03")
    with Image.open(download(page, "#save-still", tmp_path)) as still:
        assert same(still, film.frames[24])


def test_pictures_sent_later_are_filmed_when_one_comes_back(morph: Page) -> None:
    page = morph
    before = strip_of(page)
    open_generate(page)
    for i in (1, 3, 4):
        page.click(f"{GRID} >> nth={i}")
        expect(page.locator("#about")).to_contain_text(f"seed {i}")
        page.click("#send-morph")
    toast(page, "the film has 3 key frames now")
    open_tab(page)
    expect(page.locator(f"{KEYS} .caption-label").nth(2)).to_contain_text("seed 4")
    page.wait_for_function("old => document.querySelector('#strip img').src !== old", arg=before)
    filmed(page, 72)
    film = strip_of(page)
    open_generate(page)
    open_tab(page)
    expect(page.locator(KEYS)).to_have_count(3)
    assert strip_of(page) == film


def test_keys_are_added_moved_and_removed(morph: Page) -> None:
    page = morph
    captions = page.locator(f"{KEYS} .caption-label")
    before = captions.all_inner_texts()
    set_number(page, "#key-seed", 77)
    page.click("#key-add")
    expect(page.locator(KEYS)).to_have_count(4)
    expect(captions.nth(3)).to_contain_text("77")
    page.click("#key-left")
    expect(captions.nth(2)).to_contain_text("77")
    page.click("#key-remove")
    expect(page.locator(KEYS)).to_have_count(3)
    assert captions.all_inner_texts() == before
    page.click("#key-copy")
    expect(page.locator(KEYS)).to_have_count(4)
    set_number(page, "#frames", 2)
    page.click("#morph-go")
    filmed(page, 8)


def test_sliders_show_their_effect_and_end_up_in_the_film(
    morph: Page, app: RunningApp, tmp_path: Path
) -> None:
    page = morph
    captions = page.locator(f"{KEYS} .caption-label")
    source = page.locator("#moved img").get_attribute("src")
    slide(page, 2, 4)
    page.wait_for_function("old => document.querySelector('#moved img').src !== old", arg=source)
    let_go(page, 2)
    expect(captions.nth(0)).to_contain_text("✎")
    expect(page.locator("#film-status")).to_contain_text("key frames have changed")
    # Nobody waits: keys are chosen and changed while the server answers nothing at all.
    os.kill(app.pid, signal.SIGSTOP)
    try:
        page.click(f"{KEYS} >> nth=1")
        slide(page, 1, 3)
        page.click(f"{KEYS} >> nth=2")
        slide(page, 6, -2.5)
        let_go(page, 6)
    finally:
        os.kill(app.pid, signal.SIGCONT)
    set_number(page, "#frames", 2)
    page.click("#morph-go")
    filmed(page, 6)
    settings = read_settings(download(page, "#save-strip", tmp_path))
    assert [key["shifts"] for key in settings.parameters["keys"]] == [
        [["ganspace", 1, 4]],
        [["ganspace", 0, 3]],
        [["ganspace", 5, -2.5]],
    ]
    for i in range(3):
        expect(captions.nth(i)).to_contain_text("✎")
    # The sliders are those of the chosen key.
    page.click(f"{KEYS} >> nth=0")
    expect(slider(page, 6)).to_have_value("0")
    expect(slider(page, 2)).to_have_value("4")
    page.click("#overview")
    expect(page.locator("#spectrum img")).to_be_visible()
    page.click("#reset")
    expect(captions.nth(0)).not_to_contain_text("✎")
    expect(slider(page, 2)).to_have_value("0")
    expect(captions.nth(1)).to_contain_text("✎")


def test_sliders_can_be_moved_by_keyboard(morph: Page) -> None:
    slider(morph, 3).focus()
    morph.keyboard.press("ArrowRight")
    expect(slider(morph, 3)).to_have_value("0.1")
    expect(morph.locator(f"{KEYS} .caption-label").first).to_contain_text("✎")


def test_own_photo_is_found_and_bad_ones_are_refused(morph: Page, tmp_path: Path) -> None:
    page = morph
    chooser = "#photo input[type=file]"
    one = tmp_path / "one.png"
    Image.new("RGB", (1, 1)).save(one)
    page.set_input_files(chooser, one)
    toast(page, "has 1×1 pixels")
    expect(page.locator("#photo img")).to_have_count(0)  # free for the next one
    expect(page.locator(KEYS)).to_have_count(3)
    photo = tmp_path / "photo.jpg"
    Image.linear_gradient("L").resize((300, 200)).convert("CMYK").save(photo)
    page.set_input_files(chooser, photo)
    expect(page.locator("#photo-about")).to_contain_text("Looking for it")
    page.click("#key-add")  # while the search goes on
    expect(page.locator("#photo-about")).to_contain_text("Left your photo")
    expect(page.locator(KEYS)).to_have_count(5)
    expect(page.locator("#pair img")).to_be_visible()
    captions = page.locator(f"{KEYS} .caption-label").all_inner_texts()
    assert [("photo" in caption) for caption in captions].count(True) == 1
    expect(page.locator("#photo img")).to_have_count(0)
    page.set_input_files(chooser, photo)
    expect(page.locator(KEYS)).to_have_count(6)
    expect(page.locator("#morph-stop")).to_be_disabled()


def test_stop_ends_with_an_error_too(morph: Page) -> None:
    page = morph
    for left in (2, 1):
        page.click("#key-remove")
        expect(page.locator(KEYS)).to_have_count(left)
    page.click("#morph-go")
    toast(page, "2 to 12 key frames, not 1")
    expect(page.locator("#morph-stop")).to_be_disabled()


def test_link_and_strip_bring_the_film_back(morph: Page, app_url: str, tmp_path: Path) -> None:
    page = morph
    set_number(page, "#key-seed", 5)
    page.click("#key-add")
    expect(page.locator(KEYS)).to_have_count(4)
    set_number(page, "#frames", 3)
    page.uncheck("#loop input")
    page.click("#morph-go")
    filmed(page, 10)
    captions = page.locator(f"{KEYS} .caption-label").all_inner_texts()
    strip = download(page, "#save-strip", tmp_path)
    page.click("#film-link")
    page.wait_for_url("**tab=morph**")
    page.goto(page.url)
    filmed(page, 10)
    assert page.locator(f"{KEYS} .caption-label").all_inner_texts() == captions
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.set_input_files("#restore-area input[type=file]", strip)
    filmed(page, 10)
    assert page.locator(f"{KEYS} .caption-label").all_inner_texts() == captions
    assert not page.is_checked("#loop input")
    # Whoever came by a link finds pictures in the other tab, too.
    open_generate(page)
    expect(page.locator(GRID)).to_have_count(16)


def test_stop_keeps_the_frames_so_far(morph: Page) -> None:
    page = morph
    for count in range(4, 13):
        page.click("#key-copy")
        expect(page.locator(KEYS)).to_have_count(count)
    page.click("#key-copy")
    toast(page, "2 to 12 key frames, not 13")
    set_number(page, "#frames", 120)
    page.click("#morph-go")
    expect(page.locator("#film-status")).to_contain_text("of 1440 frames")
    page.click("#morph-stop")
    expect(page.locator("#save-mp4")).to_be_enabled()
    expect(page.locator("#film-status")).not_to_contain_text("of 1440")
    set_number(page, "#frames", 1)
    page.click("#morph-go")
    filmed(page, 12)


def test_another_model_keeps_the_seeds(morph: Page) -> None:
    page = morph
    page.click("#morph-model input")
    page.get_by_role("option", name="CIFAR-10 DCGAN").click()
    expect(page.locator(f"{KEYS} .caption-label").nth(2)).to_contain_text("frog")
    page.click("#morph-go")
    filmed(page, 72)


def test_same_seed_in_every_model(studio_page: Page) -> None:
    page = studio_page
    page.click(f"{GRID} >> nth=3")
    page.click("#compare")
    expect(page.locator("#models .thumbnail-item")).to_have_count(
        len(Studio("cpu").cards("generator"))
    )
    expect(page.locator("#models .caption-label").first).to_contain_text("CIFAR-10 DCGAN")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(morph: Page, width: int) -> None:
    morph.set_viewport_size({"width": width, "height": 900})
    assert morph.evaluate("document.documentElement.scrollWidth") <= width
