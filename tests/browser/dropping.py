"""Files that a person brings to the page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from .test_generate import THREE_FRAMES


def bring(page: Page, chooser: str, file: Path) -> None:
    """Give a drop zone a file, as soon as a person could.

    ``chooser``: the zone's file input, inside what its id names. A zone is emptied behind what it
    took; what comes within the two frames in which that is done is lost: a script is that fast.
    """
    expect(page.locator(f"{chooser.split(maxsplit=1)[0]} img")).to_have_count(0)
    page.evaluate(THREE_FRAMES)
    page.set_input_files(chooser, file)
