"""What fills holes, measured as the app uses it, beside the same classical methods."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from pipelines import Inpainter
from pipelines.cards import Loaded, Measurement, load
from pipelines.media import to_images, to_tensor
from pipelines.networks.fill import smooth_fill
from pipelines.studio import WEIGHTS
from training.cli import SettingError
from training.hole_data import Photos, load_photos
from training.hole_metrics import CLASSICAL, Judge, classical, seam
from training.masks import margins

Fill = Callable[[Tensor, Tensor], Tensor]
MEASURED = {"completion": 100, "diffusion": 40}  # pictures of every data set


def measure_filler(
    loaded: Loaded,
    data: Sequence[str],
    network: str,
    heads: str,
    count: int | None = None,
    weights: Path = WEIGHTS,
) -> tuple[Measurement, ...]:
    """The figures of a loaded model on the held-out part of every data set, used as the app does.

    ``weights``: folder of the model whose guess it makes better, if any. Raises SettingError or
    FileNotFoundError.
    """
    card = loaded.card
    held = [load_photos(source, card.size).split(card.data.holdout)[1] for source in data]
    if not all(len(photos) for photos in held):
        raise SettingError(f"{card.id} was trained with no picture held out: nothing to measure")
    judge = Judge.of(held, card.size, network, heads, count=count or MEASURED[card.tool])
    fill = remembered(as_the_app(loaded, weights))
    found = judge.measure(fill)
    how = card.completing
    alone: dict[str, float] = {}
    if how and how.guess:
        guess = load(weights / f"{how.guess}.json", loaded.device)
        alone["its guess alone"] = judge.measure(as_the_app(guess, weights))["ratio"]
    smooth = judge.measure(lambda x, m: torch.where(m > 0, smooth_fill(x, m), x))["ratio"]
    on = (
        f"on {', '.join(str(len(x)) for x in judge.pictures)} held-out pictures of"
        f" {', '.join(judge.names)}, {card.size} pixels wide, none of which was trained on; filled"
        " as the app does, seed 0, float16 weights"
    )
    over = (
        "LPIPS on SqueezeNet 1.1, averaged over the pixels {}, over that of the better of OpenCV's"
        f" Telea and Navier-Stokes (radius 3) per data set; mean of the data sets, {on}."
    )
    each = {name: value for name, value in found.items() if name != "ratio"}
    figures = [
        _figure(
            "lpips_over_classical",
            found["ratio"],
            over.format("inside random free-form holes over 20 to 40 % of the picture"),
            {**each, **alone, "smooth fill": smooth},
        )
    ]
    outward = judge.with_masks(_margin_masks(judge))
    found = outward.measure(fill)
    each = {name: value for name, value in found.items() if name != "ratio"}
    figures.append(
        _figure(
            "lpips_outpainting",
            found["ratio"],
            over.format("of bands along one to three sides of the picture"),
            each,
        )
    )
    figures.append(_seams(judge, fill, on))
    return tuple(figures)


def as_the_app(loaded: Loaded, weights: Path = WEIGHTS) -> Fill:
    """The whole way through ``Inpainter``: pictures (n, 3, s, s) and masks to filled pictures."""

    @cache
    def network(model: str) -> Loaded:
        known = model == loaded.card.id
        return loaded if known else load(weights / f"{model}.json", loaded.device)

    inpainter = Inpainter(network, lambda _: [loaded.card])

    def fill(pictures: Tensor, masks: Tensor) -> Tensor:
        filled = [
            inpainter(image, mask[0].numpy() > 0, method=loaded.card.tool, model=loaded.card.id)
            for image, mask in zip(to_images(pictures), masks, strict=True)
        ]
        return to_tensor([result.image for result in filled])

    return fill


def remembered(fill: Fill) -> Fill:
    """``fill`` that does the same work once only, as long as its pictures live."""
    known: dict[tuple[int, int], Tensor] = {}

    def again(x: Tensor, m: Tensor) -> Tensor:
        key = x.data_ptr(), m.data_ptr()
        if key not in known:
            known[key] = fill(x, m)
        return known[key]

    return again


def _margin_masks(judge: Judge) -> list[Tensor]:
    return [
        torch.stack(
            [
                torch.from_numpy(margins(np.random.default_rng([8, i]), x.shape[-1])).float()[None]
                for i in range(len(x))
            ]
        )
        for x in judge.pictures
    ]


def _seams(judge: Judge, fill: Fill, on: str) -> Measurement:
    methods: dict[str, Fill] = {"model": fill}
    methods |= {k: lambda x, m, k=k: classical(x, m, k) for k in CLASSICAL}
    values = {
        name: float(
            np.mean(
                [
                    seam(judge.filled(method, i), x, m)
                    for i, (x, m) in enumerate(zip(judge.pictures, judge.masks, strict=True))
                ]
            )
        )
        for name, method in methods.items()
    }
    return _figure(
        "seam",
        values.pop("model"),
        "Mean difference between neighbouring pixels of which one is in the hole, over that of the"
        f" same pixels of the true picture: 1 is no seam, below is blur; holes as above, {on}.",
        values,
    )


def _figure(measure: str, value: float, protocol: str, compare: dict[str, float]) -> Measurement:
    rounded = {name: round(x, 4) for name, x in compare.items()}
    return Measurement(
        measure=measure, value=round(value, 4), better="lower", protocol=protocol, compare=rounded
    )


def filler_grid(
    loaded: Loaded, photos: Sequence[Photos], count: int, weights: Path = WEIGHTS
) -> Image.Image:
    """Held-out pictures with a hole, filled, and whole: three rows for every data set."""
    judge = Judge.of(photos, loaded.card.size, "", "", count=count)
    fill = as_the_app(loaded, weights)
    rows = []
    for x, m in zip(judge.pictures, judge.masks, strict=True):
        holed = x * (1 - m)
        rows += [torch.cat(list(part), 2) for part in (holed, fill(x, m), x)]
    return to_images(torch.cat(rows, 1)[None])[0]
