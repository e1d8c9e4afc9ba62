"""What the Segment tab does beside one photo: families, many pictures, models of the Hub."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from pipelines.errors import InputError, PipelineError
from pipelines.limits import DEFAULT_SEGMENTER

from .page import Page
from .segment_menus import MenuHandlers
from .segment_more_layout import FAMILIES
from .tab import spoken
from .words import say, say_error

if TYPE_CHECKING:
    from pipelines import Step, Studio
    from pipelines.families import Families, Family

# Gradio reads the annotations of handlers at run time, so they name nothing imported above.
Shown = tuple[Any, ...]
Files = list[str]


class CompareHandlers:
    """The listeners that put three families of methods side by side."""

    def __init__(self, studio: Studio, menus: MenuHandlers) -> None:
        self._studio = studio
        self._menus = menus

    def _steps(
        self, photo: str | None, model: str, scale: float, truth: str | None, example: str | None
    ) -> Iterator[Step[Families]]:
        from pipelines import Segmenter
        from pipelines.media import read_labels, read_picture

        known: Any = None
        if photo is None:
            image, _, known = self._menus.example(model)
        else:
            image = read_picture(photo)
            known = self._menus.truth(example, model)
        if truth is not None:
            known = read_labels(truth)
        return self._studio.get(Segmenter).compare_steps(image, model, known, scale)

    def compare_segmentation(
        self,
        photo: str | None = None,
        model: str = DEFAULT_SEGMENTER,
        scale: float = 1.0,
        truth: str | None = None,
        request: gr.Request | None = None,
    ) -> Iterator[Shown]:
        """Divide one picture in three ways: by edges, by texture, and by a trained network.

        Args:
            photo: the picture; without one, a built-in example that fits the model
            model: "road" (street scenes), "aerial" (seen from above) or "nuclei" (microscope)
            scale: how many times larger than usual the model sees the picture, 0.25 to 4
            truth: the true labels as an index picture, if they are known: then IoU is measured
        Returns: three pictures, and for each family its regions, seconds and IoU
        """
        with spoken(request):
            for step in self._steps(photo, model, scale, truth, None):
                parts = [getattr(step.partial, name) for name in FAMILIES]
                pictures = [gr.skip()] * len(parts)
                if step.done == step.total:
                    pictures = [part.picture for part in parts if part]
                told = {
                    name: {"regions": part.count, "seconds": part.seconds, "iou": part.iou}
                    for name, part in zip(FAMILIES, parts, strict=True)
                    if part
                }
                yield *pictures, told

    def compare(
        self,
        photo: str,
        model: str,
        scale: float,
        truth: str,
        example: str,
        request: gr.Request,
    ) -> Iterator[Shown]:
        """The same for the page: row, three pictures, three texts, note."""
        with spoken(request):
            if not photo:
                raise InputError("no_photo")
            sent: list[Any] = [0] * len(FAMILIES)
            for step in self._steps(photo, model, scale, truth, example):
                parts = [getattr(step.partial, name) for name in FAMILIES]
                pictures = [part.picture if part else None for part in parts]
                # Sent twice, a picture's file is written anew while the browser reads it.
                changed = [
                    gr.skip() if new is old else new
                    for new, old in zip(pictures, sent, strict=True)
                ]
                sent = pictures
                waiting = next((n for n in FAMILIES if not getattr(step.partial, n)), None)
                share = 100 * len(parts) * step.done // step.total % 100  # of the one under way
                texts = [
                    self._text(name, part, share if name == waiting else 0, request)
                    for name, part in zip(FAMILIES, parts, strict=True)
                ]
                measured = any(part and part.iou is not None for part in parts)
                key = "segment.compare_flattery" if measured else "segment.compare_no_truth"
                note = gr.Markdown(say(key, request), visible=True)
                yield gr.Row(visible=True), *changed, *texts, note

    @staticmethod
    def _text(name: str, part: Family | None, share: int, request: gr.Request | None) -> str:
        """``share``: how much of a family that is under way is done, in hundredths."""
        title, about = (say(f"segment.{key}", request) for key in FAMILIES[name])
        if part is None:
            waiting = say("segment.waiting", request)
            if share:
                waiting = say("inpaint.comparing", request, done=share)
            return f"**{title}** · {waiting}"
        key = "segment.family_numbers" if name != "deep" else "segment.deep_numbers"
        numbers = say(key, request, count=f"{part.count:,}", seconds=f"{part.seconds:.2f}")
        if part.iou is not None:
            numbers += " · " + say("segment.family_iou", request, iou=f"{part.iou:.2f}")
        return f"**{title}** · {numbers}\n\n{about}"


def failure(name: str, error: PipelineError, request: gr.Request | None) -> str:
    """Why a file of many could not be used; its name is said once."""
    sentence = say_error(error, request)
    return sentence if name in sentence else f"{name}: {sentence}"


class BatchHandlers:
    """The listeners that work through many pictures."""

    def __init__(self, studio: Studio, page: Page) -> None:
        self._studio = studio
        self._downloads = page.downloads

    def batch(
        self, files: Files, model: str, scale: float, threshold: float, request: gr.Request
    ) -> Iterator[Shown]:
        """All pictures into one ZIP: status, download, and where the ZIP is if it is stopped."""
        with spoken(request):
            from pipelines import Segmenter
            from pipelines.regions import batch_steps

            self._studio.card(model, "segmenter")  # its id becomes a file's name
            target = self._downloads.place(f"{model}.zip")
            steps = batch_steps(
                self._studio.get(Segmenter).steps,
                files or [],
                target,
                model=model,
                scale=scale,
                threshold=threshold or None,
            )
            for step in steps:
                report = step.partial
                key = "batch_done" if step.done == step.total else "batch_working"
                line = say(
                    f"segment.{key}",
                    request,
                    done=step.done,
                    total=step.total,
                    good=len(report.finished),
                )
                # Markdown, and a file may be called anything.
                failures = [
                    f"- {html.escape(failure(name, error, request))}"
                    for name, error in report.failed
                ]
                shown = "\n".join([line, "", *failures])
                ready = gr.DownloadButton(interactive=False)
                if step.done == step.total:
                    ready = self.ready(str(target))
                yield shown, ready, str(target) if report.finished else None

    def ready(self, target: str | None) -> gr.DownloadButton:
        """The ZIP as far as it is, to be downloaded."""
        return gr.DownloadButton(value=target, interactive=target is not None)


class HubHandlers:
    """The listeners that bring a model from the Hub."""

    def __init__(self, studio: Studio, menus: MenuHandlers, endpoint: str | None = None) -> None:
        """``endpoint``: address of another Hub than that of Hugging Face."""
        self._studio = studio
        self._menus = menus
        self._endpoint = endpoint

    def look_up(self, name: str, request: gr.Request) -> Shown:
        """What a model is, before anything is downloaded: text, button, description."""
        with spoken(request):
            from pipelines.hub import describe

            model = describe((name or "").strip(), self._endpoint)
        return self.about(model, request), gr.Button(visible=True), model

    def about(self, model: Any, request: gr.Request) -> str:
        """A model that was looked up, in words."""
        if model is None:
            return ""
        text = say(
            "segment.hub_about",
            request,
            name=model.repo_id,
            size=f"{model.bytes / 2**20:,.0f}",
            terms=model.license or say("segment.hub_no_terms", request),
            architecture=f"{model.architecture}, {model.encoder}",
            classes=model.classes,
        )
        return html.escape(text, quote=False)

    def fetch(self, model: Any, request: gr.Request) -> Iterator[Shown]:
        """Download what was described, choose it: model menu, hint, scale, text, button."""
        with spoken(request):
            from pipelines.hub import load_hub
            from pipelines.hub_fetch import fetch_model

            for share in fetch_model(model, self._endpoint):
                line = say("segment.hub_fetching", request, done=int(100 * share))
                yield *(gr.skip(),) * 3, line, gr.skip()
            loaded = load_hub(model, self._studio.device, self._endpoint)
            self._studio.add(loaded)
            text = say("segment.hub_ready", request, name=loaded.card.name)
        menu = self._menus.menu(loaded.card.id, request)
        yield menu, *self._menus.hint(loaded.card.id, request), text, gr.Button(visible=False)
