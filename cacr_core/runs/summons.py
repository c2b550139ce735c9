"""A worker that is told to end by SIGTERM, as when a machine goes down, saves what it is at."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cacr_core.runs import folder as files
from cacr_core.runs import seeds, waiting


class Summons:
    """SIGTERM while it is listened for: what the process is at is asked to stop, and saves; where
    it is at nothing, cannot be asked, or is told a second time, the process ends at once.

    Attributes:
        came: Whether it has come, so that nothing is begun any more.
    """

    def __init__(self) -> None:
        self.came = False
        self._at: tuple[Path, waiting.Job] | None = None
        self._before: Any = None

    def __enter__(self) -> Summons:
        if threading.current_thread() is threading.main_thread():  # no other may listen
            self._before = signal.signal(signal.SIGTERM, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)

    @contextlib.contextmanager
    def stopping(self, folder: Path, job: waiting.Job) -> Iterator[None]:
        """What is done within is asked to stop when the signal comes."""
        self._at = (folder, job)
        try:
            yield
        finally:
            self._at = None

    def _hear(self, *_: object) -> None:
        if self._at is None or self.came:
            raise SystemExit(0)
        self.came = True
        folder, job = self._at
        try:
            if job == "repeat":
                seeds.stop(folder)
            else:
                files.request_stop(folder)
        except OSError:
            raise SystemExit(0) from None
