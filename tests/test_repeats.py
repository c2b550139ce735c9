import dataclasses
import json
import math
import os
import time

import numpy as np
import pytest
from scipy import stats

from cacr_core import runs
from cacr_core.__main__ import main
from cacr_core.losses import CACR, InfoNCE
from cacr_core.runs import folder as files
from cacr_core.runs import launch, repeats, seeds, standing, turn, waiting
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.repeats import (
    holm,
    interval,
    p_value,
    paired_difference,
    repeat_rows,
    train_together,
)
from cacr_core.runs.worker import work
from cacr_core.training import TrainConfig, train

TINY = TrainConfig(
    dataset="digits", batch_size=16, n_steps=4, snapshot_every=4, n_probes=32, embedding_dim=8
)
PAIR = Comparison(
    (Entry("CACR", TINY), Entry("InfoNCE", dataclasses.replace(TINY, loss=InfoNCE(), lr=0.002)))
)


def test_the_interval_is_students():
    values = [0.61, 0.58, 0.64, 0.60, 0.57]
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    found = interval(values)
    assert found.mean == pytest.approx(np.mean(values))
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert math.isnan(interval([0.5]).low)
    with pytest.raises(ValueError, match="one value or more"):
        interval([])


def test_a_paired_difference_takes_out_what_a_seed_does_to_both():
    baseline = {0: 0.10, 1: 0.50, 2: 0.90, 7: 0.3}
    values = {0: 0.12, 1: 0.53, 2: 0.92, 8: 0.9}
    found = paired_difference(values, baseline)
    assert found.n == 3
    assert found.mean == pytest.approx(0.07 / 3)
    assert found.verdict == "higher"
    assert paired_difference(baseline, values).verdict == "lower"
    assert stats.ttest_rel([0.12, 0.53, 0.92], [0.10, 0.50, 0.90]).pvalue < 0.05


def test_a_difference_within_noise_is_called_that():
    assert paired_difference({0: 0.5, 1: 0.6}, {0: 0.6, 1: 0.5}).verdict == "within noise"
    assert paired_difference({0: 0.9}, {0: 0.1}).verdict == "within noise"  # one seed says nothing


def test_the_p_value_of_a_difference_is_that_of_the_paired_t_test():
    values, baseline = [0.61, 0.58, 0.64, 0.60], [0.60, 0.52, 0.61, 0.61]
    found = paired_difference(dict(enumerate(values)), dict(enumerate(baseline)))
    assert p_value(found) == pytest.approx(stats.ttest_rel(values, baseline).pvalue)
    assert (p_value(found) < 0.05) == (found.verdict != "within noise")
    assert math.isnan(p_value(interval([0.5])))


def test_seeds_that_happen_to_agree_are_no_proof_of_a_difference():
    counts, others = [4, 5, 7], [1, 2, 4]  # right ones of 20 images, 3 apart each time
    values, baseline = (dict(enumerate(n / 20 for n in some)) for some in (counts, others))
    assert len({values[seed] - baseline[seed] for seed in values}) > 1  # by rounding alone
    for found in (paired_difference(values, baseline), interval([0.25, 0.25]), interval([0, 0])):
        assert found.low == found.mean == found.high
        assert found.verdict == "no spread"
        assert p_value(found) == 1
    assert interval([0.25]).verdict == "within noise"


def rejected(p_values, level=0.05):
    """Holm's procedure as it is told: step down until one does not stand."""
    left, stand = sorted(range(len(p_values)), key=lambda i: p_values[i]), set()
    while left and p_values[left[0]] < level / len(left):
        stand.add(left.pop(0))
    return stand


def test_several_looks_stand_together_as_holms_procedure_has_it():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    rng = np.random.default_rng(0)
    for n in (1, 2, 5, 12):
        p_values = (rng.random(n) ** 3).tolist()
        stand = {i for i, p in enumerate(holm(p_values)) if p < 0.05}
        assert stand == rejected(p_values)


def test_together_each_scores_what_it_scores_alone():
    configs = {entry.label: entry.config for entry in PAIR.entries}
    found = {(s.name, s.step): s.metrics for s in train_together(configs, [2, 4])}
    assert set(found) == {("CACR", 2), ("CACR", 4), ("InfoNCE", 2), ("InfoNCE", 4)}
    for name, config in configs.items():
        alone = list(train(config))[-1].metrics
        for key, value in found[name, 4].items():
            assert alone[key] == pytest.approx(value, abs=0.01), key


