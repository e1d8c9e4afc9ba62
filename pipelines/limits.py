"""What a request may ask for at most. The page and the library read the same numbers."""

from __future__ import annotations

MAX_SEED = 2**32 - 1
MAX_COUNT = 64  # pictures in one result
MAX_BEST_OF = 16  # candidates drawn per picture
MAX_PATH = 16  # variations of variations of ...

MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000  # what is decoded at most; tools scale down from there
MAX_SETTINGS_BYTES = 16 * 2**10
