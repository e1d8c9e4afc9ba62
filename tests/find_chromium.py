"""Find a Chromium that starts, or install one: prints its path.

Run by ``make test`` with ``--install``; the browser tests call ``chromium_path``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome")


def starts(path: str) -> bool:
    """Whether this browser runs here: a missing library or a snap stub fails already here."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def candidates() -> Iterator[str]:
    """Places to look, the one that the user named first."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        if name and (path := shutil.which(name)):
            yield path
    if path := playwrights_own():
        yield path


def playwrights_own() -> str | None:
    """The Chromium that ``playwright install`` downloads, if it was."""
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            return shutil.which(playwright.chromium.executable_path)
    except Exception:  # Playwright missing, or called inside an event loop of its own
        return None


def chromium_path() -> str | None:
    """Path of a Chromium that starts, or None."""
    return next(filter(starts, candidates()), None)


def install() -> None:
    """Try to install one: Playwright's download, its libraries, then the system's package."""
    playwright = [sys.executable, "-m", "playwright"]
    attempts = [[[*playwright, "install", "chromium"]]]
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        attempts += [
            [[*playwright, "install-deps", "chromium"]],
            [["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]],
        ]
    for commands in attempts:
        for command in commands:
            print("Looking for a browser:", " ".join(command), file=sys.stderr)
            # Output goes to stderr: stdout is for the path alone.
            subprocess.run(command, stdout=sys.stderr, check=False)
        if chromium_path():
            return


def main() -> int:
    path = chromium_path()
    if path is None and "--install" in sys.argv[1:]:
        install()
        path = chromium_path()
    if path is None:
        print(
            "No Chromium was found and none could be installed. The tests drive a real browser:"
            " install chromium or google-chrome, or set CHROMIUM to its path.",
            file=sys.stderr,
        )
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
