import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import launch, limits, shelf, waiting
from cacr_core.runs.turn import next_that_waits
from tests.tiny_run import TINY, prepared, wait_for

LONG = dataclasses.replace(TINY, n_steps=100_000)
SHORT = dataclasses.replace(TINY, n_steps=2)


def queued(shelf, *names):
    """Folders that wait and that no process sees to."""
    for number, name in enumerate(names):
        prepared(shelf / name)
        waiting.join(shelf / name)
        os.utime(waiting._mark(shelf / name, "train"), (1000 + number, 1000 + number))
    return [shelf / name for name in names]


def test_a_run_that_waits_is_told_its_place_and_is_no_process(tmp_path):
    one, two, three = queued(tmp_path, "c", "a", "b")
    assert waiting.queue(tmp_path) == [one, two, three]
    assert files.status_and_reason(one) == (
        "waiting", "Waiting for another run to end or pause: next of 3 in the queue.",
    )  # fmt: skip
    assert "number 3 of 3" in files.status_and_reason(three)[1]
    assert not (one / "heartbeat.json").exists()
    old = time.time() - 1000
    os.utime(one / "config.json", (old, old))
    assert files.status(one) == "waiting"


def test_each_that_waits_is_taken_once_whoever_asks(tmp_path):
    folders = queued(tmp_path, *(f"run-{i}" for i in range(10)))

    def take(number):
        taken = []
        while found := next_that_waits(tmp_path):
            taken.append(found)
        return taken

    with ThreadPoolExecutor(8) as pool:
        found = [one for some in pool.map(take, range(8)) for one in some]
    assert sorted(found) == [(folder, "train") for folder in sorted(folders)]


def test_none_is_taken_while_another_is_at_work_and_the_next_when_it_pauses(tmp_path):
    busy = tmp_path / "busy"
    prepared(busy)
    (one,) = queued(tmp_path, "one")
    for state in ("running", "waiting"):
        files.beat(busy, state)
        assert next_that_waits(tmp_path) is None
    files.beat(busy, "paused")
    assert next_that_waits(tmp_path) == (one, "train")
    assert waiting.place(one) is None


def test_repeats_are_taken_last_and_one_at_a_time(tmp_path):
    repeated = tmp_path / "repeated"
    prepared(repeated)
    files.end(repeated, "finished", "")
    waiting.join(repeated, "repeat")
    (one,) = queued(tmp_path, "one")
    assert next_that_waits(tmp_path) == (one, "train")
    files.beat(one, "running")
    assert next_that_waits(tmp_path) is None
    files.end(one, "finished", "")
    assert next_that_waits(tmp_path) == (repeated, "repeat")


def test_a_run_that_waits_is_stopped_at_once_and_can_be_gone_on_with(tmp_path):
    one, two = queued(tmp_path, "one", "two")
    runs.request_stop(one)
    assert files.status_and_reason(one) == ("stopped", "Stopped while it waited for its turn.")
    assert waiting.queue(tmp_path) == [two]
    runs.request_stop(two)


def test_what_was_deleted_while_it_waited_is_left_out(tmp_path):
    one, two = queued(tmp_path, "one", "two")
    (one / "config.json").unlink()
    assert next_that_waits(tmp_path) == (two, "train")
    assert waiting.queue(tmp_path) == []


def test_six_runs_started_at_once_have_one_process_and_are_trained_in_turn(tmp_path):
    with launch._lock:
        before = len(launch._workers)
    folders = [runs.start(SHORT, tmp_path / f"run-{i}") for i in range(6)]
    assert len(launch._workers) <= before + 1
    assert [files.status(folder) for folder in folders] == ["waiting"] * 6
    assert sum((folder / "heartbeat.json").exists() for folder in folders) == 1
    wait_for(lambda: all(files.status(folder) == "finished" for folder in folders))
    assert len({files.heart(folder)["pid"] for folder in folders}) == 1
    ended = [files.read_json(folder / "end.json")["time"] for folder in folders]
    assert ended == sorted(ended)


def test_a_worker_killed_before_its_first_beat_is_told_at_once_and_the_next_begins(tmp_path):
    for worker in launch._workers[:]:
        worker.process.kill()
        worker.process.wait()
    first = runs.start(LONG, tmp_path / "first")
    second = runs.start(SHORT, tmp_path / "second")
    assert files.status_and_reason(first) == ("waiting", "The worker is starting.")
    os.kill(files.heart(first)["pid"], signal.SIGKILL)
    wait_for(lambda: files.status(first) == "lost", timeout=3)
    assert "died at step 0" in files.status_and_reason(first)[1]
    wait_for(lambda: files.status(second) == "finished")
    runs.resume(first)
    wait_for(lambda: files.status(first) == "running")
    runs.request_stop(first)
    wait_for(lambda: files.status(first) == "stopped")


