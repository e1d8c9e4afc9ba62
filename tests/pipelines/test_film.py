"""Films as files, opened again by other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from pipelines import InputError, Morpher, Studio
from pipelines.film import gif_steps, save_gif, save_mp4, save_webp, webp_steps


@pytest.fixture(scope="session")
def frames(seeing: Studio) -> tuple[Image.Image, ...]:
    """Thirteen frames of which no neighbours look alike: encoders make one of those that do."""
    film = seeing.get(Morpher)([1, 2], model="seer", frames=12, easing="linear")
    return tuple(
        Image.blend(frame, Image.new("RGB", frame.size, (255 * (i % 2), 20 * i, 0)), 0.5)
        for i, frame in enumerate(film.frames)
    )


def test_mp4_opens_with_every_frame(frames: Any, tmp_path: Path) -> None:
    save_mp4(frames, tmp_path / "film.mp4", fps=20, side=128)
    with av.open(str(tmp_path / "film.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.average_rate == 20
        decoded = [frame.to_image() for frame in container.decode(video=0)]
    assert len(decoded) == len(frames) == 13
    assert decoded[0].size == (128, 128)
    # What was written is what is seen, up to what video coding loses.
    for a, b in zip(decoded, frames, strict=True):
        wanted = np.asarray(b.resize((128, 128), Image.Resampling.BICUBIC), float)
        assert np.abs(np.asarray(a, float) - wanted).mean() < 12


def test_mp4_starts_before_it_is_loaded(frames: Any, tmp_path: Path) -> None:
    save_mp4(frames, tmp_path / "film.mp4")
    raw = (tmp_path / "film.mp4").read_bytes()
    assert raw.index(b"moov") < raw.index(b"mdat")


@pytest.mark.parametrize(("save", "name"), [(save_gif, "GIF"), (save_webp, "WEBP")])
def test_animations_open_with_every_frame(
    frames: Any, tmp_path: Path, save: Any, name: str
) -> None:
    save(frames, tmp_path / "film", fps=20, side=64)
    with Image.open(tmp_path / "film") as film:
        assert film.format == name
        assert film.n_frames == len(frames)
        assert film.size == (64, 64)
        assert film.info["loop"] == 0
        film.seek(3)
        film.load()
        assert film.info["duration"] == 50
        wanted = np.asarray(frames[3].resize((64, 64), Image.Resampling.BICUBIC), float)
        assert np.abs(np.asarray(film.convert("RGB"), float) - wanted).mean() < 12


@pytest.mark.parametrize(("steps", "save"), [(gif_steps, save_gif), (webp_steps, save_webp)])
def test_animations_report_every_frame_and_may_be_left(
    frames: Any, tmp_path: Path, steps: Any, save: Any
) -> None:
    assert list(steps(frames, tmp_path / "film", fps=20, side=64)) == list(range(1, 14))
    save(frames, tmp_path / "again", fps=20, side=64)
    assert (tmp_path / "film").read_bytes() == (tmp_path / "again").read_bytes()
    left = steps(frames, tmp_path / "left", fps=20, side=64)
    assert next(left) == 1
    left.close()


@pytest.mark.parametrize("save", [save_gif, save_webp])
def test_equal_neighbours_take_their_time(frames: Any, tmp_path: Path, save: Any) -> None:
    first, second, third = frames[:3]
    save([first, second, second, second, third], tmp_path / "film", fps=20, side=64)
    with Image.open(tmp_path / "film") as film:
        durations = []
        for i in range(film.n_frames):
            film.seek(i)
            film.load()
            durations.append(film.info["duration"])
    assert durations == [50, 150, 50]


def test_odd_and_large_frames(tmp_path: Path) -> None:
    odd = [Image.new("RGB", (601, 333), (i * 9, 40, 200)) for i in range(5)]
    save_mp4(odd, tmp_path / "odd.mp4")
    with av.open(str(tmp_path / "odd.mp4")) as container:
        sizes = {(frame.width, frame.height) for frame in container.decode(video=0)}
    assert sizes == {(600, 332)}


@pytest.mark.parametrize("save", [save_mp4, save_gif, save_webp])
def test_what_cannot_be_written(frames: Any, tmp_path: Path, save: Any) -> None:
    with pytest.raises(InputError, match="no film yet"):
        save([], tmp_path / "film")
    for fps in (0, 61, float("nan"), 2.5):
        with pytest.raises(InputError, match="frames per second"):
            save(frames, tmp_path / "film", fps=fps)
    assert not (tmp_path / "film").exists()
