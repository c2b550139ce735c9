"""A shelf's lock is held by one process, also where the folder knows no locks."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from cacr_core.runs import locks
from cacr_core.runs.locks import taken
from cacr_core.runs.shelf import ROOT

fcntl = pytest.importorskip("fcntl")
HOLD = """
import errno, fcntl, sys, time
from pathlib import Path
def refuse(*_): raise OSError(int(sys.argv[2]), "no locks here")
if int(sys.argv[2]): fcntl.flock = refuse
from cacr_core.runs import locks
from cacr_core.runs.locks import taken
held = taken(Path(sys.argv[1]))
print(held is not None, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("refusal", [0, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_lock_is_one_processs_until_it_lets_go_or_is_killed(refusal, tmp_path, monkeypatch):
    path = tmp_path / ".turn"
    words = [sys.executable, "-c", HOLD, str(path), str(refusal)]
    if refusal:

        def refuse(*_):
            raise OSError(refusal, "no locks here")

        monkeypatch.setattr(fcntl, "flock", refuse)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline() == "True\n"
        assert taken(path) is None
        os.kill(other.pid, signal.SIGKILL)
    mine = taken(path)
    assert mine is not None and mine.is_locked
    mine.release()
    again = taken(path)
    assert again is not None
    again.release()


def test_a_folder_that_fails_otherwise_says_so(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match="the disk is broken"):
        taken(tmp_path / ".turn")


@pytest.fixture
def without_locks(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(locks, "GONE_AFTER", 0.6)
    monkeypatch.setattr(locks, "TOUCH_EVERY", 0.1)


@pytest.fixture
def elsewhere(tmp_path, without_locks):
    """A lock that a process of another machine holds, whose number says nothing here."""
    hold = "import socket\nsocket.gethostname = lambda: 'an-old-container'" + HOLD
    times = f"locks.GONE_AFTER, locks.TOUCH_EVERY = {locks.GONE_AFTER}, {locks.TOUCH_EVERY}"
    hold = hold.replace("held =", f"{times}\nheld =")
    path = tmp_path / ".turn"
    words = [sys.executable, "-c", hold, str(path), str(errno.ENOLCK)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout.readline() == "True\n"
        yield path, other
        other.kill()


def test_the_lock_of_a_container_that_is_gone_is_free_again(elsewhere):
    path, other = elsewhere
    other.kill()
    other.wait()
    began, mine = time.monotonic(), None
    while (mine := taken(path)) is None:
        assert time.monotonic() - began < 30
        time.sleep(0.05)
    assert time.monotonic() - began >= 0.5
    mine.release()


def test_a_lock_that_another_machine_holds_stays_its_own(elsewhere):
    path, _ = elsewhere
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        assert taken(path) is None
        time.sleep(0.05)
