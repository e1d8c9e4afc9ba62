"""A person at the Texture tab."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines import Studio, Texturer
from pipelines.settings import read_settings

from .hands import bring, replaced, set_number, source
from .inpainting import pixels
from .test_generate import download, toast

DROP = "#texture-drop input[type=file]"
STATUS = "#texture-status"
MODEL = "tiny-textures"
IMAGE = "#texture-image img"


def opened(page: Page, url: str, more: str = "") -> Page:
    page.goto(f"{url}?tab=texture&model={MODEL}&size=[64,48]&seed=5{more}")
    drawn(page, "64 × 48 pixels")
    return page


def drawn(page: Page, what: str) -> None:
    """Wait until the work is over and its result is seen."""
    expect(page.locator(STATUS)).to_contain_text(what)
    expect(page.locator(STATUS)).to_contain_text(" s")
    expect(page.locator("#texture-stop")).to_be_disabled()
    expect(page.locator(IMAGE)).to_be_visible()


def redrawn(page: Page, before: str) -> None:
    """Wait until another picture than ``before`` is seen and the work is over."""
    replaced(page, IMAGE, before)
    drawn(page, "64 × 48 pixels")


def saved(page: Page, folder: Path) -> Path:
    return download(page, "#texture-save", folder)


@pytest.fixture
def tab(page: Page, fillers_url: str) -> Page:
    return opened(page, fillers_url)


@pytest.fixture
def cloth(tmp_path: Path) -> Path:
    """Two textures side by side: red stripes, and blue dots."""
    y, x = np.mgrid[:96, :200]
    image = np.zeros((96, 200, 3), np.uint8)
    image[(x < 100) & (x % 8 < 4)] = (220, 40, 30)
    image[(x >= 100) & (x % 10 < 4) & (y % 10 < 4)] = (40, 60, 230)
    Image.fromarray(image).save(tmp_path / "cloth.png")
    return tmp_path / "cloth.png"


def test_somebody_who_comes_finds_a_texture_and_every_change_is_drawn(
    studio_page: Page, tmp_path: Path
) -> None:
    page = studio_page
    page.get_by_role("tab", name="Texture").click()
    drawn(page, "512 × 512 pixels")
    expect(page.locator("#texture-scores")).to_contain_text("Seams")
    page.locator("#texture-class input").click()
    page.get_by_role("option", name="Braided").click()
    drawn(page, "braided")
    page.click("#texture-256")
    drawn(page, "256 × 256 pixels")
    png = saved(page, tmp_path)
    assert pixels(png).shape == (256, 256, 3)
    settings = read_settings(png)
    assert (settings.tab, settings.model) == ("texture", "textures")
    assert settings.parameters["label"] == "braided"
    page.click("#texture-go")
    expect(page.locator(STATUS)).not_to_contain_text(f"seed {settings.seed} ")


def test_a_second_texture_across_the_canvas(tab: Page, tmp_path: Path) -> None:
    alone = pixels(saved(tab, tmp_path))
    expect(tab.locator("#texture-blend")).to_be_hidden()
    tab.locator("#texture-mix input").check()
    expect(tab.locator("#texture-blend")).to_be_visible()
    expect(tab.locator(STATUS)).to_contain_text("%")
    set_number(tab, "#texture-width", 320)
    drawn(tab, "320 × 48 pixels")
    tab.locator("#texture-across input").check()
    drawn(tab, "→")
    settings = read_settings(saved(tab, tmp_path))
    assert settings.parameters["across"] is True
    assert len(settings.parameters["label"]) == 2
    tab.locator("#texture-mix input").uncheck()
    expect(tab.locator(STATUS)).not_to_contain_text("→")
    set_number(tab, "#texture-width", 64)
    drawn(tab, "64 × 48 pixels")
    assert (pixels(saved(tab, tmp_path)) == alone).all()


def test_a_part_of_a_picture_becomes_a_texture_as_large_as_wanted(
    tab: Page, cloth: Path, tmp_path: Path
) -> None:
    bring(tab, DROP, cloth)
    drawn(tab, "from a picture")
    stage = tab.locator("#texture-region .stage")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box

    def spot(x: float, y: float) -> tuple[float, float]:
        return box["x"] + box["width"] * x, box["y"] + box["height"] * y

    whole = source(tab, IMAGE)
    tab.mouse.move(*spot(0.55, 0.05))
    tab.mouse.down()
    tab.mouse.move(*spot(0.95, 0.95), steps=6)
    tab.mouse.up()
    expect(tab.locator("#texture-region .measure")).to_contain_text("of 200 × 96")
    tab.wait_for_function(
        "!document.querySelector('#texture-region .measure').innerText.startsWith('200')"
    )
    redrawn(tab, whole)
    tab.click("#texture-256")
    drawn(tab, "256 × 256 pixels")
    png = saved(tab, tmp_path)
    found = pixels(png).reshape(-1, 3).astype(int).mean(0)
    assert found[2] > 3 * found[0]  # of the blue dots alone
    expect(tab.locator("#texture-scores")).to_contain_text("Likeness")
    settings = read_settings(png)
    assert (settings.model, settings.parameters["size"]) == ("quilting", [256, 256])
    # Its settings come back, the picture of one's own does not.
    tab.set_input_files("#restore-area input[type=file]", png)
    toast(tab, "drop that picture again")


def test_laid_beside_itself(tab: Page, tmp_path: Path) -> None:
    def size() -> list[int]:
        return tab.evaluate(
            f"(() => {{ const i = document.querySelector('{IMAGE}');"
            " return [i.naturalWidth, i.naturalHeight]; })()"
        )

    wide, high = size()
    tab.locator("#texture-tiles input[value='3']").check()
    # 0 for as long as the next picture is on its way.
    tab.wait_for_function(f"![0, {wide}].includes(document.querySelector('{IMAGE}').naturalWidth)")
    now = size()
    assert now[0] / now[1] == pytest.approx(wide / high, rel=0.05)
    png = saved(tab, tmp_path)  # once, however often it is seen
    assert pixels(png).shape == (48, 64, 3)


def test_stop_keeps_what_is_there(tab: Page, cloth: Path) -> None:
    bring(tab, DROP, cloth)
    drawn(tab, "from a picture")
    set_number(tab, "#texture-block", 8)
    tab.click("#texture-2048")
    expect(tab.locator(STATUS)).to_contain_text(re.compile(r"[1-9]\d* % …"))
    expect(tab.locator("#texture-stop")).to_be_enabled()
    tab.click("#texture-stop")
    drawn(tab, "2,048 × 2,048")
    expect(tab.locator(STATUS)).to_contain_text("stopped at")


def test_png_and_link_bring_the_texture_back(tab: Page, fillers_url: str, tmp_path: Path) -> None:
    one = source(tab, IMAGE)
    tab.locator("#texture-mix input").check()
    redrawn(tab, one)
    mixed = source(tab, IMAGE)
    set_number(tab, "#texture-second-seed", 9)
    redrawn(tab, mixed)
    wanted = source(tab, IMAGE)
    png = saved(tab, tmp_path)
    before = pixels(png)
    assert read_settings(png).parameters["second_seed"] == 9
    tab.click("#texture-link")
    toast(tab, "The link is copied")
    tab.wait_for_url("**second_seed=9**")
    for way in (tab.url, fillers_url):
        tab.goto(way)
        if way == fillers_url:
            tab.wait_for_selector("#grid img")  # nothing is set after that
            tab.set_input_files("#restore-area input[type=file]", png)
            toast(tab, "Settings restored")
        drawn(tab, "64 × 48 pixels")
        expect(tab.locator("#texture-second-seed input")).to_have_value("9")
        expect(tab.locator(IMAGE)).to_have_attribute("src", wanted)
        assert (pixels(saved(tab, tmp_path)) == before).all()


def test_from_other_tabs_and_to_them(tab: Page) -> None:
    tab.get_by_role("tab", name="Generate").click()
    tab.wait_for_function("document.querySelector('#about').innerText.includes('seed')")
    tab.click("#send-texture")
    drawn(tab, "from a picture")
    expect(tab.locator("#texture-region")).to_be_visible()
    buttons = tab.locator("#texture-about .sending button")
    buttons.filter(has_text="Inpaint").click()
    expect(tab.locator("#inpaint-method input[value=texture]")).to_be_checked()
    tab.get_by_role("tab", name="Texture").click()
    buttons.filter(has_text="Style").click()
    expect(tab.get_by_role("tab", name="Style")).to_have_attribute("aria-selected", "true")


def test_files_that_are_no_pictures_leave_everything_as_it_was(
    tab: Page, cloth: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    tiny = tmp_path / "tiny.png"
    Image.new("RGB", (5, 5)).save(tiny)
    before = pixels(saved(tab, tmp_path))
    bring(tab, DROP, broken)
    toast(tab, "not a picture")
    assert (pixels(saved(tab, tmp_path)) == before).all()
    bring(tab, DROP, tiny)
    toast(tab, "At least 16")
    bring(tab, DROP, cloth)
    drawn(tab, "from a picture")


def test_by_the_api(fillers_url: str, cloth: Path) -> None:
    client = Client(fillers_url, verbose=False)
    image, told = client.predict(api_name="/texture")
    assert (read_settings(image).model, told["model"]) == ("textures", "textures")
    assert pixels(Path(image)).shape == (512, 512, 3)
    given = {"model": MODEL, "label": "woven", "width": 48, "height": 32, "seed": 3}
    image, _ = client.predict(**given, second="dotted", across=True, api_name="/texture")
    settings = read_settings(image)
    assert settings.parameters["label"] == ["woven", "dotted"]
    assert pixels(Path(image)).shape == (32, 48, 3)
    image, told = client.predict(
        sample=handle_file(str(cloth)), width=64, height=64, seed=2, api_name="/texture"
    )
    own = Studio("cpu").get(Texturer)(Image.open(cloth), size=(64, 64), seed=2)
    assert (pixels(Path(image)) == np.asarray(own.image)).all()
    assert told["likeness"] == pytest.approx(own.likeness, abs=0.01)
    image, _ = client.predict(model="quilting", width=40, height=40, api_name="/texture")
    assert pixels(Path(image)).shape == (40, 40, 3)
    for arguments, sentence in (
        ({"width": 15}, "16"),
        ({"seed": -1}, "seed"),
        ({"label": "oil"}, "has no class oil"),
        ({"model": "oil"}, "no model oil"),
        ({"second": "woven", "blend": 2}, "blend"),
    ):
        with pytest.raises(AppError, match=sentence):
            client.predict(**{**given, **arguments}, api_name="/texture")
    client.close()
