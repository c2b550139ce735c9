import atexit
import dataclasses
import io
import itertools
import re
import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
import torch
from PIL import Image

from cacr_core.losses import CACR, SSCL, InfoNCE
from cacr_core.pairs import pair_views
from cacr_core.runs import folder as files
from cacr_core.runs.comparison import Comparison, Entry
from cacr_core.runs.launch import write_config
from cacr_core.runs.worker import work
from cacr_core.training.source import Source
from tests.compared import COMPARISON, TINY, finished
from web.compare import strips as strips_module
from web.live import answers
from web.live.answers import panel as panel_module
from web.live.answers.queued import train_image

PLAIN = {"name": "cacr", "t_pos": 1.5, "t_neg": 3.0, "n_synthetic": 0}


def asked(folder=None, **changes):
    message = {"step": 4, "probe": 7, "view": 0, "group": "probes", "lens": None} | changes
    return strips_module.strips(message, folder or finished())


def all_weights(entry, loss):
    """Weights of query 7 over all its real negatives as `{key: weight}`, from whole pairs."""
    z = torch.from_numpy(files.read_arrays(finished() / entry, 4)[0])
    weights = loss(pair_views(z)).neg_weights[7]
    keys = [view * 40 + probe for view in range(5) for probe in range(40) if probe != 7]
    return dict(zip(keys, weights.tolist(), strict=True))


@pytest.mark.parametrize(("entry", "loss"), [("a", CACR(1.5, 3.0)), ("d", InfoNCE())])
def test_a_strip_is_the_entrys_negatives_in_the_order_of_its_training_weights(entry, loss):
    strip = next(e for e in asked()["entries"] if e["name"] == entry)
    known = all_weights(entry, loss)
    heaviest = sorted(known.values(), reverse=True)[:12]
    assert [row["weight"] for row in strip["negatives"]] == pytest.approx(heaviest, rel=1e-4)
    for row in strip["negatives"]:
        assert row["weight"] == pytest.approx(known[row["key"]], rel=1e-4)
        assert row["key"] == row["view"] * 40 + row["probe"]
        assert row["times_uniform"] == pytest.approx(row["weight"] * 195, rel=1e-5)
        assert row["distance"] >= 0
    labels = files.read_json(finished() / "a" / "probes.json")["labels"]
    for row in strip["negatives"]:
        assert row["same_class"] == (labels[row["probe"]] == labels[7])


def test_ranks_say_where_the_same_sample_stands_in_the_other_entries():
    strips = {e["name"]: e for e in asked()["entries"]}
    other = all_weights("d", InfoNCE())
    falling = sorted(other, key=other.get, reverse=True)
    for row in strips["a"]["negatives"]:
        assert row["ranks"]["d"] == falling.index(row["key"]) + 1
        assert set(row["ranks"]) == {"b", "c", "d"}
    for row in strips["a"]["positives"]:
        views = [p["view"] for p in strips["d"]["positives"]]
        assert row["ranks"]["d"] == views.index(row["view"]) + 1


def test_agreement_is_the_share_of_the_100_heaviest_that_two_entries_have_in_common():
    strips = {e["name"]: e for e in asked()["entries"]}
    ours, theirs = all_weights("a", CACR(1.5, 3.0)), all_weights("d", InfoNCE())
    top = [set(sorted(w, key=w.get, reverse=True)[:100]) for w in (ours, theirs)]
    expected = len(top[0] & top[1]) / 100
    assert strips["a"]["agreement"]["d"] == pytest.approx(expected)
    assert strips["d"]["agreement"]["a"] == pytest.approx(expected)


def test_uniform_weights_have_no_order_and_are_shown_nearest_first():
    strip = next(e for e in asked()["entries"] if e["name"] == "c")
    assert not strip["in_order"]
    assert strip["agreement"] == {}
    distances = [row["distance"] for row in strip["negatives"]]
    assert distances == sorted(distances)
    assert {round(row["times_uniform"], 4) for row in strip["negatives"]} == {1.0}


