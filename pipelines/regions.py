"""What a segmenter found, in files that other programs read; one picture, or many in one ZIP."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np

from .coco import coco, joined, meaning, part_of, pieces
from .errors import InputError, PictureError, PipelineError
from .limits import MAX_FILES
from .media import read_picture
from .polygons import polygons
from .segmentation import UNSURE, Segmentation
from .settings import save_png
from .steps import Step

COLUMNS: tuple[str, ...] = (
    "file", "width", "height", "model", "class", "pixels", "share", "mean_confidence", "objects",
    "problem",
)  # fmt: skip
Entry = tuple[str, str | bytes]  # of a ZIP: name and contents
TOTALS = ("segmentation.csv", "segmentation.coco.json")


def geojson(s: Segmentation) -> dict[str, Any]:
    """The classes as a GeoJSON FeatureCollection in pixel coordinates, x right and y down.

    Rings run along the edges of the pixels: outer rings have a positive shoelace area, holes a
    negative one, and together they give the number of pixels. One feature per class that is
    there, one per object of a class that is counted. Raises PictureError for outlines with more
    corners than ``limits.MAX_CORNERS``.
    """
    values = pieces(s)
    features = []
    for value, parts in sorted(polygons(values).items()):
        index, number = meaning(s, value)
        pixels = sum(map(_area, parts))
        properties = {
            "class": s.classes[index],
            "color": s.colors[index],
            "pixels": pixels,
            "share": pixels / s.labels.size,
        }
        if number:
            properties["object"] = number
        single = len(parts) == 1
        geometry = {
            "type": "Polygon" if single else "MultiPolygon",
            "coordinates": parts[0] if single else parts,
        }
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    height, width = s.labels.shape
    return {"type": "FeatureCollection", "bbox": [0, 0, width, height], "features": features}


def table(items: Sequence[tuple[str, Segmentation]]) -> str:
    """CSV with a header: a row per picture and class, its share in [0, 1]; lines end in ``\\n``."""
    return _csv([row for name, s in items for row in _rows(name, s)])


def archive(s: Segmentation, stem: str, zip_file: ZipFile) -> None:
    """Add a segmentation to an open ZIP: ``<stem>.index.png`` and its like.

    Labels as an index PNG, in colour, laid over the picture (as a preview), as COCO JSON and as
    GeoJSON. Raises PictureError, before anything is written, where ``geojson`` does.
    """
    _write(zip_file, list(_files(s, stem)))


@dataclass(frozen=True)
class BatchReport:
    """How far a batch has come.

    ``target``: the ZIP, complete and readable at every report. ``finished``: names of the files
    in it; ``failed``: those that could not be used, each with its error.
    """

    target: Path
    finished: tuple[str, ...] = ()
    failed: tuple[tuple[str, PipelineError], ...] = ()


def batch_steps(
    segmenter: Callable[..., Iterator[Step[Segmentation]]],
    files: Sequence[str | Path],
    target: str | Path,
    **settings: Any,
) -> Iterator[Step[BatchReport]]:
    """Segment files into one ZIP, which is complete at every report.

    ``segmenter``: ``Segmenter.steps``. ``files``: 1 to 100 paths. ``settings``: model, scale and
    threshold, as the segmenter takes them. Beside what ``archive`` writes for each file there are
    ``segmentation.csv`` and ``segmentation.coco.json`` of all. A file that cannot be used stands
    in the table with its sentence, and the others go on. Raises InputError and CardError.
    """
    if not 1 <= len(files) <= MAX_FILES:
        raise InputError("files", found=len(files), most=MAX_FILES)
    return _batch(segmenter, [Path(file) for file in files], Path(target), settings)


def _batch(
    segmenter: Callable[..., Iterator[Step[Segmentation]]],
    files: list[Path],
    target: Path,
    settings: dict[str, Any],
) -> Iterator[Step[BatchReport]]:
    report = BatchReport(target)
    rows: list[dict[str, Any]] = []
    parts: list[dict[str, Any]] = []
    stems = {Path(name).stem.split(".")[0] for name in TOTALS}
    with ZipFile(target, "w") as zip_file:
        _write_totals(zip_file, rows, parts)
    preview = None
    yield Step(0, len(files), preview, report)
    for done, file in enumerate(files):
        try:
            step = None
            for step in segmenter(read_picture(file), **settings):
                preview = step.preview or preview
                yield Step(done, len(files), preview, report)
            assert step
            found = step.partial
            entries: list[Entry] = []
            for entry in _files(found, _stem(file, stems)):
                entries.append(entry)
                yield Step(done, len(files), preview, report)
            with ZipFile(target, "a") as zip_file:
                _drop_totals(zip_file)
                _write(zip_file, entries)
                rows += _rows(file.name, found)
                parts.append(part_of(file.name, found))
                _write_totals(zip_file, rows, parts)
            report = replace(report, finished=(*report.finished, file.name))
            preview = found.overlay()
        except PipelineError as error:
            # Anything else that is wrong with the settings is wrong with every file.
            if not isinstance(error, PictureError) and error.code != "scale_large":
                raise
            rows.append({"file": file.name, "problem": str(error)})
            with ZipFile(target, "a") as zip_file:
                _drop_totals(zip_file)
                _write_totals(zip_file, rows, parts)
            report = replace(report, failed=(*report.failed, (file.name, error)))
        yield Step(done + 1, len(files), preview, report)


def _area(polygon: list[list[list[int]]]) -> int:
    """Pixels of a polygon by the shoelace formula."""
    total = 0
    for ring in polygon:
        x, y = np.array(ring, np.int64).T
        total += int(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) // 2
    return total


def _rows(name: str, s: Segmentation) -> list[dict[str, Any]]:
    """Rows of the table for one picture."""
    height, width = s.labels.shape
    confidence = np.bincount(s.labels.ravel(), s.confidence.ravel(), minlength=256)
    indices = [*range(len(s.classes)), UNSURE]
    return [
        {
            "file": name,
            "width": width,
            "height": height,
            "model": s.model,
            "class": area.name,
            "pixels": area.pixels,
            "share": f"{area.share:.6f}",
            "mean_confidence": f"{confidence[index] / area.pixels:.4f}" if area.pixels else "",
            "objects": s.objects.count if s.objects and area.name == s.counts else "",
        }
        for index, area in zip(indices, s.areas, strict=False)
    ]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _files(s: Segmentation, stem: str) -> Iterator[Entry]:
    """Names and contents of what ``archive`` writes, one after another, as each takes a while."""
    yield f"{stem}.geojson", json.dumps(geojson(s))
    yield f"{stem}.coco.json", json.dumps(coco([(f"{stem}.png", s)]))
    pictures = {"index": s.index_png, "color": s.painted, "overlay": s.overlay}
    for ending, picture in pictures.items():
        data = io.BytesIO()
        save_png(picture(), data)
        yield f"{stem}.{ending}.png", data.getvalue()


def _write(zip_file: ZipFile, entries: Sequence[Entry]) -> None:
    for name, data in entries:
        # PNG is compressed already.
        zip_file.writestr(name, data, ZIP_STORED if isinstance(data, bytes) else ZIP_DEFLATED)


def _write_totals(
    zip_file: ZipFile, rows: Sequence[dict[str, Any]], parts: Sequence[dict[str, Any]]
) -> None:
    texts = (_csv(rows), json.dumps(joined(parts)))
    _write(zip_file, list(zip(TOTALS, texts, strict=True)))


def _drop_totals(zip_file: ZipFile) -> None:
    """Take back what ``_write_totals`` wrote last, so that it can be written anew."""
    for name in reversed(TOTALS):
        last = zip_file.filelist.pop()
        assert last.filename == name
        del zip_file.NameToInfo[name]
        # The list of entries stood here before; what is written next goes over it.
        zip_file.start_dir = last.header_offset


def _stem(file: Path, taken: set[str]) -> str:
    """A file's name without its ending, safe on every system and different from those before."""
    name = stem = re.sub(r'[\x00-\x1f\\/:*?"<>|]', "_", file.stem)
    number = 1
    while stem.casefold() in taken:
        number += 1
        stem = f"{name}-{number}"
    taken.add(stem.casefold())
    return stem
