"""Which styles are to be fitted to a photo, and what was fitted before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .media import shrunk
from .style_codes import Style, code_of

if TYPE_CHECKING:
    from PIL import Image
    from torch import Tensor

    from .cards import Loaded
    from .recent import Recent

SEEN = 192  # side of a square as large as the copy that codes are fitted to
KEPT = 64  # codes


def key_of(weights: str, small: Image.Image, style: Style, steps: int) -> str:
    """What a fitted code depends on."""
    found = hashlib.sha256(f"{weights} {steps} {small.size} {style.id}".encode())
    found.update(small.tobytes())
    if style.picture is not None:
        found.update(repr(style.picture.size).encode() + style.picture.tobytes())
    return found.hexdigest()


class Fitting:
    """Codes of styles for one photo: as they are known, and how they become better.

    ``photo``: that is painted, of any size; ``steps``: per style, 0 for codes as they are;
    ``known``: what was fitted before.
    """

    def __init__(
        self,
        weights: str,
        photo: Image.Image,
        styles: Sequence[Style],
        steps: int,
        known: Recent[Tensor],
    ) -> None:
        self._small = small = shrunk(photo, SEEN)
        self._styles, self._steps, self._known = styles, steps, known
        self.keys = [key_of(weights, small, style, steps) for style in styles]

    @property
    def pending(self) -> int:
        """Steps that are to be taken."""
        return self._steps * sum(self._known.find(key) is None for key in self.keys)

    def codes(self, loaded: Loaded) -> list[Tensor]:
        """As good as they are by now: (1, code) each."""
        return self._codes(loaded, fitted=self._steps > 0)

    def asked(self, loaded: Loaded) -> list[Tensor]:
        """As they were before they were fitted: (1, code) each."""
        return self._codes(loaded, fitted=False)

    def _codes(self, loaded: Loaded, fitted: bool) -> list[Tensor]:
        import torch

        found = [self._known.find(key) if fitted else None for key in self.keys]
        with torch.no_grad():
            return [
                code_of(style, loaded) if code is None else code
                for style, code in zip(self._styles, found, strict=True)
            ]

    def steps(self, loaded: Loaded) -> Iterator[int]:
        """Fit what is not fitted yet; yields the number of steps that are done."""
        import torch

        from .style_fit import fit

        network: Any = loaded.networks["style"]
        done = 0
        for style, key in zip(self._styles, self.keys, strict=True):
            if self._known.find(key) is None:
                with torch.no_grad():
                    code = code_of(style, loaded)
                for better in fit(network, self._small, code, self._steps):
                    code = better
                    done += 1
                    yield done
                self._known.keep(key, code)
