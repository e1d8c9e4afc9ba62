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
    from torch import nn

CONFIG, WEIGHTS = "config.json", "model.safetensors"
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
    from huggingface_hub import HfApi

    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", str(repo_id), re.ASCII):
        raise InputError("hub_name", found=repo_id)
    with _asking(repo_id):
        info = HfApi(endpoint).model_info(repo_id, files_metadata=True, timeout=TIMEOUT)
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or ()}
    for name in (CONFIG, WEIGHTS):
        if name not in sizes:
            raise CardError("hub_files", model=repo_id, found=name)
    if max(sizes[CONFIG] * 2**10, sizes[WEIGHTS]) > MAX_HUB_BYTES:
        found = -(-sizes[WEIGHTS] // 2**20)
        raise CardError("hub_large", model=repo_id, found=found, most=MAX_HUB_BYTES // 2**20)
    revision = str(info.sha)
    config = _config(repo_id, _download(repo_id, CONFIG, revision, endpoint))
    said = getattr(info.card_data, "license", None)
    return HubModel(
        repo_id=repo_id,
        revision=revision,
        bytes=sizes[WEIGHTS],
        license=said if isinstance(said, str) else ", ".join(said or ()),
        encoder=config["encoder_name"],
        classes=config["classes"],
        architecture=config["_model_class"],
    )


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
        config_file = _download(name, CONFIG, known.revision, endpoint)
        weights_file = _download(name, WEIGHTS, known.revision, endpoint)
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
        summary=f"{config['_model_class']} with {config['encoder_name']}, not made or measured here.",
        size=network.STRIDE,
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
        rgb = colorsys.hsv_to_rgb(i * 0.618034 % 1, (0.85, 0.55)[i // 8 % 2], (0.95, 0.7)[i // 4 % 2])
        colors.append("#" + "".join(f"{round(255 * value):02x}" for value in rgb))
    return tuple(colors)


@contextmanager
def _asking(model: str) -> Iterator[None]:
    """What can go wrong between here and the Hub, as sentences."""
    from httpx import HTTPError
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
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
    except (GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise CardError("hub_missing", model=model) from error
    except (HTTPError, OSError) as error:
        raise CardError("hub_offline", model=model) from error


def _download(model: str, name: str, revision: str, endpoint: str | None) -> Path:
    from huggingface_hub import hf_hub_download

    with _asking(model):
        file = hf_hub_download(
            model, name, revision=revision, endpoint=endpoint, etag_timeout=TIMEOUT
        )
    return Path(file)


def _config(model: str, path: Path) -> dict[str, Any]:
    """The settings of a saved model, checked: an architecture that is here, nothing else."""
    import segmentation_models_pytorch as smp

    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        kinds = {kind.__name__: kind for kind in smp.MODEL_ARCHITECTURES_MAPPING.values()}
        kind = kinds[config["_model_class"]]
        known = inspect.signature(kind.__init__).parameters
        config = {key: value for key, value in config.items() if key in known or key[0] == "_"}
        config = {"encoder_name": "resnet34", "in_channels": 3, "classes": 1, **config}
        # What it was started from does not matter any more, and logits are wanted.
        config = {**config, "encoder_weights": None, "activation": None, **_started_from(config)}
        numbers = [v for v in _leaves(config) if isinstance(v, int | float)]
        sound = (
            re.fullmatch(r"[A-Za-z0-9_.-]+", config["encoder_name"], re.ASCII)
            and config["in_channels"] == 3
            and 1 <= config["classes"] <= MAX_HUB_CLASSES
            and all(0 <= number <= MAX_HUB_WIDTH for number in numbers)
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"{CONFIG}: {type(error).__name__} {error}"
        raise CardError("hub_config", model=model, found=found) from error
    if not sound:
        raise CardError("hub_config", model=model, found=f"{CONFIG}: {config}")
    return config
