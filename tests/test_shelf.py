"""Runs on their shelf: named, deleted and brought back, sent elsewhere as a zip."""

import errno
import io
import json
import os
import shutil
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cacr_core import runs
from cacr_core.layouts.process import layout_path
from cacr_core.runs import folder as files
from cacr_core.runs import shelf, zips
from cacr_core.runs.standing import sign_of_life
from cacr_core.runs.worker import work
from tests.tiny_run import prepared, wait_for


@pytest.mark.parametrize("run_id", ["../etc", "/etc", "", "..", ".deleted", "a/b", "no-such-run"])
def test_an_id_is_a_name_and_never_a_path(shelf_folder, run_id):
    with pytest.raises(ValueError, match="no run called"):
        shelf.find(run_id)


def test_runs_are_renamed_deleted_and_brought_back(shelf_folder):
    folder = shelf_folder / shelf.new_id("cacr", "/home/me/My Pictures")
    prepared(folder)
    work(folder)
    shelf.rename(folder, "  My   run ")
    assert [run.title for run in shelf.list_runs()] == ["My run"]
    shelf.delete(folder)
    assert shelf.list_runs() == []
    assert shelf.deleted() == [folder.name]
    shelf.undelete(folder.name)
    assert shelf.find(folder.name) == folder
    with pytest.raises(ValueError, match="1 to 80"):
        shelf.rename(folder, " ")


def test_a_run_at_work_is_not_deleted(shelf_folder):
    folder = shelf_folder / "busy"
    prepared(folder)
    files.beat(folder, "running")
    with pytest.raises(ValueError, match="Stop it first"):
        shelf.delete(folder)
    assert shelf.find("busy") == folder


def test_a_comparison_that_is_being_repeated_is_not_deleted(shelf_folder):
    folder = shelf_folder / "repeated"
    prepared(folder)
    files.end(folder, "finished", "")
    files.write_json(folder / "seeds.json", {"wanted": 5, "state": "running", **sign_of_life()})
    with pytest.raises(ValueError, match="Stop the repeats first"):
        shelf.delete(folder)
    assert shelf.find("repeated") == folder


def test_deleted_runs_keep_their_places_in_the_list(shelf_folder):
    for i, name in enumerate(("old", "middle", "new")):
        prepared(shelf_folder / name)
        files.end(shelf_folder / name, "finished", "")
        os.utime(shelf_folder / name / "config.json", (1000 + i, 1000 + i))
    shelf.delete(shelf_folder / "middle")
    assert [run.id for run in shelf.list_runs()] == ["new", "old"]
    listed = shelf.list_runs(with_deleted=True)
    assert [run.id for run in listed] == ["new", "middle", "old"]
    assert [run.hours_left is None for run in listed] == [True, False, True]
    assert listed[1].hours_left == pytest.approx(24, abs=0.1)


def forbid(monkeypatch, *paths):
    """Tests may run as root, to whom nothing is forbidden."""

    def refusing(plain, but_itself=False):
        def act(path, *given, **more):
            named = Path(path) if isinstance(path, str | Path) else Path()
            above = named.parent if but_itself else named
            if any(above.is_relative_to(one) for one in paths):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return plain(path, *given, **more)

        return act

    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path not in paths and may(path, mode))
    monkeypatch.setattr(os, "stat", refusing(os.stat, but_itself=True))
    monkeypatch.setattr(os, "listdir", refusing(os.listdir))
    monkeypatch.setattr(io, "open", refusing(io.open))


def test_what_may_not_be_read_costs_the_list_its_own_line_alone(shelf_folder, monkeypatch):
    for name in ("closed", "good", "partly"):
        prepared(shelf_folder / name)
        files.end(shelf_folder / name, "finished", "")
    inside = shelf_folder / "partly"
    files.write_bytes(inside / "metrics.jsonl", b'{"step": 0}\n')
    files.write_bytes(files.snapshot_path(inside, 0), b"")
    forbid(monkeypatch, shelf_folder / "closed", inside / "metrics.jsonl", inside / "snapshots")
    listed = {run.id: run for run in shelf.list_runs(with_deleted=True)}
    assert listed.keys() == {"good", "partly"}
    assert listed["good"].damage == ""
    assert listed["partly"].damage == (
        "metrics.jsonl may not be read. Let this user read it; no numbers are shown. "
        "snapshots may not be read. Let this user read it; no moments are shown."
    )
    with pytest.raises(ValueError, match="no run called 'closed'"):
        shelf.find("closed")


def test_what_killed_processes_left_goes_after_a_day_and_nothing_else_does(shelf_folder):
    left = (".opened-run-1130-214446-15f8", ".deleted/half", ".cacr-digits.left-0a1b2c3d")
    kept = ("notes", ".images", ".queue", ".deleted/young", ".backup.20240101", ".opened-by-me")
    for name in (*left, *kept):
        files.write_bytes(shelf_folder / name / "state.safetensors", bytes(1000))
        if name != ".deleted/young":
            os.utime(shelf_folder / name, (1000, 1000))
    shelf.tidy()
    assert not any((shelf_folder / name).exists() for name in left)
    assert all((shelf_folder / name / "state.safetensors").exists() for name in kept)


