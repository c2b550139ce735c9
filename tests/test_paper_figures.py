"""`papers FIGURE`: what is trained for each, and that its sentence says what its rows say."""

import csv
import dataclasses
import functools
import itertools
import json
import math
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from cacr_core.__main__ import main
from cacr_core.losses import CACR
from cacr_core.papers import estimate, tasks
from cacr_core.papers.figures import MOMENTS, SWEEPS, TITLES, moments
from cacr_core.papers.figures.drawing import MOMENT_FIGURES, sweep_figure
from cacr_core.papers.figures.sentences import sentence_on
from cacr_core.papers.figures.sweeps import Point, points_of, table_of
from cacr_core.papers.tasks import Task
from cacr_core.papers.work import precision_named
from cacr_core.runs.paths import append_line
from cacr_core.runs.repeats import interval, p_value, paired_difference

ROOT = Path(__file__).parents[1]
ASKED_FOR = """forces weights entropy t-pos t-neg positives batch cost debiasing mixing beta
class-prior pool synthetics embeddings""".split()


def test_every_figure_that_was_asked_for_is_there():
    assert set(ASKED_FOR) == set(TITLES)
    assert len(set(TITLES.values())) == len(TITLES)


@pytest.mark.parametrize("name", SWEEPS)
def test_the_points_of_a_sweep_differ_in_what_is_varied_alone(name):
    sweep = dataclasses.replace(SWEEPS[name], seeds=(0,))
    configs = {task.arm: sweep.config_of(task, {}) for task in sweep.tasks()}
    of_lines = []
    for line in sweep.lines:
        own = [json.loads(configs[one.name].to_json()) for _, one in line.at]
        flat = [config | config.pop("loss") for config in own]
        varied = {key for key in flat[0] if len({str(config[key]) for config in flat}) > 1}
        assert len(varied) == 1, line.label
        of_lines.append(varied)
    assert len(set(map(frozenset, of_lines))) == 1
    assert len(configs) == len({tasks.digest(config) for config in configs.values()})


def rows_of(sweep, effects=None, spread=0.004):
    """A row for each task: 0.5 with luck, and `effects` (by arm) more."""
    rng = np.random.default_rng(1)
    rows = []
    for task in sweep.tasks():
        scores = []
        for step in sweep.looked_at(sweep.config_of(task, {})):
            value = 0.5 + (effects or {}).get(task.arm, 0) + spread * rng.standard_normal()
            scores.append({"step": step, sweep.metric: value})
        rows.append(task._asdict() | {"scores": scores})
    return rows


def said_numbers(text):
    return [float(n) for n in re.findall(r"[+-]?\d+\.\d+", text.replace("−", "-"))]


@pytest.mark.parametrize("way", ["rises", "falls", "changes by no more than noise"])
def test_the_sentence_on_a_curve_says_what_its_ends_do(way):
    sweep = SWEEPS["beta"]
    first, *_, last = sweep.lines[0].at
    sign = {"rises": 1, "falls": -1}.get(way, 0)
    rows = rows_of(sweep, {last[1].name: 0.06 * sign})
    points = points_of(sweep, rows)
    text = sentence_on(sweep, points)
    assert way in text and "from β 0 to 4" in text and "3 seeds of 300 updates on Shapes" in text
    assert text.count(". ") == 0 and text.endswith(".")
    best = max(points, key=lambda p: np.mean(list(p.values.values())))
    assert f"highest at β {best.x:g}, {100 * np.mean(list(best.values.values())):.1f} %" in text
    values = [
        {r["seed"]: r["scores"][-1]["knn_features"] for r in rows if r["arm"] == one.name}
        for one in (first[1], last[1])
    ]
    change = paired_difference(values[1], values[0])
    wanted = [100 * x for x in (change.mean, change.low, change.high)]
    assert said_numbers(text.partition("from β")[2]) == pytest.approx(wanted, abs=0.051)


