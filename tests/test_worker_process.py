"""The worker as a process: what it does when it is told to, killed or told to end."""

import dataclasses
import json
import os
import signal

import pytest
from safetensors.torch import load_file

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import launch, summons
from tests.tiny_run import TINY, prepared, wait_for


def test_a_worker_that_is_told_to_end_saves_what_it_is_at_and_begins_nothing(tmp_path):
    folder, following = tmp_path / "run", tmp_path / "following"
    for one in (folder, following):
        prepared(one, n_steps=100_000, snapshot_every=1000)
    with launch.spawn("worker") as began:
        for one in (folder, following):
            began.stdin.write(json.dumps({"folder": str(one), "by": os.getpid()}).encode() + b"\n")
        began.stdin.flush()
        wait_for(lambda: files.heart(folder).get("step", 0) > 3)
        began.terminate()
        assert began.wait(60) == 0
    assert runs.status(folder) == "stopped"
    assert int(load_file(folder / "state.safetensors")["step"]) > 3
    assert not (following / "heartbeat.json").exists()


def test_a_worker_that_is_told_to_end_while_it_stands_by_or_repeats_does(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with summons.Summons() as told:
        with told.stopping(tmp_path, "repeat"):
            signal.raise_signal(signal.SIGTERM)
            assert files.control(tmp_path)["seeds"] == "stop" and told.came
            with pytest.raises(SystemExit):  # told again, as where it hangs
                signal.raise_signal(signal.SIGTERM)
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_worker_that_cannot_be_asked_to_stop_ends_at_once(tmp_path, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(summons.files, "request_stop", full)
    with summons.Summons() as told, told.stopping(tmp_path, "train"):
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)


def test_a_real_worker_pauses_steps_resumes_and_stops(tmp_path):
    folder = runs.start(dataclasses.replace(TINY, n_steps=100_000), tmp_path / "run", "A title")
    wait_for(lambda: runs.status(folder) == "running")
    assert files.read_json(folder / "run.json")["title"] == "A title"
    runs.request(folder, wanted="pause")
    wait_for(lambda: runs.status(folder) == "paused")
    before = files.read_json(folder / "heartbeat.json")["step"]
    runs.request_step(folder)
    wait_for(lambda: files.read_json(folder / "heartbeat.json")["step"] == before + 1)
    wait_for(lambda: before + 1 in files.snapshot_steps(folder))
    assert runs.status(folder) == "paused"
    runs.request(folder, wanted="run", speed=50)
    wait_for(lambda: files.read_json(folder / "heartbeat.json")["step"] > before + 3)
    runs.request_stop(folder)
    wait_for(lambda: runs.status(folder) == "stopped")


def test_a_killed_worker_is_seen_as_lost_and_the_run_goes_on_when_resumed(tmp_path):
    folder = runs.start(dataclasses.replace(TINY, n_steps=100_000), tmp_path / "run")
    wait_for(
        lambda: (folder / "state.safetensors").exists() and len(files.snapshot_steps(folder)) > 6
    )
    os.kill(files.read_json(folder / "heartbeat.json")["pid"], signal.SIGKILL)
    wait_for(lambda: runs.status(folder) == "lost", timeout=3)
    steps = files.snapshot_steps(folder)
    assert [s.step for s in runs.read_snapshots(folder)] == steps
    runs.resume(folder)
    wait_for(lambda: files.snapshot_steps(folder)[-1] > steps[-1])
    runs.request_stop(folder)
    wait_for(lambda: runs.status(folder) == "stopped")
    launch.reap()


def test_one_run_waits_for_another_on_the_same_shelf(tmp_path):
    first = runs.start(dataclasses.replace(TINY, n_steps=100_000), tmp_path / "first")
    wait_for(lambda: runs.status(first) == "running")
    second = runs.start(dataclasses.replace(TINY, n_steps=2), tmp_path / "second")
    wait_for(lambda: "another run" in files.status_and_reason(second)[1])
    runs.request(first, wanted="pause")
    wait_for(lambda: runs.status(second) == "finished")
    runs.request(first, wanted="run")
    wait_for(lambda: runs.status(first) == "running")
    runs.request_stop(first)
    wait_for(lambda: runs.status(first) == "stopped")
