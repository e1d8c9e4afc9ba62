"""What belongs to the page and not to a tab: header, settings from a PNG or from the URL."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import gradio as gr

from .laboratory import Laboratory
from .photo import Photo, photo_input
from .results import Downloads
from .tab import FAST, PRIVATE, spoken
from .words import label, language

if TYPE_CHECKING:
    from gradio.events import Dependency

    from pipelines import Studio

# An error ends a listener that runs in the browser, and with it whatever follows on its success:
# nothing is asked of the server, and nobody is told.
OURS = """(settings) => {
  if (settings?.tab !== %s && (settings?.language ?? "en") === "en")
    throw new Error("settings of another tab");
}"""
Settings = dict[str, Any]
Follow = Callable[["Dependency"], None]
# Parameters of a URL that are JSON, and those that are text; the tabs know what they mean.
LISTS = ("path", "keys", "margins", "style", "size", "units", "models")
TEXTS = (
    "label", "truncation", "count", "best_of", "frames", "method", "easing", "loop", "fps",
    "scale", "threshold", "variants", "sampling_steps", "sampler", "grow", "feather", "invert",
    "prompt", "negative_prompt", "strength", "guidance", "blend", "keep_colors", "outside",
    "iterations", "refine", "strokes", "radius",
    "seamless", "block", "second", "second_seed", "across", "layer", "part", "columns",
)  # fmt: skip


@dataclass
class Page:
    """What tabs share: settings to restore, pictures sent from tab to tab, files to download."""

    settings: gr.JSON
    parcel: gr.JSON
    picture: Photo = field(default_factory=lambda: photo_input(format="png", visible=False))
    """A picture sent from tab to tab, where what made it is of no use to the other."""
    mask: Photo = field(default_factory=lambda: photo_input(format="png", visible=False))
    """Which part of ``picture`` is meant, where the tab that sent it knows."""
    lab: Laboratory | None = None
    """Where models are trained; None: not here."""
    here: gr.Tab | None = None
    """The tab that is being built."""
    downloads: Downloads = field(default_factory=Downloads)
    openers: list[Dependency] = field(default_factory=list)
    followers: list[tuple[int | str | None, Follow]] = field(default_factory=list)
    senders: list[tuple[str, str, Dependency, bool]] = field(default_factory=list)
    receivers: list[tuple[str, str, Follow]] = field(default_factory=list)
    finishers: list[Callable[[], object]] = field(default_factory=list)

    def opens(self, event: Dependency) -> None:
        """Say that ``event`` fills ``settings``, as a PNG or a link does."""
        self.openers.append(event)

    def on_settings(self, follow: Follow) -> None:
        """Have ``follow`` attach a listener after every event that fills ``settings`` with those
        of the tab that is being built. To a page that is opened in another language than English
        every tab listens, whatever the settings: menus want to be translated."""
        self.followers.append((self.here and self.here.id, follow))

    def send(self, tab: str, event: Dependency, turn: bool = False, kind: str = "") -> None:
        """Tell ``tab`` that ``event`` puts settings of a picture into ``parcel``, or the picture
        into ``picture``, and for Inpaint and Style its mask, or None, into ``mask``; with ``turn``
        the page turns to that tab. ``kind``: what the picture is to the tab, if it is not what
        the tab works on: "style" for Style, "fill" for Inpaint, "photo" for Morph."""
        self.senders.append((tab, kind, event, turn))

    def on_parcel(self, tab: str, follow: Follow, kind: str = "") -> None:
        """Have ``follow`` attach a listener after every event that sends ``tab`` something of
        this ``kind``, see ``send``."""
        self.receivers.append((tab, kind, follow))

    def when_wired(self, attach: Callable[[], object]) -> None:
        """Have ``attach`` called once all of the above have attached their listeners."""
        self.finishers.append(attach)


def header() -> tuple[gr.UploadButton, Page]:
    """Name, tagline, and the button that opens a PNG made here."""
    with gr.Row(elem_id="header", equal_height=True):
        with gr.Column(scale=3, min_width=260):
            gr.HTML('<h1 id="name">Pentimento</h1>', padding=False)
            gr.Markdown(label("app.tagline"), elem_id="tagline")
        with gr.Column(scale=2, min_width=260, elem_id="restore-area"):
            upload = gr.UploadButton(
                label("app.restore"), size="md", elem_id="restore", type="filepath"
            )
            gr.Markdown(label("app.restore_hint"), elem_id="restore-hint")
    return upload, Page(gr.JSON(label="Settings", visible=False), gr.JSON(visible=False))


def wire(
    blocks: gr.Blocks,
    studio: Studio,
    page: Page,
    upload: gr.UploadButton,
    tabs: gr.Tabs,
    names: Collection[str],
) -> None:
    """Fill ``settings`` from an opened PNG and from the URL, and tell the tabs."""

    def restore(file: str | None = None, request: gr.Request | None = None) -> Settings:
        """Read how a PNG downloaded from Pentimento was made.

        Args:
            file: the PNG, unchanged since its download; without one, the first example is read
        Returns: tab, model, weights hash, seed and parameters of the picture
        """
        from pipelines import InputError, PictureError, Point
        from pipelines.latents import seed_class
        from pipelines.sampler import settings_of
        from pipelines.settings import read_settings

        with spoken(request):
            if file is None:
                cards = studio.cards("generator")
                if not cards:
                    raise InputError("model", found=None, known="none")
                card = cards[0]
                label = card.classes[seed_class(0, len(card.classes))]
                return settings_of(card, Point(0), label, 1.0).model_dump()
            settings = read_settings(file)
            if settings.tab not in names:
                raise PictureError("unknown_tab", found=settings.tab)
            return settings.model_dump()

    def visit(request: gr.Request) -> Settings:
        return {**from_url(request.query_params), "language": language(request)}

    first = next(iter(names), None)

    def turn(settings: Settings) -> Any:
        tab = (settings or {}).get("tab")
        return gr.Tabs(selected=tab) if tab in names else gr.skip()

    def arrive(settings: Settings) -> Any:
        """The first tab is open already, unless somebody was quicker than the page."""
        return gr.skip() if (settings or {}).get("tab") == first else turn(settings)

    opened = upload.upload(restore, upload, page.settings, api_name="restore")
    visited = blocks.load(visit, None, page.settings, **PRIVATE)
    for event in (opened, visited, *page.openers):
        event.success(arrive if event is visited else turn, page.settings, tabs, **FAST)
        ours: dict[int | str | None, Dependency] = {first: event, None: event}
        for tab, follow in page.followers:
            if tab not in ours:
                js = OURS % json.dumps(tab)
                ours[tab] = event.success(None, page.settings, None, js=js, **PRIVATE)
            follow(ours[tab])
    for target, kind, event, turned in page.senders:
        if turned:
            event.success(partial(gr.Tabs, selected=target), None, tabs, **FAST)
        for tab, wanted, follow in page.receivers:
            if (tab, wanted) == (target, kind):
                follow(event)
    for attach in page.finishers:
        attach()


def from_url(query: Mapping[str, str]) -> Settings:
    """Settings out of query parameters, unchecked: ``?model=scenes&label=sea&seed=7``.

    Lists are JSON, as in the links that the page copies. Whatever is wrong with a value is said
    by the pipeline that uses it.
    """
    known = dict(query)
    settings: Settings = {"tab": known.pop("tab", "generate")}
    for key in ("model", "seed"):
        if key in known:
            settings[key] = known.pop(key)
    parameters: dict[str, Any] = {key: known[key] for key in TEXTS if key in known}
    for key in LISTS:
        if key in known:
            try:
                parameters[key] = json.loads(known[key])
            except (ValueError, RecursionError):
                parameters[key] = [known[key]]
    return {**settings, "parameters": parameters}
