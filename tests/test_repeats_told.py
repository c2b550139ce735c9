import json
import re
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
    begin = "10-NN accuracy of features at the end against InfoNCE, in points with 95 % intervals. "
    assert told["sentence"].startswith(f"{begin}Higher: CACR +8.0, ")
    assert "Within noise: SSCL +1.0, −6.9 to +8.9, over 4 seeds." in told["sentence"]
    assert told["sentence"].endswith(" Paired by seed; 1 stopped before the end.")


def test_each_entry_is_told_with_as_many_seeds_as_its_difference_is_of(repeated):
    told = read_seeds(repeated)
    pairs = {name: len(SCORES[name]) for name in "ab"} | {"c": 3}
    for row in told["rows"][:3]:
        said_so = rf": {row['label']} [+−][\d.]+, [^:]*, over {pairs[row['entry']]} seeds\."
        assert re.search(said_so, told["sentence"])


@pytest.mark.parametrize("base", list("abc"))
def test_differences_are_told_against_every_entry_that_may_be_pinned(repeated, base):
    told = read_seeds(repeated)
    against = told["against"][base]
    scores = SCORES | {"c": [0.3, 0.3, 0.3]}
    for row in against["rows"]:
        if row["entry"] == base:
            assert row["differences"] == {}
            continue
        pairs = zip(scores[row["entry"]], scores[base], strict=False)
        found = row["differences"]["knn_features"]
        assert found["mean"] == pytest.approx(np.mean([x - y for x, y in pairs]), abs=1e-6)
    own = next(row["label"] for row in told["rows"] if row["entry"] == base)
    assert f" at the end against {own}, in points" in against["sentence"]
    assert told["baseline"] not in told["against"]


def test_seeds_that_agree_to_the_last_image_get_no_verdict(repeated):
    rows = [
        {"seed": seed, "entry": name, "step": 4, "knn_features": right / 20}
        for name, each in {"a": (13, 15), "b": (9, 14), "c": (10, 12), "d": (10, 12)}.items()
        for seed, right in enumerate(each)
    ]
    rewrite(repeated, rows)
    told = read_seeds(repeated)
    a, b, c, _ = (row["differences"].get("knn_features") for row in told["rows"])
    assert (a["verdict"], a["stands"], c["verdict"], c["stands"]) == ("no spread", False) * 2
    assert b["verdict"] == "within noise"
    assert "No spread between 2 seeds yet: CACR +15.0." in told["sentence"]
    assert "0 intervals exclude 0 taken alone, and 0 stand" in told["looks"]
    (text,) = said([("verdictText", [a, "share"])])
    assert text == "+15.0: no spread between 2 seeds yet"


UNSCORED = "No accuracy was measured, as of images without classes: there is nothing to compare."


@pytest.mark.parametrize(
    ("scored", "failed", "sentence"),
    [
        ("", "", UNSCORED),
        ("", "abcd", "No entry reached its end with any seed: there is nothing to compare."),
        ("abc", "d", "InfoNCE reached its end with no seed: nothing can be held against it."),
        (
            "d",
            "abc",
            "No other entry reached its end with a seed of InfoNCE: there is no difference.",
        ),
    ],
)
def test_where_seeds_show_no_difference_it_is_said_why(repeated, scored, failed, sentence):
    rewrite(
        repeated,
        [
            {"seed": seed, "entry": name, "step": 4}
            | ({"knn_features": 0.5 + seed / 10} if name in scored else {})
            | ({"failed": "The loss is nan."} if name in failed else {})
            for seed in range(5)
            for name in "abcd"
        ],
    )
    told = read_seeds(repeated)
    assert (told["done"], told["sentence"]) == (5, sentence)


def test_no_fewer_seeds_are_wanted_than_there_are(repeated):
    files.write_json(repeated / "seeds.json", {"wanted": 2, "state": "finished", "reason": ""})
    told = read_seeds(repeated)
    assert (told["wanted"], told["done"]) == (4, 4)


@pytest.mark.parametrize(("n", "words"), [(1, "1 row of"), (2, "2 rows of")])
def test_rows_of_another_device_are_counted_in_words_that_fit(repeated, n, words):
    here = {"step": 4, "device": "cpu", "precision": "float32"}
    rows = [
        here | {"seed": seed, "entry": name, "knn_features": 0.5 + seed / 10}
        for seed in range(3)
        for name in "abcd"
    ]
    rewrite(repeated, [row | {"device": "cuda"} for row in rows[:n]] + rows)
    verb = "is" if n == 1 else "are"
    assert read_seeds(repeated)["sentence"].endswith(
        f"Paired by seed; {words} another device or precision {verb} left out."
    )


def rewrite(folder, rows):
    text = "".join(json.dumps(row) + "\n" for row in rows)
    files.write_bytes(folder / "seeds.jsonl", text.encode())


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
