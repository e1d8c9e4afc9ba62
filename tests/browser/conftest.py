"""The real app, in its own process, driven by a real Chromium."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from ..find_chromium import chromium_path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RunningApp(NamedTuple):
    """The app in a process of its own."""

    url: str
    pid: int


@pytest.fixture(scope="session")
def app() -> Iterator[RunningApp]:
    """The app with the shipped weights, started as ``python app.py``."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    process = subprocess.Popen(
        [sys.executable, "app.py"],
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
def app_url(app: RunningApp) -> str:
    return app.url


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
def studio_page(page: Page, app_url: str) -> Page:
    """The page, with its first pictures on it."""
    page.goto(app_url)
    page.wait_for_selector("#grid img")
    page.wait_for_function("document.querySelector('#about').innerText.includes('seed')")
    return page
