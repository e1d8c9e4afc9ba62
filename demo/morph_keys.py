"""What the Morph tab does with its key frames: thin listeners over the Morpher."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError
from pipelines.limits import MAX_KEYS

from .inputs import Choice
from .tab import spoken
from .words import class_name, say

if TYPE_CHECKING:
    from pipelines import Studio

ANY = "any"
SLIDERS = 6
# What the tab opens with.
EXAMPLES = ((1, "sea"), (2, "mountain"), (3, "forest"))

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Entry = dict[str, Any]
Entries = list[dict[str, Any]]
Shown = tuple[Any, ...]  # keys, gallery, chosen


def examples(classes: Sequence[str]) -> Entries:
    """The first keys of a model; classes it does not have are left to the seeds."""
    return [{"seed": seed, "label": name if name in classes else None} for seed, name in EXAMPLES]


def untouched(keys: Entries) -> bool:
    """Whether nobody has changed the first keys yet."""
    seeds = [key.get("seed") for key in keys or [] if not key.keys() - {"seed", "label"}]
    return not keys or (seeds == [seed for seed, _ in EXAMPLES] and len(keys) == len(seeds))


class KeyHandlers:
    """The listeners that add, move, change and remove key frames."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def show(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """The keys as a gallery, one of them marked; classes are filled in."""
        from pipelines import Morpher

        with spoken(request):
            morpher = self._studio.get(Morpher)
            known = [morpher.key(key, model) for key in keys or []]
            images = list(morpher.pictures(known, model)) if known else []
        captions = []
        for i, key in enumerate(known):
            name = class_name(key.label or "", request)
            source = say("morph.from_photo", request) if key.latent else str(key.seed)
            mark = " ✎" if key.shifts else ""
            captions.append(f"{i + 1} · {name} · {source}{mark}")
        chosen = max(0, min(int(chosen), len(known) - 1))
        gallery = gr.Gallery(
            list(zip(images, captions, strict=True)), selected_index=chosen if known else None
        )
        return [key.to_json() for key in known], gallery, chosen

    def add(self, keys: Entries, model: str, label: str, seed: int, request: gr.Request) -> Shown:
        """A further key from a seed and a class."""
        entry = {"seed": seed, "label": None if label in (ANY, None, "") else label}
        return self._appended(keys, entry, model, request)

    def copy(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """The chosen key once more, after itself."""
        if not keys:
            return (gr.skip(),) * 3
        i = int(chosen)
        keys = [*keys[: i + 1], keys[i], *keys[i + 1 :]]
        self._room(keys, request)
        return self.show(keys, model, i + 1, request)

    def remove(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """Take the chosen key out."""
        keys = [key for i, key in enumerate(keys or []) if i != chosen]
        return self.show(keys, model, chosen, request)

    def left(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """Swap the chosen key with the one before it."""
        return self._swapped(keys, model, int(chosen), -1, request)

    def right(self, keys: Entries, model: str, chosen: int, request: gr.Request) -> Shown:
        """Swap the chosen key with the one after it."""
        return self._swapped(keys, model, int(chosen), 1, request)

    def choose(self, event: gr.SelectData) -> int:
        return event.index

    def put(
        self, keys: Entries, model: str, chosen: int, moved: Entry, request: gr.Request
    ) -> Shown:
        """The chosen key as the direction sliders left it."""
        if not keys or not moved:
            return (gr.skip(),) * 3
        keys = [moved if i == chosen else key for i, key in enumerate(keys)]
        return self.show(keys, model, chosen, request)

    def receive(self, keys: Entries, model: str, parcel: Entry, request: gr.Request) -> Shown:
        """A picture sent from another tab, as a further key; examples make room for the first.

        Returns what ``show`` does, and the model.
        """
        if untouched(keys):
            keys, model = [], parcel["model"]
        shown = self._appended(keys, parcel, model, request)
        count = len(shown[0])
        key = "morph.received" if count > 1 else "morph.received_one"
        gr.Info(say(key, request, count=count), duration=5)
        return *shown, model

    def change_model(self, keys: Entries, model: str, label: str, request: gr.Request) -> Shown:
        """The keys of another model: seeds stay, classes where it has them, photos cannot."""
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
        return *self.show(kept, model, 0, request), self.class_menu(model, label, request)

    def class_menu(self, model: str, chosen: str, request: gr.Request | None) -> Choice:
        """The classes of a model in the person's language."""
        card = next((c for c in self._studio.cards("generator") if c.id == model), None)
        names = card.classes if card else ()
        choices = [(say("generate.any", request), ANY)]
        choices += [(class_name(name, request), name) for name in names]
        return Choice(choices=choices, value=chosen if chosen in names else ANY)

    def invert(
        self, keys: Entries, model: str, path: str | None, request: gr.Request
    ) -> Iterator[Shown]:
        """Find an own photo in latent space, shown beside what was found, and add it as a key.

        Yields what ``show`` gives, a note, the two pictures, and the emptied upload area.
        """
        from pipelines import Key, Morpher
        from pipelines.media import read_picture

        still = (gr.skip(),) * 3
        if not path:
            yield (*still, gr.skip(), gr.skip(), gr.skip())
            return
        with spoken(request):
            self._room([*(keys or []), {}], request)
            step = None
            for step in self._studio.get(Morpher).invert_steps(read_picture(path), model):
                note = say("morph.searching", request, done=step.done, total=step.total)
                yield (*still, note, gr.Image(step.preview, visible=True), gr.skip())
            assert step
            found = step.partial
            entry = Key(latent=found.latent, label=found.label).to_json()
        shown = self._appended(keys, entry, model, request)
        name = class_name(found.label, request)
        yield (*shown, say("morph.found", request, name=name), gr.skip(), None)

    def _appended(self, keys: Entries, entry: Entry, model: str, request: gr.Request) -> Shown:
        keys = [*(keys or []), entry]
        self._room(keys, request)
        return self.show(keys, model, len(keys) - 1, request)

    def _swapped(self, keys: Entries, model: str, i: int, step: int, request: gr.Request) -> Shown:
        j = i + step
        if not keys or not 0 <= j < len(keys):
            return (gr.skip(),) * 3
        keys = list(keys)
        keys[i], keys[j] = keys[j], keys[i]
        return self.show(keys, model, j, request)

    @staticmethod
    def _room(keys: Entries, request: gr.Request) -> None:
        with spoken(request):
            if len(keys) > MAX_KEYS:
                raise InputError("keys", found=len(keys), least=2, most=MAX_KEYS)
