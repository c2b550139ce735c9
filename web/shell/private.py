"""Folders for files that a person has brought: gone with the session, at the latest with the
process, and where that was killed, when the app starts again."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import time
import weakref
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

PREFIX, HELD = "cacr-upload-", ".held"
UNHELD_FOR = 3600.0  # seconds after which a folder that no process holds is nobody's


class Private:
    """A folder of its own that is removed with this object, at the latest with the process.

    Attributes:
        gone: Removes it now.
    """

    def __init__(self) -> None:
        held = _held().path / HELD
        if held.exists():
            os.utime(held)  # or the system takes it for old, and tidies it away
        else:
            _held.cache_clear()  # it has been
        self.path = Path(tempfile.mkdtemp(dir=_held().path))
        self.gone = weakref.finalize(self, shutil.rmtree, self.path, True)


class Held(NamedTuple):
    """The folder of this process, locked for as long as it lives."""

    path: Path
    lock: FileLock


@lru_cache(maxsize=1)
def _held() -> Held:
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = FileLock(path / HELD)
    lock.acquire()
    atexit.register(_leave, path, lock)
    return Held(path, lock)


def _leave(path: Path, lock: FileLock) -> None:
    lock.release()
    shutil.rmtree(path, ignore_errors=True)


def sweep() -> None:
    """Remove what processes have left that were killed: their folders are locked no more."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, Timeout):
            status = path.lstat()
            if path.is_symlink() or not path.is_dir() or not _is_ours(status):
                continue
            if (path / HELD).is_file():
                with FileLock(path / HELD, blocking=False):
                    pass
            elif time.time() - status.st_mtime < UNHELD_FOR:
                continue  # perhaps about to be locked
            shutil.rmtree(path, ignore_errors=True)


def _is_ours(status: os.stat_result) -> bool:
    """Others may write into a machine's folder for temporary files, too."""
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()