def test_runs_that_another_process_removes_meanwhile_are_in_nobodys_way(shelf_folder, monkeypatch):
    for name in ("one", "two"):
        prepared(shelf_folder / name)
        files.end(shelf_folder / name, "finished", "")
    shelf.delete(shelf_folder / "one")
    plain = shelf.is_run

    def goes(folder):
        is_there = plain(folder)
        if folder.parent == shelf.bin_folder():
            shutil.rmtree(folder)
        return is_there

    monkeypatch.setattr(shelf, "is_run", goes)
    assert shelf.deleted() == []
    monkeypatch.setattr(shelf, "is_run", plain)
    shelf.delete(shelf_folder / "two")
    monkeypatch.setattr(shelf, "deleted", lambda: ["one", "two"])
    assert [run.id for run in shelf.list_runs(with_deleted=True)] == ["two"]
    os.utime(shelf.bin_folder() / "two", (1000, 1000))
    gone = [shelf.bin_folder() / name for name in ("one", "two")]
    monkeypatch.setattr(shelf, "_inside", lambda _: gone)
    shelf.tidy()
    assert list(shelf.bin_folder().iterdir()) == []


def test_a_layout_that_came_after_deletion_does_not_bar_the_way_back(shelf_folder):
    folder = shelf_folder / "slow"
    prepared(folder)
    files.end(folder, "finished", "")
    shelf.delete(folder)
    files.write_bytes(folder / "layouts" / "embeddings-00000003.npz", b"late")
    shelf.undelete("slow")
    assert shelf.find("slow") == folder
    assert not (folder / "layouts").exists()


def test_deleting_and_undoing_outlast_a_process_that_goes_on_writing_layouts(shelf_folder):
    folder = shelf_folder / "written"
    prepared(folder)
    files.end(folder, "finished", "")
    done, n_written = threading.Event(), [0, 0]

    def write():
        while not done.is_set():
            try:
                path = layout_path(folder, "embeddings", n_written[0])
                files.write_bytes(path, b"late", with_parents=False)
                n_written[0] += 1
            except (FileNotFoundError, FileExistsError):  # gone, or gone between two looks
                n_written[1] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(100):
            shelf.delete(folder)
            assert not folder.exists()
            shelf.undelete("written")
            assert shelf.find("written") == folder
            wait_for(lambda before=n_written[0]: n_written[0] > before)
    finally:
        done.set()
        writer.join()
    assert shelf.deleted() == []
    assert n_written[0] > 100


def test_a_run_that_no_run_file_may_hold_is_not_made_one(finished, monkeypatch):
    for name, most in (("MOST_BYTES", 1000), ("MOST_FILES", 3)):
        with monkeypatch.context() as less:
            less.setattr(zips, name, most)
            with pytest.raises(ValueError, match=r"A run file holds at most .* Copy its folder"):
                shelf.to_zip(finished)
    assert not shelf.too_large(finished)


def test_a_zipped_run_opens_elsewhere_as_it_was(finished, shelf_folder):
    arrived = shelf.from_zip(shelf.to_zip(finished))
    assert arrived.parent == shelf_folder
    for a, b in zip(runs.read_snapshots(finished), runs.read_snapshots(arrived), strict=True):
        assert a.metrics == b.metrics
        assert np.array_equal(a.embeddings, b.embeddings)
    assert runs.status(arrived) == "finished"


def zip_of(entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nonsense", "no zip"),
        (zip_of({"config.json": "{}", "../evil.json": "{}"}), "evil"),
        (zip_of({"config.json": "{}", "snapshots/00000000.pkl": "x"}), "pkl"),
        (zip_of({"metrics.jsonl": ""}), r"no config\.json"),
        (zip_of({"config.json": json.dumps({"n_steps": 1})}), "cannot be opened"),
    ],
)
def test_a_zip_that_is_no_run_is_refused_and_leaves_nothing(shelf_folder, content, message):
    with pytest.raises(ValueError, match=message):
        shelf.from_zip(content)
    assert list(shelf_folder.iterdir()) == []


def test_a_zip_bomb_is_refused(shelf_folder, monkeypatch):
    monkeypatch.setattr(zips, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="at most"):
        shelf.from_zip(zip_of({"config.json": "0" * 2000}))


def test_a_run_that_is_thinned_out_while_it_is_saved_goes_into_its_file(shelf_folder, monkeypatch):
    folder = shelf_folder / "one"
    prepared(folder)
    work(folder)
    listed, gone = zips._files_of(folder), []
    for path, name in listed:
        if name == "end.json" or (name.startswith("snapshots/") and name.endswith("3.npz")):
            path.unlink()
            gone.append(name)
    monkeypatch.setattr(zips, "_files_of", lambda _: listed)
    content = zips.to_zip(folder)
    assert len(gone) >= 2
    assert not set(gone) & set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    monkeypatch.undo()
    zips.open_zip(content, shelf_folder / "two")
    assert files.snapshot_steps(shelf_folder / "two") == files.snapshot_steps(folder)
    (folder / "probes.json").unlink()
    monkeypatch.setattr(zips, "_files_of", lambda _: [(folder / "probes.json", "probes.json")])
    with pytest.raises(FileNotFoundError):
        zips.to_zip(folder)
