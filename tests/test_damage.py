"""What is cut or flipped in a run's folder costs one moment and a sentence, never the run."""

import random
import shutil
import time

import numpy as np
import pytest

from cacr_core.layouts.process import lay_out_run, layout_path, read_layout
from cacr_core.runs import folder as files
from cacr_core.runs import reading, shelf
from cacr_core.runs.rows import Rows
from cacr_core.runs.worker import work
from tests.damaged import KINDS, mutate, watched, without_threads
from tests.test_channel import CONFIG
from web.live.describe import describe, lenses
from web.live.watch import Watcher

N_MUTATIONS = 500
STEPS = [0, 1, 2, 4]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelf") / "whole"
    files.write_bytes(folder / "config.json", CONFIG.to_json().encode())
    assert work(folder) == "finished"
    lay_out_run(folder)
    return folder


@pytest.fixture
def no_threads(monkeypatch):
    without_threads(monkeypatch)


@pytest.mark.usefixtures("no_threads")
def test_a_file_cut_or_flipped_in_500_ways_costs_one_moment_and_a_sentence(
    whole, tmp_path, monkeypatch
):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))
    shutil.copytree(whole, tmp_path / "other")
    rng = random.Random(0)
    names = sorted(p.relative_to(whole) for p in whole.rglob("*") if p.is_file())
    assert len(names) > 15
    n_told = 0
    for number in range(N_MUTATIONS):
        name = names[number % len(names)]
        folder = shutil.copytree(whole, tmp_path / "hurt")
        mutate(folder / name, KINDS[number // len(names) % 3], rng)
        listed = {run.id: run for run in shelf.list_runs()}
        assert listed.keys() == {"hurt", "other"}
        assert listed["other"].damage == ""
        try:
            files.read_config(folder)
        except ValueError as error:
            assert name.name == "config.json" and "config.json" in str(error)
            assert listed["hurt"].state == "failed"
            assert listed["hurt"].damage
        else:
            frames, state = watched(folder)
            assert state["state"] in files.STATES
            lost = set(STEPS) - frames.keys()
            assert len(lost) <= (name.parent.name == "snapshots"), (number, name)
            for step in lost:
                assert f"Snapshot of step {step} is damaged and is left out." in state["damage"]
            n_told += bool(state.get("damage"))
            described = describe(folder, False)
            assert described["n"] == 40 and lenses(described["own_lens"])
            unnumbered = [step for step, frame in frames.items() if not frame["numbers"]]
            assert not unnumbered or name.name in ("metrics.jsonl", "run.json")
            assert all("No numbers of step" in frames[s]["diagnosis"] for s in unnumbered)
        shutil.rmtree(folder)
    assert n_told > 100


@pytest.mark.usefixtures("no_threads")
@pytest.mark.parametrize("layout", ["umap", "pca"])
def test_a_damaged_snapshot_is_left_out_and_named_and_no_other(whole, tmp_path, layout):
    folder = shutil.copytree(whole, tmp_path / "run")
    path = files.snapshot_path(folder, 2)
    path.write_bytes(path.read_bytes()[:1000])
    frames, state = watched(folder, layout)
    assert sorted(frames) == [0, 1, 4]
    assert state["damage"] == ["Snapshot of step 2 is damaged and is left out."]
    assert [s.step for s in files.read_snapshots(folder)] == [0, 1, 4]


@pytest.mark.usefixtures("no_threads")
def test_a_damaged_layout_is_replaced_by_the_one_before_and_named(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    path = layout_path(folder, "embeddings", 2)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"embeddings-00000002\.npz is damaged"):
        read_layout(folder, "embeddings", 2)
    frames, state = watched(folder)
    assert [frames[s]["of"]["step"] for s in STEPS] == [0, 1, 1, 4]
    assert state["damage"] == ["Layout of step 2 is damaged."]


@pytest.mark.usefixtures("no_threads")
def test_a_cut_file_of_numbers_hides_no_image(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    lines = (folder / "metrics.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "metrics.jsonl").write_bytes(b"".join(lines[:2]) + lines[2][:50])
    frames, state = watched(folder)
    assert sorted(frames) == STEPS
    assert [bool(frames[s]["numbers"]) for s in STEPS] == [True, True, False, False]
    assert frames[4]["diagnosis"] == "No numbers of step 4 are kept; its images are shown."
    assert "damage" not in state  # a line that breaks off may be one that is being written
    (folder / "metrics.jsonl").write_bytes(lines[0] + b"{nonsense}\n" + b"".join(lines[2:]))
    frames, state = watched(folder)
    assert [bool(frames[s]["numbers"]) for s in STEPS] == [True, False, True, True]
    assert state["damage"] == ["1 line is damaged in metrics.jsonl, and left out."]


@pytest.mark.usefixtures("no_threads")
def test_damaged_probes_cost_classes_and_not_the_images(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    expected = files.read_probes(folder)
    (folder / "probes.json").write_bytes(b'{"n": 40')
    probes = files.read_probes(folder)
    assert {key: probes[key] for key in ("n", "tile", "columns")} == {
        key: expected[key] for key in ("n", "tile", "columns")
    }
    assert probes["labels"] == [-1] * 40
    frames, state = watched(folder)
    assert sorted(frames) == STEPS
    assert "its images are shown without classes" in " ".join(state["damage"])


def test_a_row_after_one_that_was_cut_begins_a_new_line(whole, tmp_path):
    folder = shutil.copytree(whole, tmp_path / "run")
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 5, "lo')
    snapshot = next(files.read_snapshots(folder))
    files.write_snapshot(folder, snapshot.__class__(6, {"loss": 1.0}, snapshot.embeddings))
    assert [row["step"] for row in files.read_metrics(folder)] == [*STEPS, 6]
    assert reading.damage(folder) == ["1 line is damaged in metrics.jsonl, and left out."]


def test_rows_are_read_on_and_anew_where_the_file_is_another(tmp_path):
    path = tmp_path / "metrics.jsonl"
    rows = Rows(path)
    assert rows.fresh() == []
    path.write_text('{"step": 0}\n{"step": 1}\n{"st')
    assert [row["step"] for row in rows.fresh()] == [0, 1]
    assert rows.fresh() == []
    with path.open("a") as file:
        file.write('ep": 2}\nnonsense\n')
    assert [row["step"] for row in rows.fresh()] == [2]
    assert rows.n_damaged == 1
    path.write_text('{"step": 7}\n')
    assert [row["step"] for row in rows.fresh()] == [7]
    assert rows.n_damaged == 0


def test_of_a_file_of_very_many_rows_the_first_and_the_newest_are_read_and_that_is_said(
    tmp_path, monkeypatch
):
    path = tmp_path / "metrics.jsonl"
    lines = [f'{{"step": {step}}}\n' for step in range(100_000)]
    path.write_text("".join(lines))
    rows = Rows(path)
    monkeypatch.setattr(reading, "MOST_BYTES", 2**20)
    for found in (files.read_metrics(tmp_path), rows.fresh()):
        steps = [row["step"] for row in found]
        assert steps == [0, *range(100_000 - len(steps) + 1, 100_000)]
        assert 2**20 - 30 < sum(map(len, lines[-len(steps) + 1 :])) <= 2**20
    assert reading.damage(tmp_path) == [
        "metrics.jsonl has more than 1 MB, and its older rows but the first are left out."
    ]
    with path.open("a") as file:
        file.write('{"step": 100000}\n')
    assert [row["step"] for row in rows.fresh()] == [100_000]
    assert (rows.fresh(), rows.n_damaged) == ([], 0)


def test_of_more_rows_than_are_read_the_first_and_the_newest_are(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    (tmp_path / "metrics.jsonl").write_text("".join(f'{{"step": {s}}}\n' for s in range(30)))
    steps = [row["step"] for row in files.read_metrics(tmp_path)]
    assert steps == [0, *range(21, 30)]


def test_a_watching_thread_outlives_whatever_its_look_raises(whole, monkeypatch):
    looks = []

    def look(self):
        looks.append(1)
        raise RecursionError("deep") if len(looks) % 2 else TypeError("odd")

    monkeypatch.setattr(Watcher, "look", look)
    watcher = Watcher(whole, lambda run, space: None)
    watcher.begin()
    until = time.monotonic() + 20
    while len(looks) < 4 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(looks) >= 4
    assert watcher.is_alive


@pytest.mark.parametrize("kind", ["<f2", "<f4"])
def test_an_array_that_says_more_than_it_has_is_refused_before_it_is_made(tmp_path, kind):
    path = files.snapshot_path(tmp_path, 0)
    path.parent.mkdir(parents=True)
    np.savez(path, embeddings=np.zeros((5, 4, 8), kind))
    assert files.read_arrays(tmp_path, 0)[0].shape == (5, 4, 8)
    content = path.read_bytes().replace(b"(5, 4, 8)", b"(5,44,88)")
    path.write_bytes(content)
    with pytest.raises(ValueError, match="damaged"):
        files.read_arrays(tmp_path, 0)
