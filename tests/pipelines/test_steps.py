"""What cannot report itself is reported, and does not keep whoever closes it."""

from __future__ import annotations

import threading

import pytest

from pipelines.steps import awaited


def test_it_says_that_it_is_at_work_until_there_is_something() -> None:
    gate = threading.Event()

    def work() -> str:
        gate.wait(30)
        return "done"

    waiting = awaited(work, 0.01)
    assert next(waiting) is None
    assert next(waiting) is None
    gate.set()
    assert [found for found in waiting if found] == ["done"]


def test_errors_arrive() -> None:
    def work() -> None:
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        list(awaited(work, 0.01))


def test_who_closes_it_does_not_wait() -> None:
    gate = threading.Event()
    waiting = awaited(lambda: gate.wait(30), 0.01)
    assert next(waiting) is None
    waiting.close()  # type: ignore[attr-defined]
    assert not gate.is_set()
    gate.set()
