"""Downloads out of the Hugging Face Hub that say how far they are, and can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from .hub import CONFIG, WEIGHTS, HubModel, download
from .hub_pipeline import HubPipeline, load_pipeline, looked_up
from .steps import awaited

if TYPE_CHECKING:
    import torch

PAUSE = 0.5  # seconds between two reports


class _Stopped(Exception):
    """Nobody waits for the files any more."""


def fetch(
    model: str, files: Sequence[str], size: int, revision: str, endpoint: str | None = None
) -> Iterator[float]:
    """Download files of a model, one after another; yields the share that has arrived, 0 to 1.

    ``size``: bytes of all of them, about. Yields nothing if they are all there. Closing the
    iterator ends the download at the next chunk, or at the end of a file where the Hub's own
    protocol does not tell of chunks; whole files stay. Raises CardError.
    """
    from huggingface_hub import try_to_load_from_cache

    kept = [try_to_load_from_cache(model, name, revision=revision) for name in files]
    if all(isinstance(path, str) for path in kept):
        return
    stopped, counted = threading.Event(), _Count()
    bar = _bar(stopped, counted)

    def work() -> None:
        for name in files:
            if stopped.is_set():
                return
            path = download(model, name, revision, endpoint, bar)
            counted.whole += path.stat().st_size
            counted.part = 0

    yield 0.0
    try:
        for _ in awaited(work, PAUSE):
            yield min(1.0, (counted.whole + counted.part) / max(1, size))
    finally:
        stopped.set()


class _Count:
    """Bytes of files that are ``whole``, and of the one under way."""

    whole = 0
    part = 0


def _bar(stopped: threading.Event, counted: _Count) -> Any:
    """A progress bar as the Hub's client wants one; nobody sees it."""
    from huggingface_hub.utils import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **{**settings, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            if stopped.is_set():
                raise _Stopped
            counted.part += int(n or 0)
            return super().update(n)

    return Bar


def _best() -> torch.device:
    from .device import pick_device

    return pick_device()


def fetch_model(model: HubModel, endpoint: str | None = None) -> Iterator[float]:
    """What ``hub.load_hub`` then finds in place; see ``fetch``."""
    return fetch(model.repo_id, (CONFIG, WEIGHTS), model.bytes, model.revision, endpoint)


class Pipelines:
    """Pipelines of the Hub: downloaded and loaded with reports; the last one is kept, and only
    that: they are large."""

    def __init__(
        self,
        device: Callable[[], torch.device] | None = None,
        load: Callable[[str], Any] | None = None,
        endpoint: str | None = None,
    ) -> None:
        """``device``: asked for as late as possible, None for the best there is; ``load``: a
        pipeline by its id, instead of the Hub's; ``endpoint``: address of another Hub."""
        self._device = device or _best
        self._load = load
        self._endpoint = endpoint
        self._kept: tuple[str, Any] | None = None
        self._lock = threading.Lock()

    def get(self, source: str) -> Any:
        """A pipeline, without reports. Raises as ``hub_pipeline.load_pipeline``."""
        with self._lock:
            return self._loaded(source, source)

    def steps(self, source: str) -> Iterator[float]:
        """Make ready what ``get`` returns; yields the share that is downloaded, 0 to 1.

        Yields nothing if there is nothing to wait for. Raises as ``get`` does.
        """
        kept = self._kept
        if self._load or (kept and kept[0] == source):
            return
        known: str | HubPipeline = source
        for found in awaited(partial(looked_up, source, self._device(), self._endpoint), PAUSE):
            if found is None:
                yield 0.0
            else:
                known = found
        if isinstance(known, HubPipeline):
            yield from fetch(
                known.repo_id, known.files, known.bytes, known.revision, self._endpoint
            )
        for _ in awaited(partial(self._locked, source, known), PAUSE):
            yield 1.0

    def _locked(self, source: str, known: str | HubPipeline) -> bool:
        with self._lock:
            self._loaded(source, known)
        return True

    def _loaded(self, source: str, known: str | HubPipeline) -> Any:
        if self._kept is None or self._kept[0] != source:
            self._kept = None
            if self._load:
                made = self._load(source)
            else:
                made = load_pipeline(known, self._device(), self._endpoint)
            self._kept = source, made
        return self._kept[1]
