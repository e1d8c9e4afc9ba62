"""What the Inpaint tab's listeners make of photos and masks, without a server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demo.inpaint_handlers import InpaintHandlers
from pipelines import Step
from pipelines.settings import read_settings

from ..test_painter import meant, sent
from .helpers import ENGLISH, SIZE, controls, pair, reports, spot


@pytest.mark.parametrize("method", ["completion", "diffusion", "telea", "navier-stokes"])
def test_a_painted_mask_is_filled_and_nothing_else(
    handlers: InpaintHandlers, photo: str, method: str
) -> None:
    slider, gallery, line, results, view = reports(handlers, photo, method=method)[-1]
    with Image.open(photo) as before:
        old, new = np.asarray(before), np.asarray(results.image)
    hole = meant(spot())
    assert (old[~hole] == new[~hole]).all()
    assert (old[hole] != new[hole]).any()
    assert [part.size for part in pair(slider)] == [SIZE] * 2
    assert gallery.visible is False
    assert line.startswith("90 × 60 pixels")
    assert ("seed 0" in line) is (method == "diffusion")
    assert (view.value, view.visible) == ("result", True)

    file = Path(handlers.save(results, ENGLISH))
    assert file.name.startswith(f"lake.{method}")
    with Image.open(file) as saved:
        assert (np.asarray(saved) == new).all()
    settings = read_settings(file)
    assert (settings.tab, settings.parameters["method"]) == ("inpaint", method)
    saved_mask = handlers.save_mask(results, ENGLISH)
    with Image.open(saved_mask) as mask:
        assert (meant(mask) == hole).all()
    assert read_settings(saved_mask) == settings


def test_diffusion_is_seen_while_it_comes_and_kept_when_stopped(
    handlers: InpaintHandlers, photo: str
) -> None:
    settings = controls(method="diffusion", sampling_steps=4, variants=2)
    steps = handlers.run(photo, sent(spot()), None, ENGLISH, *settings)
    first, second = next(steps), next(steps)
    assert first[0] == gr.skip()  # what is on the page stays until there is something to see
    assert first[2] == "0 of 8 steps …"
    assert second[2] == "1 of 8 steps …"
    assert [part.size for part in pair(second[0])] == [SIZE] * 2
    assert second[4].value == "result"
    steps.close()  # type: ignore[attr-defined]
    slider, _, line, results, _ = handlers.finish(second[3], ENGLISH)
    seen, kept = (np.asarray(pair(shown)[1], int) for shown in (second[0], slider))
    assert np.abs(seen - kept).max() <= 2  # one of them was reduced from the other
    assert "Diffusion" in line
    assert read_settings(handlers.save(results, ENGLISH)).parameters["sampling_steps"] == 4
    nothing = handlers.finish(None, ENGLISH)
    assert nothing[0] == nothing[3] == gr.skip()


def test_a_download_is_told_and_takes_no_result_away(handlers: InpaintHandlers, photo: str) -> None:
    results = reports(handlers, photo)[-1][3]
    coming = replace(results.entry.found, fetched=0.4)
    *others, line, kept, view = handlers._working(Step(0, 9, None, coming), results, ENGLISH)
    assert line == "Downloading the model: 40 % …"
    assert [*others, kept, view] == [gr.skip()] * 4


def test_variants_can_be_chosen(handlers: InpaintHandlers, photo: str) -> None:
    _, gallery, line, results, _ = reports(
        handlers, photo, method="diffusion", seed=7, variants=3, sampling_steps=2
    )[-1]
    captions = [item["caption"] for item in gallery.value]
    assert [f"seed {seed}" in caption for seed, caption in zip((7, 8, 9), captions, strict=True)]
    assert (gallery.visible, gallery.selected_index) == (True, 0)
    assert "seed 7" in line
    _, line, results = handlers.pick(results, ENGLISH, SimpleNamespace(index=2))  # type: ignore[arg-type]
    assert "seed 9" in line
    assert results.image is results.entries[2].image
    assert read_settings(handlers.save(results, ENGLISH)).seed == 9
    # A variant is what its seed gives alone.
    alone = reports(handlers, photo, method="diffusion", seed=9, sampling_steps=2)[-1][3]
    difference = np.asarray(alone.image, int) - np.asarray(results.image, int)
    assert np.abs(difference).max() <= 2


def test_a_texture_fills_the_hole(handlers: InpaintHandlers, photo: str, weave: str) -> None:
    with pytest.raises(gr.Error, match="no texture to fill with"):
        reports(handlers, photo, method="texture")
    _, _, line, results, _ = reports(handlers, photo, method="texture", fill=weave)[-1]
    assert "Texture" in line
    with Image.open(weave) as tile, Image.open(photo) as before:
        tiled = np.tile(np.asarray(tile), (8, 8, 1))[: SIZE[1], : SIZE[0]]
        hole = meant(spot())
        assert (np.asarray(results.image)[hole] == tiled[hole]).all()
        assert (np.asarray(results.image)[~hole] == np.asarray(before)[~hole]).all()
    file = Path(handlers.save(results, ENGLISH))
    assert file.name == "lake.texture.png"
    assert read_settings(file).parameters["fill"] == "own"
    # A texture is among the methods that are compared once there is one; others do without.
    given = (photo, sent(spot()), None, ENGLISH, *controls(fill=weave))
    _, gallery, _, results, _ = list(handlers.compare(*given))[-1]
    assert results.entries[-1].found.method == "texture"
    assert "Texture" in gallery.value[-1]["caption"]
    Path(weave).write_bytes(b"nothing")
    with pytest.raises(gr.Error, match=r"weave.png is not a picture"):
        reports(handlers, photo, method="texture", fill=weave)
    assert reports(handlers, photo, method="telea", fill=weave)


def test_all_methods_side_by_side(handlers: InpaintHandlers, photo: str) -> None:
    given = (photo, sent(spot()), None, ENGLISH, *controls(seed=5, variants=3))
    steps = list(handlers.compare(*given))
    assert "%" in steps[0][2]
    _, gallery, line, results, view = steps[-1]
    methods = [entry.found.method for entry in results.entries]
    assert methods == ["completion", "diffusion", "telea", "navier-stokes"]
    assert view.value == "result"
    captions = [item["caption"] for item in gallery.value]
    assert all(" s" in caption for caption in captions)
    assert "seed 5" in captions[1]
    assert "Completion" in line
    *_, results = handlers.pick(results, ENGLISH, SimpleNamespace(index=2))  # type: ignore[arg-type]
    assert ".telea.png" in handlers.save(results, ENGLISH)
    # Stopped half-way, what is finished is kept.
    kept = [step[3] for step in steps if step[3] != gr.skip()][1]
    _, gallery, *_ = handlers.finish(kept, ENGLISH)
    assert len(gallery.value) == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"photo": None}, "no photo yet"),
        ({"mask": Image.new("L", SIZE)}, "Nothing is marked"),
        ({"mask": Image.new("L", SIZE, 255)}, "Everything is marked"),
        ({"method": "magic"}, "no method magic"),
        ({"method": "completion", "model": "nothing"}, "no model nothing"),
        ({"seed": -1}, "seed -1"),
        ({"variants": 99}, "99 variants"),
        ({"grow": 1000}, "grow by 1000"),
        ({"feather": -1}, "feathered by -1"),
        ({"left": "wide"}, "wide"),
        ({"left": 4096, "right": 4096, "top": 4096, "bottom": 4096}, "million pixels"),
    ],
)
def test_what_cannot_be_filled_is_said(
    handlers: InpaintHandlers, photo: str, changes: dict[str, Any], sentence: str
) -> None:
    given = {"photo": photo, "mask": spot(), **changes}
    settings = {name: value for name, value in given.items() if name not in ("photo", "mask")}
    for way in (handlers.run, handlers.compare):
        # Which methods there are, and how many variants, is not asked where all are compared.
        if way == handlers.compare and settings.keys() & {"method", "model", "variants"}:
            continue
        with pytest.raises(gr.Error, match=sentence):
            list(way(given["photo"], sent(given["mask"]), None, ENGLISH, *controls(**settings)))
    for write in (handlers.save, handlers.save_mask):
        with pytest.raises(gr.Error, match="no result yet"):
            write(None, ENGLISH)


def test_margins_alone_need_no_mask(handlers: InpaintHandlers, photo: str) -> None:
    empty = Image.new("L", SIZE)
    *_, results, _ = reports(handlers, photo, empty, left=16, bottom=None)[-1]
    assert results.image.size == (106, 60)
    with Image.open(photo) as before:
        assert results.image.crop((16, 0, 106, 60)).tobytes() == before.tobytes()
