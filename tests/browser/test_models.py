"""A person at the Models tab."""

from __future__ import annotations

from gradio_client import Client
from playwright.sync_api import Page, expect


def test_reading_a_card_timing_and_using_a_model(page: Page, app_url: str) -> None:
    page.goto(app_url)
    page.get_by_role("tab", name="Models").click()
    expect(page.locator("#card h2")).to_have_text("CIFAR-10 DCGAN")
    expect(page.locator("#cards-machine")).to_contain_text("torch")
    page.locator("#cards-list").get_by_text("Scenes", exact=True).click()
    expect(page.locator("#card h2")).to_have_text("Scenes")
    expect(page.locator("#card-sheet img")).to_be_visible()
    protocol = page.locator("#card details").first
    expect(protocol).not_to_have_attribute("open", "")
    protocol.locator("summary").click()
    expect(protocol).to_contain_text("SqueezeNet")
    page.click("#cards-measure")
    expect(page.locator("#cards-time")).to_contain_text("128 × 128 pixels")
    expect(page.locator("#cards-stop")).to_be_disabled()
    page.locator("#cards-list").get_by_text("Road", exact=True).click()
    expect(page.locator("#card h2")).to_have_text("Road")
    expect(page.locator("#cards-time")).to_have_text("")
    page.click("#cards-use")
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Models").click()
    page.locator("#cards-list").get_by_text("Scenes", exact=True).click()
    expect(page.locator("#cards-time")).to_contain_text("128 × 128 pixels")  # as measured before


def test_a_link_opens_a_card(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}?tab=models&model=nuclei")
    expect(page.locator("#card h2")).to_have_text("Nuclei")
    expect(page.get_by_role("tab", name="Models")).to_have_attribute("aria-selected", "true")


def test_models_from_a_script(app_url: str) -> None:
    told = Client(app_url, verbose=False).predict(api_name="/models")
    assert {"scenes", "road", "style"} <= {card["id"] for card in told["models"]}
    assert told["versions"]["torch"]
