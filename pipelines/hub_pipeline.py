"""Stable Diffusion pipelines out of the Hugging Face Hub, for ``hub_inpaint``.

As in ``hub``, only numbers and settings are taken from there: safetensors, and no class but
those listed here. Pickled weights and code are not even downloaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import CardError
from .hub import MAX_CONFIG, download, look_up, terms_of
from .limits import MAX_PIPELINE_BYTES

if TYPE_CHECKING:
    import torch

DEFAULT = "stable-diffusion-v1-5/stable-diffusion-inpainting"
INDEX = "model_index.json"
KINDS = re.compile("StableDiffusion(XL)?(Inpaint)?Pipeline")
# Parts of a pipeline, by the class that its index names; of the first group the weights' file.
WEIGHTS = {
    "UNet2DConditionModel": "diffusion_pytorch_model",
    "AutoencoderKL": "diffusion_pytorch_model",
    "CLIPTextModel": "model",
    "CLIPTextModelWithProjection": "model",
    "StableDiffusionSafetyChecker": "model",
}
PLAIN = re.compile(
    "CLIPTokenizer(Fast)?|CLIPImageProcessor|CLIPFeatureExtractor|[A-Za-z]+Scheduler"
)
WORK = 1.5 * 2**30  # bytes of memory needed beside the weights


@dataclass(frozen=True)
class HubPipeline:
    """What a pipeline of the Hub is, before anything large is downloaded.

    ``revision``: the commit described, which is the one that will be loaded. ``files``: those
    that are needed, ``bytes``: their size. ``half``: weights are in half precision. ``license``:
    as its authors say, "" where they do not.
    """

    repo_id: str
    revision: str
    files: tuple[str, ...]
    bytes: int
    half: bool
    license: str


def describe_pipeline(repo_id: str, endpoint: str | None = None) -> HubPipeline:
    """Look a pipeline up in the Hub; of its files only the small index is read.

    ``repo_id``: ``owner/name``. ``endpoint``: address of another Hub. Raises InputError for what
    is no model's name; CardError when there is no such model, it cannot be used or is too large,
    or the Hub cannot be reached.
    """
    info, sizes = look_up(repo_id, endpoint)
    if INDEX not in sizes:
        raise CardError("pipeline_files", model=repo_id, found=INDEX)
    if sizes[INDEX] > MAX_CONFIG:
        raise CardError("pipeline_kind", model=repo_id, found=f"{INDEX}: {sizes[INDEX]} bytes")
    revision = str(info.sha)
    files = _needed(repo_id, download(repo_id, INDEX, revision, endpoint), sizes)
    size = sum(sizes[name] for name in files)
    half = any(".fp16." in name for name in files)
    return HubPipeline(repo_id, revision, files, size, half, terms_of(info))


def load_pipeline(
    source: str | HubPipeline | Path, device: torch.device, endpoint: str | None = None
) -> Any:
    """Download a pipeline and build it, in half precision on a GPU, for ``hub_fill``.

    ``source``: ``owner/name``, without a network as it was downloaded last; or what
    ``describe_pipeline`` said, then exactly that revision; or a Path: a folder that
    ``save_pretrained`` has written. Raises what ``describe_pipeline`` raises, and CardError if
    there is not enough memory for it.
    """
    if isinstance(source, Path):
        return _built(source.name, source, device)
    try:
        known = source if isinstance(source, HubPipeline) else describe_pipeline(source, endpoint)
    except CardError as error:
        folder = _kept(str(source)) if error.code == "hub_offline" else None
        if folder is None:
            raise
        return _built(str(source), folder, device)
    _check_memory(known.repo_id, known.bytes, known.half, device)
    kept = {name: download(known.repo_id, name, known.revision, endpoint) for name in known.files}
    return _built(known.repo_id, kept[INDEX].parent, device)


def looked_up(source: str, device: torch.device, endpoint: str | None = None) -> HubPipeline | str:
    """What is to be downloaded of a pipeline that will fit the memory, or its name if there is
    no network and it is here. Raises what ``load_pipeline`` raises."""
    try:
        known = describe_pipeline(source, endpoint)
    except CardError as error:
        if error.code != "hub_offline" or _kept(source) is None:
            raise
        return source
    _check_memory(known.repo_id, known.bytes, known.half, device)
    return known


def _needed(model: str, index: Path, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Files of a pipeline that are needed, after a look at what its index says it is."""
    try:
        given = json.loads(index.read_text(encoding="utf-8"))
        kind = given["_class_name"]
        parts = {
            name: said[1]
            for name, said in given.items()
            if isinstance(said, list) and said[1] is not None
        }
        # Names of parts are folders; whatever else an index might name is not looked for.
        sound = KINDS.fullmatch(kind) and all(
            re.fullmatch("[a-z0-9_]+", name) and (cls in WEIGHTS or PLAIN.fullmatch(cls))
            for name, cls in parts.items()
        )
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        found = f"{INDEX}: {type(error).__name__} {error}"
        raise CardError("pipeline_kind", model=model, found=found) from error
    if not sound:
        found = ", ".join([kind, *map(str, parts.values())])
        raise CardError("pipeline_kind", model=model, found=found)
    files = [INDEX]
    for name, cls in parts.items():
        if cls in WEIGHTS:
            usual = f"{name}/{WEIGHTS[cls]}.safetensors"
            half = usual.replace(".safetensors", ".fp16.safetensors")
            if half not in sizes and usual not in sizes:
                raise CardError("pipeline_files", model=model, found=usual)
            files += [f"{name}/config.json", half if half in sizes else usual]
        else:
            files += [file for file in sizes if re.fullmatch(rf"{name}/[\w.-]+\.(json|txt)", file)]
    size = sum(sizes.get(file, 0) for file in files)
    if size > MAX_PIPELINE_BYTES:
        raise CardError(
            "hub_large", model=model, found=-(-size // 2**20), most=MAX_PIPELINE_BYTES // 2**20
        )
    if missing := [file for file in files if file not in sizes]:
        raise CardError("pipeline_files", model=model, found=missing[0])
    return tuple(files)


def _kept(model: str) -> Path | None:
    """The folder a pipeline was downloaded to last, if it is still there."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repos = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except CacheNotFound:
        return None
    kept = [r for repo in repos if repo.repo_id == model for r in repo.revisions]
    for revision in sorted(kept, key=lambda kept: -kept.last_modified):
        try:
            _needed(model, revision.snapshot_path / INDEX, _sizes(revision.snapshot_path))
        except CardError:
            continue  # only its index was looked at
        return revision.snapshot_path
    return None


def _sizes(folder: Path) -> dict[str, int]:
    files = [file for pattern in ("*", "*/*") for file in folder.glob(pattern) if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}


def _built(model: str, folder: Path, device: torch.device) -> Any:
    """The pipeline in a folder, ready for work."""
    sizes = _sizes(folder)
    if INDEX not in sizes:
        raise CardError("pipeline_files", model=model, found=INDEX)
    files = _needed(model, folder / INDEX, sizes)
    half = any(".fp16." in name for name in files)
    _check_memory(model, sum(sizes[name] for name in files), half, device)
    import torch
    from diffusers.pipelines.auto_pipeline import AutoPipelineForInpainting
    from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler

    try:
        pipeline: Any = AutoPipelineForInpainting.from_pretrained(
            folder,
            use_safetensors=True,
            variant="fp16" if half else None,
            dtype=torch.float16 if device.type == "cuda" else torch.float32,
            local_files_only=True,
        )
        # Good after 20 to 30 steps, and tells after each what picture it expects.
        pipeline.scheduler = DPMSolverMultistepScheduler.from_config(pipeline.scheduler.config)
        if device.type == "cuda":
            pipeline.enable_model_cpu_offload(device=device)
    # Whatever may be wrong with somebody else's settings and weights is no mistake of ours.
    except Exception as error:
        if memory_ran_out(error):
            raise CardError("hub_exhausted") from error
        found = " ".join(str(error).strip().splitlines()[:2])
        raise CardError("pipeline_kind", model=model, found=found) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _check_memory(model: str, size: int, half: bool, device: torch.device) -> None:
    """Raises CardError if weights of so many bytes will not fit."""
    import psutil

    want_half = device.type == "cuda"
    need = size * (1 if half == want_half else 2 if half else 0.5) + WORK
    free = psutil.virtual_memory().available
    if need > free:
        found, most = f"{need / 2**30:.1f}", f"{free / 2**30:.1f}"
        raise CardError("hub_memory", model=model, found=found, most=most)


def memory_ran_out(error: BaseException) -> bool:
    """Whether there was no memory left, on whatever device."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
