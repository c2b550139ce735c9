"""Processes of ours: how many threads they get, and where they run."""

from __future__ import annotations

import atexit
import contextlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def n_cores() -> int:
    """Cores that this process may use: of a container no more than it is given time for."""
    n_here = os.cpu_count() or 1
    with contextlib.suppress(AttributeError):
        n_here = len(os.sched_getaffinity(0))
    return max(1, min([n_here, *map(math.ceil, _quotas())]))


def _quotas() -> Iterator[float]:
    """How many cores' time the control groups of this process have, where they are bounded."""
    for folder in _control_groups():
        with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
            if (folder / "cpu.max").exists():
                most, period = (folder / "cpu.max").read_text("utf-8").split()
            else:
                most = (folder / "cpu.cfs_quota_us").read_text("utf-8")
                period = (folder / "cpu.cfs_period_us").read_text("utf-8")
            if int(most) > 0:  # "max" is no number and -1 no bound
                yield int(most) / int(period)


def _control_groups() -> Iterator[Path]:
    """The folders of this process's groups and of those above, of version 2 and of version 1."""
    yield from (GROUPS, GROUPS / "cpu")
    with contextlib.suppress(OSError, ValueError):
        for line in OWN_GROUPS.read_text("utf-8").splitlines():
            _, kinds, name = line.split(":", 2)
            if not kinds or "cpu" in kinds.split(","):
                root = GROUPS / ("cpu" if kinds else "")
                own = root / name.lstrip("/")
                yield from (one for one in (own, *own.parents) if root in one.parents)


def _threads(asked: int | None) -> str:
    """As many as are asked for, else one fewer than there are cores; never more than whoever
    started the app allows."""
    n_threads = asked or max(1, n_cores() - 1)
    with contextlib.suppress(ValueError):
        n_threads = max(1, min(n_threads, int(os.environ.get("OMP_NUM_THREADS", ""))))
    return str(n_threads)


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
    n_threads = _threads(threads)
    also = os.environ.get("PYTHONPATH")
    environment = os.environ | {
        "OMP_NUM_THREADS": n_threads,
        "MKL_NUM_THREADS": n_threads,
        "NUMBA_NUM_THREADS": n_threads,
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONPATH": os.pathsep.join([str(ROOT), also] if also else [str(ROOT)]),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cacr_core", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment | compiled(),
        cwd=ROOT,
        **apart(),
    )


def apart() -> dict[str, Any]:
    """How a process is started that Ctrl+C in the console is not for, also on Windows, which has
    groups in place of sessions."""
    flag = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return {"start_new_session": True, "creationflags": flag}


def compiled() -> dict[str, str]:
    """The setting of numba for `compiled_folder`, where there is need of one."""
    place = "" if os.environ.get("NUMBA_CACHE_DIR") else compiled_folder()
    return {"NUMBA_CACHE_DIR": place} if place else {}


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
