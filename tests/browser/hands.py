"""What a person does on the page: brings files, writes, paints, and sees pictures change."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

THREE_FRAMES = """async () => {
  for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame);
}"""


def set_number(page: Page, selector: str, value: object) -> None:
    type_in(page, f"{selector} input[type=number]", value)


def type_in(page: Page, selector: str, value: object) -> None:
    """Write into a field, as soon as a person could.

    What a tab or an accordion shows for the first time Gradio gives its values once more, within
    two frames of its appearance: a script is faster than that.
    """
    field = page.locator(selector).first
    expect(field).to_be_visible()
    page.evaluate(THREE_FRAMES)
    field.fill(str(value))
    field.blur()


def bring(page: Page, chooser: str, file: Path) -> None:
    """Give a drop zone a file, as soon as a person could.

    ``chooser``: the zone's file input, inside what its id names. A zone is emptied behind what it
    took; what comes within the two frames in which that is done is lost: a script is that fast.
    """
    expect(page.locator(f"{chooser.split(maxsplit=1)[0]} img")).to_have_count(0)
    page.evaluate(THREE_FRAMES)
    page.set_input_files(chooser, file)


def drag(page: Page, canvas: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw from one spot of a canvas to another; both in shares of it."""
    page.locator(canvas).scroll_into_view_if_needed()
    box = page.locator(canvas).bounding_box()
    assert box
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=8)
    page.mouse.up()


def source(page: Page, image: str) -> str:
    """Where a picture comes from; Gradio's cache names files after their content."""
    return page.locator(image).get_attribute("src") or ""


def replaced(page: Page, image: str, before: str) -> None:
    """Wait until another picture is seen than the one that came from ``before``."""
    expect(page.locator(image)).not_to_have_attribute("src", before)
