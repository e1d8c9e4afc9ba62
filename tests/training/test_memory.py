"""What a training frees, it has again without asking the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

from training.memory import keep_memory

# Pages that the system had to clear for 20 tensors of 64 MB, one after another, after as many.
COUNT = """
import resource, torch
from training.memory import keep_memory
if {keep}:
    assert keep_memory()
for _ in range(20):
    torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep: bool) -> int:
    command = [sys.executable, "-c", COUNT.format(keep=keep)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_pages_are_asked_for_once() -> None:
    assert faults(keep=True) < 0.1 * faults(keep=False)


def test_elsewhere_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not keep_memory()
