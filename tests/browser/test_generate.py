"""A person at the Generate tab."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines import Point, Sampler, Studio
from pipelines.limits import DEFAULT_MODEL
from pipelines.settings import read_settings

from .hands import set_number

GRID = "#grid .thumbnail-item"


def toast(page: Page, text: str) -> None:
    expect(page.locator(".toast-body", has_text=text).first).to_be_visible()


def settled(page: Page, pictures: int) -> None:
    """Wait until this many pictures are drawn and the work is over."""
    expect(page.locator(GRID)).to_have_count(pictures)
    expect(page.locator("#status")).to_contain_text("in ")
    expect(page.locator("#stop")).to_be_disabled()


def sources(page: Page) -> list[str]:
    """Where the pictures of the grid come from; Gradio's cache names files after their content."""
    return page.locator(f"{GRID} img").evaluate_all("all => all.map(i => i.src)")


def same(a: Image.Image, b: Image.Image) -> bool:
    """Whether two pictures are the same within rounding: the app has more threads."""
    difference = np.asarray(a, int) - np.asarray(b, int)
    return bool(np.abs(difference).max() <= 1)


def download(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as event:
        page.click(button)
    path = folder / event.value.suggested_filename
    event.value.save_as(path)
    return path


def test_first_pictures_come_without_typing(studio_page: Page) -> None:
    settled(studio_page, 16)
    captions = studio_page.locator(f"{GRID} .caption-label").all_inner_texts()
    classes = Studio("cpu").card(DEFAULT_MODEL, "generator").classes
    assert len(captions) == 16
    assert set(captions) <= set(classes)


def test_a_model_with_a_critic_shows_its_scores(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?model=cifar10-dcgan")
    settled(page, 16)
    captions = page.locator(f"{GRID} .caption-label").all_inner_texts()
    assert all(any(sign in caption for sign in "+−") for caption in captions)
    expect(page.locator("#best-of input[type=number]")).to_be_enabled()


def test_without_a_critic_nothing_is_ranked(studio_page: Page) -> None:
    expect(studio_page.locator("#best-of input[type=number]")).to_be_disabled()


def test_generate_download_drop_back(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    set_number(page, "#count", 4)
    page.click("#go")
    settled(page, 4)
    seed = int(page.input_value("#seed input"))
    page.click(f"{GRID} >> nth=2")
    expect(page.locator("#about")).to_contain_text(f"seed {(seed + 2) % 2**32}")
    png = download(page, "#save", tmp_path)

    settings = read_settings(png)
    assert settings.seed == (seed + 2) % 2**32
    again = Studio("cpu").get(Sampler)(
        [settings.seed],
        model=settings.model,
        label=settings.parameters["label"],
        truncation=settings.parameters["truncation"],
    )
    with Image.open(png) as saved:
        assert same(again.images[0], saved)

    page.reload()
    page.wait_for_selector("#grid img")
    # Dropped anywhere on the page, as from a file manager.
    page.evaluate(
        """async ({bytes, name}) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}));
            document.querySelector('#name').dispatchEvent(
                new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        }""",
        {"bytes": list(png.read_bytes()), "name": png.name},
    )
    settled(page, 1)
    assert page.input_value("#seed input") == str(settings.seed)
    assert page.input_value("#class input") == settings.parameters["label"]
    assert page.is_checked("#lock input")
    expect(page.locator("#about")).to_contain_text(f"seed {settings.seed}")


def test_broken_file_says_so_and_the_page_goes_on(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    chooser = "#restore-area input[type=file]"
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    page.set_input_files(chooser, broken)
    toast(page, "broken.png is not a picture that can be opened")
    expect(page.locator(GRID)).to_have_count(16)  # nothing is lost

    plain = tmp_path / "plain.png"
    Image.new("RGB", (8, 8)).save(plain)
    page.set_input_files(chooser, plain)
    toast(page, "carries no Pentimento settings")

    set_number(page, "#count", 2)
    page.click("#go")
    settled(page, 2)


def test_bad_seed_gets_its_sentence(studio_page: Page) -> None:
    page = studio_page
    page.check("#lock input")
    for bad in ("", "-1", "99999999999", "1.5"):
        set_number(page, "#seed", bad)
        page.click("#go")
        toast(page, f"The seed {bad or '(empty)'} cannot be used")
    expect(page.locator(GRID)).to_have_count(16)
    set_number(page, "#seed", 5)
    set_number(page, "#count", 1)
    page.click("#go")
    settled(page, 1)


def test_locked_seed_gives_the_same_pictures(studio_page: Page) -> None:
    page = studio_page
    first = page.locator(f"{GRID} img").first
    set_number(page, "#count", 3)
    page.check("#lock input")
    page.click("#go")
    settled(page, 3)
    locked = sources(page)
    page.uncheck("#lock input")
    page.click("#go")
    expect(first).not_to_have_attribute("src", locked[0])
    settled(page, 3)
    assert not {*sources(page)} & {*locked}
    assert page.input_value("#seed input") != "0"
    set_number(page, "#seed", 0)
    page.check("#lock input")
    page.click("#go")
    expect(first).to_have_attribute("src", locked[0])
    settled(page, 3)
    assert sources(page) == locked
    assert page.input_value("#seed input") == "0"


def test_variations_of_a_variation(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    set_number(page, "#count", 5)
    page.click(f"{GRID} >> nth=1")
    expect(page.locator("#about")).to_contain_text("seed 1 ")
    page.click("#vary")
    expect(page.locator("#about")).to_contain_text("variation 0.3:0")
    settled(page, 5)
    # What is seen large is what is marked in the grid.
    assert page.locator(GRID).evaluate_all(
        "all => all.map(i => i.classList.contains('selected'))"
    ) == [True, False, False, False, False]
    page.click(f"{GRID} >> nth=3")
    expect(page.locator("#about")).to_contain_text("variation 0.3:3")
    page.click("#vary")
    expect(page.locator("#about")).to_contain_text("variation 0.3:3 0.3:0")
    png = download(page, "#save", tmp_path)
    settings = read_settings(png)
    assert settings.parameters["path"] == [[0.3, 3], [0.3, 0]]
    point = Point(settings.seed, ((0.3, 3), (0.3, 0)))
    label = settings.parameters["label"]
    again = Studio("cpu").get(Sampler)([point], model=settings.model, label=label)
    with Image.open(png) as saved:
        assert same(again.images[0], saved)
    page.click("#back")
    expect(page.locator("#about")).to_contain_text("variation 0.3:0 ")


def test_zip_holds_every_picture_with_its_settings(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    set_number(page, "#count", 6)
    page.click("#go")
    settled(page, 6)
    path = download(page, "#zip", tmp_path)
    with zipfile.ZipFile(path) as archive:
        pngs = [name for name in archive.namelist() if name.endswith(".png")]
        assert len(pngs) == 6
        seeds = {read_settings(Image.open(io.BytesIO(archive.read(n)))).seed for n in pngs}
        assert len(seeds) == 6
        assert len(archive.read("pictures.csv").decode().splitlines()) == 7


def test_url_restores_settings(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?seed=7&label=sea&count=3&truncation=0.5")
    settled(page, 3)
    assert page.input_value("#seed input") == "7"
    assert page.input_value("#class input") == "sea"
    assert page.input_value("#truncation input[type=number]") == "0.5"
    expect(page.locator("#about")).to_contain_text("sea · seed 7")


def test_url_with_a_mistake_still_shows_pictures(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?seed=abc&label=%3Cimg src=x onerror=alert(1)%3E")
    toast(page, "The seed abc cannot be used")
    settled(page, 16)


def test_copied_link_reproduces(studio_page: Page) -> None:
    page = studio_page
    set_number(page, "#count", 2)
    page.click("#go")
    settled(page, 2)
    seed = page.input_value("#seed input")
    drawn = sources(page)
    page.click("#link")
    page.wait_for_url("**tab=generate**")
    query = parse_qs(urlparse(page.url).query)
    assert query["seed"] == [seed]
    page.goto(page.url)
    settled(page, 2)
    assert sources(page) == drawn


def test_stop_keeps_what_was_drawn(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?model=cifar10-dcgan")
    settled(page, 16)
    expect(page.locator("#best-of input[type=number]")).to_be_enabled()
    set_number(page, "#count", 64)
    set_number(page, "#best-of", 16)
    page.click("#go")
    expect(page.locator("#status")).to_contain_text("of 64")
    page.click("#stop")
    expect(page.locator("#stop")).to_be_disabled()
    drawn = page.locator(GRID).count()
    assert 0 < drawn <= 64
    set_number(page, "#best-of", 1)
    set_number(page, "#count", 2)
    page.click("#go")
    settled(page, 2)


def test_chinese_page(chinese: Page, app_url: str, tmp_path: Path) -> None:
    page = chinese
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    expect(page.locator("#go")).to_have_text("生成")
    expect(page.locator("#status")).to_contain_text("幅图像")
    page.click("#class input")
    expect(page.get_by_role("option", name="森林")).to_be_visible()
    page.keyboard.press("Escape")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"")
    page.set_input_files("#restore-area input[type=file]", broken)
    toast(page, "不是可以打开的图像")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(page: Page, app_url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(app_url)
    settled(page, 16)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_page_asks_nobody_else(page: Page, app_url: str) -> None:
    """Everything comes from the app itself: it works offline and tells nobody."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlparse(request.url).hostname or ""))
    page.goto(app_url)
    settled(page, 16)
    assert hosts <= {"127.0.0.1", ""}
