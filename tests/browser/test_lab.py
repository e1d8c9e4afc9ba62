"""A person trains a model in the Lab and uses it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from .conftest import running
from .hands import type_in
from .test_generate import GRID, toast


@pytest.fixture(scope="module")
def lab_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An app of its own: what is trained here is in no other test's menus."""
    with running("--lab", str(tmp_path_factory.mktemp("lab"))) as app:
        yield app.url


@pytest.fixture
def drawn(tmp_path: Path) -> list[Path]:
    paths = []
    for number in range(10):
        paths.append(tmp_path / f"{number}.png")
        Image.effect_mandelbrot((64, 48), (-2, -1, 1, number / 10), 30).save(paths[-1])
    return paths


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Just enough pictures for quality to be measured."""
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(500):
            color = (number * 7 % 256, number * 31 % 256, number * 57 % 256)
            Image.new("RGB", (32, 32), color).save(tmp_path / "one.png")
            archive.write(tmp_path / "one.png", f"{number}.png")
    return tmp_path / "many.zip"


def open_train(page: Page, url: str) -> None:
    page.goto(f"{url}?tab=lab")
    page.get_by_role("tab", name="Train").click()


def test_training_pausing_saving_and_using_a_model(
    page: Page, lab_url: str, drawn: list[Path]
) -> None:
    open_train(page, lab_url)
    expect(page.locator("#lab-empty")).to_be_visible()
    expect(page.locator("#lab-save")).to_be_hidden()
    page.click("#lab-go")
    toast(page, "no picture to learn from")
    expect(page.locator("#lab-go")).to_be_enabled()
    page.set_input_files("#lab-files input[type=file]", drawn)
    expect(page.locator('#lab-files a[href$=".png"]')).to_have_count(10)
    type_in(page, "#lab-images input", 500_000)
    page.click("#lab-go")
    expect(page.locator("#lab-status")).to_contain_text("of 500,000 pictures shown")
    expect(page.locator("#lab-grid img")).to_be_visible()
    expect(page.locator("#lab-empty")).to_be_hidden()
    expect(page.locator("#lab-losses canvas, #lab-losses svg").first).to_be_visible()
    # Somebody else sees it, and a reload changes nothing.
    open_train(page, lab_url)
    expect(page.locator("#lab-grid img")).to_be_visible()
    expect(page.locator("#lab-go")).to_be_disabled()
    page.click("#lab-hold")
    expect(page.locator("#lab-status")).to_contain_text("Paused after")
    page.click("#lab-hold")
    expect(page.locator("#lab-status")).to_contain_text("Training:")
    page.click("#lab-stop")
    expect(page.locator("#lab-status")).to_contain_text("Stopped after")
    type_in(page, "#lab-name input, #lab-name textarea", "scenes")
    page.click("#lab-save")
    toast(page, "There is a model scenes already")
    type_in(page, "#lab-name input, #lab-name textarea", "whirls")
    page.click("#lab-save")
    expect(page.locator("#lab-saved")).to_contain_text("Whirls is saved")
    page.click("#lab-use")
    expect(page.get_by_role("tab", name="Generate")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#model input")).to_have_value("Whirls")
    expect(page.locator(GRID).first).to_contain_text("all")
    page.get_by_role("tab", name="Morph").click()
    page.locator("#morph-model input").click()
    page.get_by_role("option", name="Whirls").click()
    expect(page.locator("#keys .thumbnail-item").first).to_contain_text("all")
    page.get_by_role("tab", name="Models").click()
    page.locator("#cards-list").get_by_text("Whirls", exact=True).click()
    expect(page.locator("#card")).to_contain_text("Nobody has measured")


def test_a_training_ends_at_its_target(page: Page, lab_url: str, many: Path) -> None:
    open_train(page, lab_url)
    page.set_input_files("#lab-files input[type=file]", many)
    expect(page.locator('#lab-files a[href$=".zip"]')).to_have_count(1)
    type_in(page, "#lab-images input", 200)
    type_in(page, "#lab-target input", 0.5)
    page.click("#lab-go")
    toast(page, "0.5 cannot be a target")
    type_in(page, "#lab-target input", 100)
    page.click("#lab-go")
    expect(page.locator("#lab-status")).to_contain_text("Reached quality", timeout=120_000)
    expect(page.locator("#lab-measuring")).to_contain_text("100 pictures that were kept aside")
    page.click("#lab-hold")  # on, whatever the quality
    expect(page.locator("#lab-status")).to_contain_text("Finished", timeout=120_000)
    expect(page.locator("#lab-status")).to_contain_text("quality")
    expect(page.locator("#lab-quality canvas, #lab-quality svg").first).to_be_visible()