@pytest.mark.parametrize(("n_lines", "way"), [(1, "rises"), (3, "changes by no more than noise")])
def test_curves_that_are_looked_at_at_once_are_tested_at_once(n_lines, way):
    sweep = dataclasses.replace(SWEEPS["beta"], lines=SWEEPS["beta"].lines[:1])
    points = []
    for number in range(n_lines):
        gains = (0.02, 0.03, 0.04) if number == 0 else (-0.02, 0.01, 0.01)
        assert (p_value(interval(gains)) < 0.05) == (number == 0)
        line = f"line {number}"
        points.append(Point(line, 0.0, 300, {seed: 0.5 for seed in range(3)}))
        points.append(Point(line, 4.0, 300, {seed: 0.5 + gains[seed] for seed in range(3)}))
    told = sentence_on(sweep, points).lower().partition("line 1")[0]
    assert f"from β 0 to 4 it {way}" in told


@pytest.mark.parametrize("effect", [0.08, 0.0])
def test_forms_of_mixing_are_told_apart_only_beyond_noise(effect):
    sweep = dataclasses.replace(SWEEPS["mixing"], seeds=tuple(range(6)))
    text = sentence_on(sweep, points_of(sweep, rows_of(sweep, {"sscl mixing=query": effect})))
    if effect:
        assert "highest with mixing query" in text
        assert re.search(r"from pair differ by more than noise \(Holm\) query, by \+[78]\.", text)
    else:
        assert "none differs from pair by more than noise" in text


@pytest.mark.parametrize(("effect", "word"), [(0.05, "more"), (-0.05, "less"), (0, "no clear")])
def test_the_sentence_on_entropy_says_which_class_sizes_differ(effect, word):
    sweep = SWEEPS["entropy"]
    (arm,) = (one.name for x, one in sweep.lines[0].at if x == "exponential")
    points = points_of(sweep, rows_of(sweep, {arm: effect}))
    assert {(p.x, p.step) for p in points} == set(
        itertools.product(("none", "linear", "exponential"), range(0, 301, 25))
    )
    text = sentence_on(sweep, points)
    last = text.partition("exponential less balanced is ")[2]
    assert f"), {word}" in last
    own = [p for p in points if p.step == 300 and p.x in ("none", "exponential")]
    change = paired_difference(own[1].values, own[0].values)
    wanted = [change.mean, change.low, change.high]
    assert said_numbers(last)[:3] == pytest.approx(wanted, abs=0.0006)


def test_a_point_has_its_t_interval_and_leaves_out_what_diverged():
    sweep = SWEEPS["beta"]
    rows = rows_of(sweep)
    rows[0]["failed"] = "The loss is nan."
    points = points_of(sweep, rows)
    table = table_of(points, sweep.axis)
    assert table[0]["seeds"] == 2 and table[1]["seeds"] == 3
    told = [r["scores"][-1]["knn_features"] for r in rows if r["arm"] == "sscl beta=0.5"]
    assert (table[1]["mean"], table[1]["low"], table[1]["high"]) == interval(told)[:3]
    figure = sweep_figure(sweep, points)
    (trace,) = figure.data
    assert list(trace.x) == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert trace.y[1] == pytest.approx(100 * np.mean(told))
    assert trace.y[1] - trace.error_y.array[1] == pytest.approx(100 * table[1]["low"])


def test_the_forces_are_the_papers_weights_and_the_pulls_of_the_query_alone():
    rows = [row for row in moments.forces() if row["loss"] == "CACR"]
    loss = CACR()
    for side, sharp in (("positive", loss.t_pos), ("negative", -loss.t_neg)):
        own = [row for row in rows if row["side"] == side]
        d = np.array([2 - 2 * math.cos(math.radians(row["angle"])) for row in own])
        w = np.exp(sharp * d) / np.exp(sharp * d).sum()
        np.testing.assert_allclose([row["weight"] for row in own], w, atol=1e-6)
        mean = (w * d).sum()
        pull = 2 * w * (1 + sharp * (d - mean)) * (1 if side == "positive" else -1)
        np.testing.assert_allclose([row["pull"] for row in own], pull, atol=1e-5)
        sines = np.sin(np.radians([row["angle"] for row in own]))
        np.testing.assert_allclose([row["force"] for row in own], pull * sines, atol=1e-5)
    text = moments.forces_sentence(moments.forces())
    ends = [np.exp(2 * math.cos(math.radians(a))) for a in (10, 80)]
    assert f"the farthest positive {ends[0] / ends[1]:,.1f} times the nearest" in text
    assert "CACR with uniform weights weighs the farthest positive no more" in text