def test_one_that_diverges_leaves_the_others_going():
    broken = dataclasses.replace(TINY, loss=CACR(), lr=1e30, n_steps=20)
    sound = dataclasses.replace(TINY, n_steps=20)
    found = list(train_together({"broken": broken, "sound": sound}, [20]))
    assert [(s.name, bool(s.failed)) for s in found] == [("broken", True), ("sound", False)]


def test_one_that_breaks_in_its_last_update_is_no_whole_one_without_scores():
    broken = dataclasses.replace(TINY, loss=CACR(), lr=1e30, n_steps=1)
    (found,) = train_together({"broken": broken}, [1])
    assert found.failed.startswith("The embeddings of held-out images are no numbers any more")
    assert (found.step, found.metrics) == (1, {})


def test_repeats_go_on_where_they_were_interrupted(tmp_path):
    path = tmp_path / "seeds.jsonl"
    asked = iter([False] * 5 + [True] * 100)
    repeat_rows(PAIR, range(3), path, stop=lambda: next(asked))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert {row["seed"] for row in rows} == {0}
    with path.open("a") as file:
        file.write('{"seed": 1, "ent')  # and the power went
    repeat_rows(PAIR, range(3), path)
    whole = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    assert sorted((row["seed"], row["entry"]) for row in whole) == [
        (seed, name) for seed in range(3) for name in "ab"
    ]
    assert whole[: len(rows)] == rows


@pytest.fixture
def finished(tmp_path):
    folder = tmp_path / "compare-them"
    launch.write_config(PAIR, folder)
    assert work(folder) == "finished"
    return folder


def test_a_finished_comparison_is_repeated_and_its_own_seed_taken_over(finished):
    seeds.ask(finished, 3)
    assert seeds.standing(finished)["state"] == "waiting"
    with pytest.raises(ValueError, match="being repeated already"):
        seeds.ask(finished, 3)
    seeds.work_on_seeds(finished)
    assert seeds.standing(finished)["state"] == "finished"
    rows = seeds.read_rows(finished)
    assert sorted((row["seed"], row["entry"]) for row in rows) == [
        (seed, name) for seed in range(3) for name in "ab"
    ]
    own = files.read_metrics(finished / "b")[-1]
    assert next(r for r in rows if (r["seed"], r["entry"]) == (0, "b"))["loss"] == own["loss"]


def test_repeats_asked_to_stop_keep_what_is_done(finished):
    seeds.ask(finished, 3)
    seeds.stop(finished)
    seeds.work_on_seeds(finished)
    assert seeds.standing(finished)["state"] == "stopped"
    assert {row["seed"] for row in seeds.read_rows(finished)} == {0}


def test_repeats_give_way_to_a_run_that_waits_while_its_worker_lives(tmp_path):
    run = tmp_path / "a-run"
    files.write_json(run / "config.json", {})
    with seeds.Leftover(tmp_path) as lock:
        assert lock.is_ours
        assert not seeds.is_wanted(tmp_path)
        files.beat(run, "waiting", reason=seeds.QUEUED)
        assert seeds.is_wanted(tmp_path)
        files.beat(run, "waiting", pid=2**22 + 1, reason=seeds.QUEUED)
        assert not seeds.is_wanted(tmp_path)


def test_repeats_wait_behind_a_run_that_nobody_else_would_take_up(finished):
    seeds.ask(finished, 2)
    ahead = finished.parent / "ahead"
    launch.write_config(TINY, ahead)
    waiting.join(ahead)
    seeds.work_on_seeds(finished, is_alone=lambda: True)
    assert seeds.standing(finished)["state"] == "waiting"
    assert turn.next_that_waits(finished.parent) == (ahead, "train")
    assert turn.next_that_waits(finished.parent) == (finished, "repeat")


def test_repeats_that_wait_for_a_run_are_stopped_all_the_same(finished):
    seeds.ask(finished, 3)
    launch.write_config(TINY, finished.parent / "ahead")
    waiting.join(finished.parent / "ahead")
    seeds.stop(finished)
    seeds.work_on_seeds(finished)
    assert seeds.standing(finished)["state"] == "stopped"


