"""A comparison of which an entry's folder is missing shows the others under their own names."""

import json
import shutil

import pytest

from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from tests.compared import COMPARISON, finished
from tests.damaged import without_threads
from tests.german import in_german
from web.compare.describe import MARKS, describe_comparison, read_proof
from web.compare.repeats import read_seeds
from web.compare.watch import CompareWatcher
from web.frozen.comparison import comparison
from web.live.watch import Watcher

LABELS = dict(zip(files.ENTRIES, (entry.label for entry in COMPARISON.entries), strict=True))
each = pytest.mark.parametrize("gone", files.ENTRIES)


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(tmp_path))


def without(tmp_path, gone):
    folder = shutil.copytree(finished(), tmp_path / "compare-less")
    shutil.rmtree(folder / gone)
    return folder


def named(entries):
    return {entry["name"]: (entry["label"], entry["mark"]) for entry in entries}


@each
def test_names_marks_and_baseline_go_by_letter(tmp_path, gone):
    told = describe_comparison(without(tmp_path, gone))
    marks = dict(zip(files.ENTRIES, MARKS, strict=True))
    assert named(told["entries"]) == {k: (LABELS[k], marks[k]) for k in LABELS if k != gone}
    assert told["baseline"] == ("a" if gone == "d" else "d")
    assert told["n"] == 40


@each
def test_the_page_and_the_list_say_what_is_missing_and_the_proof_counts_who_is_there(
    tmp_path, monkeypatch, gone
):
    without_threads(monkeypatch)
    folder = without(tmp_path, gone)
    watcher = CompareWatcher(folder)
    watcher.look()
    assert watcher.is_ready()
    sentence = f"Entry {gone} ({LABELS[gone]}) is missing: put its folder back, or do without it."
    images = "The images were kept in the folder of entry a, and are missing, too."
    missing = [sentence, *[images] * (gone == "a")]
    assert watcher.state["damage"] == missing
    assert shelf.info(folder).damage == " ".join(missing)
    for said in missing:
        german, lacking = in_german(said)
        assert not lacking and german != said
    proof = read_proof(folder)
    assert gone not in proof["weights"]["entries"]
    assert "in all 3 entries up to step 4." in proof["sentence"]
    other = Watcher(folder / next(name for name in LABELS if name != gone), lambda *_: None)
    assert other.is_ready()


@pytest.mark.parametrize("gone", ["b", "d"])
def test_a_frozen_page_has_the_right_names_and_says_what_is_missing(tmp_path, gone):
    told, _ = comparison(without(tmp_path, gone), 10**6)
    entries = told["comparison"]["entries"]
    assert {entry["name"]: entry["label"] for entry in entries} == {
        name: label for name, label in LABELS.items() if name != gone
    }
    (state,) = (news for news in told["news"] if news["type"] == "state")
    assert f"Entry {gone} ({LABELS[gone]}) is missing" in state["damage"][0]


def test_without_the_images_nothing_is_frozen(tmp_path):
    needed = "cannot be frozen without its images, which were kept in the folder of entry a"
    with pytest.raises(ValueError, match=f"compare-less {needed}"):
        comparison(without(tmp_path, "a"), 10**6)


@each
def test_repeats_go_by_letter(tmp_path, gone):
    folder = without(tmp_path, gone)
    rows = [
        {"seed": seed, "entry": name, "step": 4, "knn_features": 0.5 + 0.01 * seed}
        for seed in range(3)
        for name in LABELS
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "seeds.jsonl").write_text(text, "utf-8")
    told = read_seeds(folder)
    assert {row["entry"]: row["label"] for row in told["rows"]} == {
        name: label for name, label in LABELS.items() if name != gone
    }
    assert told["baseline"] == ("a" if gone == "d" else "d")


def test_a_comparison_that_is_being_prepared_is_not_missing_its_images(tmp_path, monkeypatch):
    without_threads(monkeypatch)
    folder = shutil.copytree(finished(), tmp_path / "compare-new")
    (folder / "a" / "probes.json").unlink()
    assert not CompareWatcher(folder).is_ready()
    assert not Watcher(folder / "b", lambda *_: None).is_ready()
