"""Turn a run of training.texture into a model that ships: generator, codes, figures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from pipelines.cards import Card, Measurement, load
from pipelines.gatys import gram, gram_distance
from pipelines.media import to_tensor
from pipelines.networks.stylizer import Eye
from pipelines.networks.texturist import (
    STRIDE,
    TextureCodes,
    TextureCodesConfig,
    Texturist,
    TexturistConfig,
)
from training.cli import SettingError
from training.descriptions import describe
from training.draws import Draws
from training.hole_data import Photos, load_photos, squares
from training.loop import SILENT, read_settings, read_trained
from training.runs import CHECKPOINT, CONFIG, repeating
from training.shipping import Model, ship
from training.state import load_checkpoint
from training.texture import GRAM_LAYERS, CodeHead, TextureConfig, draw
from training.texture_quality import measure_textures
from training.vgg import Vgg, take_eye

EACH = 32  # codes per class that ship
LOOKED_AT = 45  # of those drawn best, to choose them from
NEAR = 0.5  # of the mean distance of codes: nearer ones are textures that look the same
SEEN = 16  # textures that are looked at together


def is_texture(folder: Path) -> bool:
    """Whether a run is one of training.texture; False for a folder that holds none."""
    path = folder / CONFIG
    return path.is_file() and "waves" in json.loads(path.read_text(encoding="utf-8"))


def export_textures(
    run: Path,
    id: str,
    data: Sequence[str],
    weights: Path,
    vgg: str,
    notes: str = "",
) -> Card:
    """Write the model and its card; returns the card.

    ``data``: what it was trained on; ``vgg``: the run's, for its encoder stands on it. Of each
    class codes of textures ship that the generator draws well and that differ. Raises
    SettingError, FileNotFoundError or CardError, and then leaves what was there.
    """
    if not vgg:
        raise SettingError("--vgg is needed: the codes of textures stand on it")
    c = read_settings(TextureConfig, run)
    trained = read_trained(c, Texturist(TexturistConfig(c.code, c.widths, c.waves)))
    assert isinstance(trained.network, Texturist)
    eyes = Vgg(vgg)
    head = CodeHead(c.code)
    load_checkpoint(run / CHECKPOINT, {"average_head": head})
    encoder = Encoder(take_eye(eyes, vgg), head.eval().requires_grad_(False))
    parts = [load_photos(source, c.size).split(c.holdout) for source in data]
    seen = [a for a, _ in parts]
    classes = sorted({name for photos in seen for name in photos.names})
    codes = best_codes(trained.network, encoder, eyes, seen, classes, c.size)
    networks: dict[str, nn.Module] = {"texture": trained.network, "textures": codes}
    model = Model(
        id=id,
        tool="texture",
        networks=networks,
        size=c.size,
        classes=classes,
        pictures=trained.pictures,
        holdout=c.holdout,
        command=repeating("training.texture", c, SILENT),
        images=trained.images,
        minutes=trained.minutes,
        device=trained.device,
        notes=notes,
    )
    held = [image for _, b in parts for image in squares(b, c.size, len(b))]

    def judged(path: Path) -> tuple[Measurement, ...]:
        if not held:
            raise SettingError(f"{id} was trained with nothing held out: nothing to measure")
        return measure_textures(load(path, torch.device("cpu")), encoder, held)

    names = ", ".join(Path(source).name for source in data)
    return ship(model, describe(id, names), weights, judged)


class Encoder(nn.Module):
    """Textures (b, 3, h, w) in [-1, 1] to codes (b, code); it stays behind."""

    def __init__(self, eye: Eye, head: CodeHead) -> None:
        super().__init__()
        self.eye, self.head = eye, head

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.eye(x))


@torch.inference_mode()
def best_codes(
    network: Texturist,
    encoder: Encoder,
    eyes: Vgg,
    sets: Sequence[Photos],
    classes: Sequence[str],
    side: int,
) -> TextureCodes:
    """Codes of the training textures whose Gram matrices the generator meets best, per class, but
    none that is nearly one before it: pale stripes are drawn best, and all of them are alike."""
    found: list[Tensor] = []
    for label in classes:
        images = [
            image
            for photos in sets
            for image, name in zip(squares(photos, side, len(photos)), photos.names, strict=True)
            if name == label
        ]
        codes, misses = [], []
        for batch in (images[i : i + SEEN] for i in range(0, len(images), SEEN)):
            x = to_tensor(batch)
            code = encoder(x)
            draws = Draws(x.device, torch.Generator().manual_seed(0))
            cells, waves = side // STRIDE, network.config.waves
            noise, phases = draw(draws, len(x), cells, cells, waves)
            painted = network(noise, phases, code)
            wanted, drawn = ([gram(m) for m in eyes(p, GRAM_LAYERS)] for p in (x, painted))
            codes.append(code)
            misses.append(gram_distance(drawn, wanted))
        best = torch.cat(codes)[torch.cat(misses).argsort()[:LOOKED_AT]]
        chosen = apart(best)[:EACH]
        found.append(best[np.resize(chosen, EACH)])  # some twice, where there are not as many
    bank = TextureCodes(TextureCodesConfig(len(classes), EACH, network.config.code))
    bank.get_buffer("codes").copy_(torch.stack(found))
    return bank


def apart(codes: Tensor) -> list[int]:
    """Indices of those codes (n, code), in their order, that are not near one taken before."""
    distances = torch.cdist(codes, codes)
    least = NEAR * float(distances.mean())
    chosen: list[int] = []
    for i in range(len(codes)):
        if not chosen or distances[i, chosen].min() > least:
            chosen.append(i)
    return chosen
