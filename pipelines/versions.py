"""What is installed, as a person would quote it when something looks different elsewhere."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PARTS = ("torch", "torchvision", "diffusers", "segmentation-models-pytorch", "pillow", "gradio")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that make the pictures, those that are installed.

    Reads metadata only: nothing is imported.
    """
    found = {"python": platform.python_version()}
    for part in PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            continue
    return found
