"""The process that lays runs out, which the watchers of runs write to."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from pathlib import Path

from cacr_core.runs import launch, shelf

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
