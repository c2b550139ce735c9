"""A system without what only POSIX has, as Windows is: runs are trained, shelved and read there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cacr_core.commands import app

ROOT = Path(__file__).parents[1]
ONLY_POSIX = ("nice", "setpriority", "sched_getaffinity", "getuid", "geteuid", "fork", "killpg")
AS_ELSEWHERE = f"""
import os, psutil, sys  # psutil has a module of its own for each system
for name in {ONLY_POSIX!r}:
    if hasattr(os, name):
        delattr(os, name)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
"""
TRAINS = """
from pathlib import Path
from cacr_core import runs
from cacr_core.losses import InfoNCE
from cacr_core.runs import folder as files, process, shelf
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig

folder = shelf.runs_folder() / "one"
config = TrainConfig(loss=InfoNCE(), dataset="digits", n_steps=4, batch_size=8, n_probes=16)
write_config(config, folder)
assert work(folder, queue=True) == "finished"
assert "one" in [run.id for run in shelf.list_runs()]
assert len(list(runs.read_snapshots(folder))) > 1 and process.n_cores() >= 1
assert not [path for path in folder.rglob("*") if set(path.name) & set('<>:"|?*')]
import web.live.watch, web.compare.watch, web.socket.server
print("as elsewhere")
"""


def test_a_run_is_trained_and_listed_without_posix(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", AS_ELSEWHERE + TRAINS],
        cwd=ROOT, env=os.environ | {"CACR_RUNS": str(tmp_path)},
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.stdout.strip() == "as elsewhere", done.stderr[-2000:]


def test_where_a_process_cannot_become_another_the_app_waits_for_its_own(monkeypatch):
    ran = []

    class Done:
        returncode = 3

    monkeypatch.setattr(app.os, "name", "nt")
    monkeypatch.setattr(app.os, "chdir", lambda folder: None)
    monkeypatch.setattr(app.os, "execv", lambda *_: pytest.fail("the process became another"))
    monkeypatch.setattr(app.subprocess, "run", lambda words: ran.append(words) or Done())
    monkeypatch.setenv("CACR_RUNS", os.environ.get("CACR_RUNS", ""))
    monkeypatch.setattr(app, "runs_folder", lambda: "runs")
    assert app.main(["--server.port", "1"]) == 3
    assert ran == [app.command(["--server.port", "1"])]
