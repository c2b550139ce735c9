"""A system without what only POSIX has, as Windows is: runs are trained, shelved and read there."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cacr_core.commands import app
from cacr_core.runs import folder as files
from cacr_core.runs import launch, paths, reading
from tests.tiny_run import prepared

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


class Opened:
    """A file that another process has open for a while: it is refused so many times."""

    def __init__(self, monkeypatch, name, times):
        self.left = times
        plain = getattr(Path, name)

        def act(path, *given, **more):
            if path.suffix != ".py" and self.left:
                self.left -= 1
                raise PermissionError(13, "The process cannot access the file", str(path))
            return plain(path, *given, **more)

        monkeypatch.setattr(Path, name, act)
        monkeypatch.setattr(paths, "TRIES", (0.0,) * 5)


@pytest.mark.parametrize(("name", "n_refused"), [("replace", 5), ("open", 5)])
def test_where_what_is_open_is_not_replaced_a_file_is_tried_again(
    tmp_path, monkeypatch, name, n_refused
):
    files.write_json(tmp_path / "end.json", {"state": "stopped"})
    monkeypatch.setattr(paths, "HOLDS_OPENED", True)
    opened = Opened(monkeypatch, name, n_refused)
    if name == "replace":
        files.write_json(tmp_path / "end.json", {"state": "finished"})
        assert opened.left == 0
    expected = "finished" if name == "replace" else "stopped"
    assert files.read_json(tmp_path / "end.json")["state"] == expected
    assert opened.left == 0
    assert [path.name for path in tmp_path.iterdir()] == ["end.json"]


def test_what_stays_open_is_told_and_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "HOLDS_OPENED", True)
    Opened(monkeypatch, "replace", 100)
    with pytest.raises(PermissionError):
        files.write_json(tmp_path / "end.json", {"state": "finished"})
    assert list(tmp_path.iterdir()) == []
    Opened(monkeypatch, "open", 100)
    with pytest.raises(ValueError, match=r"end\.json may not be read"):
        reading.read_checked(tmp_path / "end.json")


def test_a_run_is_gone_on_with_though_its_last_beat_is_being_read(tmp_path, monkeypatch):
    prepared(tmp_path / "run")
    files.end(tmp_path / "run", "stopped", "")
    monkeypatch.setattr(launch, "_attend", lambda shelf: None)
    monkeypatch.setattr(paths, "HOLDS_OPENED", True)
    opened = Opened(monkeypatch, "unlink", 4)
    launch.resume(tmp_path / "run")
    assert opened.left == 0 and files.status(tmp_path / "run") == "waiting"


def test_a_snapshot_that_is_being_read_is_thinned_out_the_next_time_with_its_layouts(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(files, "MOST_SNAPSHOTS", 3)
    blank = np.ones((5, 2, 2), np.float32)

    def look(step):
        files.write_snapshot(tmp_path, files.Snapshot(step, {}, blank))
        files.write_bytes(tmp_path / "layouts" / f"embeddings-{step:08d}.npz", b"")

    for step in range(3):
        look(step)
    with monkeypatch.context() as read:
        Opened(read, "unlink", 1)  # of its layout
        look(3)
        assert files.snapshot_steps(tmp_path) == [0, 1, 2, 3]
    look(4)
    assert len(steps := files.snapshot_steps(tmp_path)) == 3
    layouts = sorted(int(path.stem[-8:]) for path in (tmp_path / "layouts").iterdir())
    assert layouts == steps


def in_text(call):
    """Whether a call reads or writes text in whatever encoding the machine has."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if name == "read_text":
        return not call.args
    if name == "write_text":
        return len(call.args) < 2
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    is_builtin = name == "open" and isinstance(call.func, ast.Name)
    return is_builtin and not any("b" in mode for mode in modes[-1:])


def test_every_text_is_utf_8_whatever_the_machine_has():
    found = []
    sources = [path for top in ("cacr_core", "web", "pages") for path in (ROOT / top).rglob("*.py")]
    for path in (*sources, ROOT / "app.py", ROOT / "frame.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and in_text(node):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
