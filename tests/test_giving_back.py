"""An app that nobody uses, and a run that is paused for long, give process and device back."""

import errno
import fcntl
import os
import threading
import time

import torch
from safetensors.torch import load_file

from cacr_core.runs import folder as files
from cacr_core.runs import launch, seeds, standing, waiting, worker
from cacr_core.runs.worker import work
from tests.test_device_faults import again, prepared


class Process:
    """Of a worker that nobody started."""

    pid = os.getpid()

    def __init__(self):
        self.stdin = self
        self.dismissed = False

    code = None

    def poll(self):
        return self.code

    def close(self):
        self.dismissed = True


def test_a_worker_whose_device_failed_is_given_nothing_more(monkeypatch, tmp_path):
    monkeypatch.setattr(launch, "spawn", lambda command: Process())
    one = launch.Worker()
    one.folder = prepared(tmp_path / "run")
    files.end(one.folder, "failed", "")
    assert one.is_idle()
    files.beat(one.folder, "failed", ending=True)
    assert not one.is_idle()
    one.job = "repeat"
    seeds._write(one.folder, state="failed", reason="")
    assert one.is_idle()
    seeds._write(one.folder, state="failed", reason="", ending=True)
    assert not one.is_idle()


def test_a_worker_is_given_again_the_run_it_left_and_none_while_it_trains(monkeypatch, tmp_path):
    monkeypatch.setattr(launch, "spawn", lambda command: Process())
    one = launch.Worker()
    one.folder = folder = prepared(tmp_path / "run")
    files.beat(folder, "running")
    assert not one.is_idle()
    silent = {"awake": time.monotonic() - standing.LOST_AFTER - 1}
    files.write_json(folder / "heartbeat.json", files.heart(folder) | silent)
    assert one.is_silent() and not one.is_idle()
    files.end(folder, "stopped", "")
    monkeypatch.setattr(launch, "_attend", lambda shelf: None)
    launch.resume(folder)
    assert files.status(folder) == "waiting"
    assert one.is_idle()


def test_where_no_worker_can_be_made_what_waits_keeps_its_place(monkeypatch, tmp_path):
    first, second = (prepared(tmp_path / name) for name in ("first", "second"))
    for folder in (first, second):
        waiting.join(folder)

    def refuse(command):
        raise OSError(errno.EAGAIN, "no more processes")

    monkeypatch.setattr(launch, "spawn", refuse)
    monkeypatch.setattr(launch, "_workers", [])
    launch._take_up(tmp_path)
    assert waiting.queue(tmp_path) == [first, second]
    monkeypatch.setattr(launch, "_shelves", set())
    monkeypatch.setattr(launch, "_attending", object())  # nobody else looks meanwhile
    launch._attend(tmp_path)
    assert files.status(first) == "waiting"


def test_a_worker_that_is_idle_for_long_is_let_go(monkeypatch, tmp_path):
    monkeypatch.setattr(launch, "spawn", lambda command: Process())
    busy, idle = launch.Worker(), launch.Worker()
    busy.folder = prepared(tmp_path / "run")
    files.beat(busy.folder, "running")
    monkeypatch.setattr(launch, "_workers", [busy, idle])
    monkeypatch.setattr(launch, "_leaving", [])
    launch.dismiss_idle(60)
    assert launch._workers == [busy, idle]
    launch.dismiss_idle(0)
    assert launch._workers == [busy]
    assert (busy.process.dismissed, idle.process.dismissed) == (False, True)
    files.end(busy.folder, "finished", "")
    busy.idle_since = time.monotonic() - 1
    launch.dismiss_idle(60)
    assert launch._workers == [busy]
    launch.dismiss_idle(1)
    assert launch._workers == []
    assert launch._leaving == [idle, busy]  # kept until they are over, else they stay as zombies
    idle.process.code = 0
    launch.reap()
    assert launch._leaving == [busy]


def test_a_worker_stands_by_again_only_where_one_was_asked_for(monkeypatch):
    monkeypatch.setattr(launch, "_attend", lambda shelf: None)
    made = []
    monkeypatch.setattr(launch, "spawn", lambda command: made.append(command) or Process())
    monkeypatch.setattr(launch, "_workers", [])
    monkeypatch.setattr(launch, "_kept_warm", threading.Event())
    launch.warm_again()
    assert made == []
    launch._kept_warm.set()
    launch.warm_again()
    launch.warm_again()
    assert made == ["worker"]


def test_of_workers_that_are_idle_one_stays(monkeypatch):
    monkeypatch.setattr(launch, "spawn", lambda command: Process())
    workers = [launch.Worker() for _ in range(3)]  # as many as had a run that was paused
    monkeypatch.setattr(launch, "_workers", workers[:])
    monkeypatch.setattr(launch, "_leaving", [])
    launch.dismiss_idle(60)
    assert launch._workers == workers[:1]
    assert [one.process.dismissed for one in workers] == [False, True, True]


def test_a_run_paused_for_long_gives_its_process_back_and_goes_on_exactly(monkeypatch, tmp_path):
    folder = prepared(tmp_path / "run")
    files.request(folder, wanted="pause")
    with monkeypatch.context() as patch:
        patch.setattr(worker, "RESTS_FOR", 0.1)
        assert work(folder) == "stopped"
    assert "process given back; Resume goes on" in files.status_and_reason(folder)[1]
    again(folder)
    threading.Timer(0.5, files.request_stop, [folder]).start()  # long before that it waits
    assert work(folder) == "stopped"
    assert "Stopped at step 0" in files.status_and_reason(folder)[1]
    again(folder)
    files.request(folder, wanted="run")
    assert work(folder) == "finished"
    plain = prepared(tmp_path / "plain")
    assert work(plain) == "finished"
    ours, theirs = (load_file(one / "state.safetensors") for one in (folder, plain))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_a_paused_run_gives_its_turn_up_after_a_single_step_too(tmp_path):
    folder = prepared(tmp_path / "run")
    files.request(folder, wanted="pause")
    thread = threading.Thread(target=work, args=(folder,), kwargs={"queue": True})
    thread.start()

    def until(holds):
        end = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < end
            time.sleep(0.02)

    until(lambda: files.status(folder) == "paused")
    files.request_step(folder)
    until(lambda: files.heart(folder)["step"] == 1)

    def is_free():
        with (tmp_path / ".turn").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    until(is_free)
    files.request_stop(folder)
    thread.join()
