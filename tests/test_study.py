"""What the study trains, in which order, and what it keeps."""

import dataclasses
import json
import os
from functools import partial

import pytest
import torch

from cacr_core.__main__ import main
from cacr_core.papers import estimate, tasks, work
from cacr_core.papers import study as papers_study
from cacr_core.papers.study import QUESTIONS, ROWS, Study, plan, render
from cacr_core.papers.study.document import title_of
from cacr_core.papers.tasks import Task, arm
from cacr_core.presets import CATALOGUE
from cacr_core.runs.cluster import results_here
from cacr_core.runs.paths import append_line

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
    rows = tasks.read_rows(ROWS)
    assert DOCUMENT.read_text() == render(rows, Study())
    assert {row["dataset"] for row in rows} == set(Study().datasets)


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
        assert [task.trial for task in own] == list(range(study.n_trials))
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


def test_what_others_did_between_the_look_and_the_claim_is_not_done_again(
    done, tmp_path, monkeypatch
):
    path = tmp_path / "runs.jsonl"
    rows, claim = tasks.by_task(tasks.read_rows(done)), tasks._claim

    def claimed_late(task, path):
        append_line(path, rows[task])
        return claim(task, path)

    monkeypatch.setattr(tasks, "_claim", claimed_late)
    monkeypatch.setattr(tasks, "train_task", lambda *given: pytest.fail("it trains"))
    tasks.work(TINY, path)
    assert without_time(tasks.read_rows(path)) == without_time(rows.values())
    assert not list(tmp_path.glob(".*.lock"))


def test_a_claim_that_is_given_back_leaves_alone_that_of_who_takes_it_at_once(tmp_path):
    task, path = next(TINY.tasks()), tmp_path / "runs.jsonl"
    claim = tasks._claim(task, path)
    release, others = claim.release, []

    def released():
        release()
        others.append(tasks._claim(task, path))

    claim.release = released
    tasks._give_back(claim)
    assert others[0].is_locked
    assert tasks._claim(task, path) is None
    tasks._give_back(others[0])
    assert not list(tmp_path.iterdir())


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
    text = (tmp_path / "mine" / "runs.md").read_text()
    assert text == render(rows, few, "runs.jsonl")
    assert "[runs.jsonl](runs.jsonl)" in text and "2 of 2 runs are in." in text


def test_a_document_is_of_the_rows_that_were_asked_for_and_of_no_others_in_their_file(done):
    rows = tasks.read_rows(done)
    assert tasks.rows_of(TINY, rows) == rows
    longer = dataclasses.replace(TINY, n_steps=TINY.n_steps + 1)
    assert tasks.rows_of(longer, rows) == []
    fewer = dataclasses.replace(TINY, seeds=TINY.seeds[:1])
    assert {row["seed"] for row in tasks.rows_of(fewer, rows)} == {TINY.seeds[0], plan.TRIAL_SEED}
    fewer = dataclasses.replace(TINY, arms=TINY.arms[:1])
    assert {row["arm"] for row in tasks.rows_of(fewer, rows)} == {"infonce"}


def test_rows_of_images_that_are_not_here_count_for_their_own_plan_alone(done, monkeypatch):
    rows = tasks.read_rows(done)
    monkeypatch.setattr(tasks.data, "is_here", lambda name: False)
    assert tasks.rows_of(TINY, rows) == rows
    assert not list(TINY.tasks())
    for changes in (
        {"datasets": ("shapes",)},
        {"n_steps": TINY.n_steps + 1},
        {"device": "cuda"},
        {"precision": "bfloat16"},
        {"batch_size": 17},
    ):
        assert tasks.rows_of(dataclasses.replace(TINY, **changes), rows) == []
    assert len(tasks.rows_of(Study(), tasks.read_rows(ROWS))) == 654
    assert tasks.rows_of(Study(n_steps=100), tasks.read_rows(ROWS)) == []


def test_answers_and_progress_are_of_the_datasets_that_a_study_has():
    rows = tasks.read_rows(ROWS)
    shapes = render(rows, Study(datasets=("shapes",)))
    assert shapes == render(
        [row for row in rows if row["dataset"] == "shapes"], Study(datasets=("shapes",))
    )
    assert "210 of 210 runs are in." in shapes and "Fashion-MNIST" not in shapes
    assert "mean over datasets" not in shapes and "mean over datasets" in DOCUMENT.read_text()


