"""What a request may ask for, and what it gets unasked; the same for page and library."""

from __future__ import annotations

from typing import Literal, get_args

DEFAULT_MODEL = "scenes"  # of the tools that draw with a generator
DEFAULT_SEGMENTER = "road"
DEFAULT_METHOD = "completion"  # of filling holes
DEFAULT_STYLIZER = "style"
DEFAULT_STROKES = "medium"
DEFAULT_TEXTURIST = "textures"

MAX_SEED = 2**32 - 1
MAX_COUNT = 64  # pictures in one result
MAX_BEST_OF = 16  # candidates drawn per picture
MAX_PATH = 16  # variations of variations of ...
MAX_RIVALS = 8  # models that are compared at once
MAX_RIVAL_PICTURES = 16  # of each of them

MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 64_000_000  # what is decoded at most; tools scale down from there
MAX_SHOWN = 1600  # pixels of the long side of what a page shows, and of masks painted on it
MAX_SETTINGS_BYTES = 16 * 2**10

METHOD_NAMES = ("slerp", "lerp")  # from key to key of a film
EASING_NAMES = ("linear", "smooth", "smoother")
MIN_KEYS, MAX_KEYS = 2, 12  # of a film
MAX_FRAMES = 120  # per leg
MAX_FPS = 60
MAX_SHIFT = 5.0  # standard deviations along a latent direction
MAX_SHIFTS = 24  # of one key
MIN_PHOTO = 16  # pixels of the shorter side of a photo that is inverted
MAX_REFINE = 200  # optimisation steps of an inversion

MIN_SCALE, MAX_SCALE = 0.25, 4.0  # of a picture that is segmented

MAX_VARIANTS = 8  # of one filled hole
MAX_SAMPLING = 100  # steps of a diffusion
SamplerName = Literal["ddim", "dpm++"]  # of a diffusion; the first is what is used unasked
SAMPLERS: tuple[SamplerName, ...] = get_args(SamplerName)
MAX_GROW = MAX_FEATHER = 256  # pixels of a mask's rim
MAX_MARGIN = 4096  # pixels added to one side of a picture
MAX_PROMPT = 1000  # characters
MAX_GUIDANCE = 30.0

MIN_TEXTURE, MAX_TEXTURE = 16, 2048  # pixels of one side
MIN_SAMPLE, MAX_SAMPLE = 16, 1024  # of a side of what a texture is made from
MIN_BLOCK, MAX_BLOCK = 4, 256  # of a side of the pieces it is made of

MAX_STYLED = 12_500_000  # pixels of a restyled photo: 4,032 by 3,024 are fewer
MIN_STYLED_SIDE, MAX_STYLED_SIDE = 16, 8192  # pixels of its long side, if it is asked for
MAX_STRENGTH = 1.5  # of a style
REFINE, MAX_STYLE_STEPS = 40, 100  # steps on the pixels of a restyled photo
MAX_POLISHED = 2**20  # pixels of a picture that is refined so
SLOW_SIDE, MAX_SLOW_SIDE = 512, 768  # pixels of the long side of what is optimised
MIN_ITERATIONS, MAX_ITERATIONS = 50, 1000  # of an optimisation

MAX_FILES = 100  # pictures in one batch
MAX_CORNERS = 4_000_000  # of the polygons of one picture

MAX_HUB_BYTES = 512 * 2**20  # of the weights of a model out of the Hub
MAX_PIPELINE_BYTES = 8 * 2**30  # of a Stable Diffusion pipeline
MAX_HUB_CLASSES = 254  # labels are bytes, and one stands for unsure
MAX_HUB_WIDTH = 4096  # of every number in its settings

MIN_COLLECTED, MAX_COLLECTED = 8, 20_000  # pictures of a person's own that a GAN is trained on
MAX_COLLECTED_CLASSES = 24
MAX_COLLECTED_FILES = 2_000  # that they come in
MAX_ZIP_BYTES = 100 * 2**20
MAX_UNPACKED_BYTES = 2 * 2**30
MAX_ZIP_TABLE = 8 * 2**20  # bytes of its table of contents
TRAINED_SIDES = (32, 64)  # pixels of the pictures that a GAN may be trained to draw
MIN_TRAINED, MAX_TRAINED = 200, 1_000_000  # pictures shown to it
# Pictures kept aside that its quality is measured with; why: training.segmenter_judge.
MIN_MEASURED, MAX_MEASURED = 100, 300
MIN_TARGET, MAX_TARGET = 1.0, 100.0  # quality to stop at: Frechet distance over its floor
MAX_MODEL_NAME = 40  # characters
