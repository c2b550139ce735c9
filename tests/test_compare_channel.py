import json
import re
import shutil
import time

import pytest

from cacr_core.presets import COMPARISONS
from cacr_core.presets.comparisons import recorded_comparison
from cacr_core.runs import folder as files
from cacr_core.runs import shelf
from cacr_core.runs.shelf import RECORDED
from cacr_core.scores.evenness import uniformity_limit
from tests.compared import finished
from tests.protocol import fits_to_browser
from tests.test_channel import talk
from tests.words import recording, said
from web.compare.describe import describe_comparison, read_proof
from web.compare.series import series_of
from web.compare.watch import CompareWatcher
from web.live import layouts

WATCH = {"type": "watch", "run": "compare-tiny"}


@pytest.fixture(autouse=True)
def no_processes(monkeypatch):
    monkeypatch.setenv("CACR_RUNS", str(finished().parent))
    monkeypatch.setattr(layouts, "lay_out", lambda folder, space: None)


def heard(browser):
    return browser.of_type("proof") and browser.of_type("state") and len(rows(browser)) == 16


def rows(browser):
    return [row for message in browser.of_type("rows") for row in message["rows"]]


def test_a_comparison_is_described_with_its_entries_and_every_number_there_is():
    told = talk(WATCH, enough=heard).of_type("comparison")[0]
    assert (told["run"], told["n"], told["n_steps"], told["baseline"]) == (
        "compare-tiny", 40, 4, "d",
    )  # fmt: skip
    assert [e["run"] for e in told["entries"]] == [f"compare-tiny.{name}" for name in "abcd"]
    assert [e["label"] for e in told["entries"]] == ["CACR", "SSCL", "uniform", "InfoNCE"]
    assert [e["images_per_step"] for e in told["entries"]] == [64, 32, 32, 32]
    assert len({e["mark"] for e in told["entries"]}) == 4
    assert told["chance"] == 0.1
    assert told["sprites"]["probes"].endswith("/runs/compare-tiny.a/probes.webp")
    assert [e["last"] for e in told["entries"]] == [4, 4, 4, 4]
    written = {key for row in files.read_metrics(finished() / "b") for key in row}
    drawn = {series["key"] for series in told["series"]}
    of_newer_runs = {"own_class_share", "pos_entropy"}
    assert drawn - of_newer_runs <= written
    assert {f"class_accuracy_{c}" for c in range(10)} <= drawn
    assert {s["key"]: s["chance"] for s in told["series"]}["knn_features"] == 0.1
    assert all(s["chance"] is None for s in told["series"] if s["kind"] != "accuracy")
    assert told["scale"].startswith("These losses differ in formula, positives and negatives")


def test_guessing_is_the_commonest_class_for_all_images_and_blind_for_a_class_alone():
    shared = {"embedding_dim": 8, "n_views": 2, "loss": {"name": "infonce"}}
    told = series_of([shared, shared], 5, ["a", "b"], [75, 25], True, False)
    chance = {one["key"]: one["chance"] for one in told if one["kind"] == "accuracy"}
    assert chance["knn_features"] == chance["knn_embeddings"] == 0.75
    assert chance["head_accuracy"] == chance["tail_accuracy"] == chance["class_accuracy_1"] == 0.5
    notes = {one["key"]: one["note"] for one in told}
    assert notes["effective_rank"] == "Of 5 directions at most."  # of 5 images, whatever the width


