"""Turn a run of training.style into a model that ships: network, built-in styles, figures."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePath
from zipfile import ZipFile

import torch
from PIL import Image
from torch import Tensor, nn

from pipelines.cards import Card, Measurement, Styling, load
from pipelines.media import open_picture, to_rgb, to_tensor
from pipelines.networks.stylizer import StyleCodes, StyleCodesConfig, Stylizer, StylizerConfig
from pipelines.style_codes import seen
from training.cli import SettingError
from training.descriptions import describe
from training.loop import SILENT, read_settings, read_trained
from training.runs import CONFIG, repeating
from training.shipping import Model, ship
from training.style import StyleConfig
from training.style_quality import measure_style

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def is_style(folder: Path) -> bool:
    """Whether a run is one of training.style; False for a folder that holds none."""
    path = folder / CONFIG
    return path.is_file() and "variation" in json.loads(path.read_text(encoding="utf-8"))


def export_style(
    run: Path,
    id: str,
    data: Sequence[str],
    styles: Sequence[str],
    paintings: Sequence[str],
    weights: Path,
    vgg: str = "",
    notes: str = "",
) -> Card:
    """Write the model and its card; returns the card.

    ``data``, ``styles``: what it was trained on; ``paintings``: pictures, or zips or folders of
    pictures, whose codes become its built-in styles in this order; ``vgg``: of the measurement;
    "" leaves it out. Raises SettingError, FileNotFoundError or
    CardError, and then leaves what was there.
    """
    c = read_settings(StyleConfig, run)
    trained = read_trained(c, Stylizer(StylizerConfig(c.blocks, c.deep)))
    network = trained.network
    assert isinstance(network, Stylizer)
    networks: dict[str, nn.Module] = {"style": network}

    @torch.no_grad()
    def code_of(picture: Image.Image) -> Tensor:
        return network.encode(to_tensor([seen(picture, c.size)]))

    networks["styles"] = built_in(code_of, paintings)
    model = Model(
        id=id,
        tool="style",
        networks=networks,
        size=c.size,
        classes=(),
        pictures=trained.pictures,
        holdout=c.holdout,
        command=repeating("training.style", c, SILENT),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=notes,
    )

    def judged(path: Path) -> tuple[Measurement, ...]:
        loaded = load(path, torch.device("cpu"))
        return measure_style(loaded, data, styles, vgg) if vgg else ()

    names = ", ".join(Path(source).name for source in (*data, *styles))
    return ship(model, describe(id, names), weights, judged, styling=Styling(side=c.size))


def built_in(code_of: Callable[[Image.Image], Tensor], sources: Sequence[str]) -> StyleCodes:
    """Codes of pictures, or of those in zips or folders, named after their files."""
    found = {
        name: code_of(picture)[0] for source in sources for name, picture in _named(Path(source))
    }
    if not found:
        raise SettingError("--paintings holds no picture: give what becomes the built-in styles")
    styles = StyleCodes(StyleCodesConfig(tuple(found)))
    styles.get_buffer("codes").copy_(torch.stack(list(found.values())))
    return styles


def _named(source: Path) -> Iterator[tuple[str, Image.Image]]:
    """Pictures of a zip, a folder, or one alone, in RGB, by what their files are called."""
    if source.suffix.lower() == ".zip":
        with ZipFile(source) as archive:
            for name in sorted(archive.namelist()):
                if PurePath(name).suffix.lower() in SUFFIXES:
                    with archive.open(name) as file, Image.open(file) as picture:
                        yield _title(PurePath(name).stem), to_rgb(picture)
        return
    for file in sorted(source.iterdir()) if source.is_dir() else [source]:
        if file.suffix.lower() in SUFFIXES:
            yield _title(file.stem), to_rgb(open_picture(file))


def _title(stem: str) -> str:
    """``van-gogh_night-cafe`` -> Van Gogh Night Cafe; what has capitals stays as it is."""
    return stem if stem != stem.lower() else re.sub("[-_]+", " ", stem).title()
