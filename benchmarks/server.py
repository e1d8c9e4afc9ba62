"""A page in a process of its own: started, waited for, watched, and ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds


class Server:
    """A running page, and what its processes take."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.url = url
        self.peak = 0
        self._started = time.perf_counter()
        self._process = process
        self._log = log
        self._watching = True
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def age(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self._started

    def wait_for_page(self) -> float:
        """Wait until the page answers with 200; the age at that moment."""
        while self.age() < PATIENCE:
            if self._process.poll() is not None:
                break
            if self._answers():
                return self.age()
            time.sleep(0.01)
        raise RuntimeError(f"The page did not come up.\n{self._log.read_text(errors='replace')}")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=10) as answer:
                answer.read()
                return answer.status == 200
        except OSError:  # refused so far; URLError is one of these
            return False

    def memory(self) -> int:
        """Bytes in memory (resident), of the process and its children."""
        total = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._process.pid)
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += one.memory_info().rss
        return total

    def settled_memory(self, quiet: float = 3.0) -> int:
        """Memory once it has not moved by a percent for ``quiet`` seconds."""
        last, since = self.memory(), time.perf_counter()
        deadline = since + 30
        while time.perf_counter() - since < quiet and time.perf_counter() < deadline:
            time.sleep(0.2)
            now = self.memory()
            if abs(now - last) > last / 100:
                last, since = now, time.perf_counter()
        return self.memory()

    def _watch(self) -> None:
        while self._watching:
            self.peak = max(self.peak, self.memory())
            time.sleep(0.05)

    def end(self) -> None:
        self._watching = False
        self._watcher.join()
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def serve(command: Sequence[str]) -> Iterator[Server]:
    """Run ``python <command>`` from the repository on a free port, for as long as the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_ANALYTICS_ENABLED": "False",
        "PYTHONUNBUFFERED": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        server = Server(process, f"http://127.0.0.1:{port}/", log)
        try:
            yield server
        finally:
            server.end()