def test_checkpoints_have_no_steps_no_training_images_and_no_series_of_training(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-still")
    assert describe_comparison(folder)["train_per_class"]
    files.write_json(folder / "run.json", {"title": "two", "frozen": {"line": "an encoder"}})
    told = describe_comparison(folder)
    assert (told["frozen"], told["n_steps"], told["train_per_class"]) == (True, 0, None)
    assert "gradient_norm" not in {series["key"] for series in told["series"]}


def test_the_even_spread_is_that_of_the_dimension_and_the_number_of_images():
    told = describe_comparison(finished())
    assert told["dim"] == 8
    assert told["even_spread"] == pytest.approx(uniformity_limit(8, 40), abs=1e-4)
    for name in COMPARISONS:
        record = recording(name)
        reached = [row["uniformity"] for rows in record.rows.values() for row in rows]
        assert min(reached) > record.about["even_spread"]


def test_what_is_said_of_checkpoints_of_unlike_width_holds_for_both(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-wide")
    config = files.read_config(folder / "b")
    files.write_json(folder / "b" / "config.json", config | {"embedding_dim": 32})
    told = describe_comparison(folder)
    assert told["dim"] == 32
    assert told["even_spread"] == pytest.approx(uniformity_limit(32, 40), abs=1e-4)
    assert told["even_spread"] < uniformity_limit(8, 40)
    notes = {series["key"]: series["note"] for series in told["series"]}
    assert notes["effective_rank"] == "Of 8 or 32 directions at most."


def test_every_row_of_every_entry_is_sent_once_and_as_it_was_written():
    browser = talk(WATCH, enough=heard)
    for message in browser.of_type("rows"):
        written = files.read_metrics(finished() / message["entry"])
        assert [r["step"] for r in message["rows"]] == [r["step"] for r in written]
        for ours, theirs in zip(message["rows"], written, strict=True):
            assert ours == pytest.approx(theirs, rel=1e-8, abs=0)


def test_an_entry_is_watched_like_any_run_and_shares_the_images_of_the_first():
    watch = {"type": "watch", "run": "compare-tiny.b", "space": "embeddings", "layout": "pca"}
    browser = talk(watch, enough=lambda b: len(b.frames) >= 4 and b.of_type("lenses"))
    run = browser.of_type("run")[0]
    assert run["run"] == browser.of_type("state")[0]["run"] == "compare-tiny.b"
    assert run["title"] == "SSCL"
    assert run["n"] == 40
    assert "/compare-tiny.a/" in run["sprites"]["views"][0]


def test_questions_over_all_entries_are_answered_with_their_number():
    ask = {"type": "ask", "id": 4, "what": "strips", "step": 4, "probe": 3, "view": 0}
    moved = {
        "type": "ask", "id": 5, "what": "moved", "space": "features",
        "from": {"entry": "a", "step": 4}, "to": {"entry": "b", "step": 4},
    }  # fmt: skip
    wrong = ask | {"id": 6, "what": "weights"}
    browser = talk(
        WATCH, ask, moved, wrong,
        enough=lambda b: len(b.of_type("answer")) == 2 and b.of_type("error"),
    )  # fmt: skip
    answers = {answer["id"]: answer for answer in browser.of_type("answer")}
    assert len(answers[4]["entries"]) == 4
    assert len(answers[5]["items"]) == 12
    assert browser.of_type("error")[0]["id"] == 6


def test_rows_that_come_later_are_sent_alone_and_numbers_without_value_are_null(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-going")
    watcher = CompareWatcher(folder)
    watcher.begin()
    version, first = until_rows(watcher, 0, 16)
    assert {message["entry"] for message in first} == set("abcd")
    row = {"step": 6, "loss": float("nan"), "uniformity": -2.0, "effective_rank": 3.0}
    with (folder / "b" / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(row) + "\n" + '{"step": 8, "lo')
    _, later = until_rows(watcher, version, 1)
    assert later == [{"type": "rows", "entry": "b", "rows": [row | {"loss": None}]}]


def until_rows(watcher, version, n):
    """The version and the messages of rows, once there are `n` rows newer than a version."""
    for _ in range(200):
        now, messages = watcher.frames_since(watcher.key, version)
        found = [message for message in messages if message["type"] == "rows"]
        if sum(len(message["rows"]) for message in found) >= n:
            return now, found
        time.sleep(0.02)
    raise AssertionError("the rows never came")


def test_states_of_entries_are_told_with_why_one_stopped_alone(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-broken")
    files.end(folder / "b", "failed", "Stopped alone at step 2: the loss is nan.")
    watcher = CompareWatcher(folder)
    watcher.begin()
    until_rows(watcher, 0, 16)
    while not watcher.state:
        time.sleep(0.02)
    entries = watcher.state["entries"]
    assert watcher.state["state"] == "finished"
    assert (entries["b"]["state"], entries["a"]["state"]) == ("failed", "finished")
    assert "Stopped alone" in entries["b"]["reason"]


def test_of_what_was_stopped_together_only_what_ended_before_ended_alone(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-stopped")
    files.end(folder / "b", "failed", "Stopped alone at step 2: the loss is nan.")
    files.end(folder, "stopped", "Stopped.")
    watcher = CompareWatcher(folder)
    watcher.begin()
    until_rows(watcher, 0, 16)
    while not watcher.state:
        time.sleep(0.02)
    entries = watcher.state["entries"]
    fits_to_browser(watcher.state)
    assert {name: one.get("alone", False) for name, one in entries.items()} == {
        name: name == "b" for name in "abcd"
    }
    assert {one["state"] for name, one in entries.items() if name != "b"} == {"stopped"}


def test_the_proof_says_what_is_equal_up_to_which_step():
    proof = read_proof(finished())
    assert proof["equal"]
    assert proof["step"] == 4
    assert proof["sentence"] == (
        "Same first weights, same batches, same first two views in all 4 entries up to step 4."
    )
    stored = files.read_json(finished() / "proof.json")["entries"]
    assert proof["order"]["entries"] == {name: used["order"] for name, used in stored.items()}
    assert stored["a"]["order"].startswith(proof["order"]["text"].removesuffix("…"))


@pytest.mark.parametrize("name", COMPARISONS)
def test_the_badge_of_the_proof_counts_the_entries_that_go_on(name):
    folder = RECORDED / recorded_comparison(name)
    proof, entries = read_proof(folder), files.entry_folders(folder)
    going = [e for e in entries if files.status(e) == "finished"]
    labels = recording(name).labels
    (text,) = said([("proofText", [proof, labels])])
    of = f"all {len(going)}" if len(going) == len(entries) else f"the {len(going)} that go on"
    assert text.startswith(f"same start, equal in {of}: weights ")
    stored = files.read_json(folder / "proof.json")["entries"][going[0].name]
    for word, key in (("weights", "weights"), ("batches", "order"), ("views", "views")):
        assert stored[key].startswith(re.search(rf"{word} ([0-9a-f]+)", text)[1])


def test_the_proof_says_what_differs(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-unfair")
    proof = files.read_json(folder / "proof.json")
    proof["entries"]["b"]["order"] = "0" * 32
    files.write_json(folder / "proof.json", proof)
    told = read_proof(folder)
    assert not told["equal"]
    assert not told["order"]["equal"]
    assert told["views"]["equal"]
    assert told["sentence"].startswith("Not a fair comparison: batches differ")
    (text,) = said([("proofText", [told, dict(zip("abcd", "ABCD", strict=True))])])
    assert text.startswith("not the same start: weights ")
    assert ", batches DIFFER, views " in text


def test_an_entry_that_stopped_alone_is_not_part_of_the_proof(tmp_path):
    folder = shutil.copytree(finished(), tmp_path / "compare-alone")
    proof = files.read_json(folder / "proof.json")
    del proof["entries"]["c"]
    files.write_json(folder / "proof.json", proof)
    sentence = read_proof(folder)["sentence"]
    assert "in the 3 entries that go on" in sentence
    assert "1 that stopped alone is not followed on" in sentence


@pytest.mark.parametrize(("n_left_out", "verb"), [(1, "is"), (3, "are")])
def test_one_entry_alone_is_not_called_equal(tmp_path, n_left_out, verb):
    folder = shutil.copytree(finished(), tmp_path / "compare-alone")
    proof = files.read_json(folder / "proof.json")
    proof["entries"] = {"a": proof["entries"]["a"]}
    files.write_json(folder / "proof.json", proof)
    config = files.read_config(folder)
    left = 1 + n_left_out  # as many entries as the comparison has
    if left < len(config["entries"]):
        files.write_json(folder / "config.json", config | {"entries": config["entries"][:2]})
        for name in "cd":
            shutil.rmtree(folder / name)
    told = read_proof(folder)
    label = "CACR"
    (text,) = said([("proofText", [told, {"a": label, "b": "SSCL"}])])
    digests = {key: proof["entries"]["a"][key][:6] for key in ("weights", "order", "views")}
    assert text == (
        f"only {label} goes on: weights {digests['weights']}, batches {digests['order']}, "
        f"views {digests['views']}"
    )
    assert told["sentence"] == (
        f"Only {label} goes on, up to step 4: there is no other to hold it against; {n_left_out} "
        f"that stopped alone {verb} not followed on."
    )


def test_a_comparison_recorded_with_the_app_is_an_example(monkeypatch):
    assert not describe_comparison(finished())["example"]
    monkeypatch.setattr(shelf, "RECORDED", finished().parent)
    assert describe_comparison(finished())["example"]