def test_the_curve_starts_with_the_heaviest_and_ends_with_the_lightest_weight():
    strip = asked()["entries"][0]
    known = sorted(all_weights("a", CACR(1.5, 3.0)).values())
    curve = strip["curve"]
    assert (curve["rank"][0], curve["rank"][-1]) == (1, 195)
    assert curve["weight_times_uniform"][0] == pytest.approx(known[-1] * 195, rel=1e-3)
    assert curve["weight_times_uniform"][-1] == pytest.approx(known[0] * 195, rel=1e-3)
    assert all(a >= b for a, b in itertools.pairwise(curve["weight_times_uniform"]))


def test_synthetics_count_among_the_negatives_but_are_not_in_the_strip():
    strip = next(e for e in asked()["entries"] if e["name"] == "b")
    assert strip["n_negatives"] == 198
    assert 0 < strip["synthetic_share"] < 1
    assert all(0 <= row["probe"] < 40 for row in strip["negatives"])


def test_one_lens_is_laid_over_all_entries():
    entries = asked(lens=PLAIN)["entries"]
    assert {e["loss"]["text"] for e in entries} == {entries[0]["loss"]["text"]}
    assert [e["loss"]["is_lens"] for e in entries] == [False, True, True, True]
    known = all_weights("d", CACR(1.5, 3.0))
    assert entries[3]["negatives"][0]["weight"] == pytest.approx(max(known.values()), rel=1e-4)


def test_every_entry_looks_at_one_group_of_images_the_size_of_its_batch():
    answer = asked(group="batch")
    assert [e["n_negatives"] for e in answer["entries"]] == [4 * 15, 2 * 15 + 3, 2 * 15, 2 * 15]
    probes = [{row["probe"] for row in e["negatives"]} for e in answer["entries"]]
    assert len(set.union(*probes)) <= 15
    assert "2 or 4 views" in answer["group"]["text"]


def test_each_entry_answers_with_its_own_last_snapshot_before_the_step(tmp_path):
    answer = asked(step=3)
    assert {e["step"] for e in answer["entries"]} == {2}


def test_equal_encoders_under_one_lens_are_said_to_agree():
    answer = asked(step=0, lens=PLAIN)
    assert all(set(e["agreement"].values()) == {1.0} for e in answer["entries"])
    assert answer["reading"] == (
        "All entries have the same 100 heaviest negatives, and give the first about the same "
        "weight."
    )


def test_the_reading_names_the_entry_that_makes_no_difference():
    reading = asked()["reading"]
    assert reading.startswith("uniform weighs all negatives alike; ")
    entries = asked()["entries"]
    sharpest = max(entries, key=lambda e: e["negatives"][0]["times_uniform"])
    label = COMPARISON.entries["abcd".index(sharpest["name"])].label
    assert reading.endswith(f" times the average in {label}.")


def test_the_reading_tells_the_figures_of_the_two_that_share_least():
    answer = asked(lens={"name": "sscl", **dataclasses.asdict(SSCL()), "n_synthetic": 0})
    shared = {
        frozenset((e["name"], other)): share
        for e in answer["entries"]
        for other, share in e["agreement"].items()
    }
    figure = re.search(r"share (\d+) of their 100", answer["reading"])
    assert int(figure[1]) == round(100 * min(shared.values()))


@pytest.mark.parametrize("group", ["probes", "batch"])
def test_each_answer_is_one_sentence(group):
    for probe in range(0, 40, 13):
        reading = asked(probe=probe, group=group)["reading"]
        assert reading.count(". ") == 0
        assert reading.endswith(".")


def test_questions_without_sense_are_refused():
    with pytest.raises(ValueError, match="0 to 39, got 40"):
        asked(probe=40)
    with pytest.raises(ValueError, match="friends"):
        asked(group="friends")


@lru_cache(maxsize=1)
def with_a_queue():
    """A finished comparison of an entry with a queue of 24 and one without."""
    folder = Path(mkdtemp(prefix="queued-")) / "compare-queue"
    atexit.register(shutil.rmtree, folder.parent, ignore_errors=True)
    mixing = dataclasses.replace(
        TINY, loss=SSCL(), host="queue", queue_size=24, n_synthetic=3, pool_size=6
    )
    plain = Entry("plain", dataclasses.replace(TINY, loss=InfoNCE()))
    write_config(Comparison((Entry("queue", mixing), plain)), folder)
    assert work(folder) == "finished"
    return folder


