import argparse
import dataclasses
import itertools
import json
import math
import os
import re
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats

from cacr_core.__main__ import _add_train_options, main
from cacr_core.papers import estimate, tasks, work
from cacr_core.papers import study as papers_study
from cacr_core.papers.reproduce import command
from cacr_core.papers.study import QUESTIONS, ROWS, Study, plan, render
from cacr_core.papers.study.answers import answers
from cacr_core.papers.study.document import title_of
from cacr_core.papers.study.evidence import evidence_of
from cacr_core.papers.tasks import Task, arm
from cacr_core.presets import CATALOGUE
from cacr_core.runs.cluster import results_here
from tests import first_study

DOCUMENT = ROWS.parent.with_suffix(".md")
TINY = Study(
    datasets=("digits",),
    arms=(arm("infonce"), arm("cacr-4"), arm("cacr-4", share_of_steps=2 / 5, rare="seed")),
    seeds=(0, 1),
    n_trials=2,
    n_steps=5,
    batch_size=16,
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    path = tmp_path_factory.mktemp("docs") / "study" / "runs.jsonl"
    tasks.work(TINY, path)
    return path


def without_time(rows):
    return sorted(
        json.dumps({k: v for k, v in r.items() if k not in ("seconds", "on")}) for r in rows
    )


# --- what is published


def test_the_document_says_what_the_recorded_rows_say():
    """The first study's until its questions are asked anew: `make study` writes the other."""
    text = DOCUMENT.read_text()
    if "(study/runs.jsonl)" in text:
        assert text == render(tasks.read_rows(ROWS), Study())
    else:
        assert text == first_study.render(first_study.read_results())


# --- what is trained


def test_each_question_is_a_contrast_of_arms_that_are_trained_on_datasets_with_room():
    study = Study()
    assert "digits" not in study.datasets
    for question in QUESTIONS:
        for contrast in (question.contrast, *(part for _, part in question.parts)):
            assert sum(weight for _, weight in contrast) == 0
            assert {one for one, _ in contrast} <= set(study.arms)
        assert question.groups == 0 or len(question.arms) % question.groups == 0
    names = [one.name for one in study.arms]
    assert len(set(names)) == len(names)
    titles = [title_of(one) for one in study.arms]
    assert len(set(titles)) == len(titles)


def test_every_arm_of_the_study_is_a_config_of_its_own():
    bare = dataclasses.replace(Study(), n_trials=0, datasets=("shapes",), seeds=(0,))
    configs = {task: bare.config_of(task, {}) for task in bare.tasks()}
    assert len({tasks.digest(config) for config in configs.values()}) >= len(configs) - 1
    for config in configs.values():
        assert config.imbalance == "none" or config.rare == "seed"
    by_arm = {task.arm: config for task, config in configs.items()}
    four, one = by_arm["cacr-4 share_of_steps=0.4"], by_arm["cacr-1"]
    assert four.n_views * four.n_steps == one.n_views * one.n_steps
    two = by_arm["cacr-4 n_views=3 share_of_steps=0.666667"]
    assert two.n_views * two.n_steps == one.n_views * one.n_steps


def test_every_loss_has_as_many_trials_and_the_same_for_all_seeds():
    study = Study(datasets=("shapes",))
    trials = [task for task in study.tasks() if task.trial >= 0]
    for loss in study.losses:
        own = [task for task in trials if task.arm == loss]
        assert [task.trial for task in own] == list(range(9))
        assert plan.settings_of(loss, (0, 0)).keys() == {"lr", plan.sharpness_of(loss)}
        assert getattr(CATALOGUE[loss][1]["loss"], plan.sharpness_of(loss)) > 0


@pytest.mark.parametrize("place", [(0, 0), (1, 0), (0, -1), (-1, 1)])
def test_the_search_ends_around_the_best_and_not_at_an_edge(place):
    tried = []
    for _ in range(9):
        x, y = point = plan.next_point(tried)
        tried.append((point, 1 - 0.1 * (x - place[0]) ** 2 - 0.13 * (y - place[1]) ** 2))
    assert plan.best(tried) == place
    assert len({point for point, _ in tried}) == 9
    assert not plan.is_at_edge(tried)
    assert plan.is_at_edge(tried[:1])


def test_a_study_trains_all_it_should_with_the_settings_of_the_best_trial(done):
    rows = tasks.read_rows(done)
    found = tasks.by_task(rows)
    assert len(rows) == len(found) == 2 * 2 + 3 * 2
    assert set(found) == set(TINY.tasks())
    for loss in ("infonce", "cacr-4"):
        tried = [found[Task("digits", loss, plan.TRIAL_SEED, n)] for n in range(2)]
        best = max(tried, key=plan.score_of)["settings"]
        used = [r["settings"] for t, r in found.items() if t.trial < 0 and t.arm.startswith(loss)]
        assert used and all(settings == best for settings in used)
    for task, row in found.items():
        assert [s["step"] for s in row["scores"]] == [0, 2 if "share" in task.arm else 5]
        assert row["scores"][-1]["knn_features"] > 0.5
        assert 0 < row["scores"][-1]["entropy"] <= 1
    starts = {json.dumps(r["scores"][0]["knn_features"]) for t, r in found.items() if t.seed == 0}
    assert len(starts) == 1  # paired: the same network and images


def test_an_interrupted_study_goes_on_to_the_same_rows(done, tmp_path):
    path = tmp_path / "study" / "runs.jsonl"
    path.parent.mkdir()
    lines = done.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-3]) + lines[-3][:20])
    said = []
    tasks.work(TINY, path, say=said.append)
    assert len(said) == 3 and said[-1].startswith("10 of 10: ")
    assert without_time(tasks.read_rows(path)) == without_time(tasks.read_rows(done))
    assert not list(path.parent.glob(".*.lock"))


