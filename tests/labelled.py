"""Labelled pictures for segmenters, as folders of PNGs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

Pair = tuple[np.ndarray, np.ndarray]  # picture uint8 (h, w, 3), labels uint8 (h, w)


def write_labelled(
    root: Path, classes: Sequence[str], train: Iterable[Pair], val: Iterable[Pair]
) -> Path:
    """Write both parts; returns the folder."""
    for part, pairs in (("train", train), ("val", val)):
        for i, pair in enumerate(pairs):
            for kind, array in zip(("images", "labels"), pair, strict=True):
                path = root / part / kind / f"{i}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array.astype(np.uint8)).save(path)
    (root / "classes.json").write_text(json.dumps(list(classes)), encoding="utf-8")
    return root
