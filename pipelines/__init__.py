"""The public names, and nothing else. Each is imported when first touched, torch with it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import CardError, InputError, PictureError, PipelineError
    from .explain import Explainer
    from .families import Families, Family
    from .inpaint import Inpainter
    from .inpainting import Inpainting
    from .insight import Inside, Saliency, Silenced
    from .inversion import Inversion
    from .latents import Point
    from .morph import Film, Key, Morpher
    from .objects import Objects
    from .rivals import Contest, Rival, Rivals
    from .sampler import Comparison, Sampler, Samples
    from .segment import Segmenter
    from .segmentation import Area, Segmentation
    from .steps import Step
    from .stopwatch import Stopwatch, Timing
    from .studio import Studio
    from .style import Stylizer
    from .styling import Styling
    from .texture import Texturer
    from .texturing import Texture

_HOMES = {
    "Area": "segmentation",
    "CardError": "errors",
    "Comparison": "sampler",
    "Contest": "rivals",
    "Explainer": "explain",
    "Families": "families",
    "Family": "families",
    "Film": "morph",
    "Inpainter": "inpaint",
    "Inpainting": "inpainting",
    "InputError": "errors",
    "Inside": "insight",
    "Inversion": "inversion",
    "Key": "morph",
    "Morpher": "morph",
    "Objects": "objects",
    "PictureError": "errors",
    "PipelineError": "errors",
    "Point": "latents",
    "Rival": "rivals",
    "Rivals": "rivals",
    "Saliency": "insight",
    "Sampler": "sampler",
    "Samples": "sampler",
    "Segmentation": "segmentation",
    "Segmenter": "segment",
    "Silenced": "insight",
    "Step": "steps",
    "Stopwatch": "stopwatch",
    "Studio": "studio",
    "Styling": "styling",
    "Stylizer": "style",
    "Texture": "texturing",
    "Texturer": "texture",
    "Timing": "stopwatch",
}

__all__ = [
    "Area",
    "CardError",
    "Comparison",
    "Contest",
    "Explainer",
    "Families",
    "Family",
    "Film",
    "Inpainter",
    "Inpainting",
    "InputError",
    "Inside",
    "Inversion",
    "Key",
    "Morpher",
    "Objects",
    "PictureError",
    "PipelineError",
    "Point",
    "Rival",
    "Rivals",
    "Saliency",
    "Sampler",
    "Samples",
    "Segmentation",
    "Segmenter",
    "Silenced",
    "Step",
    "Stopwatch",
    "Studio",
    "Styling",
    "Stylizer",
    "Texture",
    "Texturer",
    "Timing",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
