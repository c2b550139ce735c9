"""Processes of ours: how many threads they get, and where they run."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]


def n_cores() -> int:
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def stands_by() -> bool:
    """Whether processes are started before they are asked for: quicker for whoever asks first, and
    the memory of a torch each. Where `CACR_STAND_BY` is 0 they come when they are asked for."""
    return os.environ.get("CACR_STAND_BY", "") != "0"


def spawn(
    command: str, threads: int | None = None, answers: bool = False
) -> subprocess.Popen[bytes]:
    """A process of ours: one thread fewer than there are cores, that wait without spinning.

    Args:
        answers: Whether what it writes to standard output is read.
    """
    n_threads = str(threads or max(1, n_cores() - 1))
    environment = os.environ | {
        "OMP_NUM_THREADS": n_threads,
        "MKL_NUM_THREADS": n_threads,
        "NUMBA_NUM_THREADS": n_threads,
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONPATH": str(ROOT),
    }
    if not os.environ.get("NUMBA_CACHE_DIR") and (place := compiled_folder()):
        environment["NUMBA_CACHE_DIR"] = place
    return subprocess.Popen(
        [sys.executable, "-m", "cacr_core", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )


@cache
def compiled_folder() -> str:
    """A folder for what numba compiles where it finds none of its own: without one, umap is not to
    be imported. Empty where it finds one, and where none can be made.

    It is made anew for every server: what numba reads there runs, so nobody else may write it.
    """
    umap = find_spec("umap")
    beside = umap.submodule_search_locations or () if umap else ()
    of_user = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    usual = [*(Path(folder) / "__pycache__" for folder in beside), Path(of_user) / "numba"]
    if not any(map(_is_writable, usual)):
        with contextlib.suppress(OSError):
            made = tempfile.mkdtemp(prefix="cacr-numba-")
            atexit.register(shutil.rmtree, made, ignore_errors=True)
            return made
    return ""


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be written, or made."""
    if not folder.is_absolute():  # of a user who has no home
        return False
    there = next((path for path in (folder, *folder.parents) if os.path.exists(path)), folder)
    return os.access(there, os.W_OK | os.X_OK)
