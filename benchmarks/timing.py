"""How long a call takes, and how much memory it asks for beyond what there was."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from cacr_core.commands import terminal

Row = tuple[str, str, str, bool]  # what, measured, bar, met


def ended_whole(work: Callable[[], int]) -> int:
    """The code that a benchmark ends with; told to end it leaves no run that trains on."""
    told: list[bool] = []

    def stop() -> None:
        if not told:  # else what is let go of is let go of already
            told.append(True)
            raise KeyboardInterrupt

    with terminal.told_to_stop(stop):
        return terminal.ended(work)


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


PEAK = """
import importlib, threading, time, psutil
call = getattr(importlib.import_module({module!r}), {function!r})()
process = psutil.Process()
before = peak = process.memory_info().rss
done = False
def watch():
    global peak
    while not done:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.0005)
thread = threading.Thread(target=watch)
thread.start()
kept = call()
done = True
thread.join()
print(peak - before)
"""


def peak_megabytes(module: str, function: str) -> float:
    """Most memory that a call has beyond what there was, in a process of its own.

    Args:
        function: Warms up on a small case and returns the call to measure.
    """
    code = PEAK.format(module=module, function=function)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(done.stdout) / 2**20


def at_least(what: str, value: float, bar: float, unit: str = "x") -> Row:
    return what, f"{value:.3g}{unit}", f"at least {bar:g}{unit}", value >= bar


def at_most(what: str, value: float | None, bar: float, unit: str = "") -> Row:
    """A row; what this system does not tell, None, breaks no promise."""
    told = "not told here" if value is None else f"{value:.3g}{unit}"
    return what, told, f"at most {bar:g}{unit}", value is None or value <= bar
