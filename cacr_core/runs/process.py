"""Processes of ours: how many threads they get, and where they run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def n_cores() -> int:
    with contextlib.suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
    return subprocess.Popen(
        [sys.executable, "-m", "cacr_core", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
        start_new_session=True,
    )
