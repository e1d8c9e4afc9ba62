"""The Studio: loads each network and each tool once, lazily, on one device."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from .cards import Card, Loaded, load, load_directions, read_card
from .errors import CardError, InputError
from .style_codes import built_in
from .thumbnails import shipped

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import Tensor

WEIGHTS = Path(__file__).resolve().parent.parent / "weights"


class Tool(Protocol):
    """What ``Studio.get`` can make."""

    @classmethod
    def load(cls, studio: Studio) -> Self: ...


T = TypeVar("T", bound=Tool)


class Studio:
    """One device, some folders of weights, and everything loaded from them so far.

    ``device``: ``auto``, ``cpu`` or ``cuda``. ``folders``: further folders of cards and weights,
    searched after the package's own. Nothing is loaded, and torch is not imported, before it
    is needed; loading is safe from several threads.
    """

    def __init__(self, device: str = "auto", folders: Iterable[Path | str] = ()) -> None:
        self._device_name = device
        self._device: torch.device | None = None
        self._folders = [WEIGHTS, *map(Path, folders)]
        self._lock = threading.RLock()
        self._loaded: dict[str, Loaded] = {}
        self._added: dict[str, Card] = {}
        self._directions: dict[str, dict[str, Tensor]] = {}
        self._tools: dict[type, Any] = {}

    @property
    def device(self) -> torch.device:
        """The device all networks are on. Raises InputError when it is not there."""
        if self._device is None:
            from .device import pick_device

            self._device = pick_device(self._device_name)
        return self._device

    def _paths(self) -> dict[str, Path]:
        """Card files by model id; of two with the same id the first folder's counts."""
        found: dict[str, Path] = {}
        for folder in self._folders:
            for path in sorted(folder.glob("*.json")):
                found.setdefault(path.stem, path)
        return found

    def cards(self, tool: str | None = None) -> list[Card]:
        """The valid cards, of one tool or of all, those that were added last.

        A broken card is left out; see ``problems``.
        """
        found = [self._try(path) for id, path in self._paths().items() if id not in self._added]
        return [
            card
            for card in (*found, *self._added.values())
            if isinstance(card, Card) and tool in (None, card.tool)
        ]

    def problems(self) -> list[CardError]:
        """What is wrong with the cards that ``cards`` leaves out."""
        return [
            card for card in map(self._try, self._paths().values()) if isinstance(card, CardError)
        ]

    @staticmethod
    def _try(path: Path) -> Card | CardError:
        try:
            return read_card(path)
        except CardError as error:
            return error

    def card(self, model: str, tool: str | None = None) -> Card:
        """The card of ``model``, of one tool or of any.

        Raises InputError if there is no such model, CardError if its card is broken.
        """
        paths = self._paths()
        card = self._added.get(model) if isinstance(model, str) else None
        if card is None and isinstance(model, str) and model in paths:
            card = read_card(paths[model])
        if card is None or tool not in (None, card.tool):
            known = ", ".join(card.id for card in self.cards(tool)) or "none"
            raise InputError("model", found=model, known=known)
        return card

    def add(self, loaded: Loaded) -> None:
        """Keep a model that is in none of the folders; it takes the place of one with its id."""
        with self._lock:
            self._loaded[loaded.card.id] = loaded
            self._added = {**self._added, loaded.card.id: loaded.card}

    def network(self, model: str) -> Loaded:
        """The loaded model; the same one on every call. Raises InputError or CardError."""
        with self._lock:
            if not isinstance(model, str) or model not in self._loaded:
                paths = self._paths()
                if not isinstance(model, str) or model not in paths:
                    raise InputError("model", found=model, known=", ".join(paths) or "none")
                self._loaded[model] = load(paths[model], self.device)
            return self._loaded[model]

    def directions(self, model: str) -> dict[str, Tensor]:
        """Latent directions of a generator by method, on the device; empty if it has none.

        See ``pipelines.cards.Directions``. Raises InputError or CardError.
        """
        with self._lock:
            if not isinstance(model, str) or model not in self._directions:
                self.card(model, "generator")
                self._directions[model] = load_directions(self._paths()[model], self.device)
            return self._directions[model]

    def thumbnails(self, model: str) -> dict[str, Image.Image]:
        """Thumbnails that ship with a style model, by style; empty if it has none.

        Raises InputError or CardError.
        """
        card, path = self.card(model, "style"), self._paths().get(model)
        if path is None or model in self._added:
            return {}
        return shipped(path, card, [id for id, _ in built_in(card)])

    def card_file(self, model: str) -> Path:
        """Where a model's card lies. Raises InputError if it is in none of the folders."""
        paths = self._paths()
        if model not in paths:
            raise InputError("model", found=model, known=", ".join(paths) or "none")
        return paths[model]

    def sheet(self, model: str) -> Path | None:
        """What the model made, ``pictures/<id>.webp`` beside its card, or None if there is none."""
        path = self._paths().get(model)
        if path is None or model in self._added:
            return None
        sheet = path.parent / "pictures" / f"{model}.webp"
        return sheet if sheet.is_file() else None

    def get(self, tool: type[T]) -> T:
        """The tool, made once: ``studio.get(Sampler)``."""
        with self._lock:
            if tool not in self._tools:
                self._tools[tool] = tool.load(self)
            return self._tools[tool]