def test_weights_are_those_of_the_first_and_the_last_update():
    moment = moments.changed(MOMENTS["weights"], dataset="digits", n_steps=3, batch_size=16)
    rows = moment.rows(moment.config)
    for update, (side, n) in itertools.product((1, 3), (("positive", 4), ("negative", 75))):
        own = [row for row in rows if (row["update"], row["side"]) == (update, side)]
        assert len(own) == n
        assert sum(row["weight"] for row in own) == pytest.approx(1, abs=1e-5)
        d, w = (np.array([row[key] for row in own]) for key in ("distance", "weight"))
        sharp = 1.0 if side == "positive" else -2.0
        np.testing.assert_allclose(w, np.exp(sharp * d) / np.exp(sharp * d).sum(), rtol=1e-3)
    assert {row["update"] for row in rows} == {1, 3}
    text = moment.sentence(rows)
    heaviest = {(r["update"], r["side"]): r["heaviest_of_all"] for r in rows}
    assert said_numbers(text) == pytest.approx(
        [heaviest[u, s] for s in ("positive", "negative") for u in (3, 1)], rel=6e-3
    )
    assert len(MOMENT_FIGURES["weights"](moment.title, rows).data) == 4


def test_a_sweep_is_gone_on_with_and_its_files_say_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CACR_PRECISION", raising=False)
    words = ["papers", "beta", "--out", str(tmp_path), "--dataset", "digits", "--seeds", "2"]
    words += ["--n-steps", "2"]
    sweep = dataclasses.replace(SWEEPS["beta"], dataset="digits", seeds=(0, 1), n_steps=2)
    for task in list(sweep.tasks())[:9]:
        config = sweep.config_of(task, {})
        row = tasks.train_task(task, config, sweep.looked_at(config))
        append_line(tmp_path / "runs.jsonl", row)
    assert main([*words, "--dry-run"]) == 0
    assert "1 training is left: about " in capsys.readouterr().err
    assert main(words) == 0
    said = capsys.readouterr()
    assert "10 of 10: digits sscl beta=" in said.err
    rows = tasks.read_rows(tmp_path / "runs.jsonl")
    assert len(rows) == 10
    sentence = sentence_on(sweep, points_of(sweep, rows))
    assert said.out.strip() == sentence
    page = (tmp_path / "figure.html").read_text()
    assert sentence in page and "<script" in page and "src=" not in page.split("<body>")[1][:200]
    told = json.loads((tmp_path / "rows.json").read_text())
    assert told["sentence"] == sentence
    with (tmp_path / "rows.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [float(row["mean"]) for row in table] == [row["mean"] for row in told["rows"]]
    assert len(table) == 5 and table[0]["seeds"] == "2"


def test_rows_of_another_precision_are_not_pooled(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CACR_PRECISION", raising=False)
    monkeypatch.setattr(estimate, "_timed", lambda config: estimate.Cost(0.1, 0.5, 1.0))
    words = ["papers", "beta", "--out", str(tmp_path), "--dataset", "digits", "--seeds", "1"]
    words += ["--n-steps", "1"]
    sweep = dataclasses.replace(SWEEPS["beta"], dataset="digits", seeds=(0,), n_steps=1)
    for task in sweep.tasks():
        row = tasks.train_task(task, sweep.config_of(task, {}), (0, 1))
        assert row["precision"] == "float32"
        append_line(tmp_path / "runs.jsonl", row)
    assert main([*words, "--dry-run"]) == 0
    assert "All its trainings are done." in capsys.readouterr().err
    monkeypatch.setenv("CACR_PRECISION", "bfloat16")
    assert main([*words, "--dry-run"]) == 0
    assert "5 trainings are left" in capsys.readouterr().err


def test_precisions_of_sweeps_are_named_before_they_are_compared():
    for sweep in SWEEPS.values():
        assert {sweep.config_of(task, {}).precision for task in sweep.tasks()} == {"float32"}
    assert precision_named("cuda:99") == "float32"  # of a machine of a cluster, perhaps


@pytest.mark.parametrize("name", SWEEPS)
def test_a_figure_says_that_more_views_are_seen_where_they_are(name):
    sweep = SWEEPS[name]
    points = points_of(sweep, rows_of(sweep))
    axis = sweep_figure(sweep, points).layout.xaxis.title.text
    if name not in ("positives", "batch"):
        assert "times the views" not in sentence_on(sweep, points) + axis
        return
    times = {"positives": (6 + 1) / (1 + 1), "batch": 128 / 16}[name]
    assert f"from left to right {times:g} times the views are seen" in axis
    told = f"with {times:g} times the views at as many updates"
    assert sentence_on(sweep, points).count(told) == len(sweep.lines)


def test_embeddings_are_drawn_at_moments_of_one_run(tmp_path, capsys):
    words = ["papers", "embeddings", "--out", str(tmp_path), "--dataset", "digits"]
    assert main([*words, "--n-steps", "5"]) == 0
    sentence = capsys.readouterr().out.strip()
    told = json.loads((tmp_path / "rows.json").read_text())
    updates = [row["update"] for row in told["rows"]]
    assert sorted(set(updates)) == [0, 1, 3, 5]
    first, last = told["rows"][0], told["rows"][-1]
    assert f"from {100 * first['accuracy']:.1f} to {100 * last['accuracy']:.1f} %" in sentence
    assert 0 < last["variance_seen"] <= 1
    assert len({row["class"] for row in told["rows"]}) == 10


def test_a_figure_that_is_none_is_told_which_there_are(capsys):
    assert main(["papers", "nothing"]) == 2
    said = capsys.readouterr().err
    assert "got 'nothing'" in said and all(name in said for name in TITLES)


def test_without_a_figure_they_are_listed_with_the_time_each_takes(capsys, monkeypatch):
    monkeypatch.setattr(estimate, "_timed", lambda config: estimate.Cost(0.1, 0.5, 1.0))
    assert main(["papers"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(TITLES)
    assert "at once" in lines[0] and "minutes" in lines[-1]


def test_tasks_of_one_seed_are_pairs():
    sweep = dataclasses.replace(SWEEPS["beta"], dataset="digits", n_steps=1, seeds=(0,))
    rows = [
        tasks.train_task(task, sweep.config_of(task, {}), (0, 1))
        for task in itertools.islice(sweep.tasks(), 2)
    ]
    assert rows[0]["arm"] != rows[1]["arm"]
    assert rows[0]["scores"][0]["knn_features"] == rows[1]["scores"][0]["knn_features"]
    assert isinstance(tasks.by_task(rows)[Task("digits", rows[0]["arm"], 0)], dict)


def test_a_training_whose_probes_are_no_numbers_any_more_is_a_row_that_says_so():
    sweep = SWEEPS["beta"]
    task = next(iter(sweep.tasks()))
    config = dataclasses.replace(sweep.config_of(task, {}), n_steps=3)
    config = dataclasses.replace(config, dataset="digits", lr=1e5, optimizer="adamw")
    row = tasks.train_task(task, config, (0, 1, 3))
    assert "The embeddings of the probes are no numbers" in row["failed"]
    assert [score["step"] for score in row["scores"]] == [0]


def test_seeds_of_a_figure_without_repeats_are_refused(tmp_path, capsys):
    assert main(["papers", "weights", "--seeds", "5", "--out", str(tmp_path / "out")]) == 2
    assert "weights has no repeats" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_interrupt_keeps_what_was_done_and_leaves_no_process(tmp_path):
    words = ["papers", "beta", "--out", str(tmp_path), "--dataset", "digits", "--n-steps", "40"]
    command = [sys.executable, "-m", "cacr_core", *words]
    said = []
    hears = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # in the background too
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=hears
    ) as made:
        for line in made.stderr:
            said.append(line)
            if line.startswith("1 of 15"):
                children = psutil.Process(made.pid).children(recursive=True)
                made.send_signal(signal.SIGINT)
    assert made.returncode == 130
    assert said[-1] == "Stopped. What was done is kept; the same command goes on.\n"
    assert children
    assert not psutil.wait_procs(children, timeout=60)[1]
    rows = tasks.read_rows(tmp_path / "runs.jsonl")
    assert rows and not list(tmp_path.glob(".*.lock"))
