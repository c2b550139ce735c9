"""Who watches something, and how they are told that there is news."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAREWELL = 30.0  # seconds something is still watched when its last viewer has gone


class Audience:
    """The viewers of one watcher; all of it may be called from any thread."""

    def __init__(self) -> None:
        self._viewers: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._deserted = time.monotonic()

    def join(self, viewer: object, wake: Callable[[], None]) -> None:
        with self._lock:
            self._viewers[viewer] = wake

    def leave(self, viewer: object) -> None:
        with self._lock:
            self._viewers.pop(viewer, None)
            self._deserted = time.monotonic()

    def await_somebody(self) -> None:
        """Somebody is about to join, and waits until there is something to see."""
        with self._lock:
            self._deserted = time.monotonic()

    def wake(self) -> None:
        """Tell everyone that there is something new."""
        with self._lock:
            callbacks = list(self._viewers.values())
        for wake in callbacks:
            wake()

    def series(self) -> set[object]:
        """What its viewers look at, of a watcher that has several series."""
        with self._lock:
            return {getattr(viewer, "series", None) for viewer in self._viewers}

    def has_gone(self) -> bool:
        """Whether nobody has watched for a while."""
        with self._lock:
            return not self._viewers and time.monotonic() - self._deserted > FAREWELL