def test_what_waits_is_trained_though_the_process_that_started_it_is_killed(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from tests.test_waiting import SHORT, runs\n"
        f"for name in ('a', 'b', 'c'): runs.start(SHORT, Path({str(tmp_path)!r}) / name)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=shelf.ROOT)
    assert done.returncode == -signal.SIGKILL
    wait_for(lambda: all(files.status(tmp_path / name) == "finished" for name in "abc"))


@pytest.mark.parametrize("stands_by", ["1", "0"])
def test_a_server_that_starts_takes_up_what_waits(shelf_folder, monkeypatch, stands_by):
    monkeypatch.setenv("CACR_STAND_BY", stands_by)
    (one,) = queued(shelf_folder, "one")
    launch.keep_warm()
    wait_for(lambda: files.status(one) == "finished")


def test_nothing_stands_by_where_it_is_not_to(monkeypatch):
    monkeypatch.setattr(launch, "_workers", [])
    monkeypatch.setattr(launch, "Worker", lambda: "a worker")
    monkeypatch.setattr(launch, "_attend", lambda folder: None)
    launch.keep_warm()
    assert launch._workers.pop() == "a worker"
    monkeypatch.setenv("CACR_STAND_BY", "0")
    launch.keep_warm()
    assert launch._workers == []


# --- what the owner allows


def test_a_run_that_is_to_go_first_does(tmp_path):
    for name in ("a", "b", "c"):
        waiting.join(tmp_path / name)
    waiting.go_first(tmp_path / "c")
    assert [folder.name for folder in waiting.queue(tmp_path)] == ["c", "a", "b"]
    waiting.leave(tmp_path / "c")
    waiting.go_first(tmp_path / "c")  # has been taken up
    assert [folder.name for folder in waiting.queue(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize(
    ("setting", "value", "changes", "word"),
    [
        ("CACR_MOST_UPDATES", "5", {}, "at most 5 updates here, got 6"),
        ("CACR_MOST_BATCH", "8", {}, "at most 8 images in a batch here, got 16"),
        ("CACR_MOST_PROBES", "20", {}, "at most 20 probe images here, got 32"),
        ("CACR_MOST_WAITING", "0", {}, "At most 0 runs may wait"),
        ("CACR_MOST_UPDATES", "few", {}, "CACR_MOST_UPDATES is a whole number, got 'few'"),
        ("CACR_RUNS_QUOTA", "1KB", {}, "The runs folder may hold"),
        ("CACR_RUNS_QUOTA", "much", {}, "a size such as 500MB or 20GB, got 'much'"),
    ],
)
def test_a_run_past_what_is_allowed_is_refused_and_leaves_nothing(
    tmp_path, monkeypatch, setting, value, changes, word
):
    (tmp_path / "filling").write_bytes(bytes(2000))
    monkeypatch.setenv(setting, value)
    with pytest.raises(ValueError, match=word):
        runs.start(dataclasses.replace(TINY, **changes), tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["filling"]


@pytest.mark.parametrize(
    ("text", "n"),
    [("", None), ("500", 500), ("1KB", 1024), ("1.5 MB", 1.5 * 2**20), ("20GiB", 20 * 2**30),
     ("2t", 2 * 2**40)],
)  # fmt: skip
def test_a_size_is_read_with_its_unit(text, n):
    assert limits.n_bytes_of(text) == n


def test_a_run_from_elsewhere_is_held_to_what_is_allowed_when_it_is_gone_on_with(
    tmp_path, monkeypatch
):
    prepared(tmp_path / "run", n_steps=10_000_000)
    files.end(tmp_path / "run", "stopped", "")
    monkeypatch.setenv("CACR_MOST_UPDATES", "1000")
    with pytest.raises(ValueError, match="at most 1,000 updates"):
        runs.resume(tmp_path / "run")
    assert files.status(tmp_path / "run") == "stopped"


def test_a_runs_folder_that_cannot_be_written_is_one_sentence_and_leaves_nothing(
    tmp_path, monkeypatch
):
    def read_only(path, *args, **more):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(files, "write_bytes", read_only)
    monkeypatch.setattr(files, "write_json", read_only)
    with pytest.raises(ValueError, match="cannot be written") as refused:
        runs.start(TINY, tmp_path / "run", "title")
    assert "Read-only file system" in str(refused.value)
    assert "CACR_RUNS" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="cannot be written"):
        runs.start(TINY, tmp_path / "file" / "run")
    with contextlib.suppress(ValueError):
        assert waiting.queue(tmp_path / "file") == []
