"""Hold or end a running training from outside, through a file in the run's folder.

The file ``control`` holds one word: ``pause`` or ``stop``. Without it, the run goes on::

    echo pause > runs/one/control     # checkpoint and grid, then wait (``paused`` says so)
    rm runs/one/control               # go on
    echo stop > runs/one/control      # checkpoint, sample grid, and a clean end

A run that was stopped takes the file away and goes on with the same command, as after a kill.
Whoever starts a run as a process can instead tie it to a pipe (``--tethered``): it stops as well
when its standard input is closed, so it never outlives the program that started it. Of several
processes that train together the first one alone looks, and all do as it says.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from training.team import Team

CONTROL = "control"
PAUSED = "paused"
PAUSE, STOP = "pause", "stop"
POLL = 0.2  # seconds between two looks while paused


class Control:
    """What somebody outside wants of the run in ``folder``. ``tethered``: end with stdin."""

    def __init__(self, folder: Path, tethered: bool, team: Team) -> None:
        self._folder, self._team = folder, team
        self._cut = threading.Event()
        if not team.first:
            return
        (folder / PAUSED).unlink(missing_ok=True)  # a kill may have left it
        if tethered:
            threading.Thread(target=self._hold, daemon=True).start()

    def _hold(self) -> None:
        """Wait for the end of standard input."""
        # Not through sys.stdin: a thread that holds its lock at the end aborts the process.
        while os.read(0, 1024):
            pass
        self._cut.set()

    def _word(self) -> str:
        try:
            return (self._folder / CONTROL).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):  # there is none, or it is being written
            return ""

    def paused(self) -> bool:
        """Whether the run is to wait."""
        return self._agreed(self._word() == PAUSE and not self._cut.is_set())

    def stopped(self) -> bool:
        """Whether the run is to end."""
        return self._agreed(self._word() == STOP or self._cut.is_set())

    def _agreed(self, seen: bool) -> bool:
        # Processes that look at different moments may see different words.
        return bool(self._team.told(seen))

    def wait(self) -> None:
        """Return when the run is no longer to wait; ``paused`` is there meanwhile."""
        note = self._folder / PAUSED
        if self._team.first:
            note.touch()
        try:
            # Asked again and again, so that the others never wait longer than they have patience.
            while self.paused():
                time.sleep(POLL)
        finally:
            if self._team.first:
                note.unlink(missing_ok=True)

    def obeyed(self) -> None:
        """The run has stopped as it was told to: nothing stops the next."""
        if self._team.first and self._word() == STOP:
            (self._folder / CONTROL).unlink(missing_ok=True)
