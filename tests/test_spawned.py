"""Processes of ours have a folder for what numba compiles, where umap would find none."""

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
