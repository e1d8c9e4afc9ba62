"""What the Morph tab does with its key frames: thin listeners over the Morpher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.limits import MAX_KEYS

from .menus import ANY, class_menu
from .shown import Picture, Pictures
from .tab import spoken
from .words import class_name, say

if TYPE_CHECKING:
    from pipelines import Studio

SLIDERS = 6
# What the tab opens with.
EXAMPLES = ((1, "sea"), (2, "mountain"), (3, "forest"))

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entry = dict[str, Any]
Entries = list[dict[str, Any]]
Shown = tuple[Any, ...]  # keys, chosen


def examples(classes: Sequence[str]) -> Entries:
    """The first keys of a model; classes it does not have are left to the seeds."""
    return [{"seed": seed, "label": name if name in classes else None} for seed, name in EXAMPLES]


def untouched(keys: Entries) -> bool:
    """Whether nobody has changed the first keys yet."""
    seeds = [key.get("seed") for key in keys or [] if not key.keys() - {"seed", "label"}]
    return not keys or (seeds == [seed for seed, _ in EXAMPLES] and len(keys) == len(seeds))


class KeyHandlers:
    """The listeners that add, move and remove key frames, and those that draw them.

    Changing the list takes no device and answers at once; whatever is drawn afterwards comes from
    the list as it is by then. So nothing is lost that a person does while the device is busy.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def checked(self, keys: Entries, model: str, request: gr.Request) -> Entries:
        """The keys with their classes filled in."""
        from pipelines import Morpher

        with spoken(request):
            morpher = self._studio.get(Morpher)
            return [morpher.key(key, model).to_json() for key in keys or []]

    def draw(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """The gallery with the chosen key marked, and that key large."""
        pictures = self._captioned(keys, model, request)
        if not pictures:
            return Pictures([], selected_index=None), None
        chosen = min(int(chosen), len(pictures) - 1)
        return Pictures(pictures, selected_index=chosen), pictures[chosen][0]

    def redraw(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """The same after a key has changed; whatever is marked by now stays marked."""
        pictures = self._captioned(keys, model, request)
        large = pictures[min(int(chosen), len(pictures) - 1)][0] if pictures else None
        return Pictures(pictures), large

    def look(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Any:
        """The chosen key large."""
        if not keys:
            return None
        from pipelines import Morpher

        with spoken(request):
            key = keys[min(int(chosen), len(keys) - 1)]
            (image,) = self._studio.get(Morpher).pictures([key], model)
        return image

    def _captioned(self, keys: Entries, model: str, request: gr.Request) -> list[Any]:
        if not keys:
            return []
        from pipelines import Morpher

        with spoken(request):
            morpher = self._studio.get(Morpher)
            known = [morpher.key(key, model) for key in keys]
            images = morpher.pictures(known, model)
        captions = []
        for i, key in enumerate(known):
            name = class_name(key.label or "", request)
            source = say("morph.key_seed", request, seed=key.seed)
            source = say("morph.from_photo", request) if key.latent else source
            mark = " ✎" if key.shifts else ""
            captions.append(f"{i + 1} · {name}\n{source}{mark}")
        return list(zip(images, captions, strict=True))

    def add(self, keys: Entries, model: str, label: str, seed: int, request: gr.Request) -> Shown:
        """A further key from a seed and a class."""
        entry = {"seed": seed, "label": None if label in (ANY, None, "") else label}
        return self._appended(keys, entry, model, request)

    def copy(self, keys: Entries, chosen: int, request: gr.Request) -> Shown:
        """The chosen key once more, after itself."""
        if not keys:
            return (gr.skip(),) * 2
        i = int(chosen)
        keys = [*keys[: i + 1], keys[i], *keys[i + 1 :]]
        self._room(keys, request)
        return keys, i + 1

    def remove(self, keys: Entries, chosen: int) -> Shown:
        """Take the chosen key out."""
        keys = [key for i, key in enumerate(keys or []) if i != chosen]
        return keys, max(0, min(int(chosen), len(keys) - 1))

    def left(self, keys: Entries, chosen: int) -> Shown:
        """Swap the chosen key with the one before it."""
        return self._swapped(keys, int(chosen), -1)

    def right(self, keys: Entries, chosen: int) -> Shown:
        """Swap the chosen key with the one after it."""
        return self._swapped(keys, int(chosen), 1)

    def receive(self, keys: Entries, model: str, parcel: Entry, request: gr.Request) -> Shown:
        """A picture sent from another tab, as a further key; examples make room for the first.

        Returns keys, chosen and the model.
        """
        if untouched(keys):
            keys, model = [], parcel["model"]
        shown = self._appended(keys, parcel, model, request)
        count = len(shown[0])
        key = "morph.received" if count > 1 else "morph.received_one"
        gr.Info(say(key, request, count=count), duration=5)
        return *shown, model

    def change_model(self, keys: Entries, model: str, label: str, request: gr.Request) -> Shown:
        """The keys of another model: seeds stay, classes where it has them, photos cannot.

        Returns keys, chosen and the class menu.
        """
        with spoken(request):
            card = self._studio.card(model, "generator")
        kept = []
        for key in keys or []:
            if key.get("latent"):
                continue
            plain = {k: v for k, v in key.items() if k not in ("shifts", "model")}
            if plain.get("label") not in card.classes:
                plain["label"] = None
            kept.append(plain)
        if len(kept) < len(keys or []):
            gr.Warning(say("morph.photos_left", request))
        menu = class_menu(self._studio.cards("generator"), model, label, request)
        return self.checked(kept, model, request), 0, menu

    def invert(
        self, keys: Entries, model: str, path: str | None, request: gr.Request
    ) -> Iterator[Shown]:
        """Find an own photo in latent space, shown beside what was found.

        Yields the key found so far, a note, and the two pictures.
        """
        from pipelines import Key, Morpher
        from pipelines.media import read_picture

        yield None, gr.skip(), gr.skip()  # what an earlier photo gave
        if not path:
            return
        with spoken(request):
            self._room([*(keys or []), {}], request)
            for step in self._studio.get(Morpher).invert_steps(read_picture(path), model):
                found = step.partial
                entry = Key(latent=found.latent, label=found.label).to_json()
                note = say("morph.searching", request, done=step.done, total=step.total)
                yield {**entry, "model": model}, note, Picture(step.preview, visible=True)

    def take(self, keys: Entries, model: str, found: Entry | None, request: gr.Request) -> Shown:
        """What was found of a photo, however the search has ended, becomes a key.

        Returns keys, chosen, what is found now (nothing), a note, the two pictures, and the
        emptied upload area.
        """
        if not found:
            hint, hidden = say("morph.photo_hint", request), Picture(visible=False)
            return gr.skip(), gr.skip(), None, hint, hidden, None
        shown = self._appended(keys, found, model, request)
        name = class_name(found["label"], request)
        return *shown, None, say("morph.found", request, name=name), gr.skip(), None

    def _appended(self, keys: Entries, entry: Entry, model: str, request: gr.Request) -> Shown:
        keys = [*(keys or []), entry]
        self._room(keys, request)
        return self.checked(keys, model, request), len(keys) - 1

    @staticmethod
    def _swapped(keys: Entries, i: int, step: int) -> Shown:
        j = i + step
        if not keys or not 0 <= j < len(keys):
            return (gr.skip(),) * 2
        keys = list(keys)
        keys[i], keys[j] = keys[j], keys[i]
        return keys, j

    @staticmethod
    def _room(keys: Entries, request: gr.Request) -> None:
        with spoken(request):
            if len(keys) > MAX_KEYS:
                raise InputError("keys", found=len(keys), least=2, most=MAX_KEYS)
