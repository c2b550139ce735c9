"""What is cut or flipped in a comparison's folder costs one moment of one entry and a sentence."""

import random
import shutil

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from tests import browser_code
from tests.compared import finished
from tests.damaged import KINDS, mutate, watched, without_threads
from web.compare.watch import CompareWatcher
from web.socket.follow import Asked

N_MUTATIONS = 250
ALL = ("a", "b", "c", "d")


@pytest.fixture(autouse=True)
def shelf_of_two(tmp_path, monkeypatch):
    without_threads(monkeypatch)
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    shutil.copytree(finished(), tmp_path / "other")
    return tmp_path


def hurt(shelf_folder):
    return shutil.copytree(finished(), shelf_folder / "hurt")


def told(folder):
    """What the comparison's own watcher says: its state, and its description."""
    watcher = CompareWatcher(folder)
    watcher.look()
    assert watcher.is_ready()
    return watcher.state, watcher.open(Asked()).about


def test_a_file_of_a_comparison_cut_or_flipped_in_any_way_costs_one_moment_of_one_entry(
    shelf_of_two,
):
    rng = random.Random(0)
    whole = finished()
    steps = files.snapshot_steps(whole / "a")
    names = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    n_told = n_refused = 0
    for number in range(N_MUTATIONS):
        name = names[number % len(names)]
        folder = hurt(shelf_of_two)
        mutate(folder / name, KINDS[number // len(names) % 3], rng)
        listed = {run.id: run for run in shelf.list_runs()}
        assert listed.keys() == {"hurt", "other"}
        assert (listed["other"].state, listed["other"].damage) == ("finished", "")
        if str(name) == "config.json":  # holds what the entries are, for which nothing makes up
            try:
                files.read_config(folder)
            except ValueError:
                assert listed["hurt"].state == "failed"
                assert "config.json" in listed["hurt"].damage
                n_refused += 1
            else:
                assert told(folder)[0]["state"] in files.STATES
        else:
            state, about = told(folder)
            assert state["state"] in files.STATES
            assert [entry["name"] for entry in about["entries"]] == list(ALL)
            n_told += bool(state.get("damage"))
            whose = name.parts[0] if len(name.parts) > 1 else "a"
            other = next(entry for entry in ALL if entry != whose)
            assert watched(folder / other, "pca")[0].keys() == set(steps)
            frames, own = watched(folder / whose, "pca")
            lost = set(steps) - frames.keys()
            assert len(lost) <= (name.parent.name == "snapshots"), (number, name)
            for step in lost:
                assert f"Snapshot of step {step} is damaged and is left out." in own["damage"]
            last = {entry["name"]: entry["last"] for entry in about["entries"]}
            assert last[whose] in frames  # else the page would wait for it
            n_told += bool(own.get("damage"))
        shutil.rmtree(folder)
    assert n_told > 100
    assert n_refused > 0


def test_an_entrys_last_snapshot_is_the_last_that_can_be_read(shelf_of_two):
    folder = hurt(shelf_of_two)
    files.snapshot_path(folder / "b", 4).write_bytes(b"PK")
    _, about = told(folder)
    assert [entry["last"] for entry in about["entries"]] == [4, 2, 4, 4]
    assert files.readable_step(folder / "b", 1) == 1
    assert files.readable_step(folder / "b", -1) is None


def test_the_page_names_the_entry_that_is_damaged_and_says_what_is_of_all_once(shelf_of_two):
    folder = hurt(shelf_of_two)
    files.snapshot_path(folder / "b", 2).write_bytes(b"PK")
    (folder / "a" / "probes.json").write_bytes(b'{"n": 40')
    of_all = told(folder)[0]["damage"]
    entries = [
        {"about": {"label": name}, "damage": watched(folder / name, "pca")[1]["damage"]}
        for name in ALL
    ]
    said = browser_code.run(
        "return (await load('statereports.js')).damageOfEntries(data.entries, data.ofAll)",
        {"entries": entries, "ofAll": of_all},
        "web/compare/view",
    )
    assert said == ["b: Snapshot of step 2 is damaged and is left out."]
    assert len(of_all) == 1 and "its images are shown without classes" in of_all[0]
