"""Frames per second: the Morpher against sampling one by one, and what the files add."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from pipelines import Morpher, Studio
from pipelines.film import save_gif, save_mp4, save_webp

from .sampling import one_by_one
from .tables import medians, show

FRAMES = (8, 24, 60)  # per leg
KEYS = (1, 2, 3)
PHOTO_STEPS = 40


def measure(studio: Studio, model: str, repeats: int) -> None:
    """Print the tables of one model: films, and finding a photo where it can."""
    morph, loaded = studio.get(Morpher), studio.network(model)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for per_leg in FRAMES:
            film = morph(KEYS, model=model, frames=per_leg, loop=True)
            count = len(film.frames)
            ours, plain, mp4, gif, webp = medians(
                repeats,
                partial(morph, KEYS, model=model, frames=per_leg, loop=True),
                partial(one_by_one, loaded, range(count)),
                partial(save_mp4, film.frames, Path(folder) / "film.mp4"),
                partial(save_gif, film.frames, Path(folder) / "film.gif"),
                partial(save_webp, film.frames, Path(folder) / "film.webp"),
            )
            rows.append(
                [
                    str(count),
                    f"{count / ours:.0f}",
                    f"{count / plain:.0f}",
                    f"{plain / ours:.1f} x",
                    f"{ours:.2f}",
                    *(f"{seconds:.2f}" for seconds in (mp4, gif, webp)),
                ]
            )
    show(
        f"{model}: films of {len(KEYS)} keys in a loop on {studio.device}; one by one samples as"
        " many pictures\nin eager float32. MP4 at 512 pixels, GIF and WebP at 256.",
        ["frames", "Morpher/s", "one by one/s", "faster", "film s", "MP4 s", "GIF s", "WebP s"],
        rows,
    )
    if "encoder" in loaded.networks:
        photo = morph(KEYS[:2], model=model, frames=2).frames[1]
        find = partial(lambda: list(morph.invert_steps(photo, model, refine=PHOTO_STEPS)))
        (seconds,) = medians(repeats, find)
        print(f"\nFinding a photo in {model}, {PHOTO_STEPS} steps: {seconds:.2f} s")
