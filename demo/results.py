"""Samples as the page shows them: captions, details, files."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.settings import attach, save_png

from .words import class_name, say

if TYPE_CHECKING:
    from PIL.Image import Image

    from pipelines import Film, Samples

HISTORY = 4  # results that "back" can return to
DAY = 86_400  # seconds


@dataclass(frozen=True, eq=False)
class Batch:
    """A grid of pictures. ``asked``: what drew it, by the names that links have."""

    samples: Samples
    asked: Mapping[str, Any]


class Downloads:
    """Files made for a person to download, in a temporary folder that dies with the process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pentimento-")

    def place(self, name: str) -> Path:
        """Where to write a file of this name: a new folder for each.

        Folders that are a day old go: the page has its own copies, as long as it needs them.
        """
        for folder in Path(self._folder.name).iterdir():
            if time.time() - folder.stat().st_mtime > DAY:
                shutil.rmtree(folder, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder.name)) / name

    def preview(self, image: Image, name: str = "photo") -> str:
        """A picture as it is shown: no larger than a screen."""
        from pipelines.segmentation import PREVIEW

        small = image if max(image.size) <= PREVIEW else image.copy()
        small.thumbnail((PREVIEW, PREVIEW), reducing_gap=2)
        path = self.place(f"{name}.jpg")
        small.save(path, quality=90, subsampling=0)
        return str(path)

    def png(self, samples: Samples, index: int) -> str:
        """One picture with its settings."""
        path = self.place(file_name(samples, index))
        save_png(samples.images[index], path)
        return str(path)

    def archive(self, samples: Samples) -> str:
        """All pictures with their settings, and a table of them, as a ZIP."""
        path = self.place(f"{samples.model}.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            table = io.StringIO()
            writer = csv.writer(table)
            writer.writerow(["file", "seed", "path", "class", "truncation", "score", "weights"])
            for i, image in enumerate(samples.images):
                name = f"{i + 1:02d}-{file_name(samples, i)}"
                data = io.BytesIO()
                save_png(image, data)
                archive.writestr(name, data.getvalue())
                point = samples.points[i]
                score = samples.scores[i] if samples.scores else ""
                writer.writerow(
                    [
                        name,
                        point.seed,
                        path_text(point.path),
                        samples.labels[i],
                        samples.truncation,
                        score,
                        samples.weights,
                    ]
                )
            archive.writestr("pictures.csv", table.getvalue())
        return str(path)

    def animation(self, film: Film, kind: str, fps: int) -> tuple[str, Iterator[int]]:
        """A film as gif or webp: the file, and the work that takes its time.

        The work reports how many frames are done; the file is there when it has come to its end.
        It raises InputError for a film without frames.
        """
        from pipelines import film as files

        path = self.place(f"{film_name(film)}.{kind}")
        steps = {"gif": files.gif_steps, "webp": files.webp_steps}[kind]
        return str(path), steps(film.frames, path, fps)

    def film(self, film: Film, kind: str, fps: int, frame: int = 0) -> str:
        """A film as mp4, or its strip, or one frame of it (still), with settings.

        Raises InputError for a film without frames.
        """
        from pipelines import film as files

        name = film_name(film)
        if kind in ("strip", "still"):
            image = film.strip()
            if kind == "still":
                frame = max(0, min(int(frame or 0), len(film.frames) - 1))
                image, name = film.frames[frame].copy(), f"{name}-{frame}"
            made = film.settings()
            parameters = {**made.parameters, "fps": fps}
            attach(image, made.model_copy(update={"parameters": parameters}))
            path = self.place(f"{name}.png")
            save_png(image, path)
        else:
            path = self.place(f"{name}.mp4")
            files.save_mp4(film.frames, path, fps)
        return str(path)


def file_name(samples: Samples, index: int) -> str:
    """``cifar10-dcgan-cat-7.png``."""
    point = samples.points[index]
    trail = "".join(f"-v{step}" for _, step in point.path)
    return f"{samples.model}-{samples.labels[index]}-{point.seed}{trail}.png".replace(" ", "_")


def film_name(film: Film) -> str:
    """``scenes-1-2-3``."""
    return "-".join([film.model, *(str(key.seed) for key in film.keys)])


def path_text(path: tuple[tuple[float, int], ...]) -> str:
    """A path of variations in one short line: ``0.3:2 0.3:5``."""
    return " ".join(f"{radius:g}:{index}" for radius, index in path)


def captioned(samples: Samples, request: gr.Request | None) -> list[tuple[Image, str]]:
    """Pictures with class and critic score below."""
    captions = [class_name(label, request) for label in samples.labels]
    if samples.scores:
        captions = [f"{c} {signed(s, 1)}" for c, s in zip(captions, samples.scores, strict=True)]
    return list(zip(samples.images, captions, strict=True))


def signed(score: float, digits: int) -> str:
    """A critic's logit with its sign, typeset with a real minus."""
    return f"{round(score, digits) + 0.0:+.{digits}f}".replace("-", "\u2212")


def details(samples: Samples, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything about a result that a script may want, as JSON.

    ``asked``: what drew it, by the names that links have.
    """
    scores: tuple[float | None, ...] = samples.scores or (None,) * len(samples.images)
    return {
        "model": samples.model,
        "weights": samples.weights,
        "truncation": samples.truncation,
        "pictures": [
            {"seed": p.seed, "path": [list(s) for s in p.path], "label": label, "score": score}
            for p, label, score in zip(samples.points, samples.labels, scores, strict=True)
        ],
        **({"asked": dict(asked)} if asked else {}),
    }


def summary(count: int, total: int, seconds: float | None, request: gr.Request | None) -> str:
    """The line below the pictures: how far the work is, or how long it took."""
    if seconds is None:
        return say("generate.working", request, done=count, total=total)
    key = "generate.done_one" if count == 1 else "generate.done"
    return say(key, request, count=count, seconds=f"{seconds:.2f}")
