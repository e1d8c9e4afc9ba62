"""A person in the Lab who looks inside networks."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from .hands import bring

PATIENT = 60_000


def click_at(page: Page, picture: str, x: float, y: float) -> None:
    """Click a picture at a place, in shares of it."""
    page.locator(picture).scroll_into_view_if_needed()
    page.locator(picture).hover()  # once it has come to rest
    box = page.locator(picture).bounding_box()
    assert box
    page.locator(picture).click(position={"x": box["width"] * x, "y": box["height"] * y})


def test_switching_units_off_and_coming_back_by_link(page: Page, app_url: str) -> None:
    page.goto(app_url)
    page.get_by_role("tab", name="Lab").click()
    status = page.locator("#inside-status")
    expect(status).to_contain_text("16 units off", timeout=PATIENT)
    expect(page.locator("#inside-layers img")).to_have_count(6)
    click_at(page, "#inside-picture img", 0.5, 0.3)
    expect(status).to_contain_text("the place changes by", timeout=PATIENT)
    expect(page.locator("#inside-about")).to_contain_text("where you clicked")
    page.locator("#inside-units button").first.click()
    expect(status).to_contain_text("15 units off", timeout=PATIENT)
    page.locator("#inside-layers button").nth(2).click()
    expect(page.locator("#inside-about")).to_contain_text("16 × 16", timeout=PATIENT)
    expect(status).to_contain_text("15 units off")
    page.click("#inside-link")
    page.wait_for_function("location.search.includes('units')")
    said = re.search(r"whole picture by (\d+\.\d)", status.inner_text())
    assert said
    page.goto(page.url)
    expect(page.get_by_role("tab", name="Lab")).to_have_attribute("aria-selected", "true")
    expect(status).to_contain_text(f"changes by {said[1]} of", timeout=PATIENT)


def test_what_the_critic_goes_by(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=lab&model=cifar10-dcgan&label=ship&seed=7")
    expect(page.locator("#inside-status")).to_contain_text("units off", timeout=PATIENT)
    page.locator("#inside-view").get_by_text("What the critic goes by").click()
    expect(page.locator("#inside-status")).to_contain_text("The critic scores", timeout=PATIENT)
    expect(page.locator("#inside-off")).to_be_hidden()
    page.locator("#inside-view").get_by_text("What the latent moves").click()
    expect(page.locator("#inside-status")).to_contain_text("what is still open", timeout=PATIENT)


def test_a_picture_of_generate_can_be_looked_into(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?model=scenes&label=sea&seed=11&count=1")
    expect(page.locator("#about")).to_contain_text("seed 11", timeout=PATIENT)
    page.click("#send-lab")
    expect(page.get_by_role("tab", name="Lab")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#inside-seed input")).to_have_value("11", timeout=PATIENT)
    expect(page.locator("#inside-status")).to_contain_text("16 units off", timeout=PATIENT)


def test_what_decides_a_label(page: Page, app_url: str, tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    levels = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    Image.fromarray(levels).save(photo)
    page.goto(f"{app_url}?tab=lab")
    page.get_by_role("tab", name="Inside a segmenter").click()
    expect(page.locator("#inside-photo-layers img")).to_have_count(5, timeout=PATIENT)
    status = page.locator("#inside-photo-status")
    click_at(page, "#inside-photo img", 0.5, 0.9)
    expect(status).to_have_text(re.compile(r"Here: .*within \d+ pixels\.\s*$"), timeout=PATIENT)
    expect(page.locator("#inside-decides img")).to_be_visible()
    bring(page, "#inside-drop input[type=file]", photo)
    expect(status).to_contain_text("of 8", timeout=PATIENT)
    expect(status).to_have_text(re.compile(r"Here: .*within \d+ pixels\.\s*$"), timeout=PATIENT)
    page.locator("#inside-segmenter").get_by_text("Cells under a microscope").click()
    expect(page.locator("#inside-photo-about")).to_contain_text("units of the layer")
    expect(status).to_have_text(re.compile(r"Here: (background|nucleus)"), timeout=PATIENT)
