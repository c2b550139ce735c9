"""A shelf's lock is held by one process, also where the folder knows no locks."""

import errno
import os
import signal
import subprocess
import sys

import pytest

from cacr_core.runs.locks import taken
from cacr_core.runs.shelf import ROOT

fcntl = pytest.importorskip("fcntl")
HOLD = """
import errno, fcntl, sys, time
from pathlib import Path
def refuse(*_): raise OSError(int(sys.argv[2]), "no locks here")
if int(sys.argv[2]): fcntl.flock = refuse
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
