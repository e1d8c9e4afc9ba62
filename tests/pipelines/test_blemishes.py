"""The pictures with something to remove: here without a network, always the same, well marked."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.blemishes import EXAMPLES, Example, ball, scratched


def plain(size: tuple[int, int] = (90, 70)) -> Image.Image:
    return Image.effect_mandelbrot(size, (-2, -1, 1, 1), 50).convert("RGB")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_example_is_a_picture_with_a_mask(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    image, mask = example.make()
    assert (image.mode, mask.mode) == ("RGB", "L")
    assert image.size == mask.size
    share = (np.asarray(mask) >= 128).mean()
    assert 0.01 < share < 0.3
    again = example.make()
    assert (image.tobytes(), mask.tobytes()) == (again[0].tobytes(), again[1].tobytes())
    assert example.source


@pytest.mark.parametrize("spoil", [ball, scratched])
@pytest.mark.parametrize("size", [(90, 70), (33, 200), (8, 8)])
def test_what_was_spoiled_is_what_is_marked(
    spoil: Callable[[Image.Image, int], tuple[Image.Image, Image.Image]], size: tuple[int, int]
) -> None:
    clean = plain(size)
    for seed in (0, 1, 2):
        image, mask = spoil(clean, seed)
        assert image.size == mask.size == size
        changed = (np.asarray(image) != np.asarray(clean)).any(2)
        marked = np.asarray(mask) >= 128
        assert changed.any()
        assert not (changed & ~marked).any()
        assert not marked.all()
        again = spoil(clean, seed)
        assert again[0].tobytes() == image.tobytes()
    assert spoil(clean, 0)[0].tobytes() != spoil(clean, 1)[0].tobytes()
