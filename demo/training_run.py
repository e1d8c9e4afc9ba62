"""One training as a process of its own, and its folder.

The page has no torch: it starts ``python -m training.gan``, reads the files that this writes, and
holds or ends it through the file ``control`` (see ``training/control.py``).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from . import training_log
from .training_quality import JUDGE
from .training_quality import State as Measuring

ROOT = Path(__file__).resolve().parent.parent
# Names of files; training.control and training.runs know them too.
CONTROL, PAUSED, LOG, CHECKPOINT = "control", "paused", "log.csv", "checkpoint.safetensors"
QUALITY = "quality.csv"
CONSOLE, PLAN = "console.txt", "plan.json"
PATIENCE = 10  # seconds that a training may take to end by itself
# Often enough to be watched; see training.gan_config.
WATCHED = ("--log-every", "10", "--grid-every", "5", "--save-every", "30", "--tethered")

State = Literal[
    "starting", "training", "pausing", "paused", "stopping",
    "stopped", "finished", "reached", "failed",
]  # fmt: skip
ALIVE = ("starting", "training", "pausing", "paused", "stopping")


@dataclass(frozen=True)
class Plan:
    """What a run is about. ``arguments``: the flags of ``training.gan`` but for the folders.

    ``data``: name of the folder of pictures in that of the run. ``images``: pictures to show.
    ``started``: when, as text. ``measuring``, ``held``: see ``training_quality``; the plans of
    former times say nothing of it. ``target``: quality to stop at; 0: none.
    """

    arguments: tuple[str, ...]
    data: str
    classes: tuple[str, ...]
    pictures: int
    left_out: int
    images: int
    started: str
    measuring: Measuring = ""
    held: int = 0
    target: float = 0.0


@dataclass(frozen=True)
class Progress:
    """How far a run has come. ``rows``: see ``training_log``; ``quality``: the same of what was
    measured. ``error``: why it failed."""

    state: State
    plan: Plan
    rows: list[training_log.Row]
    grids: list[training_log.Grid]
    quality: list[training_log.Row]
    error: str = ""

    @property
    def shown(self) -> int:
        """Pictures shown so far."""
        return int(self.rows[-1]["images"]) if self.rows else 0

    @property
    def frechet(self) -> float | None:
        """The quality that was measured last, if any was."""
        return self.quality[-1][training_log.FRECHET] if self.quality else None


class TrainingRun:
    """A run in ``folder``, which holds a plan and pictures; nothing runs before ``start``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0  # rows of the log when it was started

    @property
    def plan(self) -> Plan:
        """Raises OSError or ValueError if the folder holds none."""
        entries = json.loads((self.folder / PLAN).read_text(encoding="utf-8"))
        lists = {name: tuple(entries[name]) for name in ("arguments", "classes")}
        return Plan(**{**entries, **lists})

    @property
    def whole(self) -> bool:
        """Whether the folder holds a plan."""
        try:
            return bool(self.plan)
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def write_plan(self, plan: Plan) -> None:
        """Say what the run is about."""
        text = json.dumps(vars(plan), indent=2, ensure_ascii=False)
        (self.folder / PLAN).write_text(text, encoding="utf-8")

    @property
    def data(self) -> Path:
        """The folder of class folders that it learns from."""
        return self.folder / "data" / self.plan.data

    @property
    def judge(self) -> Path | None:
        """The card of what measures it, if anything does."""
        return JUDGE if self.plan.measuring == "measured" and JUDGE.exists() else None

    def start(self) -> None:
        """Begin, or go on from the last checkpoint."""
        self._say(None)
        plan = self.plan
        self._begun = len(training_log.read_rows(self.folder / LOG))
        command = [sys.executable, "-m", "training.gan", "--data", str(self.data)]
        # The last of two equal flags counts.
        command += ["--run", str(self.folder), *plan.arguments, "--images", str(plan.images)]
        if self.judge:
            command += ["--judge", str(self.judge), "--measure-every", "0"]
            command += ["--target", str(plan.target)]
        with (self.folder / CONSOLE).open("wb") as console:
            self._process = launch([*command, *WATCHED], console)

    def _say(self, word: str | None) -> None:
        """Put a word into the control file, or take the file away."""
        control = self.folder / CONTROL
        if word is None:
            control.unlink(missing_ok=True)
        else:
            control.write_text(word, encoding="utf-8")

    def pause(self) -> None:
        self._say("pause")

    def go_on(self) -> None:
        self._say(None)

    def stop(self) -> None:
        self._say("stop")

    def end(self) -> None:
        """End the process now, or as soon as it has saved what it has."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()  # it is tethered to this
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def saved(self) -> bool:
        """Whether there is anything that a model can be made of."""
        return (self.folder / CHECKPOINT).exists()

    def progress(self) -> Progress:
        """How far it is. Raises OSError or ValueError if its folder is no longer whole."""
        alive = self.alive  # asked first: what it wrote before its end is then there to be read
        plan = self.plan
        rows = training_log.read_rows(self.folder / LOG)
        quality = training_log.read_rows(self.folder / QUALITY, [training_log.FRECHET])
        grids = training_log.grids(self.folder)
        if alive:
            training_log.thin(grids)
            return Progress(self._doing(len(rows)), plan, rows, grids, quality)
        code = self._process.returncode if self._process else 0
        if code:
            told = training_log.last_line(self.folder / CONSOLE)
            error = told if code > 0 and told else f"exit status {code}"
            return Progress("failed", plan, rows, grids, quality, error)
        ended = Progress("stopped", plan, rows, grids, quality)
        if ended.frechet is not None and ended.frechet <= plan.target:
            return replace(ended, state="reached")
        return replace(ended, state="finished") if ended.shown >= plan.images else ended

    def _doing(self, rows: int) -> State:
        try:
            word = (self.folder / CONTROL).read_text(encoding="utf-8")
        except OSError:
            self._begun = min(self._begun, rows)  # what no checkpoint knew of is written anew
            return "training" if rows > self._begun else "starting"
        if word == "pause":
            return "paused" if (self.folder / PAUSED).exists() else "pausing"
        return "stopping"


def launch(command: list[str], console: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process in the repository's folder, at a lower priority than the page."""
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=console, stderr=subprocess.STDOUT
    )
    if hasattr(os, "setpriority"):
        niceness: Any = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, process.pid, min(19, niceness + 5))
    return process
