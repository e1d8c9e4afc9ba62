"""Sample grids to look at while a model trains."""

from __future__ import annotations

import io
from pathlib import Path

from torch import Tensor
from torchvision.transforms.v2.functional import to_pil_image
from torchvision.utils import make_grid

from training.state import write_atomically


def save_grid(pictures: Tensor, path: Path, columns: int = 8, scale: int = 2) -> None:
    """Write (n, 3, h, w) in [-1, 1] as one PNG, enlarged by whole pixels."""
    grid = make_grid(pictures.clamp(-1, 1) / 2 + 0.5, nrow=columns, padding=1)
    image = to_pil_image(grid)
    written = io.BytesIO()
    image.resize((image.width * scale, image.height * scale), 0).save(written, "PNG")
    write_atomically(path, written.getvalue())  # somebody may be looking
