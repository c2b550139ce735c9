"""What the study says: two sentences a question and the document, held to rows either way."""

import argparse
import itertools
import math
import re

import numpy as np
import pytest
from scipy import stats

from cacr_core import data
from cacr_core.__main__ import _add_train_options
from cacr_core.losses import make_loss
from cacr_core.papers.reproduce import RECIPES, changed_recipe, command
from cacr_core.papers.study import QUESTIONS, Study, render
from cacr_core.papers.study.answers import answers
from cacr_core.papers.study.document import title_of
from cacr_core.papers.study.evidence import evidence_of
from cacr_core.papers.tasks import Task
from cacr_core.presets import entry
from cacr_core.training.source import train_images


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


@pytest.mark.parametrize("level", [0.05, 0.05 / 11])
def test_the_smallest_detectable_effect_is_found_in_four_of_five_studies(level):
    n, rng = 6, np.random.default_rng(1)
    values = rng.standard_normal(n)
    values = (values - values.mean()) / values.std(ddof=1)
    found = evidence_of({"x": dict(enumerate(values))})
    assert (found.dof, found.error) == pytest.approx((n - 1, 1 / math.sqrt(n)))
    effect = found.detectable(level)
    at_least = stats.t.ppf(1 - level / 2, n - 1)
    assert stats.nct.sf(at_least, n - 1, effect / found.error) == pytest.approx(0.8, abs=0.005)
    studies = effect + rng.standard_normal((20_000, n))
    is_found = stats.ttest_1samp(studies, 0, axis=1).pvalue < level
    assert is_found.mean() == pytest.approx(0.8, abs=0.012)


@pytest.mark.parametrize(
    "values", [{0: 0.02, 1: 0.02}, {0: 0.8123 - 0.7923, 1: 0.8012 - 0.7812}, {0: 0.0, 1: 0.0}]
)
def test_seeds_that_agree_prove_nothing(values):
    found = evidence_of({"x": values, "y": values})
    assert found.interval.has_no_spread
    assert (found.p, found.error) == (1, 0)
    one = evidence_of({"x": values, "y": {0: 0.01, 1: 0.03, 2: 0.02}})
    assert 0 < one.p < 1 and not one.interval.has_no_spread


def test_a_contrast_whose_seeds_agree_is_not_told_from_noise():
    question = QUESTIONS[0]
    rows = rows_with({question.contrast[0][0].name: 0.05}, spread=0)
    (found,) = (a for a in answers(QUESTIONS, rows) if a.question == question)
    assert (found.verdict, found.p) == ("none", 1)
    told = found.sentences()
    assert f"{question.nothing} (+5.0 points, p = 1): seeds agree, which tells nothing of" in told
    section = render(rows, Study()).partition(f"## {question.title}\n")[2].partition("\n## ")[0]
    assert "Seeds agree, which tells nothing of noise." in section
    assert "four of five" not in told and "detectable" not in section
    assert "+5.0 to +5.0" not in told + section
    assert all(f"{name} not told apart" in told for name in question.parts)


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


def test_of_less_curated_images_three_in_ten_of_all_are_noise_and_copies_among_them():
    (question,) = (q for q in QUESTIONS if q.id == "curation")
    made = "three in ten images made copies of others, then three in ten of all made noise"
    for told in (question.better, question.worse, question.nothing):
        assert made in told
    spoiled, _ = question.contrast[0]
    splits = data.load("shapes", n_probes=16, n_held_out=16, n_train=1_000)
    found = train_images(Study().costs_like(Task("shapes", spoiled.name, 0)), splits)
    is_noise = found.labels == data.UNLABELLED
    is_copy = (found.images != splits.train.images).flatten(1).any(1) & ~is_noise
    assert is_noise.float().mean().item() == pytest.approx(0.3)
    assert is_copy.float().mean().item() == pytest.approx(0.3 * 0.7, abs=0.03)
