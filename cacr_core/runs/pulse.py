"""A process says that it lives and what it does, for as long as it is at it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

BEAT_EVERY = 0.5  # seconds
BEATS_MISSED = 3  # after which a run whose folder cannot be written is stopped


class Pulse:
    """Beats from a thread of its own, and at once when the state changes.

    Args:
        beat: Writes the fields where others read them.
        every: Seconds between two beats, `BEAT_EVERY` if None.
        fields: What is said at first.
    """

    def __init__(
        self, beat: Callable[..., None], every: float | None = None, **fields: Any
    ) -> None:
        self.beat, self.every = beat, every
        self.fields: dict[str, Any] = {"state": "waiting", "reason": ""} | fields
        self._unwritten: list[OSError] = []  # why, of the beats since the last that was written
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Pulse:
        self._beat()
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def say(self, state: str, reason: str = "", **more: Any) -> None:
        changed = (state, reason) != (self.fields["state"], self.fields["reason"])
        self.fields |= {"state": state, "reason": reason, **more}
        if changed:
            self._beat()

    def check(self) -> None:
        """Raise OSError where the folder has not been written for several beats: nobody can be told
        any more how the run stands."""
        if len(failed := self._unwritten) >= BEATS_MISSED:
            raise failed[-1]

    def _run(self) -> None:
        while not self._done.wait(self.every or BEAT_EVERY):
            self._beat()

    def _beat(self) -> None:
        with self._lock:
            try:
                self.beat(**self.fields)
            except OSError as error:
                self._unwritten = [*self._unwritten[-BEATS_MISSED:], error]
            else:
                self._unwritten = []
