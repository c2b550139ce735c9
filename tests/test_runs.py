import dataclasses
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from cacr_core import runs
from cacr_core.runs import folder as files
from cacr_core.runs import lanes, standing, states, worker
from cacr_core.runs.worker import work
from cacr_core.training import train
from tests.tiny_run import TINY, prepared
from web.live.answers.queued import label_of, train_image
from web.live.inside.opened import open_update

# --- the folder


def test_a_run_folder_holds_what_training_yields(finished):
    for ours, theirs in zip(runs.read_snapshots(finished), train(TINY), strict=True):
        assert ours.step == theirs.step
        np.testing.assert_allclose(ours.embeddings, theirs.embeddings, atol=2e-3)
        np.testing.assert_allclose(np.linalg.norm(ours.embeddings, axis=-1), 1, atol=1e-5)
        assert theirs.metrics.items() <= ours.metrics.items()
    assert runs.status(finished) == "finished"


def test_probes_are_one_sprite_sheet_with_labels(finished):
    probes = files.read_json(finished / "probes.json")
    assert probes["n"] == len(probes["labels"]) == 32
    rows = -(-32 // probes["columns"])
    for name in ("probes", *(f"views-{v}" for v in range(5))):
        with Image.open(finished / f"{name}.webp") as sheet:
            assert sheet.size == (probes["columns"] * probes["tile"], rows * probes["tile"])


def test_who_waits_for_the_probes_of_a_run_finds_all_that_describes_it(tmp_path, monkeypatch):
    known = []
    monkeypatch.setattr(
        lanes, "write_probes", lambda folder, _: known.append(files.read_json(folder / "run.json"))
    )
    folder = tmp_path / "run"
    prepared(folder, device="cpu")
    lanes.Lanes(folder).open("test")
    (about,) = known
    assert about["device"] == "cpu" and about["n_held_out"] > 0


def test_a_run_whose_images_are_others_now_is_neither_gone_on_with_nor_shown_more_of(
    finished, tmp_path
):
    folder = shutil.copytree(finished, tmp_path / "run")
    probes = files.read_json(folder / "probes.json")
    files.write_json(folder / "probes.json", probes | {"labels": probes["labels"][::-1]})
    about = (folder / "run.json").read_bytes()
    with pytest.raises(ValueError, match="no longer those that this run began with"):
        lanes.Lanes(folder).open("test")
    assert (folder / "run.json").read_bytes() == about
    with pytest.raises(ValueError, match="no longer those that this run began with"):
        open_update(folder, 0)
    with pytest.raises(ValueError, match="no longer those that this run began with"):
        train_image(folder, 0)
    assert (label_of(folder, 0), label_of(finished, 0) >= 0) == (-1, True)


def test_no_temporary_file_is_left(finished):
    assert not [p for p in finished.rglob(".*") if p.is_file()]


def test_old_snapshots_are_thinned_evenly_and_both_ends_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_SNAPSHOTS", 10)
    blank = np.ones((5, 2, 2), np.float32)
    for step in range(0, 410, 10):
        files.write_snapshot(tmp_path, runs.folder.Snapshot(step, {}, blank))
    steps = files.snapshot_steps(tmp_path)
    assert len(steps) == 10
    assert (steps[0], steps[-1]) == (0, 400)
    gaps = np.diff(steps)
    assert max(gaps) <= 2 * np.median(gaps)
    assert len(runs.read_metrics(tmp_path)) == 41


def test_half_a_row_of_metrics_is_left_out(tmp_path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 0, "loss": 1.0}\n{"step": 1, "lo')
    assert runs.read_metrics(tmp_path) == [{"step": 0, "loss": 1.0}]


def test_a_snapshot_that_is_none_is_refused(tmp_path):
    path = files.snapshot_path(tmp_path, 3)
    files.write_bytes(path, b"not a zip")
    with pytest.raises(ValueError, match=r"00000003\.npz"):
        files.read_arrays(tmp_path, 3)


def test_a_failing_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    target = tmp_path / "x.json"
    files.write_json(target, {"a": 1})

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        files.write_json(target, {"a": 2})
    assert files.read_json(target) == {"a": 1}


# --- the worker, in process


def test_a_run_asked_to_stop_stops_before_its_next_update_and_keeps_its_weights(tmp_path):
    folder = tmp_path / "run"
    prepared(folder, n_steps=1000)
    assert work(folder, on_update=lambda training: runs.request_stop(folder)) == "stopped"
    assert files.snapshot_steps(folder)[-1] == 1
    assert (folder / "encoder.safetensors").exists()


def test_a_stopped_run_goes_on_to_what_it_would_have_been(tmp_path, finished):
    folder = tmp_path / "run"
    prepared(folder)

    def stop_at_two(training):
        if training.step == 2:
            runs.request_stop(folder)

    assert work(folder, on_update=stop_at_two) == "stopped"
    runs.request(folder, wanted="run")
    (folder / "end.json").unlink()
    assert work(folder) == "finished"
    for a, b in zip(runs.read_snapshots(folder), runs.read_snapshots(finished), strict=True):
        assert np.array_equal(a.embeddings, b.embeddings)


def test_a_loss_that_is_not_finite_ends_the_run_with_its_reason(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    prepared(folder)

    def fail(self):
        raise FloatingPointError("The loss is nan at step 0. Lower lr (now 0.01).")

    monkeypatch.setattr("cacr_core.training.Training.update", fail)
    assert work(folder) == "failed"
    state, reason = files.status_and_reason(folder)
    assert (state, reason) == ("failed", "The loss is nan at step 0. Lower lr (now 0.01).")
    assert files.snapshot_steps(folder) == [0]
    assert (folder / "encoder.safetensors").exists()


def test_a_rate_that_breaks_the_encoder_ends_the_run_in_view_and_is_saved(tmp_path):
    folder = tmp_path / "run"
    prepared(folder)
    config = dataclasses.replace(TINY, lr=1e5, n_steps=50)
    files.write_bytes(folder / "config.json", config.to_json().encode())
    assert work(folder) == "failed"
    assert "no numbers any more at step" in files.status_and_reason(folder)[1]
    assert (folder / "encoder.safetensors").exists() and (folder / "state.safetensors").exists()
    assert all(row["spread"] > 0 for row in files.read_metrics(folder))


def test_a_full_disk_leaves_a_run_that_can_be_gone_on_with(tmp_path, monkeypatch, finished):
    folder = tmp_path / "run"
    prepared(folder)
    real = files.write_snapshot

    def full(place, snapshot, **timing):
        if snapshot.step >= 2:
            raise OSError(28, "No space left on device")
        real(place, snapshot, **timing)

    monkeypatch.setattr(files, "write_snapshot", full)
    assert work(folder) == "stopped"
    assert "No space left" in files.status_and_reason(folder)[1]
    assert [s.step for s in runs.read_snapshots(folder)] == [0, 1]
    monkeypatch.undo()
    (folder / "end.json").unlink()
    assert work(folder) == "finished"
    for a, b in zip(runs.read_snapshots(folder), runs.read_snapshots(finished), strict=True):
        assert a.step == b.step or a.step == 2
        if a.step == b.step:
            assert np.array_equal(a.embeddings, b.embeddings)


@pytest.mark.parametrize(
    ("config", "message"),
    [("{", "Expecting"), ('{"dataset": "nowhere-at-all"}', "nowhere-at-all")],
)
def test_a_config_that_cannot_be_trained_fails_with_a_sentence(tmp_path, config, message):
    folder = tmp_path / "run"
    files.write_bytes(folder / "config.json", config.encode())
    assert work(folder) == "failed"
    assert message in files.status_and_reason(folder)[1]


def test_a_run_is_saved_once_a_minute_however_rarely_it_is_looked_at(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    prepared(folder, n_steps=8, snapshot_every=1000)
    kept = []

    def look(training):
        path = folder / "state.safetensors"
        kept.append(int(load_file(path)["step"]) if path.exists() else 0)

    monkeypatch.setattr(worker, "SAVE_EVERY", 0.0)
    assert work(folder, on_update=look) == "finished"
    assert kept == [1, 2, 3, 4, 5, 6, 7, 8]
    monkeypatch.setattr(worker, "SAVE_EVERY", 60.0)
    other = tmp_path / "other"
    prepared(other, n_steps=8, snapshot_every=1000)
    kept.clear()
    assert work(other, on_update=lambda _: kept.append((other / "state.safetensors").exists()))
    assert not any(kept)


def test_an_unknown_error_is_told_by_its_first_line_and_kept_whole(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    prepared(folder)

    def fail(self):
        raise RuntimeError("shapes differ.\n" + "and so on " * 1000)

    monkeypatch.setattr("cacr_core.training.Training.update", fail)
    assert work(folder) == "failed"
    told = "RuntimeError: shapes differ. What led to it is in the run's error.txt."
    assert files.status_and_reason(folder) == ("failed", told)
    assert "and so on" in (folder / "error.txt").read_text()


def test_a_reason_is_cut_to_what_may_be_read(tmp_path):
    prepared(tmp_path)
    files.end(tmp_path, "failed", "x" * 5_000)
    state, reason = files.status_and_reason(tmp_path)
    assert (state, len(reason), reason[-2:]) == ("failed", 4_000, "x…")
    (tmp_path / "end.json").unlink()
    files.beat(tmp_path, "waiting", reason="y" * 5_000)
    assert files.status_and_reason(tmp_path) == ("waiting", "y" * 3_999 + "…")


def test_a_run_whose_last_state_is_damaged_goes_on_from_the_newest_that_was_kept(
    tmp_path, finished, monkeypatch
):
    folder = shutil.copytree(finished, tmp_path / "run")
    (folder / "end.json").unlink()
    for step in (2, 4):
        shutil.copy(states.state_path(folder, 0), states.state_path(folder, step))
    states.state_path(folder, 4).write_bytes(b"")
    (folder / "state.safetensors").write_bytes(b"")  # as after a loss of power
    said = []
    monkeypatch.setattr(
        worker.files, "beat", lambda place, *_, reason="", **__: said.append(reason)
    )
    assert work(folder) == "finished"
    assert any("is damaged" in one and "goes on from step 2" in one for one in said)
    for a, b in zip(runs.read_snapshots(folder), runs.read_snapshots(finished), strict=True):
        assert np.array_equal(a.embeddings, b.embeddings)
    for step in states.kept_steps(folder):
        states.state_path(folder, step).unlink()
    (folder / "state.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="remove it to train this run from its first step"):
        lanes.Lanes(folder)


# --- status


def test_a_folder_nobody_took_up_is_lost(tmp_path):
    prepared(tmp_path)
    assert runs.status(tmp_path) == "waiting"
    old = time.time() - 1000
    os.utime(tmp_path / "config.json", (old, old))
    assert runs.status(tmp_path) == "lost"


def test_a_heartbeat_from_elsewhere_counts_by_its_age(tmp_path):
    prepared(tmp_path)
    beat = {"pid": 1, "host": "another", "time": time.time(), "state": "running"}
    files.write_json(tmp_path / "heartbeat.json", beat)
    assert runs.status(tmp_path) == "running"
    files.write_json(tmp_path / "heartbeat.json", beat | {"time": time.time() - 100})
    assert runs.status(tmp_path) == "lost"
    files.write_json(tmp_path / "heartbeat.json", beat | {"time": time.time() + 100})
    assert runs.status(tmp_path) == "running"  # clocks differ
    files.write_json(tmp_path / "heartbeat.json", beat | {"time": 9e15})
    lost = "The worker died at step 0. What it wrote is kept; Resume starts it again."
    assert files.status_and_reason(tmp_path) == ("lost", lost)


def test_a_run_of_a_machine_that_slept_or_set_its_clock_is_not_lost(tmp_path):
    prepared(tmp_path)
    files.beat(tmp_path, "running")
    slept = files.heart(tmp_path) | {"time": time.time() - 3600}
    files.write_json(tmp_path / "heartbeat.json", slept)
    assert runs.status(tmp_path) == "running"
    silent = slept | {"awake": time.monotonic() - standing.LOST_AFTER - 1}
    files.write_json(tmp_path / "heartbeat.json", silent)
    assert runs.status(tmp_path) == "lost"
    rebooted = slept | {"awake": time.monotonic() + 1000}
    files.write_json(tmp_path / "heartbeat.json", rebooted)
    assert runs.status(tmp_path) == "lost"
