"""Memory that a process takes at most."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def peak() -> int:
    """Bytes that this process had in memory at most."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says there includes the process that started this one
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def peak_of(code: str) -> float:
    """Gigabytes resident at most, in a process of its own that runs ``code``."""
    root = Path(__file__).resolve().parent.parent
    code = f"{code}\nfrom benchmarks.memory import peak\nprint(peak())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    return int(done.stdout) / 1e9
