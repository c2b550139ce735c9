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
from cacr_core.runs.sprites import write_about
from cacr_core.runs.worker import work
from cacr_core.training import Training
from tests.test_device_faults import TINY, again

LONG = dataclasses.replace(TINY, n_steps=3_000, snapshot_every=3_000)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Make room there"),
        (errno.EDQUOT, "Make room there"),
        (errno.EFBIG, "Make room there"),
        (errno.EROFS, "Make it writable"),
        (errno.EIO, "See to that disk or folder"),
    ],
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
    assert os.strerror(number) in reason
    assert reason.endswith(f" {remedy}; Resume goes on from the last saved state.")
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


def test_where_nothing_could_be_saved_resume_is_said_to_start_it_again(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    plain = files.write_bytes

    def refuse(path, content):
        if path.suffix in (".npz", ".safetensors"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(path, content)

    monkeypatch.setattr(files, "write_bytes", refuse)
    assert work(folder) == "stopped"
    reason = files.status_and_reason(folder)[1]
    assert reason.endswith("Make room there; Resume starts it again.")


def test_the_row_that_could_not_be_written_is_written_when_the_run_goes_on(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    plain = files.append_line

    def refuse(path, row):
        if row["step"] == TINY.n_steps:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(path, row)

    with monkeypatch.context() as patch:
        patch.setattr(files, "append_line", refuse)
        assert work(folder) == "stopped"
    assert files.snapshot_steps(folder)[-1] == TINY.n_steps
    again(folder)
    assert work(folder) == "finished"
    assert [row["step"] for row in files.read_metrics(folder)] == files.snapshot_steps(folder)


def test_a_run_that_goes_back_forgets_where_it_trained_after_that(tmp_path):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    training = Training(TINY)
    lost = {"step": 500, "device": "cuda", "precision": "bfloat16"}
    first = {"step": 0, "device": "cpu", "precision": "float32"}
    files.write_json(folder / "run.json", {"stretches": [first, lost]})
    training.step = 99
    write_about(folder, training, "app")
    assert files.read_json(folder / "run.json")["stretches"] == [first]
    files.write_json(folder / "run.json", {"stretches": [lost | {"step": 0}, lost]})
    write_about(folder, training, "app")
    stretches = files.read_json(folder / "run.json")["stretches"]
    assert stretches == [lost | {"step": 0}, first | {"step": 99}]
