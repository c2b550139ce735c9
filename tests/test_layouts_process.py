"""Who is laid out when, and from where: runs in turn, resumed, made anew, or refused."""

import json

import numpy as np
import pytest

from cacr_core.layouts import SteadyUMAP, process, procrustes
from cacr_core.layouts.process import (
    MOST_TARGETS,
    Target,
    Targets,
    follow,
    laid_out_steps,
    lay_out_run,
    layout_path,
    read_layout,
    refused_path,
)
from cacr_core.layouts.stored import NO_LOCATOR, REFUSED
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


@pytest.fixture
def made(monkeypatch, instant):
    """The steps laid out, in order."""
    steps, lay_out = [], process._Chain.lay_out

    def counted(self, step, reference):
        steps.append(step)
        lay_out(self, step, reference)

    monkeypatch.setattr(process._Chain, "lay_out", counted)
    return steps


def ended(tmp_path, n_runs, n_steps):
    runs = [train(tmp_path / f"run{i}", *range(n_steps)) for i in range(n_runs)]
    for run in runs:
        end(run)
    return runs


def test_more_ended_runs_than_are_kept_in_mind_are_all_laid_out_once(tmp_path, made):
    runs = ended(tmp_path, MOST_TARGETS + 2, 4)
    targets, is_going = Targets(), True
    while is_going and len(made) < 99:
        for run in runs:
            targets.name(run, "embeddings")
        is_going = targets.advance()
    assert [steps_of(run) for run in runs] == [[0, 1, 2, 3]] * len(runs)
    assert len(made) == 4 * len(runs)


def test_a_run_with_nothing_left_to_do_is_not_looked_through_again_until_it_changes(
    tmp_path, made, monkeypatch
):
    runs = ended(tmp_path, MOST_TARGETS + 2, 2)
    targets, read = Targets(), []
    for run in runs:
        targets.name(run, "embeddings")
    all_done(targets)
    with monkeypatch.context() as watched:
        watched.setattr(process, "read_layout", lambda *of: read.append(of))
        for run in runs:
            targets.name(run, "embeddings")
            all_done(targets)
    assert not read
    for run in runs:
        train(run, 2)
        targets.name(run, "embeddings")
    all_done(targets)
    assert [steps_of(run) for run in runs] == [[0, 1, 2]] * len(runs)


@pytest.mark.usefixtures("instant")
def test_a_run_does_not_wait_for_those_that_nobody_looks_at_any_more(tmp_path, monkeypatch):
    *before, new = ended(tmp_path, MOST_TARGETS + 1, 9)
    targets = Targets()
    for run in before:
        targets.name(run, "embeddings")
    targets.advance()
    targets.name(new, "embeddings")
    targets.advance()
    assert not steps_of(new)
    monkeypatch.setattr(process, "LOOKED_AT", -1.0)
    targets.advance()
    assert steps_of(new) == [8]


def test_how_many_runs_are_kept_in_mind_is_bounded(tmp_path, made, monkeypatch):
    monkeypatch.setattr(process, "MOST_KEPT", 3)
    targets = Targets()
    runs = ended(tmp_path, 9, 1)
    for _ in range(9):
        for run in runs:
            targets.name(run, "embeddings")
        assert len(targets._waiting) <= 3
        all_done(targets)
        assert len(targets._at_rest) <= 3


@pytest.mark.parametrize("n_before", [1, 3, 5])
def test_a_film_that_another_process_began_is_gone_on_with(tmp_path, made, n_before):
    [run] = ended(tmp_path, 1, 6)
    first = Target(run, "embeddings")
    for _ in range(n_before):
        first.advance()
    all_done(Target(run, "embeddings"))
    assert made == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize("is_newest_made", [True, False])
def test_layouts_made_of_a_run_at_work_are_no_part_of_its_film(tmp_path, made, is_newest_made):
    run = train(tmp_path / "run", 0)
    target = Target(run, "embeddings")
    all_done(target)
    add(run, 5)
    if is_newest_made:
        all_done(target)
    add(run, *range(1, 5))
    end(run)
    made.clear()
    all_done(Target(run, "embeddings"))
    assert made == [5, 4, 3, 2, 1, 0]


