"""Three losses in lockstep against the same three one after another, both as a worker runs them."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.timing import Row, at_most
from cacr_core.presets import entry
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work

ROUNDS = 5
COMPARISON = Comparison((entry("cacr-1"), entry("sscl"), entry("infonce"))).with_shared(n_steps=80)


def rows() -> list[Row]:
    ratios = []
    for number in range(ROUNDS + 1):
        with tempfile.TemporaryDirectory() as place:
            # who goes first takes turns, as the machine's mood drifts
            names = ["together", "in turn"][:: 1 if number % 2 else -1]
            taken = {name: _seconds(name, Path(place)) for name in names}
        if number:  # the first round loads and warms up
            ratios.append(taken["together"] / taken["in turn"])
    what = "3 entries in lockstep, time against the 3 one after another (median)"
    return [at_most(what, statistics.median(ratios), 1.05, "x")]


def _seconds(name: str, place: Path) -> float:
    if name == "together":
        write_config(COMPARISON, place / "together")
        folders = [place / "together"]
    else:
        folders = [place / n for n in COMPARISON.names]
        for folder, one in zip(folders, COMPARISON.entries, strict=True):
            write_config(one.config, folder)
    began = time.perf_counter()
    for folder in folders:
        assert work(folder) == "finished"
    seconds = time.perf_counter() - began
    written = [files.snapshot_steps(run) for f in folders for run in files.entry_folders(f) or [f]]
    assert len(written) == len(COMPARISON.entries)
    assert all(steps == written[0] for steps in written)
    return seconds
