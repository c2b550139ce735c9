import dataclasses
import json

import pytest

from cacr_core.papers import study
from cacr_core.papers.study.document import render
from cacr_core.presets import CATALOGUE

TINY = study.Study(
    datasets=("digits",),
    regimes=("linear",),
    losses=("infonce", "cacr-4"),
    seeds=(0, 1),
    n_steps=3,
    batch_size=16,
)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    path = tmp_path_factory.mktemp("docs") / "study" / "results.jsonl"
    study.work(TINY, path)
    return path


def test_the_document_says_what_the_recorded_results_say():
    rows = study.read_results()
    assert rows
    assert study.RESULTS.parent.with_suffix(".md").read_text() == render(rows, study.Study())


def test_every_loss_has_as_many_trials():
    assert {len(study.trials(loss)) for loss in study.LOSSES} == {4}
    for loss in study.LOSSES:
        tried = study.trials(loss)
        assert len({json.dumps(settings) for settings in tried}) == 4
        for settings in tried:
            own = {f.name for f in dataclasses.fields(CATALOGUE[loss][1]["loss"])} | {"lr"}
            assert settings.keys() <= own


def test_four_positives_see_as_many_views_early_as_one_does_at_the_end():
    whole = study.Study()
    four, two = (CATALOGUE[name][1].get("n_views", 2) for name in ("cacr-4", "cacr-1"))
    assert four * whole.equal_images == two * whole.n_steps


def test_a_study_trains_all_it_should(done):
    rows = study.read_results(done)
    found = [(r["regime"], r["loss"], r["seed"]) for r in rows]
    assert len(found) == len(set(found)) == (4 + 2) * 2
    for row in rows:
        assert row["final"]["knn_features"] > 0.5
        assert set(row["early"]) == set(row["final"])
        assert ("tail_accuracy" in row["final"]) == (row["regime"] == "linear")


def test_the_settings_used_are_those_of_the_best_trial(done):
    rows = study.read_results(done)
    for loss in TINY.losses:
        tried = [r for r in rows if r["regime"] == "trial" and r["loss"] == loss]
        best = max(tried, key=lambda r: r["final"]["knn_features"])["settings"]
        used = [r["settings"] for r in rows if r["regime"] != "trial" and r["loss"] == loss]
        assert used == [best] * 2


def test_an_interrupted_study_goes_on_to_the_same_rows(done, tmp_path):
    path = tmp_path / "study" / "results.jsonl"
    path.parent.mkdir()
    lines = done.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-3]) + lines[-3][:20])
    study.work(TINY, path)

    def told(rows):
        return sorted(json.dumps({k: v for k, v in row.items() if k != "seconds"}) for row in rows)

    assert told(study.read_results(path)) == told(study.read_results(done))
    assert not list(path.parent.glob(".*.lock"))


def test_the_document_gives_differences_with_a_verdict(done):
    text = render(study.read_results(done), TINY)
    assert "4 of 4 runs are in." in text
    assert "chance 10.0 %" in text
    table = text.split("### Linear")[1]
    line = next(line for line in table.splitlines() if line.startswith("| CACR, four positives"))
    assert any(verdict in line for verdict in ("higher", "lower", "within noise"))
    assert "| head | tail | from InfoNCE |" in text


def test_the_document_pairs_equal_images_by_seed(done):
    rows = study.read_results(done)
    own = [r for r in rows if r["regime"] == "linear"]
    at_the_end = {r["seed"]: r["final"]["knn_features"] for r in own if r["loss"] == "infonce"}
    early = {r["seed"]: r["early"]["knn_features"] for r in own if r["loss"] == "cacr-4"}
    wanted = sum(100 * (early[seed] - at_the_end[seed]) for seed in (0, 1)) / 2
    table = render(rows, TINY).split("### Linear")[1]
    line = next(li for li in table.splitlines() if li.startswith("| CACR, four positives"))
    told = line.split("|")[5].replace("−", "-").split()[0]
    assert float(told) == pytest.approx(wanted, abs=0.051)