def test_rows_of_other_settings_do_not_count(done):
    other = dataclasses.replace(TINY, batch_size=17)
    assert tasks.standing(TINY, tasks.read_rows(done)).n_left == 0
    now = tasks.standing(other, tasks.read_rows(done))
    assert now.n_left == 10 and not now.done
    assert all(task.trial == 0 for task in now.ready)  # the rest follows from these


def test_several_processes_make_the_rows_of_one(done, tmp_path):
    path = tmp_path / "study" / "runs.jsonl"
    few = dataclasses.replace(TINY, arms=TINY.arms[:1], seeds=(0,))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        tasks.work(few, tmp_path / "one.jsonl")
    finally:
        torch.set_num_threads(threads)
    tasks.work(few, path, n_processes=2)
    assert without_time(tasks.read_rows(path)) == without_time(
        tasks.read_rows(tmp_path / "one.jsonl")
    )


def test_the_death_of_a_process_is_told():
    def jobs(most):
        return {"dying": (1,)} if most else {}

    with pytest.raises(ValueError, match=r"was killed.*run it again to go on"):
        list(results_here(os._exit, jobs, 1))


def test_the_command_trains_what_is_left_and_writes_the_document_beside(tmp_path, monkeypatch):
    monkeypatch.setattr(papers_study, "Study", partial(Study, arms=TINY.arms[:1]))
    out = tmp_path / "mine" / "runs.jsonl"
    words = ["study", "--out", str(out), "--datasets", "digits", "--seeds", "2", "--n-steps", "1"]
    assert main([*words, "--n-trials", "1"]) == 0
    rows = tasks.read_rows(out)
    assert len(rows) == 3
    few = Study(datasets=("digits",), arms=TINY.arms[:1], seeds=(0, 1), n_trials=1, n_steps=1)
    text = (tmp_path / "mine.md").read_text()
    assert text == render(rows, few, "mine/runs.jsonl")
    assert "[mine/runs.jsonl](mine/runs.jsonl)" in text and "2 of 2 runs are in." in text


# --- what is said


