"""Segmentation models out of the Hugging Face Hub, as ``segmentation_models_pytorch`` saves them.

Nothing but numbers is taken from there: tensors in safetensors, and settings of an architecture
that is already installed. Pickled weights are never opened.
"""

from __future__ import annotations

import colorsys
import hashlib
import inspect
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cards import Card, Data, Loaded, NetworkSpec, Recipe, Segmenting
from .errors import CardError, InputError
from .limits import MAX_HUB_BYTES, MAX_HUB_CLASSES, MAX_HUB_WIDTH

if TYPE_CHECKING:
    import torch
    from huggingface_hub import ModelInfo

    from .networks.wrapped import Wrapped

CONFIG, WEIGHTS = "config.json", "model.safetensors"
MAX_CONFIG = 2**16  # bytes
TIMEOUT = 10  # seconds to wait for an answer of the Hub
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
# What encoders expect that were not trained on pictures of ImageNet's mean and deviation.
OTHERS = {
    "inception": HALF,
    "xception": HALF,
    "timm-tf_efficientnet_lite": HALF,
    "dpn": ((0.4863, 0.4588, 0.4078), (0.2348, 0.2348, 0.2348)),
}


@dataclass(frozen=True)
class HubModel:
    """What a model of the Hub is, before anything large is downloaded.

    ``revision``: the commit described, which is the one that will be loaded. ``bytes``: size of
    its weights. ``license``: as its authors say, "" where they do not. ``classes``: how many.
    """

    repo_id: str
    revision: str
    bytes: int
    license: str
    encoder: str
    classes: int
    architecture: str


