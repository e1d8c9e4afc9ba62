"""The public names, and nothing else. Each is imported when first touched, torch with it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import CardError, InputError, PictureError, PipelineError
    from .sampler import Point, Sampler, Samples
    from .steps import Step
    from .studio import Studio

_HOMES = {
    "CardError": "errors",
    "InputError": "errors",
    "PictureError": "errors",
    "PipelineError": "errors",
    "Point": "sampler",
    "Sampler": "sampler",
    "Samples": "sampler",
    "Step": "steps",
    "Studio": "studio",
}

__all__ = [
    "CardError",
    "InputError",
    "PictureError",
    "PipelineError",
    "Point",
    "Sampler",
    "Samples",
    "Step",
    "Studio",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
