"""Turn a run of training.style into a model that ships: network, built-in styles, figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from zipfile import ZipFile

import torch
from PIL import Image
from torch import Tensor, nn

from pipelines import Stylizer
from pipelines.cards import Card, Loaded, Measurement, Styling, load
from pipelines.media import to_images, to_tensor
from pipelines.networks.stylizer import StyleCodes, StyleCodesConfig, StylizerConfig
from pipelines.networks.stylizer import Stylizer as Network
from pipelines.style_codes import seen
from training.cli import SettingError
from training.descriptions import describe
from training.hole_data import squares
from training.loop import read_settings
from training.runs import CHECKPOINT, CONFIG, repeating
from training.shipping import Model, ship
from training.state import load_checkpoint
from training.style import StyleConfig, load_sets
from training.style_metrics import STYLE_WEIGHT, against_optimisation, pairs
from training.vgg import Vgg

CONTENTS, STYLES = 4, 4  # of each kind that are measured with each other


@dataclass(frozen=True)
class StyleRun:
    """What a run has made so far; the averaged network, on the CPU."""

    config: StyleConfig
    network: Network
    images: int
    minutes: float
    device: str
    pictures: int


def is_style(folder: Path) -> bool:
    """Whether a run is one of training.style; False for a folder that holds none."""
    path = folder / CONFIG
    return path.is_file() and "variation" in json.loads(path.read_text(encoding="utf-8"))


def read_style_run(folder: Path) -> StyleRun:
    """Read settings and network of a run. Raises FileNotFoundError or SettingError."""
    config = c = read_settings(StyleConfig, folder)
    network = Network(StylizerConfig(c.code, c.widths, c.blocks))
    if not (folder / CHECKPOINT).exists():
        raise FileNotFoundError(f"{folder} has no {CHECKPOINT} yet: train it first")
    progress = load_checkpoint(folder / CHECKPOINT, {"average": network})
    network.eval().requires_grad_(False)
    before = progress["before"]
    return StyleRun(
        config,
        network,
        images=int(before["images"] + progress["shown"]),
        minutes=(before["seconds"] + progress["seconds"]) / 60,
        device=progress["device"],
        pictures=progress["pictures"],
    )


def command(config: StyleConfig) -> str:
    """The command that repeats a run, without folders and without what changes no weight."""
    silent = {"measure_every", "save_every", "grid_every", "threads", "device", "workers"}
    return repeating("training.style", config, silent)


def built_in(network: Network, files: Sequence[str], side: int) -> StyleCodes:
    """Codes of paintings: pictures in zips or folders, named after their files."""
    names: list[str] = []
    codes: list[Tensor] = []
    for file in files:
        for name, picture in _named(Path(file)):
            names.append(name)
            codes.append(network.encode(to_tensor([seen(picture, side)]))[0])
    if not names:
        raise SettingError("--built-in holds no picture")
    config = StyleCodesConfig(tuple(names), network.config.code)
    styles = StyleCodes(config)
    styles.get_buffer("codes").copy_(torch.stack(codes))
    return styles


def _named(path: Path) -> list[tuple[str, Image.Image]]:
    if path.is_dir():
        found = [(file.stem, Image.open(file)) for file in sorted(path.iterdir())]
    else:
        with ZipFile(path) as archive:
            members = sorted(n for n in archive.namelist() if n.lower().endswith(".jpg"))
            found = [(PurePath(n).stem, _loaded(archive, n)) for n in members]
    return [(name.replace("-", " ").title(), picture) for name, picture in found]


def _loaded(archive: ZipFile, name: str) -> Image.Image:
    with archive.open(name) as file:
        picture = Image.open(file)
        picture.load()
    return picture


def export_style(
    run: Path,
    id: str,
    data: Sequence[str],
    styles: Sequence[str],
    paintings: Sequence[str],
    weights: Path,
    vgg: str,
    notes: str = "",
) -> Card:
    """Write the model and its card; returns the card.

    ``data``, ``styles``: what it was trained on; ``paintings``: what its built-in styles are taken
    from; ``vgg``: of the measurement, "" leaves it out. Raises SettingError, FileNotFoundError or
    CardError, and then leaves what was there.
    """
    trained = read_style_run(run)
    size = trained.config.size
    networks: dict[str, nn.Module] = {
        "style": trained.network,
        "styles": built_in(trained.network, paintings, size),
    }
    model = Model(
        id=id,
        tool="style",
        networks=networks,
        size=size,
        classes=(),
        pictures=trained.pictures,
        holdout=trained.config.holdout,
        command=command(trained.config),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=notes,
    )

    def judged(path: Path) -> tuple[Measurement, ...]:
        loaded = load(path, torch.device("cpu"))
        return measure_style(loaded, data, styles, vgg) if vgg else ()

    names = ", ".join(Path(source).name for source in data)
    return ship(model, describe(id, names), weights, judged, styling=Styling(side=size))


def measure_style(
    loaded: Loaded, data: Sequence[str], styles: Sequence[str], vgg: str
) -> tuple[Measurement, ...]:
    """The figures of a loaded model on pictures held out of its training, used as the app does.

    Raises SettingError or FileNotFoundError.
    """
    card = loaded.card
    contents = load_sets(tuple(data), card.size, card.data.holdout)[1]
    kinds = load_sets(tuple(styles), card.size, card.data.holdout)[1]
    if not all(map(len, (*contents, *kinds))):
        raise SettingError(f"{card.id} was trained with nothing held out: nothing to measure")

    def some(sets, count: int) -> list[Tensor]:
        images = [image for photos in sets for image in squares(photos, card.size, count)]
        return list(to_tensor(images[:: max(1, len(images) // count)][:count]))

    content = some(contents, CONTENTS)
    stylizer = Stylizer(lambda _: loaded, lambda _: [card])

    def paint(x: Tensor, s: Tensor, strength: float) -> Tensor:
        images = zip(to_images(x), to_images(s), strict=True)
        return to_tensor(
            [stylizer(a, b, model=card.id, strength=strength).image for a, b in images]
        )

    figures: list[Measurement] = []
    eyes = Vgg(vgg)
    found = {}
    for source, photos in zip(styles, kinds, strict=True):
        name = Path(source).name.split(".")[0]
        found[name] = against_optimisation(eyes, paint, *pairs(content, some([photos], STYLES)))
    each = {f"{name} alone": a.ratio for name, a in found.items()}
    each |= {f"strength for {name}": a.strength for name, a in found.items()}
    value = sum(a.ratio for a in found.values()) / len(found)
    count = len(content) * STYLES
    figures.append(
        Measurement(
            measure="gram_over_optimisation",
            value=round(value, 4),
            better="lower",
            protocol=(
                f"Gram loss on VGG-19's layers of {count} pairs per kind of style, contents and"
                f" styles held out, {card.size} pixels wide, over that of 300 iterations of L-BFGS"
                f" from the content on (Gatys et al. 2016, style weight {STYLE_WEIGHT:g}); strength"
                " tuned so that the content losses agree. Both were trained or optimised on these"
                " layers, neither on these pictures."
            ),
            compare={name: round(x, 4) for name, x in each.items()},
        )
    )
    return tuple(figures)
