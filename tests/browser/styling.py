"""What the tests of the Style tab do with it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from .hands import drag, replaced
from .test_generate import download

DROP = "#style-drop input[type=file]"
STATUS = "#style-status"
TILES = "#style-first .thumbnail-item"
SECOND = "#style-second .thumbnail-item"
CANVAS = "#style-painter canvas"
RESULT = "#style-slider img >> nth=-1"
MODEL = "tiny-style"


def opened(page: Page, url: str, first: str = "A") -> Page:
    page.goto(f"{url}?tab=style&model={MODEL}")
    expect(page.locator(TILES)).to_have_count(2)
    expect(page.locator(TILES).first).to_contain_text(first)
    expect(page.locator("#style-examples .thumbnail-item")).to_have_count(6)
    return page


def styled(page: Page, what: str) -> None:
    """Wait until the work is over and its result is seen."""
    expect(page.locator(STATUS)).to_contain_text(what)
    expect(page.locator("#style-stop")).to_be_disabled()
    expect(page.locator("#style-slider img").first).to_be_visible()


def restyled(page: Page, before: str, what: str) -> None:
    """Wait until another result than ``before`` is seen and the work is over."""
    replaced(page, RESULT, before)
    styled(page, what)


def saved(page: Page, folder: Path) -> Path:
    return download(page, "#style-save", folder)


def painted(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Paint from one spot to another; both in shares of the canvas."""
    page.locator("#style-view input[value=paint]").check()
    drag(page, CANVAS, start, end)
