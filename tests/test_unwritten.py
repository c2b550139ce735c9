"""A run whose folder cannot be written any more stops, is told, and can be gone on with."""

import dataclasses
import errno
import os
import time

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import pulse, standing
from cacr_core.runs.launch import write_config
from cacr_core.runs.paths import write_json
from cacr_core.runs.worker import work
from tests.test_device_faults import TINY, again

LONG = dataclasses.replace(TINY, n_steps=3_000, snapshot_every=3_000)


@pytest.mark.parametrize(
    ("number", "remedy"), [(errno.ENOSPC, "Make room there"), (errno.EROFS, "Make it writable")]
)
def test_a_run_that_cannot_say_how_it_stands_stops_without_waiting_for_its_next_snapshot(
    tmp_path, monkeypatch, number, remedy
):
    folder = tmp_path / "run"
    write_config(LONG, folder)
    plain, beats = standing.write_json, []

    def refuse(path, value):
        if path.name == "heartbeat.json" and value["step"] > 0:
            beats.append(value["step"])
            raise OSError(number, os.strerror(number))
        plain(path, value)

    monkeypatch.setattr(standing, "write_json", refuse)
    monkeypatch.setattr(pulse, "BEAT_EVERY", 0.05)
    assert work(folder) == "stopped"
    state, reason = files.status_and_reason(folder)
    assert state == "stopped"
    assert os.strerror(number) in reason and remedy in reason
    assert len(beats) >= pulse.BEATS_MISSED
    assert files.snapshot_steps(folder)[-1] < LONG.n_steps
    assert (folder / "state.safetensors").exists()  # that could be written: Resume goes on from it


def test_one_beat_that_is_missed_stops_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    plain, missed = standing.write_json, []

    def refuse_once(path, value):
        if path.name == "heartbeat.json" and value["step"] > 0 and len(missed) < 2:
            missed.append(value)
            raise OSError(errno.EIO, "a net that came back")
        plain(path, value)

    monkeypatch.setattr(standing, "write_json", refuse_once)
    assert work(folder) == "finished"
    again(folder)


def test_a_folder_that_became_read_only_is_told_before_its_worker_counts_as_lost(
    tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    files.beat(folder, "running", step=7)
    old = files.heart(folder) | {"awake": time.monotonic() - standing.SILENT_AFTER - 0.1}
    write_json(folder / "heartbeat.json", old)
    assert files.status(folder) == "running"  # a busy machine
    monkeypatch.setattr(standing.os, "access", lambda path, mode: path != folder)
    state, reason = files.status_and_reason(folder)
    assert state == "lost"
    assert "cannot be written any more" in reason and "step 7" in reason
