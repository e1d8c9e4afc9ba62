"""The workshop of the Lab: one training at a time, and the folder where runs and models lie."""

from __future__ import annotations

import datetime
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.collection import Collection, collect_steps
from pipelines.errors import InputError
from pipelines.limits import MAX_TRAINED
from pipelines.steps import Step

from . import training_log
from .training_options import Options, model_id
from .training_quality import measuring
from .training_run import Plan, Progress, TrainingRun, launch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from pipelines import Studio

KEPT_RUNS = 3  # the latest is the one on the page
EXPORT_PATIENCE = 300  # seconds
CLAIM = 60  # seconds without news after which whoever was reading pictures is taken to be gone


class Laboratory:
    """Shared by everybody at the page. ``folder``: where ``runs`` and ``models`` lie.

    Without a folder it takes a temporary one, which is deleted at the end. Leaving the context
    ends a training that is under way; it can go on when the same folder is opened again.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self._temporary = None
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(
                prefix="pentimento-lab-", ignore_cleanup_errors=True
            )
            folder = self._temporary.name
        self._runs = Path(folder).resolve() / "runs"
        self.models = Path(folder).resolve() / "models"
        for place in (self._runs, self.models):
            place.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._claim = float("-inf")  # when somebody's pictures were last being read
        self._run = next(reversed(self._whole_runs()), None)
        self.made = ""
        """Id of the model that was saved last, since the start."""

    @property
    def keeps(self) -> bool:
        """Whether models outlive the app."""
        return self._temporary is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._run:
            self._run.end()
        if self._temporary:
            self._temporary.cleanup()

    def _whole_runs(self) -> list[TrainingRun]:
        """Runs with a plan, oldest first."""
        runs = map(TrainingRun, sorted(self._runs.iterdir()))
        return [run for run in runs if run.whole]

    def progress(self) -> Progress | None:
        """How far the latest run is; None if there is none."""
        return self._run.progress() if self._run else None

    def _check_free(self) -> None:
        """Raise InputError if somebody is training, or about to."""
        if self._run and self._run.alive:
            raise InputError("training_busy", found=self._run.plan.started)
        if time.monotonic() - self._claim < CLAIM:
            raise InputError("training_busy", found=_now())

    @contextmanager
    def _claimed(self) -> Iterator[None]:
        """Nobody else may start meanwhile, see CLAIM. Raises InputError if something runs."""
        with self._lock:
            self._check_free()
            self._claim = time.monotonic()
        try:
            yield
        finally:
            self._claim = float("-inf")

    def start_steps(
        self, files: Sequence[str | Path], options: Options, studio: Studio
    ) -> Iterator[Step[Collection]]:
        """Read the pictures, then start a training on them; reports how many are read.

        Raises InputError and PictureError.
        """
        options = options.checked(studio)
        with self._claimed():
            folder = self._runs / datetime.datetime.now().strftime("%Y%m%d-%H%M%S-%f")
            run = TrainingRun(folder)
            name = _data_name(files)
            try:
                step = None
                for step in collect_steps(files, folder / "data" / name, options.size):
                    self._claim = time.monotonic()
                    yield step
                assert step
            except BaseException:  # an error, or nobody waits for it any more
                shutil.rmtree(folder, ignore_errors=True)
                raise
            found = step.partial
            how = measuring(found, options.start, studio)
            run.write_plan(
                Plan(
                    arguments=(*options.arguments(studio), "--holdout", str(how.share)),
                    data=name,
                    classes=found.classes,
                    pictures=found.pictures,
                    left_out=found.left_out,
                    images=options.images,
                    started=_now(),
                    measuring=how.state,
                    held=how.held,
                    target=options.target,
                )
            )
            with self._lock:
                if self._run and self._run.alive:  # somebody was taken to be gone, and was not
                    raise InputError("training_busy", found=self._run.plan.started)
                self._run, self.made = run, ""
                run.start()
            for old in self._whole_runs()[:-KEPT_RUNS]:
                shutil.rmtree(old.folder, ignore_errors=True)

    def _running(self) -> TrainingRun:
        if not (self._run and self._run.alive):
            raise InputError("training_idle")
        return self._run

    def pause(self) -> None:
        """Hold the training. Raises InputError if there is none."""
        self._running().pause()

    def stop(self) -> None:
        """End the training, with what it has saved. Raises InputError if there is none."""
        self._running().stop()

    def go_on(self) -> None:
        """Go on after a pause or a stop; at its end, for as many pictures again.

        A target that was reached holds it no longer. Raises InputError if there is no run.
        """
        run = self._run
        if run is None:
            raise InputError("training_idle")
        if run.alive:
            run.go_on()
            return
        with self._claimed():
            progress = run.progress()
            plan = progress.plan
            if progress.state == "reached":
                plan = replace(plan, target=0.0)
            if progress.shown >= plan.images:
                plan = replace(plan, images=min(MAX_TRAINED, progress.shown + plan.images))
            run.write_plan(plan)
            run.start()

    def save(self, name: str, studio: Studio) -> str:
        """Make a model of the run as it is; returns its id.

        Takes seconds. Raises InputError for a name that cannot be used, for a run that is under
        way, and if it could not be exported.
        """
        with self._saving:
            model = model_id(name, studio)
            run = self._run
            if run is None or not run.saved:
                raise InputError("training_unsaved")
            if run.alive and run.progress().state != "paused":
                raise InputError("training_unpaused")
            if error := export(run, model, self.models):
                raise InputError("model_export", found=error)
            self.made = model
        return model


def export(run: TrainingRun, model: str, models: Path) -> str:
    """Write the model of a run into a folder; returns what went wrong, or nothing."""
    command = [sys.executable, "-m", "training.export", "--run", str(run.folder)]
    command += ["--id", model, "--data", str(run.data), "--weights", str(models)]
    command += ["--judge", str(run.judge)] if run.judge else []
    console = run.folder / "export.txt"
    with console.open("wb") as file:
        process = launch(command, file)
        try:
            code = process.wait(EXPORT_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
    return (training_log.last_line(console) or f"exit status {code}") if code else ""


def _now() -> str:
    return datetime.datetime.now().strftime("%H:%M")


def _data_name(files: Sequence[str | Path]) -> str:
    """What the card calls the pictures: the name of the first ZIP, as any system can write it."""
    stem = next((Path(file).stem for file in files if str(file).lower().endswith(".zip")), "")
    return re.sub(r"[^\w-]+", "-", stem)[:40].strip("-_") or "pictures"
