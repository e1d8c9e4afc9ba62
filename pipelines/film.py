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
    """Write a GIF that plays for ever; see ``gif_steps``."""
    for _ in gif_steps(frames, target, fps, side):
        pass


def gif_steps(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = 256
) -> Iterator[int]:
    """Write a GIF that plays for ever; each frame has its own 256 colours, dithered.

    Equal neighbours become one frame that is shown as long as both. Yields the number of frames
    that are done, from 1 on; the file is there when the steps have come to their end.

    GIF counts time in hundredths of a second, and players slow down anything faster than 50 a
    second, so the rate is the nearest that it knows. Raises InputError as ``save_mp4`` does.
    """
    fps = _check(frames, fps)
    ready: list[Image.Image] = []
    for frame in enlarged(frames, side):
        # Choosing the colours is nearly all of the work: of a grainy frame there are many.
        ready.append(frame.quantize(256, dither=Image.Dither.FLOYDSTEINBERG))
        yield len(ready)
    duration = max(20, round(100 / fps) * 10)
    first, *rest = ready
    first.save(target, "GIF", save_all=True, append_images=rest, duration=duration, loop=0)


def save_webp(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = 256
) -> None:
    """Write an animated WebP that plays for ever; see ``webp_steps``."""
    for _ in webp_steps(frames, target, fps, side):
        pass


def webp_steps(
    frames: Sequence[Image.Image], target: str | Path, fps: int = 24, side: int = 256
) -> Iterator[int]:
    """Write an animated WebP that plays for ever, equal neighbours as one.

    Yields the number of frames that are done, from 1 on; the file is there when the steps have
    come to their end. Raises InputError as ``save_mp4`` does.
    """
    import av

    fps = _check(frames, fps)
    options = {"quality": "88", "compression_level": "3"}
    with av.open(str(target), "w", format="webp", options={"loop": "0"}) as container:
        stream: av.VideoStream | None = None
        for done, frame in enumerate(enlarged(frames, side), 1):
            if stream is None:
                stream = container.add_stream("libwebp_anim", rate=fps, options=options)
                stream.width, stream.height = frame.size
                stream.pix_fmt = "bgra"  # the encoder's own conversion keeps colours best
            container.mux(stream.encode(av.VideoFrame.from_image(frame).reformat(format="bgra")))
            yield done
        if stream:
            container.mux(stream.encode())


def _check(frames: Sequence[Image.Image], fps: int) -> int:
    if not frames:
        raise InputError("no_film")
    return whole("fps", fps, 1, MAX_FPS)
