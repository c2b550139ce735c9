"""What `pip install .`, `make` and the workflow name exists, and the lock fits the ranges."""

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from cacr_core.commands import app
from cacr_core.data import data_root
from cacr_core.runs import shelf
from tests.browser.chromium import planned
from tools import lock

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DATA = PROJECT["tool"]["setuptools"]["package-data"]
TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True
).stdout.split("\0")[:-1]


def test_the_console_script_is_a_function():
    for target in PROJECT["project"]["scripts"].values():
        module, _, name = target.partition(":")
        assert callable(getattr(importlib.import_module(module), name))


def test_every_pattern_of_package_data_finds_files():
    for package, patterns in DATA.items():
        folder = ROOT if package == "cacr_playground" else ROOT / package
        for pattern in patterns:
            assert any(folder.glob(pattern)), f"{package}: {pattern}"


def test_every_folder_with_python_is_a_package():
    for top in ("cacr_core", "web"):
        for path in (ROOT / top).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path


@pytest.mark.skipif(not TRACKED, reason="not a checkout")
def test_what_the_app_opens_is_installed():
    tops = ("web/", "pages/", "lessons/", ".streamlit/", "checkpoints/")
    kinds = (".py", ".d.ts", ".md", "tsconfig.json")  # setuptools finds modules; types: not served
    needed = {name for name in TRACKED if name.startswith(tops) and not name.endswith(kinds)}
    installed = {
        path.relative_to(ROOT).as_posix()
        for package, patterns in DATA.items()
        for pattern in patterns
        for path in (ROOT if package == "cacr_playground" else ROOT / package).glob(pattern)
    }
    assert needed <= installed


def test_setup_puts_the_apps_own_files_where_the_shelf_looks():
    (call,) = [n for n in ast.walk(ast.parse((ROOT / "setup.py").read_text())) if _is_setup(n)]
    (folder,) = ast.literal_eval(next(k.value for k in call.keywords if k.arg == "package_dir"))
    assert shelf.INSTALLED.name == folder
    assert set(DATA) == {"web", folder}


def _is_setup(node):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"


def test_app_starts_streamlit_where_its_files_lie(monkeypatch, tmp_path):
    started = []
    monkeypatch.chdir(tmp_path)
    places = ("CACR_RUNS", "CACR_LESSONS", "CACR_DATA", "CACR_CACHE", "CACR_FOLDERS")
    for name in places:
        monkeypatch.setenv(name, "mine")
    monkeypatch.setattr(os, "execv", lambda *words: started.append((Path.cwd(), *words)))
    app.main(["--server.port", "1234"])
    ((place, program, words),) = started
    assert program == words[0] == sys.executable
    assert words[1:] == ["-m", "streamlit", "run", "app.py", "--server.port", "1234"]
    assert (place / "app.py").is_file()
    assert {os.environ[name] for name in places} == {str(tmp_path / "mine")}


@pytest.mark.parametrize("start", [app.main, app.serve])
def test_a_blank_place_is_not_the_folder_that_the_app_is_started_in(monkeypatch, tmp_path, start):
    monkeypatch.chdir(tmp_path)
    named = {"CACR_LESSONS": " ", "CACR_DATA": " ", "CACR_CACHE": "\t", "CACR_RUNS": " "}
    named["CACR_FOLDERS"] = os.pathsep.join([str(tmp_path / "shown"), " ", "", "~nobody-here/x"])
    monkeypatch.setattr(os, "environ", os.environ.copy() | named)
    monkeypatch.setattr(os, "execv", lambda *words: None)
    start([])
    places = [tmp_path / "shown", tmp_path / "~nobody-here" / "x"]
    assert os.environ["CACR_FOLDERS"].split(os.pathsep) == list(map(str, places))
    assert {os.environ[name] for name in ("CACR_LESSONS", "CACR_DATA", "CACR_CACHE")} == {""}
    assert shelf.runs_folder() == ROOT / "runs"
    monkeypatch.setenv("CACR_DATA", " ")
    assert data_root() == Path.home() / ".cache" / "cacr-data"


