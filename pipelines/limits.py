"""What a request may ask for, and what it gets unasked; the same for page and library."""

from __future__ import annotations

DEFAULT_MODEL = "scenes"  # of the tools that draw with a generator
DEFAULT_SEGMENTER = "road"

MAX_SEED = 2**32 - 1
MAX_COUNT = 64  # pictures in one result
MAX_BEST_OF = 16  # candidates drawn per picture
MAX_PATH = 16  # variations of variations of ...

MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000  # what is decoded at most; tools scale down from there
MAX_SETTINGS_BYTES = 16 * 2**10

MIN_KEYS, MAX_KEYS = 2, 12  # of a film
MAX_FRAMES = 120  # per leg
MAX_FPS = 60
MAX_SHIFT = 5.0  # standard deviations along a latent direction
MAX_SHIFTS = 24  # of one key
MIN_PHOTO = 16  # pixels of the shorter side of a photo that is inverted
MAX_REFINE = 200  # optimisation steps of an inversion

MIN_SCALE, MAX_SCALE = 0.25, 4.0  # of a picture that is segmented

MAX_FILES = 100  # pictures in one batch
MAX_CORNERS = 4_000_000  # of the polygons of one picture

MAX_HUB_BYTES = 512 * 2**20  # of the weights of a model out of the Hub
MAX_HUB_CLASSES = 254  # labels are bytes, and one stands for unsure
MAX_HUB_WIDTH = 4096  # of every number in its settings