def describe(repo_id: str, endpoint: str | None = None) -> HubModel:
    """Look a model up in the Hub; of its files only the small config.json is read.

    ``repo_id``: ``owner/name``. ``endpoint``: address of another Hub. Raises InputError for what
    is no model's name; CardError when there is no such model, it cannot be used or is too large,
    or the Hub cannot be reached.
    """
    info, sizes = look_up(repo_id, endpoint)
    for name in (CONFIG, WEIGHTS):
        if name not in sizes:
            raise CardError("hub_files", model=repo_id, found=name)
    if sizes[CONFIG] > MAX_CONFIG:
        raise CardError("hub_config", model=repo_id, found=f"{CONFIG}: {sizes[CONFIG]} bytes")
    if sizes[WEIGHTS] > MAX_HUB_BYTES:
        found = -(-sizes[WEIGHTS] // 2**20)
        raise CardError("hub_large", model=repo_id, found=found, most=MAX_HUB_BYTES // 2**20)
    revision = str(info.sha)
    config = _config(repo_id, download(repo_id, CONFIG, revision, endpoint))
    return HubModel(
        repo_id=repo_id,
        revision=revision,
        bytes=sizes[WEIGHTS],
        license=terms_of(info),
        encoder=config["encoder_name"],
        classes=config["classes"],
        architecture=config["_model_class"],
    )


def look_up(repo_id: str, endpoint: str | None = None) -> tuple[ModelInfo, dict[str, int]]:
    """What the Hub says of a model, and its files with their sizes. Raises as ``describe``."""
    from huggingface_hub import HfApi

    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", str(repo_id), re.ASCII):
        raise InputError("hub_name", found=repo_id)
    with asking(repo_id):
        info = HfApi(endpoint).model_info(repo_id, files_metadata=True, timeout=TIMEOUT)
    return info, {file.rfilename: file.size or 0 for file in info.siblings or ()}


def terms_of(info: ModelInfo) -> str:
    """The license as the authors of a model say, "" where they do not."""
    said = getattr(info.card_data, "license", None)
    return said if isinstance(said, str) else ", ".join(said or ())


def load_hub(
    source: str | HubModel | Path, device: torch.device, endpoint: str | None = None
) -> Loaded:
    """Download a model and build it, for ``Studio.add``.

    ``source``: ``owner/name``, or what ``describe`` said of it, then exactly that revision; or a
    Path: a folder that ``save_pretrained`` has written. Its classes have no names but numbers.
    Raises what ``describe`` raises.
    """
    if isinstance(source, Path):
        name, terms, where = source.name, "", "a folder on this computer"
        config_file, weights_file = source / CONFIG, source / WEIGHTS
        for file in (config_file, weights_file):
            if not file.is_file():
                raise CardError("hub_files", model=name, found=file.name)
    else:
        known = source if isinstance(source, HubModel) else describe(source, endpoint)
        name, terms = known.repo_id, known.license
        where = f"https://huggingface.co/{name}, revision {known.revision}"
        config_file = download(name, CONFIG, known.revision, endpoint)
        weights_file = download(name, WEIGHTS, known.revision, endpoint)
    config = _config(name, config_file)
    if (size := weights_file.stat().st_size) > MAX_HUB_BYTES:
        found = -(-size // 2**20)
        raise CardError("hub_large", model=name, found=found, most=MAX_HUB_BYTES // 2**20)
    network = _build(name, config, weights_file)
    count = max(2, config["classes"])
    with weights_file.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    said = terms or "not stated"
    card = Card(
        version=1,
        id="-".join(["hub", *re.findall("[a-z0-9]+", name.lower())]),
        tool="segmenter",
        name=name,
        summary=f"{config['_model_class']}, {config['encoder_name']}; not made or measured here.",
        size=network.STRIDE,  # not known; any multiple of it will do
        classes=tuple(f"class {i}" for i in range(count)),
        networks={"segmenter": NetworkSpec(architecture="wrapped", config=config)},
        sha256=digest,
        bytes=size,
        data=Data(name="not stated", source=where, terms=said, pictures=0, holdout=0),
        recipe=Recipe(command="not stated", images=0, minutes=0, device="not stated"),
        quality=(),
        terms=said,
        segmenting=Segmenting(colors=palette(count), outputs=tuple(range(count))),
    )
    return Loaded(card, {"segmenter": network.to(device)}, device)


def palette(count: int) -> tuple[str, ...]:
    """Colours as far apart in hue as they go, neighbours in the list most of all."""
    colors = []
    for i in range(count):
        # Steps of the golden section never come back to where they were.
        rgb = colorsys.hsv_to_rgb(
            i * 0.618034 % 1, (0.85, 0.55)[i // 8 % 2], (0.95, 0.7)[i // 4 % 2]
        )
        colors.append("#" + "".join(f"{round(255 * value):02x}" for value in rgb))
    return tuple(colors)


@contextmanager
def asking(model: str) -> Iterator[None]:
    """What can go wrong between here and the Hub, as sentences."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        HTTPError,  # type: ignore[attr-defined]  # of whatever library it speaks HTTP with
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        yield
    except LocalEntryNotFoundError as error:  # what a download says without a network
        raise CardError("hub_offline", model=model) from error
    except EntryNotFoundError as error:
        raise CardError("hub_files", model=model, found=f"{CONFIG} or {WEIGHTS}") from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise CardError("hub_missing", model=model) from error
    except (HTTPError, OSError) as error:
        raise CardError("hub_offline", model=model) from error


def download(model: str, name: str, revision: str, endpoint: str | None, bar: Any = None) -> Path:
    """One file of a model, from the Hub or from what was downloaded before; ``bar``: the class
    of the progress bar that is told of it."""
    from huggingface_hub import hf_hub_download

    with asking(model):
        file = hf_hub_download(
            model,
            name,
            revision=revision,
            endpoint=endpoint,
            etag_timeout=TIMEOUT,
            tqdm_class=bar,
        )
    return Path(file)


def _config(model: str, path: Path) -> dict[str, Any]:
    """Settings of a saved model, checked: an architecture that is here, and moderate numbers."""
    import segmentation_models_pytorch as smp

    try:
        given = json.loads(path.read_text(encoding="utf-8"))
        name = given["_model_class"]
        kinds = {kind.__name__: kind for kind in smp.MODEL_ARCHITECTURES_MAPPING.values()}
        known = inspect.signature(kinds[name].__init__).parameters
        # Only what the architecture itself names: anything else would be passed on to others.
        config = {
            key: given.get(key, known[key].default)
            for key in known.keys() - {"self", "kwargs", "activation"}
        }
        sound = (
            re.fullmatch(r"[A-Za-z0-9_.-]+", config["encoder_name"], re.ASCII)
            and config["in_channels"] == 3
            and 1 <= config["classes"] <= MAX_HUB_CLASSES
            and all(0 <= number <= MAX_HUB_WIDTH for number in _numbers(config))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"{CONFIG}: {type(error).__name__} {error}"
        raise CardError("hub_config", model=model, found=found) from error
    if not sound:
        found = {key: config[key] for key in ("encoder_name", "in_channels", "classes")}
        raise CardError("hub_config", model=model, found=f"{CONFIG}: {found}")
    return {"_model_class": name, **config}


def _numbers(value: Any) -> Iterator[float]:
    """All numbers in nested settings."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _numbers(part)
    elif isinstance(value, int | float):
        yield value


def _build(model: str, config: dict[str, Any], weights: Path) -> Wrapped:
    """The network with its weights, in eval mode, after a first pass over nothing."""
    import segmentation_models_pytorch as smp
    import torch
    from safetensors.torch import load_file

    from .networks.wrapped import LEAST, Wrapped

    settings = {key: value for key, value in config.items() if key != "_model_class"}
    settings["encoder_weights"] = None  # what it was started from, which would be downloaded
    if config["_model_class"] == "DPT":
        settings["dynamic_img_size"] = True  # or it would take pictures of one size only
    try:
        net: Any = getattr(smp, config["_model_class"])(**settings)
        net.load_state_dict(load_file(weights))
        network = Wrapped(net, *_normalisation(config)).eval().requires_grad_(False)
        with torch.inference_mode():
            shape = network(torch.zeros(1, 3, LEAST, LEAST // 2)).shape
    # Whatever may be wrong with somebody else's settings and weights is no mistake of ours.
    except Exception as error:
        found = str(error).strip().splitlines()[:2]
        raise CardError("hub_config", model=model, found=" ".join(found)) from error
    if shape != (1, max(2, config["classes"]), LEAST, LEAST // 2):
        raise CardError("hub_config", model=model, found=tuple(shape))
    return network


def _normalisation(config: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of RGB in [0, 1] that the encoder's first weights were trained with."""
    encoder = config["encoder_name"]
    if encoder.startswith("tu-"):
        import timm

        if known := timm.get_pretrained_cfg(encoder.removeprefix("tu-"), allow_unregistered=True):
            return tuple(known.mean), tuple(known.std)
    if config.get("encoder_weights") == "advprop":
        return HALF
    return next((found for start, found in OTHERS.items() if encoder.startswith(start)), IMAGENET)
