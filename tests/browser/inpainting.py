"""What the tests of the Inpaint tab do with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from .hands import bring, drag

DROP = "#inpaint-drop input[type=file]"
CANVAS = "#inpaint-painter canvas"
STATUS = "#inpaint-status"
# How many pixels of the canvas are painted.
PAINTED = """() => {
  const canvas = document.querySelector('#inpaint-painter canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let i = 3; i < data.length; i += 4) count += data[i] >= 128;
  return count;
}"""


def opened(page: Page, url: str, name: str = "Completion") -> Page:
    page.goto(f"{url}?tab=inpaint")
    expect(page.locator("#inpaint-empty")).to_be_visible()
    # The menus are sent again when the page has loaded; nothing is set after that.
    expect(page.locator("#inpaint-method")).to_contain_text(name)
    return page


def drop(page: Page, photo: Path) -> None:
    bring(page, DROP, photo)
    shown(page)


def shown(page: Page) -> None:
    """Wait until there is a photo under the brush."""
    expect(page.locator(CANVAS)).to_be_visible()
    page.wait_for_function("document.querySelector('#inpaint-painter .photo').naturalWidth")


def stroke(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Paint from one spot to another; both in shares of the canvas."""
    drag(page, CANVAS, start, end)


def method(page: Page, name: str) -> None:
    page.locator(f"#inpaint-method input[value={name}]").check()


def filled(page: Page, what: str) -> None:
    """Wait until the work is over and its result is seen."""
    expect(page.locator(STATUS)).to_contain_text(what)
    expect(page.locator("#inpaint-stop")).to_be_disabled()
    expect(page.locator("#inpaint-slider img").first).to_be_visible()


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
