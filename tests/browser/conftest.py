"""The real app, in its own process, driven by a real Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from pipelines import Sampler, Studio
from pipelines.examples import cells

from ..find_chromium import chromium_path
from ..tiny import make_completion, make_diffusion, make_style, make_textures
from .inpainting import opened
from .segmenting import opened as open_segment
from .styling import opened as open_style

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningApp(NamedTuple):
    """The app in a process of its own."""

    url: str
    pid: int


@contextmanager
def running(*flags: str) -> Iterator[RunningApp]:
    """The app started as ``python app.py`` with these flags, until the end of the block."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, "app.py", *flags],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for _ in range(240):
            if process.poll() is not None:
                raise RuntimeError(f"app.py ended: {process.stdout and process.stdout.read()}")
            try:
                urllib.request.urlopen(url, timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield RunningApp(url, process.pid)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def app() -> Iterator[RunningApp]:
    """The app with the shipped weights."""
    with running() as app:
        yield app


@pytest.fixture(scope="session")
def app_url(app: RunningApp) -> str:
    return app.url


@pytest.fixture(scope="session")
def fillers_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app with tiny models for both networks beside what is shipped."""
    folder = tmp_path_factory.mktemp("fillers")
    make_completion(folder, "tiny-completion")
    make_diffusion(folder, "tiny-diffusion")
    make_style(folder, "tiny-style")
    make_textures(folder, "tiny-textures")
    with running("--weights", str(folder)) as app:
        yield app.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    # Containers run as root, where Chromium's sandbox does not start; the page is our own.
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": chromium_path(), "args": flags}


@pytest.fixture(scope="session", autouse=True)
def patient() -> None:
    """A busy machine is not a failure: what is expected may take its time."""
    expect.set_options(timeout=60_000)


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """The same for what a test does and waits for."""
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
def chinese(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of somebody who reads Chinese; closed at the end, or it would go on asking the app."""
    return new_context(locale="zh-CN").new_page()


@pytest.fixture
def inpaint(page: Page, fillers_url: str) -> Page:
    """The tab as somebody finds it who has never been there."""
    return opened(page, fillers_url)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A picture larger than the screen."""
    path = tmp_path / "lake.png"
    (sample,) = Studio("cpu").get(Sampler)([4], model="scenes", label="sea").images
    sample.resize((2000, 1500), Image.Resampling.BICUBIC).save(path)
    return path


@pytest.fixture
def studio_page(page: Page, app_url: str) -> Page:
    """The page, with its first pictures on it."""
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.wait_for_function("document.querySelector('#about').innerText.includes('seed')")
    return page


@pytest.fixture
def style_tab(page: Page, fillers_url: str) -> Page:
    return open_style(page, fillers_url)


@pytest.fixture
def segment(page: Page, app_url: str) -> Page:
    return open_segment(page, app_url)


@pytest.fixture
def nuclei(tmp_path: Path) -> Path:
    """Twenty drawn cells."""
    path = tmp_path / "nuclei.png"
    cells(256, 20)[0].save(path)
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.png"
    Image.effect_mandelbrot((160, 120), (-2, -1, 1, 1), 50).convert("RGB").save(path)
    return path


@pytest.fixture
def painting(tmp_path: Path) -> Path:
    path = tmp_path / "painting.jpg"
    Image.effect_noise((90, 70), 90).convert("RGB").save(path)
    return path