def test_runs_with_other_options_leave_those_in_the_same_file_done(done, tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text(done.read_text())
    other = dataclasses.replace(TINY, n_steps=1, arms=TINY.arms[:1], seeds=(0,), n_trials=1)
    tasks.work(other, path)
    rows = tasks.read_rows(path)
    assert len(rows) == 12
    assert tasks.standing(TINY, rows).n_left == tasks.standing(other, rows).n_left == 0
    assert tasks.rows_of(TINY, rows) == tasks.read_rows(done)


@pytest.mark.parametrize("other", ["--n-steps 100", "--seeds 2", "--datasets shapes"])
def test_another_study_is_not_written_over_the_one_that_ships(other, capsys, monkeypatch):
    monkeypatch.setattr(work, "work", lambda *given, **named: pytest.fail("it trains"))
    before = ROWS.read_bytes(), DOCUMENT.read_bytes()
    assert main(["study", *other.split()]) == 2
    said = capsys.readouterr().err.strip()
    assert "name an --out" in said and "\n" not in said
    assert (ROWS.read_bytes(), DOCUMENT.read_bytes()) == before


def test_a_row_says_how_many_images_were_scored_and_in_which_precision(done):
    for row in tasks.read_rows(done):
        assert (row["device"], row["precision"]) == ("cpu", "float32")
        assert row["scored"] == [1000, 781]  # of the 1,797, 16 of which are watched
    text = render(tasks.read_rows(done), TINY)
    assert "of 1,000 held-out images against 781 labelled ones" in text


def test_the_text_follows_the_datasets_of_the_study(done):
    rows = tasks.read_rows(done)
    text = render(rows, TINY)
    untrained = [row["scores"][0]["knn_features"] for row in rows if "trial" not in row]
    assert f"An untrained network has {100 * sum(untrained) / 6:.0f} % on Digits." in text
    assert "Digits are left out" not in text
    assert "On Digits those of all seeds, that of the trials too, are drawn from the same" in text
    assert "not the study that ships" in text
    shipped = DOCUMENT.read_text()
    assert "Digits are left out" in shipped
    assert "the same 10,000 test images, so about 10 % of what a run is scored on" in shipped
    assert "On Shapes every seed has images of its own." in shipped


def test_a_tenth_of_what_a_run_is_scored_on_was_seen_by_its_trials():
    labels = torch.arange(10_000) % 10
    draws = {
        seed: set(tasks.data.fair_draw(labels, 16, 1_000, seed, n_parts=2)[2].tolist())
        for seed in (plan.TRIAL_SEED, *Study().seeds)
    }
    seen = draws.pop(plan.TRIAL_SEED)
    for own in draws.values():
        assert len(own & seen) / len(own) == pytest.approx(0.1, abs=0.03)


def test_one_seed_is_told_to_be_too_few(done):
    few = dataclasses.replace(Study(datasets=("shapes",)), seeds=(0,))
    rows = [row for row in tasks.read_rows(ROWS) if row["seed"] in (0, plan.TRIAL_SEED)]
    text = render(rows, few)
    assert text.count("Its runs are in for one seed alone") == len(QUESTIONS)
    assert "`--seeds 2` adds one" in text and "Its runs are not in" not in text
    assert "over 1 seed" in text and "1 seeds" not in text


def test_a_document_of_no_rows_or_a_few_says_so(done):
    assert render([], Study()).count("This is not answered yet.") == len(QUESTIONS)
    text = render(tasks.read_rows(done), TINY)
    assert "6 of 6 runs are in." in text
    assert "With the 4 trials" in text
    assert "At the edge of what was tried stand InfoNCE on Digits" in text


def test_digits_are_left_out_for_a_reason(done):
    rows = [r for r in tasks.read_rows(done) if "trial" not in r]
    told = [r["scores"][0]["knn_features"] for r in rows if r["scores"][0]["step"] == 0]
    assert len(told) == len(TINY.arms) * len(TINY.seeds) and min(told) > 0.9


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
