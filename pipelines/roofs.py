"""Houses and halls as they are seen from above, with the shadows they throw."""

from __future__ import annotations

import numpy as np

from .sheet import Sheet

# Points are complex: x + iy in pixels, so that a product turns them. ``way``, of length 1, says
# how a house is turned.
SUN, SHADE = -3 - 4j, (26.0, 25.0, 28.0)  # from a roof to the end of its shadow
LARGE = ((238, 238, 240), (216, 208, 196), (196, 196, 204), (206, 124, 70))
ROOFS = (*LARGE, (160, 158, 174), (132, 128, 134), (112, 112, 118))


def _box(at: complex, way: complex, half: complex) -> np.ndarray:
    """Corners of what reaches ``half`` to both sides along ``way``, and across: complex (4,)."""
    a, b = way * half.real, 1j * way * half.imag
    return at + np.array((-a - b, a - b, a + b, b - a))


def house(sheet: Sheet, at: complex, way: complex, half: complex) -> None:
    """A house and a wing: shadows, roofs with a bright rim and a ridge, a box on top."""
    random = sheet.random
    color = np.array(ROOFS[random.integers(len(ROOFS))]) * random.uniform(0.8, 1.05)
    aside, off = random.uniform(-0.5, 0.5, 2) * (half.real, half.imag)
    wing = at + way * (aside + 1j * off)
    body, side = half.real + 0.65j * half.imag, 0.6 * half.real + 1j * half.imag
    for middle, size in ((at, body), (wing, side)):
        for step in (1, 0.5):
            sheet.fill(_box(middle, way, size) + SUN * step, SHADE)
        sheet.fill(_box(middle, way, size), color * 0.6 + 100)
        sheet.fill(_box(middle, way, size - 1.3 - 1.3j), color)
        lower = middle + 0.5j * way * size.imag
        sheet.fill(_box(lower, way, size.real - 1.3 + 1j * (size.imag / 2 - 1)), color * 0.82)
    sheet.fill(_box(wing, way, 2 + 2j), color * 0.5)


def hall(sheet: Sheet, at: complex, way: complex, half: complex, label: int) -> None:
    """A large ribbed roof, one half of it darker; it sets the label."""
    color = np.array(LARGE[sheet.random.integers(len(LARGE))])
    for step in (2, 1):
        sheet.fill(_box(at, way, half) + SUN * step, SHADE)
    sheet.fill(_box(at, way, half), color, label)
    sheet.fill(_box(at - way * half.real / 2, way, half - half.real / 2), color * 0.9)
    for rib in np.arange(4 - half.imag, half.imag - 3, 6):
        sheet.fill(_box(at + 1j * rib * way, way, half.real - 2 + 0.5j), color * 0.8)
