"""Filling holes with a prompt, by pipelines out of the Hugging Face Hub."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from .errors import CardError, InputError
from .hub_pipeline import DEFAULT, load_pipeline, memory_ran_out

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFAULT", "hub_fill", "load_pipeline"]


class _Stopped(Exception):
    """Nobody waits for the picture any more."""


def hub_fill(
    pipeline: Any,
    picture: Image.Image,
    mask: Image.Image,
    seed: int,
    steps: int = 30,
    prompt: str = "",
    negative_prompt: str = "",
    strength: float = 1.0,
    guidance: float = 7.5,
) -> Iterator[Image.Image]:
    """After each step what is expected now, RGB of the picture's size; the last is the result.

    ``pipeline``: from ``load_pipeline``. ``picture``: RGB; worked on at the size that the
    pipeline was made for. ``mask``: L of the same size, 255 = missing. What is expected before
    the end is soft: to decode it would take as long as a step. Closing the iterator ends the
    work after the step under way. Raises CardError if memory runs out, InputError if the
    pipeline's own filter hides the picture.
    """
    size = _size(pipeline, picture.size)
    image, hole = picture.resize(size), mask.resize(size, Image.Resampling.NEAREST)
    news: SimpleQueue[tuple[Image.Image, bool] | BaseException] = SimpleQueue()
    stopped = threading.Event()

    def after(_: Any, _index: int, _time: Any, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        if stopped.is_set():
            raise _Stopped
        clean = pipeline.scheduler.model_outputs[-1]
        news.put((_expected(clean, tensors["masked_image_latents"], image, hole), False))
        return {}

    def work() -> None:
        import torch

        from .device import generator

        try:
            with torch.inference_mode():
                made = pipeline(
                    prompt=prompt,
                    negative_prompt=negative_prompt,
                    image=image,
                    mask_image=hole,
                    width=size[0],
                    height=size[1],
                    num_inference_steps=steps,
                    strength=min(1.0, max(strength, 1.001 / steps)),  # at least one step
                    guidance_scale=guidance,
                    generator=generator(seed),
                    callback_on_step_end=after,
                    callback_on_step_end_tensor_inputs=["latents", "masked_image_latents"],
                )
            if any(getattr(made, "nsfw_content_detected", None) or ()):
                raise InputError("hub_refused")
            news.put((made.images[0], True))
        except BaseException as error:
            news.put(error)

    # In a thread of its own: a pipeline calls back after each step, an iterator is asked.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        last = False
        while not last:
            new = news.get()
            if isinstance(new, BaseException):
                raise CardError("hub_exhausted") if memory_ran_out(new) else new
            found, last = new
            yield found.resize(picture.size)
    finally:
        stopped.set()
        thread.join()


def _size(pipeline: Any, size: tuple[int, int]) -> tuple[int, int]:
    """Width and height with the longer side that the pipeline was made for."""
    stride = pipeline.vae_scale_factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1)
    long = pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    times = long / max(size)
    width, height = (max(stride, round(side * times / stride) * stride) for side in size)
    return width, height


def _expected(clean: Tensor, masked: Tensor, image: Image.Image, hole: Image.Image) -> Image.Image:
    """A small picture of what latents show, found by how those of the known part map to it.

    ``clean``: (1, c, h, w). ``masked``: (1 or 2, c, h, w), latents of the image with its hole
    grey.
    """
    height, width = clean.shape[2:]
    grey = Image.composite(Image.new("RGB", image.size, (128, 128, 128)), image, hole)
    colors = np.asarray(grey.resize((width, height), Image.Resampling.BOX), np.float64)
    known, wanted = (
        np.column_stack([latents.double().cpu().flatten(1).numpy().T, np.ones(height * width)])
        for latents in (masked[-1], clean[-1])
    )
    # A little of a ridge, for pictures of one colour.
    inner = known.T @ known + 1e-4 * height * width * np.eye(known.shape[1])
    found = wanted @ np.linalg.solve(inner, known.T @ colors.reshape(-1, 3))
    pixels = found.reshape(height, width, 3).clip(0, 255).round().astype(np.uint8)
    large = Image.fromarray(pixels).resize(image.size, Image.Resampling.BICUBIC)
    return Image.composite(large, image, hole)
