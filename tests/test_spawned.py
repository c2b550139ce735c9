"""Processes of ours: their threads, their modules, and a folder for what numba compiles."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from cacr_core.runs import process


@pytest.fixture
def given(monkeypatch):
    """The environment of a process that is spawned now."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda command, env, **more: env)
    process.compiled_folder.cache_clear()
    yield lambda: process.spawn("layouts")
    process.compiled_folder.cache_clear()


def test_a_folder_of_its_own_is_made_where_numba_finds_none(given, monkeypatch, tmp_path):
    monkeypatch.setattr(process.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(process, "_is_writable", lambda folder: False)
    made = Path(given()["NUMBA_CACHE_DIR"])
    assert made.parent == tmp_path
    assert stat.S_IMODE(made.stat().st_mode) == 0o700  # what numba reads there runs
    assert given()["NUMBA_CACHE_DIR"] == str(made)  # one for all processes of a server
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/mine")
    assert given()["NUMBA_CACHE_DIR"] == "/mine"


@pytest.mark.parametrize("writable", ["umap", "cache"])
def test_none_is_made_where_numba_finds_one(given, monkeypatch, tmp_path, writable):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(process, "_is_writable", lambda folder: writable in folder.parts)
    assert "NUMBA_CACHE_DIR" not in given()


def test_a_folder_is_writable_as_far_as_it_is_there(tmp_path, monkeypatch):
    assert process._is_writable(tmp_path / "not" / "yet")
    monkeypatch.setattr(process.os, "access", lambda path, mode: Path(path) != tmp_path)
    assert not process._is_writable(tmp_path / "not" / "yet")
    assert not process._is_writable(Path("~/.cache"))  # of a user without a home


def test_what_the_user_put_on_the_path_of_modules_stays_behind_ours(given, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"/mine{os.pathsep}/yours")
    assert given()["PYTHONPATH"].split(os.pathsep) == [str(process.ROOT), "/mine", "/yours"]
    monkeypatch.delenv("PYTHONPATH")
    assert given()["PYTHONPATH"] == str(process.ROOT)


@pytest.mark.parametrize(
    ("here", "asked", "n_threads"),
    [(8, None, "7"), (8, "3", "3"), (8, "64", "7"), (1, None, "1"), (8, "4,2", "7"), (8, "0", "1")],
)
def test_a_process_has_one_thread_fewer_than_cores_and_no_more_than_its_user_allows(
    given, monkeypatch, here, asked, n_threads
):
    monkeypatch.setattr(process, "n_cores", lambda: here)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert given()["OMP_NUM_THREADS"] == given()["NUMBA_NUM_THREADS"] == n_threads


@pytest.mark.parametrize(
    ("name", "written", "n_cores"),
    [
        ("", {"cpu.max": "150000 100000"}, 2),
        ("", {"cpu.max": "max 100000"}, 64),
        ("", {"cpu.max": "nonsense"}, 64),
        ("lab/me", {"cpu.max": "max 100000", "lab/cpu.max": "300000 100000"}, 3),
        ("", {"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ("", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        ("me", {"cpu/me/cpu.cfs_quota_us": "400000", "cpu/me/cpu.cfs_period_us": "100000"}, 4),
        ("", {}, 64),
    ],
)
def test_a_container_has_the_cores_that_it_is_given_time_for(
    tmp_path, monkeypatch, name, written, n_cores
):
    for place, text in written.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(f"{text}\n")
    own = tmp_path / "own"
    own.write_text(f"3:cpuset:/other\n1:cpu,cpuacct:/{name}\n0::/{name}\n")
    monkeypatch.setattr(process, "GROUPS", tmp_path)
    monkeypatch.setattr(process, "OWN_GROUPS", own)
    monkeypatch.setattr(process.os, "sched_getaffinity", lambda pid: range(64), raising=False)
    assert process.n_cores() == n_cores


def test_on_windows_a_worker_does_not_hear_what_ends_the_server(monkeypatch):
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: more)
    assert process.spawn("worker")["creationflags"] == 0x200
