"""From starting the app to a picture on the page, in seconds and bytes."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gradio_client import Client

from pipelines import Sampler, Studio

from .server import serve
from .tables import medians, show

EMPTY_PAGE = ("-m", "benchmarks.empty_page")


@dataclass(frozen=True)
class Start:
    """One life of a page. Seconds since its start; bytes. None where a page cannot do that."""

    page: float
    idle: int
    peak: int
    after_picture: int | None = None
    warm: float | None = None
    bare: float | None = None
    pictures: int = 0


def empty_page() -> Start:
    with serve(EMPTY_PAGE) as server:
        page = server.wait_for_page()
        return Start(page, server.settled_memory(), server.peak)


def first_picture(command: Sequence[str]) -> tuple[float, float]:
    """Start the app, ask for pictures as soon as it answers: (page, picture), in seconds."""
    with serve(command) as server, tempfile.TemporaryDirectory() as folder:
        page = server.wait_for_page()
        client = Client(server.url, verbose=False, download_files=folder)
        client.predict(api_name="/generate")
        return page, server.age()


def whole_life(
    command: Sequence[str], repeats: int, draw: Callable[[Sequence[int]], object]
) -> Start:
    """Start the app, let it settle, then draw its default request by turns with ``draw``."""
    with serve(command) as server:
        page = server.wait_for_page()
        idle = server.settled_memory()
        # Files are not fetched: what is timed ends where the browser's own work begins.
        client = Client(server.url, verbose=False, download_files=False)
        gallery = client.predict(api_name="/generate")[0]
        after = server.memory()
        warm, bare = medians(
            repeats,
            lambda: client.predict(api_name="/generate"),
            lambda: draw(range(len(gallery))),
        )
        return Start(page, idle, server.peak, after, warm, bare, len(gallery))


def measure(studio: Studio, model: str, folders: Sequence[str], repeats: int) -> None:
    """Print time and memory of the app beside an empty Gradio page."""
    command = ["app.py", *(part for folder in folders for part in ("--weights", folder))]
    starts = max(2, repeats // 3)
    empty = [empty_page() for _ in range(starts)]
    firsts = [first_picture(command) for _ in range(starts)]
    life = whole_life(command, repeats, lambda seeds: studio.get(Sampler)(seeds, model=model))
    assert life.warm is not None
    assert life.bare is not None
    assert life.after_picture is not None

    def seconds(value: float) -> str:
        return f"{value:.2f}"

    def gigabytes(value: int) -> str:
        return f"{value / 1e9:.2f}"

    empty_start = statistics.median(start.page for start in empty)
    show(
        "Starting, in seconds after `python app.py`",
        ["until", "Pentimento", "empty Gradio page"],
        [
            ["page", seconds(statistics.median(page for page, _ in firsts)), seconds(empty_start)],
            ["first pictures", seconds(statistics.median(shot for _, shot in firsts)), "-"],
        ],
    )
    show(
        f"Click to pictures, warm, {life.pictures} pictures of {model}",
        ["way", "ms"],
        [
            ["/generate of the app", f"{life.warm * 1e3:.0f}"],
            ["bare pipeline", f"{life.bare * 1e3:.0f}"],
            ["added by the app", f"{(life.warm - life.bare) * 1e3:.0f}"],
        ],
    )
    empty_idle = int(statistics.median(start.idle for start in empty))
    empty_peak = int(statistics.median(start.peak for start in empty))
    show(
        "Memory, in GB resident (the app imports torch once its page is up)",
        ["when", "Pentimento", "empty Gradio page"],
        [
            ["idle after the start", gigabytes(life.idle), gigabytes(empty_idle)],
            ["after the first pictures", gigabytes(life.after_picture), "-"],
            ["peak", gigabytes(life.peak), gigabytes(empty_peak)],
        ],
    )
