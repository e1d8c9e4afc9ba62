"""A person at the Segment tab."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines import Sampler, Segmenter, Studio
from pipelines.media import read_picture
from pipelines.settings import read_settings

from .hands import bring
from .segmenting import DROP, LAYER, ROWS, choose, loaded, segmented
from .test_generate import download, toast

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
    with Image.open(street) as picture:
        picture.resize((1800, 1350)).save(street)
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
    segmented(page, "1,800 × 1,350")
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


def test_chinese_page(chinese: Page, app_url: str, nuclei: Path) -> None:
    page = chinese
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
