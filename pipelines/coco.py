"""What a segmenter found as COCO JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .segmentation import UNSURE, Segmentation

TERMS = "The pictures keep their own terms; the labels were made by a model and not checked."


def coco(items: Sequence[tuple[str, Segmentation]]) -> dict[str, Any]:
    """Pictures and what was found in them as COCO JSON.

    ``items``: file names with their segmentations. One annotation per class that is there, one
    per object of a class that is counted; ``segmentation`` is compressed RLE, as pycocotools
    reads it. Pixels that are unsure belong to none. What of a counted class is too small to be an
    object is one more annotation with ``iscrowd`` 1, COCO's mark for "of this class, but not one
    of it": who counts or scores objects passes over it.
    """
    return joined([part_of(name, s) for name, s in items])


def pieces(s: Segmentation) -> np.ndarray:
    """What is drawn apart, int32 (H, W): see ``meaning``; 0 where nothing is sure."""
    values = np.where(s.labels == UNSURE, 0, s.labels.astype(np.int32) + 1)
    if s.objects is not None and s.objects.count:
        values = np.where(s.objects.labels > 0, s.objects.labels + 256, values)
    return values


def meaning(s: Segmentation, value: int) -> tuple[int, int]:
    """Class index of a value, and the number of the object or 0."""
    if value > 256 and s.counts:
        return s.classes.index(s.counts), value - 256
    return value - 1, 0


def _runs(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of equal values down the columns, as RLE counts them: value, first, length."""
    flat = values.ravel("F")
    first = np.flatnonzero(np.append(True, flat[1:] != flat[:-1]))
    return flat[first], first, np.diff(np.append(first, flat.size))


def part_of(name: str, s: Segmentation) -> dict[str, Any]:
    """One picture's entries, without numbers yet."""
    from pycocotools import mask as codec

    height, width = s.labels.shape
    values = pieces(s)
    confidence = np.bincount(values.ravel(), s.confidence.ravel())
    of, first, length = _runs(values)
    order = np.argsort(of, kind="stable")
    order = order[of[order] > 0]
    annotations = []
    for group in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        if not group.size:
            continue
        value, last = int(of[group[0]]), first[group] + length[group]
        # Ground and object take turns, ground first.
        counts = np.empty(2 * len(group), np.int64)
        counts[0::2] = first[group] - np.append(0, last[:-1])
        counts[1::2] = length[group]
        if (rest := height * width - last[-1]) > 0:
            counts = np.append(counts, rest)
        plain: Any = {"size": [height, width], "counts": counts.tolist()}
        rle = codec.frPyObjects(plain, height, width)
        index, number = meaning(s, value)
        pixels = int(length[group].sum())
        annotations.append(
            {
                "category": s.classes[index],
                "segmentation": {"size": [height, width], "counts": rle["counts"].decode("ascii")},
                "area": pixels,
                "bbox": codec.toBbox(rle).tolist(),
                "iscrowd": int(s.classes[index] == s.counts and not number),
                "score": round(float(confidence[value]) / pixels, 4),
                **({"object": number} if number else {}),
            }
        )
    return {
        "image": {"file_name": name, "width": width, "height": height},
        "categories": dict(zip(s.classes, s.colors, strict=True)),
        "settings": s.settings().model_dump(),
        "annotations": annotations,
    }


def joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Entries of several pictures as one COCO data set, numbered from 1."""
    colors: dict[str, str] = {}
    for part in parts:
        colors = {**part["categories"], **colors}
    ids = {name: number for number, name in enumerate(colors, 1)}
    annotations = []
    for image, part in enumerate(parts, 1):
        for entry in part["annotations"]:
            rest = {key: value for key, value in entry.items() if key != "category"}
            number = {"id": len(annotations) + 1, "image_id": image}
            annotations.append({**number, "category_id": ids[entry["category"]], **rest})
    return {
        "info": {
            "description": "Segmented by Pentimento",
            "version": "1.0",
            "settings": parts[0]["settings"] if parts else {},
        },
        "licenses": [{"id": 1, "name": TERMS, "url": ""}],
        "images": [{"id": i, **part["image"], "license": 1} for i, part in enumerate(parts, 1)],
        "categories": [
            {"id": ids[name], "name": name, "supercategory": "", "color": color}
            for name, color in colors.items()
        ],
        "annotations": annotations,
    }
