"""A run whose folder is deleted while its worker lives ends, and its folder is not made anew; one
that is resumed and stopped at once has come as far as before."""

import contextlib
import dataclasses
import shutil
import threading

import pytest

from cacr_core.losses import CACR
from cacr_core.runs import folder as files
from cacr_core.runs import pulse, seeds, shelf, turn, worker
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.paths import last_step, names_in
from cacr_core.runs.worker import work
from cacr_core.training import Training
from tests.compared import finished
from tests.test_device_faults import TINY
from web.live.describe import describe_loss

LONG = dataclasses.replace(TINY, n_steps=3_000, snapshot_every=3_000)
PAIR = Comparison((Entry("one", LONG), Entry("two", dataclasses.replace(LONG, loss=CACR(2.0)))))


@pytest.mark.parametrize("config", [LONG, PAIR], ids=["run", "comparison"])
@pytest.mark.parametrize("left", [(), ("heartbeat.json",)], ids=["whole", "but-one-file"])
def test_a_run_that_was_deleted_while_it_trains_ends_and_is_not_begun_anew(
    tmp_path, monkeypatch, config, left
):
    folder = tmp_path / "run"
    write_config(config, folder)
    monkeypatch.setattr(pulse, "BEAT_EVERY", 0.02)
    steps, beat, between_beats = [], worker._beat, threading.Lock()

    def beats(place, **told):
        with between_beats:
            beat(place, **told)

    def delete(training):
        steps.append(training.step)
        if len(steps) == 3:
            with between_beats:
                shutil.rmtree(folder)
                for name in left:  # written while the folder was being removed
                    folder.mkdir()
                    (folder / name).write_text("{}", "utf-8")

    monkeypatch.setattr(worker, "_beat", beats)

    assert work(folder, on_update=delete) == "stopped"
    assert steps[-1] < LONG.n_steps
    assert names_in(folder) == list(left)
    if not left:
        assert not folder.exists()
        assert files.status_and_reason(folder)[1] == "run holds no config.json, so it is no run."


@pytest.mark.parametrize("write", ["look", "keep_state", "save", "open"])
def test_no_writing_of_a_worker_makes_a_deleted_run_anew(tmp_path, write):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    lanes = worker.Lanes(folder, Training(TINY))
    shutil.rmtree(folder)
    act = lanes.open if write == "open" else getattr(lanes.going[0], write)
    with contextlib.suppress(FileNotFoundError):
        act(*["app"] * (write == "open"))
    assert not folder.exists()


def test_a_share_that_fails_for_one_beat_ends_no_run(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_config(TINY, folder)
    plain, missed = worker.require_run, []

    def fail_once(place):
        if place == folder and len(missed) < 2 and files.heart(folder):
            missed.append(place)
            raise FileNotFoundError("a net that comes back")
        plain(place)

    beat = worker._beat

    def beats(place, **told):
        with monkeypatch.context() as patch:
            patch.setattr(worker, "require_run", fail_once)
            beat(place, **told)

    monkeypatch.setattr(worker, "_beat", beats)
    assert work(folder) == "finished"
    assert len(missed) == 2


def test_repeats_of_a_comparison_that_was_deleted_end(tmp_path, monkeypatch):
    folder = shutil.copytree(finished(), tmp_path / "compare-gone")
    monkeypatch.setattr(seeds, "BEAT_EVERY", 0.02)
    seeds.ask(folder, 3)

    def repeat(comparison, numbers, path, is_over, say):
        shutil.rmtree(folder)
        while not is_over():
            pass

    assert not seeds.work_on_seeds(folder, repeat)
    assert not folder.exists()


def test_an_entry_whose_folder_is_gone_is_left_out_when_the_others_go_on(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-less")
    shutil.rmtree(folder / "b")
    (folder / "end.json").unlink()
    assert work(folder) == "finished"
    assert not (folder / "b").exists()


@pytest.mark.parametrize("config", [TINY, PAIR], ids=["run", "comparison"])
def test_a_run_that_is_resumed_and_stopped_at_once_has_come_as_far_as_before(
    tmp_path, monkeypatch, config
):
    folder = tmp_path / "run"
    write_config(config, folder)

    def stop(training):
        if training.step == 2:
            files.request_stop(folder)

    work(folder, on_update=stop)
    came = last_step(folder)
    assert came in (2, 3)
    (folder / "end.json").unlink()
    (folder / "heartbeat.json").unlink()
    assert shelf.info(folder).step == came

    def stopped(self):
        raise turn.Stopped

    monkeypatch.setattr(turn.Turn, "take", stopped)
    assert work(folder, queue=True) == "stopped"
    assert files.status_and_reason(folder)[1] == f"Stopped at step {came}."
    assert shelf.info(folder).step == files.heart(folder)["step"] == came


def test_one_that_failed_of_its_numbers_is_told_its_loss_as_a_person_reads_it(tmp_path):
    config = dataclasses.replace(TINY, lr=1e30, loss=CACR(1.0, 2.0))
    folder = tmp_path / "run"
    write_config(config, folder)
    assert work(folder) == "failed"
    reason = files.status_and_reason(folder)[1]
    told = describe_loss(files.read_config(folder)["loss"])["text"]
    assert "t⁻ 2" in told
    assert reason.endswith(f"or soften the loss (now {told}).")