def test_repeats_are_lost_when_nobody_has_spoken_for_long_and_not_when_a_clock_was_set(finished):
    seeds.ask(finished, 3)
    told = files.read_json(finished / "seeds.json")
    files.write_json(finished / "seeds.json", told | {"time": told["time"] + 7200})
    os.utime(finished / "seeds.json", (0, 0))
    assert seeds.standing(finished)["state"] == "waiting"
    silent = told | {"awake": told["awake"] - standing.LOST_AFTER - 1}  # another has its number
    files.write_json(finished / "seeds.json", silent)
    assert seeds.standing(finished)["state"] == "lost"
    assert not seeds.is_at_work_here(finished)
    made_anew = silent | {"host": "an-old-container", "time": told["time"] - 60}
    files.write_json(finished / "seeds.json", made_anew)
    assert seeds.standing(finished)["state"] == "lost"


def test_who_repeats_speaks_all_the_while_and_has_time_to_load(finished, monkeypatch):
    seeds.ask(finished, 3)
    seeds.hand_to(finished, os.getpid())
    told = files.read_json(finished / "seeds.json")
    loading = told | {"awake": told["awake"] - standing.LOST_AFTER - 1}
    files.write_json(finished / "seeds.json", loading)
    assert seeds.standing(finished)["state"] == "waiting"
    monkeypatch.setattr(seeds, "BEAT_EVERY", 0.05)
    spoken = []

    def repeat(comparison, numbers, path, is_over, say):
        for _ in range(10):
            spoken.append(files.read_json(finished / "seeds.json")["awake"])
            time.sleep(0.1)

    seeds.work_on_seeds(finished, repeat)
    assert len(set(spoken)) > 5
    assert seeds.standing(finished)["state"] == "finished"


@pytest.mark.parametrize(
    ("n_seeds", "said"), [(1, "2 to 20 seeds, got 1"), (21, "2 to 20 seeds, got 21")]
)
def test_odd_numbers_of_seeds_are_refused(finished, n_seeds, said):
    with pytest.raises(ValueError, match=said):
        runs.repeat(finished, n_seeds)


def test_only_a_comparison_is_repeated(tmp_path):
    launch.write_config(TINY, tmp_path / "one")
    with pytest.raises(ValueError, match="single run"):
        runs.repeat(tmp_path / "one", 3)


def test_the_terminal_repeats_a_comparison_and_says_how_far_it_came(finished, capsys):
    assert main(["repeat", str(finished), "--seeds", "2"]) == 0
    assert "finished: 2 seeds." in capsys.readouterr().err
    assert {row["seed"] for row in seeds.read_rows(finished)} == {0, 1}
    assert main(["repeat", str(finished), "--seeds", "1"]) == 2
    assert "Repeats need 2 to 20 seeds, got 1." in capsys.readouterr().err
    assert main(["repeat", "nowhere", "--seeds", "2"]) == 2
    assert "There is no comparison in nowhere." in capsys.readouterr().err


def test_seeds_handed_out_are_the_rows_of_seeds_trained_here(finished, tmp_path, monkeypatch):
    comparison = Comparison.from_json((finished / "config.json").read_text())
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"

    drivers = {"device": "cuda", "precision": "bfloat16"}  # where the jobs have no GPU

    def results(address, function, jobs, gpus, is_over):
        assert (address, gpus) == ("auto", 0.5)
        yield from ((key, function(*given)) for key, given in jobs().items())
        with monkeypatch.context() as driver:
            driver.setattr(repeats, "arithmetic_here", lambda comparison: drivers)
            left = jobs()
        for seed, given in reversed(left.items()):
            yield seed, function(*given)

    monkeypatch.setattr(repeats, "results", results)
    repeats.repeat_rows(comparison, (1, 2), here)
    repeats.repeat_on_cluster(comparison, (1, 2), there, address="auto", gpus=0.5)
    assert sorted(there.read_text().splitlines()) == sorted(here.read_text().splitlines())
    repeats.repeat_on_cluster(comparison, (1, 2), there, address="auto", gpus=0.5)
    assert len(there.read_text().splitlines()) == 4
