"""Pictures that a person brings, as files or in ZIPs, made ready to train on."""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .errors import PictureError
from .limits import (
    MAX_COLLECTED,
    MAX_COLLECTED_CLASSES,
    MAX_COLLECTED_FILES,
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    MAX_ZIP_BYTES,
    MAX_ZIP_TABLE,
    MIN_COLLECTED,
)
from .media import read_picture, square
from .steps import Step

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".ppm")
ONE_CLASS = "all"  # of pictures that lie in no folder
# What reading a damaged or unusual ZIP raises.
DAMAGED = (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, zlib.error)


@dataclass(frozen=True)
class Collection:
    """Pictures in class folders: ``<folder>/<class>/<number>.png``, squares of equal size.

    ``left_out``: how many could not be opened.
    """

    folder: Path
    classes: tuple[str, ...] = ()
    pictures: int = 0
    left_out: int = 0

    def held_out(self, share: float) -> int:
        """How many pictures are kept aside when ``share`` of every class, in [0, 1], is."""
        counts = (len(list((self.folder / label).iterdir())) for label in self.classes)
        return sum(round(count * share) for count in counts)


@dataclass(frozen=True)
class _Source:
    """One picture: a file of its own, or a member of a ZIP."""

    label: str
    path: Path
    member: str | None = None


def collect_steps(
    files: Sequence[str | Path], folder: Path, side: int
) -> Iterator[Step[Collection]]:
    """Bring pictures and ZIPs of pictures into class folders, cropped to squares of ``side``.

    In a ZIP, the folder that a picture lies in is its class. Pictures that cannot be opened are
    left out and counted. Raises InputError or PictureError before any picture is decoded for what
    can be told by then, and PictureError at the end if too few could be opened.
    """
    if not files:
        raise PictureError("collection_none", least=MIN_COLLECTED)
    if len(files) > MAX_COLLECTED_FILES:
        raise PictureError("collection_files", found=len(files), most=MAX_COLLECTED_FILES)
    sources = [source for file in files for source in _sources(Path(file))]
    if len(sources) > MAX_COLLECTED:
        raise PictureError("collection_many", found=f"{len(sources):,}", most=f"{MAX_COLLECTED:,}")
    classes = {source.label for source in sources}
    if len(classes) > MAX_COLLECTED_CLASSES:
        raise PictureError("collection_classes", found=len(classes), most=MAX_COLLECTED_CLASSES)
    return _collect(sources, Collection(folder), side)


def _collect(sources: list[_Source], found: Collection, side: int) -> Iterator[Step[Collection]]:
    yield Step(0, len(sources), None, found)
    with _Reader() as reader:
        for number, source in enumerate(sources):
            target = found.folder / source.label / f"{number:05d}.png"
            try:
                picture = square(reader.read(source), side)
                target.parent.mkdir(parents=True, exist_ok=True)
                picture.save(target)
                classes = tuple(sorted({*found.classes, source.label}))
                found = replace(found, pictures=found.pictures + 1, classes=classes)
            except (PictureError, *DAMAGED):
                found = replace(found, left_out=found.left_out + 1)
            yield Step(number + 1, len(sources), None, found)
    if found.pictures < MIN_COLLECTED:
        raise PictureError(
            "collection_few", found=found.pictures, left_out=found.left_out, least=MIN_COLLECTED
        )


class _Reader(ExitStack):
    """Decodes sources; each ZIP is opened once, for its table may be long."""

    def __init__(self) -> None:
        super().__init__()
        self._archives: dict[Path, zipfile.ZipFile] = {}
        self._unpacked = Path(self.enter_context(tempfile.TemporaryDirectory())) / "picture"

    def read(self, source: _Source) -> Image.Image:
        """The picture in RGB. Raises PictureError, or one of DAMAGED."""
        if source.member is None:
            return read_picture(source.path)
        if source.path not in self._archives:
            self._archives[source.path] = self.enter_context(zipfile.ZipFile(source.path))
        with self._archives[source.path].open(source.member) as file:
            # What the table says of its size may be wrong.
            self._unpacked.write_bytes(file.read(MAX_FILE_BYTES + 1))
        return read_picture(self._unpacked)


def _sources(path: Path) -> list[_Source]:
    """The pictures of one file. Raises PictureError for a ZIP that cannot be used."""
    if path.suffix.lower() != ".zip":
        return [_Source(ONE_CLASS, path)]
    try:
        size = path.stat().st_size
        if size > MAX_ZIP_BYTES:
            raise PictureError(
                "zip_large", name=path.name, found=-(-size // 2**20), most=MAX_ZIP_BYTES // 2**20
            )
        if _table_bytes(path) > MAX_ZIP_TABLE:
            raise PictureError("collection_many", found="very many", most=f"{MAX_COLLECTED:,}")
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGED as error:
        raise PictureError("zip_broken", name=path.name) from error
    for info in members:
        if _leads_out(info.filename):
            raise PictureError("zip_path", name=path.name, found=info.filename)
    pictures = [info for info in members if _is_picture(info.filename)]
    if not pictures:
        raise PictureError("zip_empty", name=path.name)
    if any(info.flag_bits & 1 for info in pictures):
        raise PictureError("zip_locked", name=path.name)
    unpacked = sum(info.file_size for info in pictures)
    if unpacked > MAX_UNPACKED_BYTES:
        raise PictureError(
            "zip_unpacked",
            name=path.name,
            found=f"{-(-unpacked // 2**20):,}",
            most=f"{MAX_UNPACKED_BYTES // 2**20:,}",
        )
    pictures.sort(key=lambda info: info.filename)
    return [_Source(_label(info.filename), path, info.filename) for info in pictures]


def _table_bytes(path: Path) -> int:
    """Size of a ZIP's table of contents by its own word, before any of it is read.

    Above all limits if the word is that of a ZIP of more than 4 GB. Raises ValueError if there is
    none.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 22 - 2**16))  # the record, and the longest comment
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0:
        raise ValueError("no end of a ZIP")
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7"):
        return MAX_ZIP_TABLE + 1
    return int.from_bytes(tail[at + 12 : at + 16], "little")


def _leads_out(name: str) -> bool:
    """Whether a member's name points outside the folder that a ZIP is unpacked into."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or bool(re.match("[A-Za-z]:", plain)) or ".." in plain.split("/")


def _is_picture(name: str) -> bool:
    """Whether a member looks like a picture, and not like what a system hides."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    hidden = any(part.startswith((".", "__MACOSX")) for part in parts)
    return name.lower().endswith(SUFFIXES) and not hidden


def _label(name: str) -> str:
    """The class of a member: the folder it lies in, as a name that every system can write."""
    folder = PurePosixPath(name.replace("\\", "/")).parent.name
    kept = "".join(c if c.isalnum() or c in " -_" else "-" for c in folder)
    return kept[:40].strip(" -") or ONE_CLASS
