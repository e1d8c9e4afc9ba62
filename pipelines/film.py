"""Films as files: MP4, GIF and animated WebP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from .checks import whole
from .errors import InputError
from .limits import MAX_FPS

if TYPE_CHECKING:
    import av

SIDE = 512  # pixels that small frames are enlarged to: players blur what they enlarge themselves


def enlarged(frames: Sequence[Image.Image], side: int) -> Iterator[Image.Image]:
    """Frames whose longer side is about ``side``, never smaller than they were, sides even."""
    width, height = frames[0].size
    scale = max(1.0, side / max(width, height))
    size = (max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2))
    for frame in frames:
        yield frame.resize(size, Image.Resampling.BICUBIC) if frame.size != size else frame


def save_mp4(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = SIDE
) -> None:
    """Write H.264 as every browser plays it. Raises InputError without frames or for the rate."""
    import av

    fps = _check(frames, fps)
    options = {"crf": "16", "preset": "veryfast", "movflags": "+faststart"}
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as container:
        stream: av.VideoStream | None = None
        for frame in enlarged(frames, side):
            if stream is None:
                stream = container.add_stream("libx264", rate=fps, options=options)
                stream.width, stream.height = frame.size
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        if stream:
            container.mux(stream.encode())


def save_gif(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = 256
) -> None:
    """Write a GIF that plays for ever; each frame has its own 256 colours, dithered.

    Equal neighbours become one frame that is shown as long as both.

    GIF counts time in hundredths of a second, and players slow down anything faster than 50 a
    second, so the rate is the nearest that it knows. Raises InputError as ``save_mp4`` does.
    """
    fps = _check(frames, fps)
    first, *rest = [
        frame.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for frame in enlarged(frames, side)
    ]
    duration = max(20, round(100 / fps) * 10)
    first.save(target, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)


def save_webp(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = 256
) -> None:
    """Write an animated WebP that plays for ever, equal neighbours as one.

    Raises InputError as ``save_mp4`` does.
    """
    fps = _check(frames, fps)
    first, *rest = enlarged(frames, side)
    first.save(
        target,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=round(1000 / fps),
        loop=0,
        quality=88,
        method=3,
        minimize_size=False,
    )


def _check(frames: Sequence[Image.Image], fps: int) -> int:
    if not frames:
        raise InputError("no_film")
    return whole("fps", fps, 1, MAX_FPS)
