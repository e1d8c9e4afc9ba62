"""How good a style network that ships is, used as the app uses it, on what no training saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from torch import Tensor

from pipelines import Stylizer
from pipelines.cards import Loaded, Measurement
from pipelines.limits import DEFAULT_STROKES, REFINE
from pipelines.media import grid, to_images, to_tensor
from pipelines.style_levels import levels
from training.cli import SettingError
from training.hole_data import Photos, squares
from training.style import load_sets
from training.style_metrics import (
    ITERATIONS,
    STYLE_WEIGHT,
    Paint,
    against_optimisation,
    optimised,
    pairs,
)
from training.vgg import Vgg

CONTENTS, STYLES = 4, 4  # of each kind of style that are measured with each other
SHOWN = 8  # contents and styles in a grid


def held_out(
    loaded: Loaded, data: Sequence[str], styles: Sequence[str]
) -> tuple[list[Photos], list[Photos]]:
    """The parts of both that the model was not trained on. Raises SettingError where there are
    none."""
    card = loaded.card
    found = [load_sets(tuple(each), card.size, card.data.holdout)[1] for each in (data, styles)]
    if not all(map(len, (*found[0], *found[1]))):
        raise SettingError(f"{card.id} was trained with nothing held out: nothing to measure")
    return found[0], found[1]


def measure_style(
    loaded: Loaded,
    data: Sequence[str],
    styles: Sequence[str],
    vgg: str,
    iterations: int = ITERATIONS,
) -> tuple[Measurement, ...]:
    """The figures of a loaded model.

    ``data``, ``styles``: what it was trained on, of which parts were held out; ``vgg``: VGG-19, a
    safetensors file. Raises SettingError or FileNotFoundError.
    """
    card = loaded.card
    contents, kinds = held_out(loaded, data, styles)
    content = list(to_tensor(spread_over(contents, card.size, CONTENTS)))
    stylizer = Stylizer(lambda _: loaded, lambda _: [card])

    def painter(refine: int) -> Paint:
        def paint(x: Tensor, s: Tensor, strength: float) -> Tensor:
            settings = {"model": card.id, "strength": strength, "refine": refine}
            both = zip(to_images(x), to_images(s), strict=True)
            return to_tensor([stylizer(a, b, **settings).image for a, b in both])

        return paint

    eyes = Vgg(vgg)
    compare: dict[str, float] = {}
    ratios, alone = [], []
    for source, photos in zip(styles, kinds, strict=True):
        name = Path(source).name.split(".")[0]
        style = list(to_tensor(squares(photos, card.size, STYLES)))
        given = pairs(content, style)
        best = optimised(eyes, *given, iterations)
        against = against_optimisation(eyes, painter(REFINE), *given, best)
        once = against_optimisation(eyes, painter(0), *given, best)
        ratios.append(against.ratio)
        alone.append(once.ratio)
        compare |= {
            f"{name} alone ({len(given[0])} pairs)": against.ratio,
            f"strength for {name}": against.strength,
            f"content loss of both, {name}": against.content_optimised,
            f"one pass, {name}": once.ratio,
        }
    compare["one pass, nothing refined"] = sum(alone) / len(alone)
    value = sum(ratios) / len(ratios)
    plan = levels((card.size, card.size), REFINE, DEFAULT_STROKES)
    taken = " and ".join(f"{level.steps} at {level.size[0]} pixels" for level in plan)
    protocol = (
        f"Gram loss on VGG-19's layers, {len(content)} contents with up to {STYLES} styles of each"
        f" kind, all held out and {card.size} pixels wide, over that of {iterations} iterations of"
        f" L-BFGS from the content on (Gatys et al. 2016, style weight {STYLE_WEIGHT:g}); strength"
        f" tuned per kind until the content losses agree, mean of the kinds. As the app paints"
        f" what has this size: one pass and then steps on the pixels, {taken}; one pass and no step"
        " is below. Both were trained or optimised on these"
        " layers, neither was trained on these pictures."
    )
    return (
        Measurement(
            measure="gram_over_optimisation",
            value=round(value, 4),
            better="lower",
            protocol=protocol,
            compare={name: round(x, 4) for name, x in compare.items()},
        ),
    )


def spread_over(sets: Sequence[Photos], side: int, count: int) -> list[Image.Image]:
    """``count`` squares taken from all the sets in turn."""
    each = [squares(photos, side, count) for photos in sets]
    turns = [images[i] for i in range(count) for images in each if i < len(images)]
    return turns[:count]


def style_grid(loaded: Loaded, data: Sequence[str], styles: Sequence[str]) -> Image.Image:
    """Held-out contents in a row, and below each held-out style what becomes of them."""
    card = loaded.card
    contents, kinds = held_out(loaded, data, styles)
    photos = spread_over(contents, card.size, SHOWN)
    stylizer = Stylizer(lambda _: loaded, lambda _: [card])
    pictures = [Image.new("RGB", (card.size, card.size), "white"), *photos]
    for style in spread_over(kinds, card.size, SHOWN):
        pictures += [style, *(stylizer(x, style, model=card.id).image for x in photos)]
    return grid(pictures, 1 + len(photos), gap=2)
