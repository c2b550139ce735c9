"""How long a call takes, and how much memory it asks for beyond what there was."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

Row = tuple[str, str, str, bool]  # what, measured, bar, met


def medians(calls: dict[str, Callable[[], object]], repeats: int = 9) -> dict[str, float]:
    """Median seconds of each call, taken in turns so that all share the machine's moods."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(repeats):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in taken.items()}


def peak_megabytes(module: str, function: str) -> float:
    """Peak memory that a function of a module adds, measured in a process of its own.

    The function is called with True to prepare and warm up on a small case, and returns the call.
    """
    code = (
        "import resource, importlib\n"
        f"call = getattr(importlib.import_module({module!r}), {function!r})()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "call()\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return int(done.stdout) / unit


def at_least(what: str, value: float, bar: float, unit: str = "x") -> Row:
    return what, f"{value:.3g}{unit}", f"at least {bar:g}{unit}", value >= bar


def at_most(what: str, value: float, bar: float, unit: str = "") -> Row:
    return what, f"{value:.3g}{unit}", f"at most {bar:g}{unit}", value <= bar
