"""What every command of ``training`` shares: its errors, and how they reach a person."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import TypeVar

from pipelines.errors import PipelineError
from training.memory import keep_memory

C = TypeVar("C")


class SettingError(ValueError):
    """A setting or a file that cannot be used; the message is a sentence with the remedy."""


def run(name: str, config: type[C], main: Callable[[C], None]) -> None:
    """Fill the dataclass ``config`` from the command line and call ``main`` with it.

    What a person can put right ends as one sentence on stderr; anything else keeps its traceback.
    """
    import tyro

    keep_memory()
    # Of several processes that train together (training.team) one is enough to say how it goes.
    first = os.environ.get("RANK", "0") == "0"
    level = logging.INFO if first else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    try:
        main(tyro.cli(config, prog=f"python -m {name}"))
    except (SettingError, FileNotFoundError, PipelineError) as error:
        raise SystemExit(f"{name}: {error}") from error
    except KeyboardInterrupt:
        raise SystemExit(f"{name}: interrupted") from None
