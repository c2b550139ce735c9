"""The sentence on a figure of the papers where seeds are few, agree, or diverged."""

import csv
import json
import math

import pytest

from cacr_core.__main__ import main
from cacr_core.papers import tasks
from cacr_core.papers.figures import SWEEPS, moments
from cacr_core.papers.figures.command import _write
from cacr_core.papers.figures.sentences import sentence_on
from cacr_core.papers.figures.sweeps import Point

SEEDS = ({0: 0.22}, {0: 0.8}, {0: 0.7})


def points_at(xs, by_seed, line="CACR, four positives"):
    return [Point(line, x, 300, values) for x, values in zip(xs, by_seed, strict=True)]


@pytest.mark.parametrize(
    ("n_seeds", "told"),
    [
        (1, "which one seed does not tell from noise (1 seed of"),
        (3, "which seeds that agree do not tell from noise (3 seeds of"),
    ],
)
def test_what_cannot_be_told_from_noise_is_not_called_noise(n_seeds, told):
    values = [dict.fromkeys(range(n_seeds), *own.values()) for own in SEEDS]
    text = sentence_on(SWEEPS["t-neg"], points_at((0.0, 1.0, 8.0), values))
    assert f"from t⁻ 0 to 8 it changes by +48.0 points, {told}" in text
    assert "no more than noise" not in text and "(+" not in text
    text = sentence_on(SWEEPS["mixing"], points_at(("pair", "resample", "query"), values))
    assert "highest with mixing resample, 80.0 % (" in text
    assert "noise" not in text and "Holm" not in text
    text = sentence_on(SWEEPS["entropy"], points_at(("none", "linear", "exponential"), values))
    assert f"linear less balanced is +0.580, {told.partition(' (')[0]}" in text
    assert "no clear difference" not in text


def test_of_a_curve_whose_ends_share_no_seed_the_best_alone_is_told():
    ends = [{0: 0.5, 1: 0.5}, {2: 0.6, 3: 0.62}]
    text = sentence_on(SWEEPS["t-pos"], points_at((0.0, 8.0), ends))
    assert text.startswith("Accuracy is highest at t⁺ 8, 61.0 % (2 seeds of 300")
    line = "CACR, one positive"
    both = [*points_at((0.0, 8.0), ends), *points_at((0.0, 8.0), [{0: 0.5}, {0: 0.6}], line)]
    text = sentence_on(SWEEPS["t-neg"], both)
    assert "8, 61.0 %; CACR, one positive: accuracy" in text and "by +10.0 points" in text
    text = sentence_on(SWEEPS["mixing"], points_at(("pair", "query"), ends))
    assert "highest with mixing query, 61.0 % (" in text
    text = sentence_on(SWEEPS["entropy"], points_at(("none", "linear"), ends))
    assert "0.500 balanced, 0.610 linear (" in text and "less" not in text


def test_a_figure_of_which_every_run_diverged_is_written_and_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("CACR_PRECISION", raising=False)

    def diverged(task, config, looked_at):
        row = task._asdict() | {"of": tasks.digest(config), "scores": [], "failed": "It is nan."}
        del row["trial"]
        return row

    sweep = SWEEPS["beta"]
    rows = [diverged(t, sweep.config_of(t, {}), ()) for t in sweep.tasks()]
    (tmp_path / "runs.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    assert main(["papers", "beta", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out.strip()
    assert said == "Nothing is drawn: every run diverged, or its images have no labels."
    assert json.loads((tmp_path / "rows.json").read_text()) == {"sentence": said, "rows": []}
    assert said in (tmp_path / "figure.html").read_text()
    assert (tmp_path / "rows.csv").read_text().strip() == ""


def refuse(word):
    raise ValueError(f"{word} is no JSON")


def test_what_is_no_number_is_an_empty_cell_and_null(tmp_path):
    _write(tmp_path, [{"mean": 0.5, "low": math.nan, "x": "pair"}], "A sentence.")
    told = json.loads((tmp_path / "rows.json").read_text(), parse_constant=refuse)
    assert told["rows"] == [{"mean": 0.5, "low": None, "x": "pair"}]
    with (tmp_path / "rows.csv").open() as file:
        assert list(csv.DictReader(file)) == [{"mean": "0.5", "low": "", "x": "pair"}]


def test_of_embeddings_without_labels_the_variance_alone_is_told():
    rows = [
        {"update": step, "accuracy": math.nan, "variance_seen": share}
        for step, share in ((0, 0.4), (5, 0.3))
    ]
    told = moments.embeddings_sentence(rows)
    assert "accuracy" not in told and "nan" not in told
    assert told.startswith("By update 5 the share of") and "goes from 40 to 30 %." in told