def rows_with(effects, *, n_seeds=6, spread=0.004, datasets=("shapes", "fashion-mnist")):
    """Rows of every arm: half right, and `effects` (by arm) more; a little luck for each."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset, seed, one in itertools.product(datasets, range(n_seeds), Study().arms):
        value = 0.5 + effects.get(one.name, 0.0) + spread * rng.standard_normal()
        scores = {"knn_features": value, "entropy": 0.9, "own_class_share": 0.2}
        scores |= {"own_class_even": 0.1}
        rows.append(
            Task(dataset, one.name, seed)._asdict()
            | {"steps": 360, "of": "", "seconds": 1.0, "on": "a machine", "device": "cpu"}
            | {"settings": {"lr": 0.01, "t_neg": 2.0, "t_pos": 1.0, "temperature": 0.5}}
            | {"scores": [{"step": 0, "knn_features": 0.3}, {"step": 360} | scores]}
        )
    return rows


@pytest.mark.parametrize("question", QUESTIONS, ids=[q.id for q in QUESTIONS])
@pytest.mark.parametrize("way", ["for", "against", "none"])
def test_an_answer_follows_from_rows_that_fall_either_way(question, way):
    sign = {"for": 1, "against": -1, "none": 0}[way]
    first, weight = question.contrast[0]
    rows = rows_with({first.name: 0.05 * sign / weight})
    (found,) = [a for a in answers(QUESTIONS, rows) if a.question == question]
    assert found.verdict == way
    told = found.sentences()
    assert len(re.findall(r"\.(?= [A-Z]|$)", told)) == 2
    assert (question.better in told, question.worse in told, question.nothing in told) == (
        sign > 0,
        sign < 0,
        sign == 0,
    )
    by_seed = {}
    for row in rows:
        weights = {one.name: w for one, w in question.contrast}
        key = row["dataset"], row["seed"]
        value = weights.get(row["arm"], 0) * row["scores"][-1]["knn_features"]
        by_seed[key] = by_seed.get(key, 0) + value
    mean = 100 * sum(by_seed.values()) / len(by_seed)
    amount = float(re.search(r"(?:by |\()([+−]?[\d.]+) points", told)[1].replace("−", "-"))
    assert amount == pytest.approx(abs(mean) if sign else mean, abs=0.051)
    if question.claim:
        assert ("agrees with" in told, "contradicts" in told, "neither" in told) == (
            sign > 0,
            sign < 0,
            sign == 0,
        )
        assert question.claim in told
    else:
        assert "Neither paper's abstract speaks of it" in told
    assert (question.decide in told) == (sign <= 0 or not question.claim)
    assert ("four of five" in told) == (sign == 0)


def test_a_difference_that_luck_explains_among_so_many_questions_is_not_claimed():
    """That would pass alone, at 0.05, and does not among all."""
    n, seen = len(QUESTIONS) + sum(len(q.parts) for q in QUESTIONS), 0
    for effect in np.linspace(0, 0.03, 61):
        found = answers(QUESTIONS, rows_with({"uniform-attraction": -effect}, spread=0.01))
        own, *others = (one.evidence.p for one in found)
        if 0.05 / n < own < 0.05 and own < min(others):
            seen += 1
            assert found[0].p == pytest.approx(n * own)
            assert found[0].verdict == "none"
    assert seen


def test_the_parts_of_a_loss_are_told_each_for_itself():
    rows = rows_with({"mixing": -0.04, "hard": 0.03})
    (sscl,) = [found for found in answers(QUESTIONS, rows) if found.question.id == "sscl"]
    assert sscl.n_asked == len(QUESTIONS) + 3
    assert {name: part.verdict for name, part in sscl.parts.items()} == {
        "mixing": "against",
        "hard sampling": "for",
        "debiasing": "none",
    }
    told = sscl.sentences()
    assert re.search(r"alone mixing worse \(−[34]\.\d, .*hard sampling better \(\+[23]\.", told)
    assert "debiasing not told apart (" in told


def test_one_dataset_is_the_paired_t_test_and_two_are_welchs():
    a, b = [0.1, 0.3, 0.25, 0.05], [0.7, 0.2, 0.3, 0.1, 0.9]
    one = evidence_of({"x": dict(enumerate(a))})
    assert one.p == pytest.approx(stats.ttest_1samp(a, 0).pvalue)
    low, high = stats.t.interval(0.95, 3, np.mean(a), stats.sem(a))
    assert (one.interval.low, one.interval.high) == pytest.approx((low, high))
    two = evidence_of({"x": dict(enumerate(a)), "y": {i: -v for i, v in enumerate(b)}})
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert (two.p, two.dof) == pytest.approx((welch.pvalue, welch.df))
    assert two.interval.mean == pytest.approx((np.mean(a) - np.mean(b)) / 2)
    assert evidence_of({"x": {0: 0.1}}) is None


def test_the_smallest_detectable_effect_is_found_in_four_of_five_studies():
    rng = np.random.default_rng(1)
    n, sigma = 12, 1.0
    error = sigma / math.sqrt(n)
    effect = (stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)) * error
    samples = effect + sigma * rng.standard_normal((4_000, n))
    assert np.mean(stats.ttest_1samp(samples, 0, axis=1).pvalue < 0.05) == pytest.approx(
        0.8, abs=0.03
    )
    centred = samples[0] - samples[0].mean()
    found = evidence_of({"x": dict(enumerate(centred / samples[0].std(ddof=1)))})
    assert found.detectable() == pytest.approx(effect)


def test_the_document_begins_with_the_answers_and_has_a_table_for_each_question():
    rows = rows_with({"cacr-4": 0.05, "infonce": -0.25})
    text = render(rows, Study())
    top = text.partition("## How it was done")[0]
    for found in answers(QUESTIONS, rows):
        assert f"**{found.question.title}** {found.sentences()}" in top
        section = text.partition(f"## {found.question.title}\n")[2].partition("\n## ")[0]
        assert section.count("| Shapes |") == section.count("| Fashion-MNIST |") == 1
        for one in found.question.arms:
            assert f"| {title_of(one)} |" in section
    assert "2.00 ×" in text
    n = len(Study().arms) * 2
    assert f"{n - 2} of {n} rows pass the untrained network" in text
    assert "Not so: InfoNCE (Shapes); InfoNCE (Fashion-MNIST)." in text
    line = next(li for li in text.splitlines() if li.startswith("| CACR, four positives |"))
    cells = [cell.strip() for cell in line.split("|")]
    mine, base = (
        [r["scores"][-1]["knn_features"] for r in rows if (r["arm"], r["dataset"]) == (a, "shapes")]
        for a in ("cacr-4", "uniform-attraction")
    )
    low, high = stats.t.interval(0.95, 5, np.mean(mine), stats.sem(mine))
    assert cells[2] == f"{100 * np.mean(mine):.1f} ± {50 * (high - low):.1f}"
    less = np.subtract(mine, base)
    assert cells[3].startswith(f"{100 * less.mean():+.1f} (")


def test_a_document_of_no_rows_or_a_few_says_so(done):
    assert render([], Study()).count("This is not answered yet.") == len(QUESTIONS)
    text = render(tasks.read_rows(done), TINY)
    assert "6 of 6 runs are in." in text
    assert "With the 4 trials" in text
    assert "At the edge of what was tried stand InfoNCE on Digits" in text


def test_what_would_decide_is_a_command_that_there_is():
    parsers = {"reproduce": argparse.ArgumentParser(), "train": argparse.ArgumentParser()}
    command.add_options(parsers["reproduce"])
    _add_train_options(parsers["train"])
    known = "`python -m cacr_core (\\w+) ([^`]+)`"
    told = [found for q in QUESTIONS for found in re.findall(known, q.decide)]
    assert {name for name, _ in told} == set(parsers)
    for name, words in told:
        parsers[name].parse_args([*words.split(), "--out", "x"])
    more = [words for q in QUESTIONS for words in re.findall("`(--[^`]+)`", q.decide)]
    assert more
    for words in more:
        of_run = "--host" in words
        first = ["--out", "x"] if of_run else ["cacr-cifar10"]
        parsers["train" if of_run else "reproduce"].parse_args([*first, *words.split()])


def test_digits_are_left_out_for_a_reason():
    rows = [r for r in first_study.read_results() if r["dataset"] == "digits" and "untrained" in r]
    told = [r["untrained"]["knn_features"] for r in rows if r["loss"] == "infonce"]
    assert sum(told) / len(told) > 0.9


def test_the_command_says_how_long_it_takes_and_refuses_what_makes_no_sense(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(estimate, "_timed", lambda config: estimate.Cost(0.5, 0.25, 1.0))
    monkeypatch.setattr(work, "n_cores", lambda: 2)
    out = tmp_path / "study" / "runs.jsonl"
    asked = ["study", "--out", str(out), "--datasets", "nowhere"]
    assert main([*asked, "--dry-run"]) == 2
    assert "None of the images asked for are on this machine" in capsys.readouterr().err
    assert main([*asked, "--seeds", "0"]) == 2
    assert "--seeds must be a whole number from 1 on, got 0." in capsys.readouterr().err
    asked[-1] = "digits"
    assert main([*asked, "--dry-run", "--seeds", "1", "--n-trials", "1", "--n-steps", "60"]) == 0
    study = Study()
    n = len(study.losses) + len(study.arms)
    shorter = 60 * 2 / 5 + 60 * 2 / 3 - 2 * 60  # as many views in fewer updates
    minutes = ((60 * n + shorter) * 0.5 + n * (2 * 0.25 + 1)) / 2 / 60
    told = f"{n} trainings are left: about {minutes:.1f} minutes on 2 quiet cores."
    assert told in capsys.readouterr().err
    assert not out.exists()
