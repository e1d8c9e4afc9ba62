"""Memory that a training has had is kept, not handed back to the system after every step.

Large tensors come and go thousands of times, and by default glibc asks the system for each of
them anew: clearing those pages was a fifth of the time of a step on a CPU. ``mallopt(3)``.
"""

from __future__ import annotations

import ctypes
import sys

# <malloc.h>
TRIM_THRESHOLD, TOP_PAD, MMAP_MAX = -1, -2, -4
KEPT = 2**31 - 1  # bytes that may lie unused before any are handed back: the most an int says
PADDED = 2**28  # bytes asked for at a time


def keep_memory() -> bool:
    """Whether this process keeps from now on what it frees; False where the C library is another
    than glibc, and then nothing changes."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):  # musl has no such file or no such function
        return False
    settings = ((MMAP_MAX, 0), (TRIM_THRESHOLD, KEPT), (TOP_PAD, PADDED))
    return all(mallopt(key, value) == 1 for key, value in settings)
