"""Pictures with classes from a zip, a folder of class folders, or torchvision by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
import torchvision
from PIL import Image, ImageOps
from torch import Tensor

from training.cli import SettingError
from training.team import in_turn

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
HOLDOUT_SEED = 20_260_101  # one split for everybody: a held-out picture is never trained on


@dataclass(frozen=True)
class Pictures:
    """``images``: uint8 (n, 3, size, size); ``labels``: int64 (n,), indices into ``classes``."""

    images: Tensor
    labels: Tensor
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    def subset(self, index: Tensor) -> Pictures:
        return Pictures(self.images[index], self.labels[index], self.classes)

    def split(self, fraction: float) -> tuple[Pictures, Pictures]:
        """Cut off a held-out ``fraction`` of every class; the same pictures on every call.

        The split goes by position, so it is the same only for the same files in the same order:
        another edition of a data set needs models of its own.
        Returns (training part, held-out part).
        """
        rng = torch.Generator().manual_seed(HOLDOUT_SEED)
        held: list[Tensor] = []
        for label in range(len(self.classes)):
            members = (self.labels == label).nonzero().squeeze(1)
            order = members[torch.randperm(len(members), generator=rng)]
            held.append(order[: round(len(members) * fraction)])
        mask = torch.zeros(len(self), dtype=torch.bool)
        mask[torch.cat(held)] = True
        return self.subset((~mask).nonzero().squeeze(1)), self.subset(mask.nonzero().squeeze(1))


def spread(count: int, wanted: int) -> list[int]:
    """Indices of ``wanted`` of ``count`` pictures, evenly spread, or of all."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).astype(int)).tolist()


def load_pictures(source: str, size: int) -> Pictures:
    """Read every picture of ``source``, centre-cropped to a square of ``size`` pixels.

    ``source`` is a zip or a folder whose pictures lie in folders named after their class, or
    the name of a data set in ``torchvision.datasets`` (downloaded into ``data/``), such as
    ``CIFAR10``. Raises FileNotFoundError or SettingError with a sentence that says what to do.
    """
    return _pack(walk(source), size, source)


def walk(source: str) -> Iterator[tuple[str, Image.Image]]:
    """(class, picture) of everything in ``source``, in a fixed order; as ``load_pictures``."""
    path = Path(source)
    if path.is_dir() or zipfile.is_zipfile(path):
        return _folder(path) if path.is_dir() else _zip(path)
    if path.is_file():
        raise SettingError(f"{source!r} is neither a zip nor a folder: pack the pictures as a zip")
    kind = getattr(torchvision.datasets, source, None)
    if isinstance(kind, type) and issubclass(kind, torchvision.datasets.VisionDataset):
        with in_turn():  # processes that download at once would write the same files
            dataset: Any = kind(root="data", download=True)  # type: ignore[call-arg]
        return ((dataset.classes[y], x) for x, y in dataset)
    raise FileNotFoundError(
        f"{source!r} is neither a zip, nor a folder, nor a data set of torchvision.datasets:"
        " check the path"
    )


def _folder(path: Path) -> Iterator[tuple[str, Image.Image]]:
    for file in sorted(path.rglob("*")):
        if _is_picture(file.name):
            yield file.parent.name, _decode(file, file.name)


def _zip(path: Path) -> Iterator[tuple[str, Image.Image]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            member = PurePosixPath(name)
            if _is_picture(member.name):
                picture = _decode(io.BytesIO(archive.read(name)), name)
                yield member.parent.name or "all", picture


def _is_picture(name: str) -> bool:
    # macOS puts "._cat.jpg" companions, which are no pictures, into its zips.
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _decode(file: Path | io.BytesIO, name: str) -> Image.Image:
    try:
        return Image.open(file).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise SettingError(f"{name!r} cannot be read as a picture: take it out") from error


def _pack(pairs: Iterator[tuple[str, Image.Image]], size: int, source: str) -> Pictures:
    names: list[str] = []
    pixels: list[np.ndarray] = []
    for name, image in pairs:
        names.append(name)
        square = ImageOps.fit(image.convert("RGB"), (size, size), Image.Resampling.LANCZOS)
        pixels.append(np.asarray(square))
    if not pixels:
        raise SettingError(f"{source!r} holds no picture ({', '.join(SUFFIXES)})")
    classes = tuple(sorted(set(names)))
    index = {name: i for i, name in enumerate(classes)}
    images = torch.from_numpy(np.stack(pixels)).movedim(-1, 1).contiguous()
    return Pictures(images, torch.tensor([index[name] for name in names]), classes)
