"""Segment tab: many files, other tabs, links, the Hub and the endpoints."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Page, expect

from pipelines import Sampler, Segmenter, Studio
from pipelines.examples import cells
from pipelines.limits import DEFAULT_MODEL
from pipelines.settings import read_settings

from .hands import bring, set_number, type_in
from .segmenting import DROP, ROWS, choose, segmented
from .test_generate import GRID, download, toast


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
