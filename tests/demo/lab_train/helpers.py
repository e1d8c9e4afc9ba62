"""What the tests of the Lab's Train part share."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from demo.laboratory import Laboratory
from demo.training_options import Options
from demo.training_run import ALIVE

ENGLISH: Any = SimpleNamespace(headers={"accept-language": "en"})
CHINESE: Any = SimpleNamespace(headers={"accept-language": "zh"})
SHORT = Options(images=200, augment=False)


def until(true: Callable[[], object], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def state(lab: Laboratory) -> str:
    progress = lab.progress()
    assert progress
    return progress.state


def ended(lab: Laboratory) -> str:
    until(lambda: state(lab) not in ALIVE)
    return state(lab)
