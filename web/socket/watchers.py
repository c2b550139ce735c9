"""The one watcher of each run and comparison, and the process that lays them out."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from pathlib import Path

from cacr_core.runs import folder as files
from cacr_core.runs import launch, shelf
from web.compare.watch import CompareWatcher
from web.live.watch import Watcher

_watchers: dict[Path, Watcher | CompareWatcher] = {}
_layouts: subprocess.Popen[bytes] | None = None
_lock = threading.Lock()


def layout_process() -> subprocess.Popen[bytes]:
    """The process that lays runs out, started if it is not there."""
    global _layouts
    with _lock:
        if _layouts is None or _layouts.poll() is not None:
            _layouts = launch.spawn("layouts", threads=1)
        return _layouts


def lay_out(folder: Path, space: str) -> None:
    """Have a run laid out from now on."""
    if shelf.is_recorded(folder):
        return
    process = layout_process()
    with _lock, contextlib.suppress(OSError):
        assert process.stdin is not None
        process.stdin.write(json.dumps({"folder": str(folder), "space": space}).encode() + b"\n")
        process.stdin.flush()


def watcher_of(folder: Path) -> Watcher | CompareWatcher:
    """The one watcher of a run, or of a comparison as a whole."""
    with _lock:
        watcher = _watchers.get(folder)
    if watcher is None or not watcher.is_alive:
        is_comparison = bool(files.entry_folders(folder))
        watcher = CompareWatcher(folder) if is_comparison else Watcher(folder, lay_out)
        with _lock:
            for old in [f for f, w in _watchers.items() if not w.is_alive]:
                del _watchers[old]
            _watchers[folder] = watcher
    return watcher
