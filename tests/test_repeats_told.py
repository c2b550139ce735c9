import json
import shutil

import numpy as np
import pytest
from scipy import stats

from cacr_core.runs import folder as files
from tests.compared import finished
from tests.protocol import fits_to_browser
from tests.words import said
from web.compare.repeats import read_seeds

SCORES = {
    "a": [0.60, 0.62, 0.61, 0.63],
    "b": [0.50, 0.58, 0.49, 0.61],
    "d": [0.52, 0.55, 0.53, 0.54],
}


@pytest.fixture
def repeated(tmp_path):
    """A comparison with 4 of 5 seeds done; entry c fails in one of them."""
    folder = shutil.copytree(finished(), tmp_path / "compare-repeated")
    lines = [
        {"seed": seed, "entry": name, "step": 4, "knn_features": value}
        for name, values in (SCORES | {"c": [0.3, 0.3, 0.3]}).items()
        for seed, value in enumerate(values)
    ]
    lines.append({"seed": 3, "entry": "c", "step": 1, "failed": "The loss is nan."})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    files.write_bytes(folder / "seeds.jsonl", (text + '{"seed": 4, "ent').encode())
    files.write_json(folder / "seeds.json", {"wanted": 5, "state": "finished", "reason": ""})
    return folder


def test_means_have_the_t_interval_of_scipy_and_differences_are_paired_by_seed(repeated):
    told = read_seeds(repeated)
    fits_to_browser(told)
    assert (told["wanted"], told["done"], told["baseline"]) == (5, 4, "d")
    rows = {row["entry"]: row for row in told["rows"]}
    a, d = np.array(SCORES["a"]), np.array(SCORES["d"])
    for values, found in ((a, rows["a"]["metrics"]), (a - d, rows["a"]["differences"])):
        low, high = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
        figures = found["knn_features"]
        assert figures["mean"] == pytest.approx(values.mean(), abs=1e-5)
        assert (figures["low"], figures["high"]) == pytest.approx((low, high), abs=1e-5)
    assert rows["d"]["differences"] == {}
    assert rows["c"]["metrics"]["knn_features"]["n"] == 3


def test_a_difference_within_noise_is_called_that(repeated):
    told = read_seeds(repeated)
    verdicts = {r["entry"]: d["verdict"] for r in told["rows"] for d in r["differences"].values()}
    assert verdicts == {"a": "higher", "b": "within noise", "c": "lower"}
    assert told["sentence"].startswith("10-NN accuracy of features at the end, over 4 seeds, ")
    assert "against InfoNCE: CACR higher (+8.0, " in told["sentence"]
    assert "SSCL within noise (+1.0, −6.9 to +8.9)" in told["sentence"]
    assert told["sentence"].endswith("; 1 stopped before the end.")


def test_of_differences_judged_at_once_it_is_said_which_stand(repeated):
    told = read_seeds(repeated)
    p_values = {
        name: stats.ttest_rel(values, SCORES["d"]).pvalue
        for name, values in SCORES.items()
        if name != "d"
    } | {"c": stats.ttest_rel([0.3] * 3, SCORES["d"][:3]).pvalue}
    found = {r["entry"]: d for r in told["rows"] for d in r["differences"].values()}
    assert {name: one["p"] for name, one in found.items()} == pytest.approx(p_values)
    order = sorted(p_values, key=p_values.get)
    stand = [name for i, name in enumerate(order) if p_values[name] < 0.05 / (3 - i)]
    assert stand == ["a", "c"]
    assert {name for name, one in found.items() if one["stands"]} == set(stand)
    assert told["looks"] == (
        "Of 3 differences judged at once, 2 intervals exclude 0 taken alone, and 2 stand taken "
        "together (Holm, 5 % for all)."
    )


def test_a_difference_that_stands_alone_but_not_among_the_others_is_told_so(repeated):
    better = [0.545, 0.60, 0.545, 0.595]
    lines = (repeated / "seeds.jsonl").read_text().splitlines()[:-1]
    rows = [json.loads(line) for line in lines]
    for row in rows:
        if row["entry"] == "a":
            row["knn_features"] = better[row["seed"]]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    files.write_bytes(repeated / "seeds.jsonl", text.encode())
    told = read_seeds(repeated)
    a, b, c, _ = (row["differences"].get("knn_features") for row in told["rows"])
    assert a["p"] == pytest.approx(stats.ttest_rel(better, SCORES["d"]).pvalue)
    assert 0.025 < a["p"] < 0.05
    assert (a["verdict"], a["stands"], c["stands"]) == ("higher", False, True)
    texts = said(("verdictText", [one, "share"]) for one in (a, b, c))
    assert texts[0] == "+3.6: higher, taken alone"
    assert texts[1].endswith(": within noise")
    assert texts[2].endswith(": lower")
    assert "2 intervals exclude 0 taken alone, and 1 stands taken together" in told["looks"]


def test_one_seed_has_no_interval_and_no_verdict(repeated):
    first = [
        line for line in (repeated / "seeds.jsonl").read_text().splitlines() if '"seed": 0' in line
    ]
    files.write_bytes(repeated / "seeds.jsonl", "\n".join(first).encode())
    told = read_seeds(repeated)
    assert told["sentence"] == "One seed is no interval yet: what differs may be noise."
    row = told["rows"][0]
    assert row["metrics"]["knn_features"] == {"mean": 0.6, "low": None, "high": None, "n": 1}
    assert row["differences"]["knn_features"]["verdict"] == "one seed"


def test_a_comparison_never_repeated_tells_nothing_of_seeds():
    assert read_seeds(finished()) is None
