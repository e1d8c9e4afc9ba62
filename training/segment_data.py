"""Pictures with a label for every pixel, and the crops that a segmenter is trained on."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageEnhance, ImageFilter
from torch import Tensor
from torch.utils.data import Dataset

from training.cli import SettingError
from training.data import SUFFIXES
from training.stains import stained

IGNORE = 255  # label of pixels that nobody has named
UNLABELLED = "unlabelled"


@dataclass(frozen=True)
class Labelled:
    """``images``: uint8 (h, w, 3) each; ``labels``: uint8 (h, w) each, IGNORE where unknown."""

    images: tuple[np.ndarray, ...]
    labels: tuple[np.ndarray, ...]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def shares(self) -> np.ndarray:
        """Share of the named pixels that each class has: float64 (classes,)."""
        count = len(self.classes)
        pixels = sum(np.bincount(x.ravel(), minlength=256)[:count] for x in self.labels)
        return np.asarray(pixels) / max(1, np.sum(pixels))


def with_rims(data: Labelled, width: int) -> Labelled:
    """Pixels of the last class within ``width`` pixels of anything else become a further class."""
    last = len(data.classes) - 1
    labels = []
    for label in data.labels:
        inside = Image.fromarray((label == last).astype(np.uint8) * 255)
        core = np.asarray(inside.filter(ImageFilter.MinFilter(2 * width + 1))) > 0
        labels.append(np.where((label == last) & ~core, np.uint8(last + 1), label))
    return Labelled(data.images, tuple(labels), (*data.classes, "rim"))


def load_labelled(source: str, part: str) -> Labelled:
    """Read ``<part>/images/*`` with ``<part>/labels/<same name>.png`` and ``classes.json``.

    ``source``: a zip or a folder. Labels are index pictures; a last class named unlabelled, and
    every index beyond the classes, becomes IGNORE. Raises FileNotFoundError or SettingError.
    """
    path = Path(source)
    if path.is_dir():
        names = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
        return _read(names, lambda name: (path / name).read_bytes(), source, part)
    if not zipfile.is_zipfile(path):
        raise FileNotFoundError(f"{source!r} is neither a zip nor a folder: check the path")
    with zipfile.ZipFile(path) as archive:
        return _read(sorted(archive.namelist()), archive.read, source, part)


def _read(names: list[str], read: Callable[[str], bytes], source: str, part: str) -> Labelled:
    if "classes.json" not in names:
        raise SettingError(f"{source!r} has no classes.json: a list of the names of the classes")
    classes = [str(name) for name in json.loads(read("classes.json"))]
    if classes and classes[-1] == UNLABELLED:
        classes.pop()
    known = set(names)
    images, labels = [], []
    for name in names:
        if not name.startswith(f"{part}/images/") or not name.lower().endswith(SUFFIXES):
            continue
        label = f"{part}/labels/{Path(name).stem}.png"
        if label not in known:
            raise SettingError(f"{name} has no labels: {label} does not exist")
        image = np.asarray(Image.open(io.BytesIO(read(name))).convert("RGB"))
        index = np.array(Image.open(io.BytesIO(read(label))))
        if index.shape != image.shape[:2]:
            raise SettingError(f"{label} is not one index per pixel of {name}")
        index[index >= len(classes)] = IGNORE
        images.append(image)
        labels.append(index.astype(np.uint8))
    if not images:
        raise SettingError(f"{source!r} holds no {part}/images ({', '.join(SUFFIXES)})")
    return Labelled(tuple(images), tuple(labels), tuple(classes))


@dataclass(frozen=True)
class Augmentation:
    """How crops differ from what was photographed; every number is a largest deviation."""

    zoom: float = 1.0
    """Pictures are shown so many times larger than their pixels."""
    scale: float = 2.0
    """Around that, objects are between 1 / scale and scale times their size."""
    light: float = 0.3
    """Of brightness, contrast and saturation, each."""
    blur: float = 0.1
    """Share of crops that are blurred a little."""
    noise: float = 0.0
    """Deviation of noise in half of the crops, white being 1."""
    tint: float = 0.0
    """Of the logarithm of gamma; half of it of that of each channel's gain."""
    turns: bool = False
    """Quarter turns and upside down, where up means nothing (microscope, satellite)."""
    warp: float = 0.0
    """Of where a pixel is taken from, as a share of the crop, smoothly varying (Simard et al.
    2003); with ``turns`` crops are then turned by any angle as well."""
    stain: float = 0.0
    """Share of crops that are painted in another stain (training.stains)."""
    rare: float = 0.5
    """Share of crops around a pixel of a class drawn evenly from those present."""


class Crops(Dataset[tuple[Tensor, Tensor]]):
    """Crop ``i`` of an endless row; what it is follows from ``seed`` and ``i`` alone.

    A picture (3, s, s) in [-1, 1] and its labels, int64 (s, s).
    """

    def __init__(self, data: Labelled, size: int, how: Augmentation, seed: int, count: int) -> None:
        self._data, self._size, self._how = data, size, how
        self._seed, self._count = seed, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        rng = np.random.default_rng([self._seed, i])
        which = int(rng.integers(len(self._data)))
        image, label = self._data.images[which], self._data.labels[which]
        how = self._how
        scale = how.zoom * math.exp(rng.uniform(-1, 1) * math.log(how.scale))
        side = max(8, round(self._size / scale))
        image, label = _padded(image, label, side)
        top, left = _corner(label, side, rng, how.rare)
        window = np.s_[top : top + side, left : left + side]
        size = (self._size, self._size)
        picture = Image.fromarray(image[window]).resize(size, Image.Resampling.BILINEAR)
        index = Image.fromarray(label[window]).resize(size, Image.Resampling.NEAREST)
        picture = _relit(picture, rng, how)
        x = torch.from_numpy(np.array(picture)).movedim(-1, 0).float() / 127.5 - 1
        y = torch.from_numpy(np.array(index)).long()
        if rng.random() < 0.5:
            x, y = x.flip(-1), y.flip(-1)
        if how.turns:
            k = int(rng.integers(4))
            x, y = x.rot90(k, (-2, -1)), y.rot90(k, (-2, -1))
        if how.warp:
            x, y = _warped(x, y, rng, how)
        return x.contiguous(), y.contiguous()


def _padded(image: np.ndarray, label: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """At least ``side`` each way: the picture mirrored, labels unknown."""
    h, w = label.shape
    if h >= side and w >= side:
        return image, label
    below, right = max(0, side - h), max(0, side - w)
    image = np.pad(image, ((0, below), (0, right), (0, 0)), mode="symmetric")
    label = np.pad(label, ((0, below), (0, right)), constant_values=IGNORE)
    return image, label


def _corner(label: np.ndarray, side: int, rng: np.random.Generator, rare: float) -> tuple[int, int]:
    """Where a crop begins: anywhere, or so that it holds a pixel of some class."""
    h, w = label.shape
    top, left = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
    if rng.random() >= rare:
        return top, left
    present = np.unique(label[label != IGNORE])
    if not len(present):
        return top, left
    where = np.flatnonzero(label == rng.choice(present))
    y, x = divmod(int(rng.choice(where)), w)
    top, left = y - int(rng.integers(side)), x - int(rng.integers(side))
    return min(max(top, 0), h - side), min(max(left, 0), w - side)


def _relit(picture: Image.Image, rng: np.random.Generator, how: Augmentation) -> Image.Image:
    if how.stain and rng.random() < how.stain:
        picture = Image.fromarray(stained(np.asarray(picture), rng))
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(1 + rng.uniform(-how.light, how.light))
    if rng.random() < how.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if how.tint:
        gamma = math.exp(rng.uniform(-how.tint, how.tint))
        gains = np.exp(rng.uniform(-how.tint / 2, how.tint / 2, 3))
        lit = (np.asarray(picture) / 255) ** gamma * gains * 255
        picture = Image.fromarray(lit.clip(0, 255).astype(np.uint8))
    if how.noise and rng.random() < 0.5:
        deviation = 255 * rng.uniform(0, how.noise)
        noisy = np.asarray(picture) + rng.normal(0, deviation, (*picture.size[::-1], 1))
        picture = Image.fromarray(noisy.clip(0, 255).astype(np.uint8))
    return picture


KNOTS = 5  # each way, whose shifts a crop's are interpolated from


def _warped(
    x: Tensor, y: Tensor, rng: np.random.Generator, how: Augmentation
) -> tuple[Tensor, Tensor]:
    """Bent and turned, what lies beyond the crop's border mirrored from inside."""
    angle = rng.uniform(-math.pi / 4, math.pi / 4) if how.turns else 0.0
    turn = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    straight = F.affine_grid(F.pad(turn, (0, 1))[None], [1, 1, *y.shape], align_corners=False)
    # Sides are from -1 to 1, so a shift by the whole of a side would be 2.
    shifts = torch.from_numpy(rng.uniform(-2 * how.warp, 2 * how.warp, (1, 2, KNOTS, KNOTS)))
    bent = F.interpolate(shifts.float(), y.shape, mode="bicubic", align_corners=True)
    grid = straight + bent.movedim(1, -1)

    def taken(maps: Tensor, mode: str) -> Tensor:
        return F.grid_sample(maps[None], grid, mode, "reflection", align_corners=False)[0]

    return taken(x, "bilinear"), taken(y[None].float(), "nearest")[0].long()
