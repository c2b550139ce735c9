"""Benchmarks do not flatter: what did not come counts, and what a system does not tell is said."""

import os
import time

import torch
from safetensors.torch import save_file

from benchmarks import checkpoints, classroom, layout
from benchmarks.classroom import FRAMES_LATE, Follower, Heard, Measured
from benchmarks.timing import at_most
from cacr_core.runs.paths import snapshot_path


def test_what_a_system_does_not_tell_of_memory_breaks_no_promise():
    assert at_most("memory", None, 200) == ("memory", "not told here", "at most 200", True)
    assert at_most("memory", 201, 200)[-1] is False


def test_a_card_is_timed_where_there_is_no_proc(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "CHILD", checkpoints.CHILD.replace("/proc/", "/nowhere/"))
    save_file({"layer.weight": torch.zeros(4, 4)}, tmp_path / "file")
    told = checkpoints.child(tmp_path / "file", "weight")
    assert told["seconds"] > 0 and told["load seconds"] > 0
    assert told["megabytes"] is None and told["load megabytes"] is None


def test_rows_of_cards_say_that_memory_was_not_told(monkeypatch):
    told = {"seconds": 0.1, "megabytes": None, "asked": 1.0}
    told |= {"load seconds": 0.1, "load megabytes": None}
    monkeypatch.setattr(checkpoints, "child", lambda *_: told)
    for make in ("small", "large"):
        monkeypatch.setattr(checkpoints, make, lambda: {"weight": torch.zeros(1)})
    rows = list(checkpoints.rows())
    assert all(met for *_, met in rows)
    assert sum(measured == "not told here" for _, measured, *_ in rows) == 9


def test_the_layouts_memory_is_none_where_there_is_no_proc(monkeypatch):
    def refuse(*_):
        raise FileNotFoundError

    monkeypatch.setattr(layout, "open", refuse, raising=False)
    assert layout.resident_mb() is None


def follower(folder, seen, ages):
    """One that has seen so many snapshots of a run, each of which is so old."""
    (folder / "snapshots").mkdir()
    now = time.time()
    for step, age in enumerate(ages):
        path = snapshot_path(folder, step)
        path.touch()
        os.utime(path, (now - age, now - age))
    one = Follower(0, folder, 64, 0)
    for step in range(seen):
        one.see(step)
    return one


def test_frames_that_never_came_are_late_by_the_age_of_their_snapshots(tmp_path):
    one = follower(tmp_path, seen=2, ages=[31, 30, 20, 10, FRAMES_LATE / 10])
    first, second = one.missed()
    assert 20 <= first < 21 and 10 <= second < 11


def test_a_follower_that_is_shown_far_fewer_frames_than_others_misses_the_bar():
    def rows(counts):
        found = classroom.table(Measured(Heard([0.1] * 99, [0.1] * 99, 0, counts), 1, 1, [1.0] * 9))
        return {what.strip(): met for what, *_, met in found}

    assert all(rows([20, 21, 19]).values())
    missed = [what for what, met in rows([20, 21, 1]).items() if not met]
    assert missed == ["fewest frames of a follower, against 21 at most"]
    assert not all(rows([0, 0, 0]).values())
