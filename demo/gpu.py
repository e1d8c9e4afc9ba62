"""The one place that knows about ZeroGPU, and Hugging Face Spaces at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

ZERO_GPU = bool(os.environ.get("SPACES_ZERO_GPU"))
SPACE = ZERO_GPU or bool(os.environ.get("SPACE_ID"))
if ZERO_GPU:
    import spaces  # before anything touches CUDA


def on_gpu(seconds: int) -> Callable[[F], F]:
    """Mark a handler that needs the GPU for up to ``seconds``; nothing happens elsewhere.

    On ZeroGPU the handler runs in a fork, so what it changes in memory is gone afterwards.
    """

    def mark(handler: F) -> F:
        if not ZERO_GPU:
            return handler
        return spaces.GPU(duration=seconds)(handler)  # type: ignore[return-value]

    return mark
