"""Who is laid out when, and from where: runs in turn, resumed, made anew, or refused."""

import json

import numpy as np
import pytest

from cacr_core.layouts import SteadyUMAP, process, procrustes
from cacr_core.layouts.process import (
    REFUSED,
    Target,
    Targets,
    follow,
    laid_out_steps,
    layout_path,
    read_layout,
    refused_path,
)
from cacr_core.runs import folder as files
from cacr_core.runs import standing
from cacr_core.snapshot import Snapshot
from tests.test_projections import clusters, median_move, with_noise
from tests.tiny_run import wait_for
from web.live import watch
from web.live.watch import Watcher


def add(folder, *steps, drift=0.01):
    """Snapshots of clusters that drift, one view each."""
    for step in steps:
        x = with_noise(clusters(), drift, seed=step)
        files.write_arrays(folder, Snapshot(step, {}, x[None]))


def train(folder, *steps):
    """A run that trains on, and has these snapshots more."""
    (folder / "end.json").unlink(missing_ok=True)
    files.write_json(folder / "config.json", {})
    files.beat(folder, "running")
    add(folder, *steps)
    return folder


def end(folder):
    files.end(folder, "finished", "")


def all_done(target):
    while target.advance():
        pass


def steps_of(folder):
    return laid_out_steps(folder, "embeddings")


