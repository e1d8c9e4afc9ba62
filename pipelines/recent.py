"""What was found lately, so that nobody waits for the same thing twice."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Recent(Generic[Found]):
    """At most ``most`` things by their keys; what was not asked for longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: OrderedDict[str, Found] = OrderedDict()
        self._lock = Lock()

    def find(self, key: str) -> Found | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
            return self._found.get(key)

    def keep(self, key: str, found: Found) -> None:
        with self._lock:
            self._found[key] = found
            while len(self._found) > self._most:
                self._found.popitem(last=False)
