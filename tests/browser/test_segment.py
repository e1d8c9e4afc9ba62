"""A person at the Segment tab."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from pipelines import Sampler, Segmenter, Studio
from pipelines.examples import cells
from pipelines.limits import DEFAULT_MODEL
from pipelines.media import read_picture
from pipelines.settings import read_settings

from .hands import bring
from .test_generate import GRID, download, set_number, toast, type_in

ROWS = "#segment-legend .row"
LAYER = "#segment-slider img.fixed"
DROP = "#segment-drop input[type=file]"
# Painted onto a canvas: how opaque the layer is on average, 0 to 255.
COVER = """selector => {
  const image = document.querySelector(selector);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 3; i < data.length; i += 4) sum += data[i];
  return sum / (data.length / 4);
}"""


def choose(page: Page, model: str) -> None:
    """Say what the photo is of."""
    page.locator(f"#segment-model input[value={model}]").check()


def segmented(page: Page, size: str) -> None:
    """Wait until a picture of this size is segmented and shown."""
    expect(page.locator("#segment-status")).to_contain_text(f"{size} pixels")
    expect(page.locator("#segment-stop")).to_be_disabled()
    expect(page.locator(ROWS).first).to_be_visible()
    loaded(page)


def loaded(page: Page) -> None:
    page.wait_for_function(
        "all => [...document.querySelectorAll(all)].every(i => i.complete && i.naturalWidth)",
        arg="#segment-slider img",
    )


@pytest.fixture
def segment(page: Page, app_url: str) -> Page:
    """The tab as somebody finds it who has never been there."""
    page.set_default_timeout(30_000)
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator("#segment-empty")).to_be_visible()
    return page


@pytest.fixture
def nuclei(tmp_path: Path) -> Path:
    path = tmp_path / "nuclei.png"
    cells(256, 20)[0].save(path)
    return path


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """Something with a horizon, larger than a screen."""
    path = tmp_path / "street.jpg"
    (sample,) = Studio("cpu").get(Sampler)([4], model="scenes", label="buildings").images
    sample.resize((2000, 1500), Image.Resampling.BICUBIC).save(path)
    return path


def test_drop_look_switch_and_take_along(segment: Page, nuclei: Path, tmp_path: Path) -> None:
    page = segment
    choose(page, "nuclei")
    bring(page, DROP, nuclei)
    segmented(page, "256 × 256")
    found = Studio("cpu").get(Segmenter)(read_picture(nuclei), model="nuclei")
    assert found.objects is not None
    expect(page.locator("#segment-status")).to_contain_text(f"{found.objects.count} × nucleus")
    expect(page.locator("#segment-sizes .bars i").first).to_be_visible()
    # Nuclei are laid over the photo, the ground is not.
    share = next(area.share for area in found.areas if area.name == "nucleus")
    assert page.evaluate(COVER, LAYER) == pytest.approx(255 * share, abs=1)
    expect(page.locator(ROWS, has_text="nucleus")).to_contain_text(f"{100 * share:.1f} %")

    source = page.get_attribute(LAYER, "src")
    page.locator(ROWS, has_text="background").locator("input").check()
    page.wait_for_function(
        "([layer, old]) => document.querySelector(layer).src !== old", arg=[LAYER, source]
    )
    loaded(page)
    assert page.evaluate(COVER, LAYER) == pytest.approx(255, abs=1)
    page.locator(ROWS, has_text="background").locator("input").uncheck()

    page.locator("#segment-opacity input[type=range]").fill("0.9")
    expect(page.locator(LAYER)).to_have_css("opacity", "0.9")

    with Image.open(download(page, "#segment-index", tmp_path)) as index:
        assert (np.asarray(index) == found.labels).all()
    coco = json.loads(download(page, "#segment-coco", tmp_path).read_text())
    ids = {entry["id"]: entry["name"] for entry in coco["categories"]}
    marked = [a for a in coco["annotations"] if ids[a["category_id"]] == "nucleus"]
    assert sum(not a["iscrowd"] for a in marked) == found.objects.count
    assert sum(a["area"] for a in marked) == int((found.labels == 1).sum())
    with Image.open(download(page, "#segment-mask", tmp_path)) as mask:
        assert ((np.asarray(mask) >= 128) == (found.labels == 1)).all()
    with Image.open(download(page, "#segment-cutout", tmp_path)) as cutout:
        assert ((np.asarray(cutout)[..., 3] == 255) == (found.labels == 1)).all()


def test_the_threshold_and_the_views_answer_at_once(segment: Page, nuclei: Path) -> None:
    page = segment
    choose(page, "nuclei")
    bring(page, DROP, nuclei)
    segmented(page, "256 × 256")
    page.locator("#segment-threshold input[type=range]").fill("0.9")
    expect(page.locator(ROWS, has_text="unsure")).to_be_visible()
    page.locator("#segment-threshold input[type=range]").fill("0")
    expect(page.locator(ROWS, has_text="unsure")).to_have_count(0)
    # Classes are the same layer as the overlay, opaque; the others are pictures of their own.
    sources = {}
    for view in ("classes", "confidence", "cutout", "overlay"):
        page.locator(f"#segment-view input[value={view}]").check()
        expect(page.locator("#segment-slider")).to_contain_class(view)
        loaded(page)
        sources[view] = page.get_attribute(LAYER, "src")
    assert sources["classes"] == sources["overlay"]
    assert len(set(sources.values())) == 3


def test_a_large_street_is_shown_small_and_written_whole(
    segment: Page, street: Path, tmp_path: Path
) -> None:
    page = segment
    bring(page, DROP, street)
    segmented(page, "2,000 × 1,500")
    assert page.evaluate("s => document.querySelector(s).naturalWidth", LAYER) == 1600
    painted = download(page, "#segment-painted", tmp_path)
    with Image.open(painted) as picture:
        assert picture.size == (2000, 1500)
    assert read_settings(painted).model == "road"
    # The next one may be dropped right away, anywhere on the page.
    data = list(street.read_bytes())
    page.evaluate(
        """({bytes, name}) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/jpeg'}));
            document.querySelector('#segment-panel').dispatchEvent(
                new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        }""",
        {"bytes": data, "name": "second.jpg"},
    )
    expect(page.locator("#segment-stop")).to_be_disabled()
    page.wait_for_timeout(500)
    segmented(page, "2,000 × 1,500")
    assert download(page, "#segment-csv", tmp_path).name == "second.road.csv"


def test_files_that_cannot_be_used_are_refused_and_the_page_goes_on(
    segment: Page, nuclei: Path, tmp_path: Path
) -> None:
    page = segment
    choose(page, "nuclei")
    bring(page, DROP, nuclei)
    segmented(page, "256 × 256")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    bring(page, DROP, broken)
    toast(page, "broken.png is not a picture that can be opened")
    expect(page.locator("#segment-status")).to_contain_text("256 × 256")  # nothing is lost
    one = tmp_path / "one.tif"
    Image.new("CMYK", (1, 1)).save(one)
    bring(page, DROP, one)
    segmented(page, "1 × 1")


def test_examples_set_the_model_and_know_the_truth(segment: Page) -> None:
    page = segment
    page.click("#segment-examples .thumbnail-item >> nth=0")
    segmented(page, "512 × 512")
    expect(page.locator("#segment-model input[value=nuclei]")).to_be_checked()
    page.click("#segment-compare > button")
    page.click("#compare-go")
    for family in ("edge", "texture", "deep"):
        expect(page.locator(f"#family-{family}-text")).to_contain_text("IoU 0.")
        expect(page.locator(f"#family-{family} img")).to_be_visible()
    expect(page.locator("#families-note")).to_contain_text("flatters them")


def test_three_files_one_of_them_broken(segment: Page, nuclei: Path, tmp_path: Path) -> None:
    page = segment
    choose(page, "nuclei")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")
    second = tmp_path / "second.png"
    cells(128, 5, seed=1)[0].save(second)
    page.click("#segment-batch > button")
    page.set_input_files("#batch-files input[type=file]", [nuclei, broken, second])
    page.click("#batch-go")
    expect(page.locator("#batch-status")).to_contain_text("2 of 3 pictures are in the ZIP")
    expect(page.locator("#batch-status")).to_contain_text("broken.png is not a picture")
    with zipfile.ZipFile(download(page, "#batch-zip", tmp_path)) as archive:
        assert {"nuclei.index.png", "second.index.png", "segmentation.csv"} <= set(
            archive.namelist()
        )


def test_a_picture_from_generate(studio_page: Page, tmp_path: Path) -> None:
    page = studio_page
    page.click(f"{GRID} >> nth=3")
    expect(page.locator("#about")).to_contain_text("seed 3")
    page.click("#send-segment")
    (sample,) = Studio("cpu").get(Sampler)([3]).images
    segmented(page, f"{sample.width} × {sample.height}")
    expect(page.locator("#segment-panel")).to_be_visible()
    with Image.open(download(page, "#segment-index", tmp_path)) as index:
        found = Studio("cpu").get(Segmenter)(sample, model="road")
        assert (np.asarray(index) == found.labels).mean() > 0.99


def test_a_frame_from_morph(studio_page: Page) -> None:
    page = studio_page
    page.get_by_role("tab", name="Morph").click()
    expect(page.locator("#save-mp4")).to_be_enabled()
    page.click("#still-segment")
    side = Studio("cpu").card(DEFAULT_MODEL, "generator").size
    segmented(page, f"{side} × {side}")


def test_png_and_link_bring_the_settings_back(
    segment: Page, nuclei: Path, app_url: str, tmp_path: Path
) -> None:
    page = segment
    choose(page, "nuclei")
    set_number(page, "#segment-scale", 1.5)
    bring(page, DROP, nuclei)
    segmented(page, "256 × 256")
    page.locator("#segment-threshold input[type=range]").fill("0.6")
    expect(page.locator(ROWS, has_text="unsure")).to_be_visible()
    png = download(page, "#segment-painted", tmp_path)
    page.click("#segment-link")
    toast(page, "The link is copied")
    page.wait_for_url("**tab=segment**")
    for way in (page.url, app_url):
        page.goto(way)
        page.wait_for_selector("#grid img", state="attached")
        if way == app_url:
            page.set_input_files("#restore-area input[type=file]", png)
            toast(page, "drop the photo they belong to")
        expect(page.locator("#segment-model input[value=nuclei]")).to_be_checked()
        expect(page.locator("#segment-scale input[type=number]")).to_have_value("1.5")
        bring(page, DROP, nuclei)
        segmented(page, "256 × 256")
        expect(page.locator(ROWS, has_text="unsure")).to_be_visible()
        expect(page.locator("#segment-threshold input[type=number]")).to_have_value("0.6")


def test_a_model_of_the_hub_says_why_not(segment: Page) -> None:
    page = segment
    page.click("#segment-hub > button")
    type_in(page, "#hub-name input, #hub-name textarea", "no name")
    page.click("#hub-look")
    toast(page, "no name")
    expect(page.locator("#hub-get")).to_have_count(0)


def test_chinese_page(browser: Browser, app_url: str, nuclei: Path) -> None:
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.get_by_role("tab", name="分割").click()
    expect(page.locator("#segment-model")).to_contain_text("街道")
    choose(page, "nuclei")
    bring(page, DROP, nuclei)
    expect(page.locator("#segment-status")).to_contain_text("像素")
    expect(page.locator("#segment-legend")).to_contain_text("细胞核")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out(segment: Page, nuclei: Path, width: int) -> None:
    segment.set_viewport_size({"width": width, "height": 900})
    bring(segment, DROP, nuclei)
    segmented(segment, "256 × 256")
    for area in ("compare", "batch", "hub"):
        segment.click(f"#segment-{area} > button")
    assert segment.evaluate("document.documentElement.scrollWidth") <= width


def test_endpoints_without_arguments_and_with_a_picture(app_url: str, nuclei: Path) -> None:
    client = Client(app_url, verbose=False)
    _, index, told = client.predict(api_name="/segment")
    assert read_settings(index).tab == "segment"
    with Image.open(index) as labels:
        assert labels.size == (told["width"], told["height"])
    overlay, index, told = client.predict(
        photo=handle_file(str(nuclei)), model="nuclei", threshold=0.5, api_name="/segment"
    )
    with Image.open(overlay) as picture:
        assert picture.size == (256, 256)
    assert told["objects"] > 0
    *_, told = client.predict(model="nuclei", api_name="/compare_segmentation")
    assert 0 < told["deep"]["iou"] <= 1
    with pytest.raises(AppError, match="no model nothing"):
        client.predict(model="nothing", api_name="/segment")
    with pytest.raises(AppError, match="size of objects 9"):
        client.predict(scale=9, api_name="/compare_segmentation")
    client.close()
