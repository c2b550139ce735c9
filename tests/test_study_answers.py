"""What the study says: two sentences a question and the document, held to rows either way."""

import argparse
import itertools
import math
import re

import numpy as np
import pytest
from scipy import stats

from cacr_core.__main__ import _add_train_options
from cacr_core.losses import make_loss
from cacr_core.papers.reproduce import RECIPES, changed_recipe, command
from cacr_core.papers.study import QUESTIONS, Study, render
from cacr_core.papers.study.answers import answers
from cacr_core.papers.study.document import title_of
from cacr_core.papers.study.evidence import evidence_of
from cacr_core.papers.tasks import Task
from cacr_core.presets import entry


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


def test_what_would_decide_is_a_command_that_there_is():
    parsers = {"reproduce": argparse.ArgumentParser(), "train": argparse.ArgumentParser()}
    command.add_options(parsers["reproduce"])
    _add_train_options(parsers["train"])
    known = "`python -m cacr_core (\\w+) ([^`]+)`"
    told = [found for q in QUESTIONS for found in re.findall(known, q.decide)]
    assert {name for name, _ in told} == set(parsers)
    for name, words in told:
        parsers[name].parse_args(words.split())
    more = {words for q in QUESTIONS for words in re.findall("`(--[^`]+)`", q.decide)} - {"--out"}
    assert more
    for words in more:
        of_run = "--queue-size" in words
        first = ["--out", "x"] if of_run else ["cacr-cifar10"]
        parsers["train" if of_run else "reproduce"].parse_args([*first, *words.split()])


def test_a_question_on_the_loss_is_decided_by_commands_that_differ_in_the_loss_alone():
    (batch,) = (q for q in QUESTIONS if q.id == "batch")
    (words,) = re.findall("`python -m cacr_core reproduce ([^`]+)`", batch.decide)
    name, _, first = words.split()
    (second,) = re.findall("`--loss (\\w+)`", batch.decide)
    one, other = (changed_recipe(name, loss=make_loss(loss)).to_json() for loss in (first, second))
    assert (one.pop("loss")["name"], other.pop("loss")["name"]) == ("infonce", "cacr")
    assert one == other


def test_a_command_that_changes_more_than_the_loss_says_so():
    for question in QUESTIONS:
        for name in re.findall(r"cacr_core reproduce (cacr-[\w-]+)`", question.decide):
            if "--loss infonce" in question.decide:
                ours = RECIPES[name]
                theirs = changed_recipe(name, loss=make_loss("infonce"))
                assert (ours.n_views, theirs.n_views) == (5, 2)
                assert ours.negatives != theirs.negatives
                assert "two views and takes negatives from both" in question.decide


def test_what_else_a_queue_changes_stands_beside_its_answer():
    (queue,) = (q for q in QUESTIONS if q.id == "negatives")
    alone, queued = (
        entry(arm.loss, **{"batch_size": 64, **dict(arm.changes)}).config
        for arm, _ in reversed(queue.contrast)
    )
    in_batch = queued.n_negatives - queued.queue_size
    (told,) = (
        found.sentences() for found in answers(QUESTIONS, rows_with({})) if found.question == queue
    )
    assert f"fall from {alone.n_negatives} to {in_batch}" in told
    assert f"stay for {queued.queue_size // queued.batch_size} updates" in told
    assert "positives become keys of a momentum encoder" in told
    assert "queue" in queue.title
    first, *_ = re.findall("`python -m cacr_core train ([^`]+)`", queue.decide)
    assert "--host queue --queue-size 1024" in first and "`--queue-size 64`" in queue.decide


def test_commands_that_would_decide_write_into_a_folder_for_every_run():
    for question in QUESTIONS:
        has_command = "python -m cacr_core" in question.decide
        assert has_command == ("every run with an `--out` of its own" in question.decide)
