"""A frozen comparison answers as the app does: one query under each entry, and who moved."""

import itertools

import numpy as np
import pytest

from cacr_core.runs import folder as files
from cacr_core.runs.shelf import RECORDED
from tests.browser_code import run
from tests.test_freeze import FROZEN, PART, alike, frozen, parts_of
from web.compare.moved import moved
from web.compare.strips import strips
from web.compare.watch import CompareWatcher
from web.live import answers

COLLAPSED = "compare-collapse"
NAMES = ["compare-one-or-four", "compare-sharpness", "compare-sscl-parts"]
ANSWER = """
globalThis.document = {
  querySelector: (selector) => {
    const [text, deflated] = data.parts[/data-part="([^"]+)"/.exec(selector)[1]];
    return { textContent: text, hasAttribute: () => deflated };
  },
};
const { Recording } = await load('recording.js');
const { ComparisonSpeaker } = await load('comparisonspeaker.js');
const { jsonPart } = await load('store.js');
const about = await jsonPart('about');
const entries = {};
for (const { name } of about.comparison.entries)
  entries[name] = new Recording(await jsonPart(`${name}/about`), `${name}/`);
const speaker = new ComparisonSpeaker(about, entries);
const told = [];
speaker.watch({ say: (message) => told.push(message) });
const found = [];
for (const asked of data.asked) found.push(await speaker.answer(null, asked));
return { found, told };
"""


def asked_of(folder):
    steps = files.snapshot_steps(files.entry_folders(folder)[0])
    for step in (0, steps[len(steps) // 2], steps[-1] + 5):
        for probe, view in ((0, 0), (77, 1), (255, 4)):
            for group in ("probes", "batch"):
                yield {"what": "strips", "step": step, "probe": probe, "view": view, "group": group}
    lens = {"name": "infonce", "temperature": 0.3}
    yield {"what": "strips", "step": steps[-1], "probe": 9, "view": 0, "group": "batch"} | {
        "lens": lens
    }
    ends = [("a", 0), ("a", steps[-1]), ("b", steps[3]), ("c", steps[3] + 1)]
    for one, other in itertools.pairwise(ends):  # none of these has features
        yield {"what": "moved", "space": "embeddings"} | {
            side: {"entry": entry, "step": step}
            for side, (entry, step) in zip(("from", "to"), (one, other), strict=True)
        }


@pytest.mark.parametrize("name", NAMES)
def test_a_comparison_is_answered_as_by_the_server(name):
    folder = RECORDED / name
    asked = list(asked_of(folder))
    entries = files.read_json(folder / "config.json")["entries"]
    labels = sorted((entry["label"] for entry in entries), key=len, reverse=True)
    found = run(ANSWER, {"parts": parts_of(frozen(name)), "asked": asked}, FROZEN)
    for question, ours in zip(asked, found["found"], strict=True):
        theirs = (strips if question["what"] == "strips" else moved)(dict(question), folder)
        assert (ours.pop("type"), ours.pop("what")) == ("answer", question["what"])
        if question["what"] == "moved":
            alike(ours, theirs, str(question))
            continue
        same_strips(ours, theirs, question, labels)


def same_strips(ours, theirs, question, labels):
    if question.get("lens"):  # told are the settings that can be moved
        for told in (*ours["entries"], *theirs["entries"]):
            told.pop("loss")
    drawn = {one["name"] for one in theirs["entries"] if not one["in_order"]}
    for told in (*ours["entries"], *theirs["entries"]):
        for row in (*told["negatives"], *told["positives"]):  # places there are a draw
            row["ranks"] = {k: v for k, v in row["ranks"].items() if k not in drawn}
    for one, other in zip(ours["entries"], theirs["entries"], strict=True):
        for told in (one, other):
            told["negatives"].sort(key=lambda row: row["key"])
        for rows in zip(*(told["negatives"] for told in (one, other)), strict=True):
            ranks = [row.pop("ranks") for row in rows]  # of as good as equal weights either is next
            if one["in_order"]:
                assert ranks[0].keys() == ranks[1].keys()
                assert all(abs(ranks[0][name] - ranks[1][name]) <= 2 for name in ranks[1])
        curves = [told.pop("curve") for told in (one, other)]  # rounded to four digits
        assert curves[0]["rank"] == curves[1]["rank"]
        weights = [curve["weight_times_uniform"] for curve in curves]
        assert weights[0] == pytest.approx(weights[1], rel=1.01e-3)  # one of the fourth digit
        one.get("loss", {}).pop("meaning", None), one.get("loss", {}).pop("labelled", None)
        if one["in_order"]:
            alike(one, other, str(question))
            continue
        for key in ("negatives", "positives"):  # all weigh alike: which come first is a draw
            one.pop(key), other.pop(key)
        alike(one, other, str(question))
    for key in ("step", "query", "group"):
        assert ours[key] == theirs[key], question
    assert without(ours["reading"], labels) == without(theirs["reading"], labels), question


def without(reading, labels):
    """What is said of the entries, whichever of two that are alike stands for both."""
    for label in labels:
        reading = reading.replace(label, "one")
    return reading


def test_what_a_viewer_is_told_at_once_is_what_the_app_tells():
    folder = RECORDED / NAMES[0]
    found = run(ANSWER, {"parts": parts_of(frozen(NAMES[0])), "asked": []}, FROZEN)["told"]
    kinds = [message["type"] for message in found]
    assert kinds[0] == "comparison" and {"rows", "proof", "state"} <= set(kinds)
    rows = {m["entry"]: m["rows"] for m in found if m["type"] == "rows"}
    assert rows.keys() == {"a", "b", "c"}
    last = {name: some[-1]["step"] for name, some in rows.items()}
    assert set(last.values()) == {400}
    watcher = CompareWatcher(folder)
    watcher.look()
    assert found[-1]["entries"] == watcher.state["entries"]


def test_a_comparison_fits_and_fetches_nothing():
    page = frozen(NAMES[0])
    assert len(page.encode()) <= 8e6
    assert "default-src 'none'" in page and "https://" not in PART.sub("", page).split("<script")[0]


def test_the_reading_of_a_query_is_the_apps_sentence_for_many_queries():
    asks = "found.push(await speaker.answer(null, asked))"
    reads = "(await query(entries[asked.entry], asked, 'embeddings-umap')).reading"
    body = "const { query } = await load('answers.js');\n" + ANSWER.replace(
        asks, f"found.push({reads})"
    )
    assert reads in body
    folder = RECORDED / COLLAPSED
    asked = [
        {"entry": entry, "step": step, "probe": probe, "view": 0, "group": group}
        for entry in "abc"
        for step in (0, 40, 400)
        for probe in range(0, 256, 23)
        for group in ("probes", "batch")
    ]
    found = run(body, {"parts": parts_of(frozen(COLLAPSED)), "asked": asked}, FROZEN)["found"]
    theirs = [
        answers.query(answers.understand(dict(one), folder / one["entry"]), None)["reading"]
        for one in asked
    ]
    assert len(set(theirs)) > 5
    assert np.mean([a == b for a, b in zip(found, theirs, strict=True)]) == 1.0