def test_a_film_gone_on_with_by_another_process_does_not_jump(tmp_path):
    [run] = ended(tmp_path, 1, 3)
    first = Target(run, "embeddings")
    first.advance()
    first.advance()
    all_done(Target(run, "embeddings"))
    assert median_move(layout(run, 1), layout(run, 0)) < 0.15


def test_a_comparisons_film_that_another_process_began_is_gone_on_with(tmp_path, made):
    whole = train(tmp_path / "both")
    for name in "ab":
        files.write_json(whole / name / "config.json", {})
        add(whole / name, *range(4))
    end(whole)
    first = Target(whole, "embeddings")
    for _ in range(3):
        first.advance()
    all_done(Target(whole, "embeddings"))
    assert made == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_film_whose_folder_cannot_be_read_once_is_finished(tmp_path, made, monkeypatch):
    [run] = ended(tmp_path, 1, 5)
    targets = Targets()
    targets.name(run, "embeddings")
    targets.advance()
    targets.advance()
    lay_out = Target._lay_out

    def away(self, chain, step):
        monkeypatch.setattr(Target, "_lay_out", lay_out)
        raise PermissionError(chain.folder)

    monkeypatch.setattr(Target, "_lay_out", away)
    assert not targets.advance()
    all_done(targets)
    assert made == [4, 3, 2, 1, 0]
    assert steps_of(run) == [0, 1, 2, 3, 4]


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


@pytest.fixture
def refused(monkeypatch):
    """Have UMAP refused to a run, for a reason."""

    def follow_refused(run, error, until):
        def fails():
            raise error

        def lines():
            yield json.dumps({"folder": str(run), "space": "embeddings"})
            wait_for(until)

        with monkeypatch.context() as broken:
            broken.setattr(process, "warm_up", fails)
            follow(lines())

    monkeypatch.setattr(watch, "Maker", NoMaker)
    return follow_refused


def told(run):
    watcher = Watcher(run, lambda *_: None)
    watcher.series("embeddings", "umap")
    watcher.look()
    return [said for said in watcher.state.get("damage", []) if "UMAP" in said]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (RuntimeError("cannot cache function 'f': no locator available for file"), NO_LOCATOR),
        (ImportError("No module named 'umap'"), REFUSED),
    ],
)
def test_where_umap_cannot_be_loaded_the_run_says_why_until_it_can(
    tmp_path, refused, error, sentence
):
    run = train(tmp_path / "run", 0, 1)
    (run / "layouts").mkdir()
    refused(run, error, refused_path(run).exists)
    assert told(run) == [sentence]
    Target(run, "embeddings")
    assert not refused_path(run).exists()


@pytest.mark.usefixtures("instant")
def test_a_run_that_has_its_layouts_is_not_told_that_umap_is_refused(tmp_path, refused):
    run, later = ended(tmp_path, 2, 3)
    lay_out_run(run)
    asked = iter(range(9))
    refused(run, RuntimeError(), lambda: next(asked) > 3 or refused_path(run).exists())
    assert not refused_path(run).exists()
    refused(later, RuntimeError(), refused_path(later).exists)
    for path in (run / "layouts").iterdir():
        (later / "layouts" / path.name).write_bytes(path.read_bytes())
    assert refused_path(later).exists()
    assert told(later) == []


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


@pytest.mark.usefixtures("instant")
def test_entries_with_unlike_numbers_of_probes_are_laid_out_each_by_itself(tmp_path):
    files.write_json(tmp_path / "config.json", {})
    for name, n in (("a", 60), ("b", 40), ("c", 60)):
        files.write_json(tmp_path / name / "config.json", {})
        for step in (0, 1):
            x = with_noise(clusters(), 0.01, seed=step)[:n]
            files.write_arrays(tmp_path / name, Snapshot(step, {}, x[None]))
    end(tmp_path)
    lay_out_run(tmp_path)
    for name, n in (("a", 60), ("b", 40), ("c", 60)):
        assert steps_of(tmp_path / name) == [0, 1]
        assert layout(tmp_path / name, 1).shape == (n, 2)