@pytest.mark.parametrize("given", [[], ["--server.address", "10.0.0.7"]])
def test_serve_listens_where_streamlits_own_setting_says(monkeypatch, given):
    started = []
    monkeypatch.setattr(app, "main", lambda words: started.append(words) or 0)
    monkeypatch.setattr(os, "environ", os.environ | {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1"})
    app.serve(given)
    (words,) = started
    assert words.count("--server.address") == 1
    assert words[words.index("--server.address") + 1] == (given[-1] if given else "127.0.0.1")


def test_an_installed_copy_is_not_written_into(monkeypatch, capsys):
    from cacr_core.__main__ import main

    monkeypatch.delenv("CACR_RUNS", raising=False)
    assert shelf.runs_folder() == ROOT / "runs"
    monkeypatch.setattr(shelf, "INSTALLED", shelf.ROOT)
    assert Path.home() in shelf.runs_folder().parents
    assert main(["record"]) == main(["study"]) == 2
    assert capsys.readouterr().err.count("Run `make ") == 2


def test_the_lock_pins_all_that_is_asked_for_within_its_ranges():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().split():
            need = Requirement(line)
            assert Version(pinned[need.name]) in need.specifier, line


def test_a_lock_follows_what_the_wanted_need_and_leaves_out_the_rest():
    pinned = lock.closure([Requirement("scikit-learn>=1")])
    assert {"scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"} <= set(pinned)
    assert not {"torch", "streamlit", "pytest"} & set(pinned)
    with pytest.raises(ValueError, match="asked for, but"):
        lock.closure([Requirement("numpy<1")])
    with pytest.raises(ValueError, match="not installed"):
        lock.closure([Requirement("a-package-that-nobody-has")])


def test_what_apt_is_about_to_do_is_one_line():
    simulated = (
        "NOTE: This is only a simulation!\n"
        "Inst libnew (1.0 Debian:12 [amd64])\n"
        "Inst libold [1.0] (1.1 Debian:12 [amd64]) []\n"
        "Inst chromium (140 Debian:12 [amd64])\n"
        "Conf libnew (1.0 Debian:12 [amd64])\n"
    )
    line = planned(simulated)
    assert "installs 2 packages (libnew, chromium) and upgrades 1 package (libold)" in line
    assert "\n" not in line


def test_the_workflow_runs_what_the_makefile_has():
    makefile = (ROOT / "Makefile").read_text()
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text()
    (target,) = re.findall(r"run: make (\w+)", workflow)
    assert f"\n{target}:" in makefile
    for version in re.findall(r'"(3\.\d+)"', workflow):
        assert Version(version) >= Version(PROJECT["project"]["requires-python"].strip(">="))


@pytest.mark.parametrize("locked", ["", "1"])
def test_a_machine_that_has_nothing_yet_can_make_the_tests_with_and_without_the_lock(
    tmp_path, locked
):
    needs = ("Makefile", "requirements.txt", "requirements-dev.txt", "requirements.lock")
    for name in (*needs, "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path)
    asked = ["make", "-n", f"LOCKED={locked}", "test"]
    told = subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert ("--constraint requirements.lock" in told.stdout) == bool(locked)
    assert "npm ci" in told.stdout


@pytest.mark.parametrize("there", ["nothing", "half", "without pip", "whole"])
def test_an_environment_that_is_not_whole_is_made_anew(tmp_path, there):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "rest.mk").write_text("try:\n\t$(call environment,.venv)\n")
    bin_folder, said = tmp_path / ".venv" / "bin", tmp_path / "said"
    if there != "nothing":  # a python is all that an interrupted venv has
        bin_folder.mkdir(parents=True)
        does = {"half": "false", "without pip": '[ "$2" = -m ]', "whole": "true"}[there]
        (bin_folder / "python").write_text(f"#!/bin/sh\n{does}\n")
        (bin_folder / "python").chmod(0o755)
    asked = ["make", "-f", "Makefile", "-f", "rest.mk", "try", f"PYTHON=echo > {said}"]
    subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True)
    made = said.read_text().split() if said.exists() else []
    assert made == ([] if there in ("without pip", "whole") else ["-m", "venv", "--clear", ".venv"])


def test_programs_of_the_environment_are_named_by_their_place():
    # the make of macOS looks for a lone name in its own PATH, not in an exported one
    lines = re.findall(r"^\t[@-]?(\w+)", (ROOT / "Makefile").read_text(), re.M)
    assert not {"npm", "npx", "node", "python", "pip", "ruff", "mypy"} & set(lines)
    cleaned = re.findall(r"^\trm -rf (.*)", (ROOT / "Makefile").read_text(), re.M)
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]
    assert "site" in " ".join(cleaned).split() and "site" in ignored


def test_files_of_the_repository_name_what_exists():
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text()
        for target in re.findall(r"\]\(([\w./-]+?)(?:#[\w-]+)?\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
        for target in re.findall(r"`((?:web|cacr_core|tests|pages)/[\w./-]*)`", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