def test_the_queue_repels_beside_the_probes_and_says_which_image_and_how_old(monkeypatch):
    monkeypatch.setattr(strips_module, "N_NEGATIVES", 300)
    answer = asked(with_a_queue())
    a, b = answer["entries"]
    assert a["n_negatives"] == 195 + 24 + 3
    assert "queue" not in b
    assert "all 24 queued" in answer["group"]["text"]
    z = torch.from_numpy(files.read_arrays(with_a_queue() / "a", 4)[0])
    entries, ages, items = files.read_queue(with_a_queue() / "a", 4)
    distances = (z[0, 7] - torch.from_numpy(entries)).square().sum(1)
    queued = [row for row in a["negatives"] if row.get("queued")]
    assert len(queued) == 24
    for row in queued:
        place = int(row["key"].rsplit("-", 1)[1])
        assert row["distance"] == pytest.approx(float(distances[place]), abs=1e-4)
        assert (row["age"], row["item"]) == (ages[place], items[place])
        assert (row["probe"], row["ranks"]) == (None, {})
        assert row["class"] != "unlabelled"
    assert 0 < a["queued_share"] < 1 - a["synthetic_share"]
    assert a["queue"]["age"] == pytest.approx(ages.mean())
    assert not any(row.get("queued") for row in b["negatives"])


def test_with_uniform_weights_the_queue_carries_its_share_of_the_columns():
    lens = {"name": "cacr", "t_pos": 1.0, "t_neg": 0.0, "n_synthetic": 0}
    a, b = asked(with_a_queue(), lens=lens)["entries"]
    assert a["queued_share"] == pytest.approx(24 / (195 + 24), rel=1e-4)
    assert "queued_share" not in b


def test_the_query_panel_tells_queued_negatives_and_queued_parents(monkeypatch):
    monkeypatch.setattr(panel_module, "N_NEGATIVES", 60)
    message = {"step": 4, "probe": 7, "view": 0, "group": "batch", "lens": None}
    question = answers.understand(message, with_a_queue() / "a")
    panel = answers.query(question, None)
    assert panel["n_negatives"] == 2 * 15 + 24 + 3
    assert panel["group"]["text"].endswith("plus all 24 queued")
    queued = [row for row in panel["negatives"] if row.get("queued")]
    parents = [p for row in panel["synthetics"]["items"] for p in row["parents"]]
    assert len(queued) == 24
    assert {row["age"] for row in queued} <= set(range(5))
    assert all(p["probe"] is None or 0 <= p["probe"] < 40 for p in parents)
    header, (weight, _) = answers.weights(question, None)
    assert header["queued_share"] == pytest.approx(panel["queued_share"])
    n_views, n_negatives = 2, panel["n_negatives"]
    rest = float(weight[~np.isnan(weight)].sum()) * n_views / n_negatives
    assert rest + panel["queued_share"] + panel["synthetics"]["share"] == pytest.approx(1, rel=1e-3)


def test_queued_images_are_those_trained_on_and_others_are_refused():
    folder = with_a_queue() / "a"
    item = int(files.read_queue(folder, 4)[2][0])
    picture = Image.open(io.BytesIO(train_image(folder, item)))
    known = Source(COMPARISON.entries[0].config).splits.train.images[item]
    assert picture.size == (known.shape[-1], known.shape[-1])
    with pytest.raises(ValueError, match="trains on images 0 to"):
        train_image(folder, 10**6)


def test_an_entry_of_which_nothing_can_be_read_leaves_the_others_their_strips(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-gone")
    for step in files.snapshot_steps(folder / "b"):
        files.snapshot_path(folder / "b", step).write_bytes(b"none")
    assert [entry["name"] for entry in asked(folder)["entries"]] == ["a", "c", "d"]