def layout(folder, step):
    return read_layout(folder, "embeddings", step)[0]


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A run whose heart beats once is not lost, nor is this process given less of the machine."""
    monkeypatch.setattr(standing, "LOST_AFTER", 1e9)
    monkeypatch.setattr(process.os, "nice", lambda by: None)


@pytest.fixture
def instant(monkeypatch):
    """Layouts without UMAP, where only their order matters."""
    monkeypatch.setattr(SteadyUMAP, "layout", lambda self, x: x[:, :2] - x[:, :2].mean(0))
    monkeypatch.setattr(SteadyUMAP, "go_on_from", lambda self, x, xy: None)


@pytest.mark.usefixtures("instant")
def test_a_run_that_is_named_again_is_laid_out_again_however_many_came_since(tmp_path):
    runs = [train(tmp_path / f"run{i}", 0) for i in range(process.MOST_TARGETS + 1)]
    targets = Targets()
    for run in runs:
        targets.name(run, "embeddings")
    all_done(targets)
    add(runs[0], 1)
    targets.name(runs[0], "embeddings")
    all_done(targets)
    assert steps_of(runs[0])[-1] == 1


@pytest.mark.usefixtures("instant")
def test_of_too_many_runs_those_with_nothing_to_do_are_forgotten_first(tmp_path):
    going = train(tmp_path / "going", 0)
    targets = Targets()
    targets.name(going, "embeddings")
    for i in range(process.MOST_TARGETS + 2):
        over = train(tmp_path / f"over{i}", 0)
        end(over)
        targets.name(over, "embeddings")
        all_done(targets)
    add(going, 1)
    all_done(targets)
    assert steps_of(going) == [0, 1]


@pytest.mark.usefixtures("instant")
def test_two_films_are_laid_out_by_turns(tmp_path):
    runs = [train(tmp_path / name, *range(6)) for name in ("one", "two")]
    targets = Targets()
    for run in runs:
        end(run)
        targets.name(run, "embeddings")
    for _ in range(6):
        targets.advance()
    assert [len(steps_of(run)) for run in runs] == [3, 3]


@pytest.mark.usefixtures("instant")
def test_a_folder_that_cannot_be_read_once_is_laid_out_later(tmp_path, monkeypatch):
    run = train(tmp_path / "run", 0)
    targets = Targets()
    targets.name(run, "embeddings")

    def away(folder):
        raise PermissionError(folder)

    with monkeypatch.context() as broken:
        broken.setattr(files, "snapshot_steps", away)
        assert not targets.advance()
    all_done(targets)
    assert steps_of(run) == [0]


@pytest.mark.usefixtures("instant")
@pytest.mark.parametrize("n_before", [1, 2, 99])  # layouts that its film has when it is resumed
def test_a_resumed_run_is_followed_from_its_newest_step_and_gone_over_again(tmp_path, n_before):
    run = train(tmp_path / "run", *range(6))
    target = Target(run, "embeddings")
    all_done(target)
    assert steps_of(run) == [5]
    end(run)
    for _ in range(n_before):
        target.advance()
    train(run)
    before = {
        step: layout_path(run, "embeddings", step).stat().st_mtime_ns for step in steps_of(run)
    }
    assert not target.advance()
    add(run, *range(6, 12))
    all_done(target)
    assert {
        step: layout_path(run, "embeddings", step).stat().st_mtime_ns for step in before
    } == before
    assert steps_of(run) == [*before, 11]
    end(run)
    all_done(target)
    assert steps_of(run) == list(range(12))


def test_a_run_gone_on_with_by_another_process_or_after_its_film_does_not_jump(tmp_path):
    run = train(tmp_path / "run", 0)
    target = Target(run, "embeddings")
    all_done(target)
    add(run, 1, drift=0.3)
    all_done(target)
    add(run, 2)
    all_done(target)
    add(run, 3)
    all_done(Target(run, "embeddings"))
    assert median_move(layout(run, 2), layout(run, 3)) < 0.15
    end(run)
    layout_path(run, "embeddings", 3).unlink()
    all_done(target)
    train(run, 4)
    all_done(target)
    assert median_move(layout(run, 3), layout(run, 4)) < 0.15


def test_a_later_layout_of_a_comparison_is_turned_to_the_other_also_by_another_process(tmp_path):
    whole = train(tmp_path / "both")
    for name in "ab":
        files.write_json(whole / name / "config.json", {})
        add(whole / name, 0)
    all_done(Target(whole, "embeddings"))
    layout_path(whole / "b", "embeddings", 0).write_bytes(b"damaged")
    add(whole / "b", 1)
    all_done(Target(whole, "embeddings"))
    a, b = layout(whole / "a", 0), layout(whole / "b", 1)
    np.testing.assert_allclose(procrustes(b, a), b, atol=1e-4)


def test_where_umap_cannot_be_loaded_the_run_says_so_until_it_can(tmp_path, monkeypatch):
    run = train(tmp_path / "run", 0)
    add(run, 1)
    (run / "layouts").mkdir()

    def refused():
        raise RuntimeError("cannot cache function: no locator available")

    def lines():
        yield json.dumps({"folder": str(run), "space": "embeddings"})
        wait_for(refused_path(run).exists)

    with monkeypatch.context() as broken:
        broken.setattr(process, "warm_up", refused)
        follow(lines())
    watcher = Watcher(run, lambda *_: None)
    monkeypatch.setattr(watch, "Maker", NoMaker)
    watcher.series("embeddings", "umap")
    watcher.look()
    assert watcher.state["damage"][-1] == REFUSED
    Target(run, "embeddings")
    assert not refused_path(run).exists()


class NoMaker:
    def __init__(self, *_):
        pass

    def start(self):
        pass

    def is_alive(self):
        return True


def test_a_run_is_named_again_and_again_while_its_umap_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "Maker", NoMaker)
    named = []
    watcher = Watcher(train(tmp_path / "run", 0), lambda folder, space: named.append(space))
    watcher.series("embeddings", "umap")
    watcher.series("features", "pca")
    named.clear()
    for _ in range(3):
        watcher._named_at -= watch.NAME_EVERY
        watcher.look()
        watcher.look()
    assert named == ["embeddings"] * 3
    watcher.films["embeddings", "umap", False].asked -= 60  # and nobody watches it
    watcher._named_at -= watch.NAME_EVERY
    watcher.look()
    assert len(named) == 3
