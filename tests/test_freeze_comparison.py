"""A frozen comparison answers as the app does: one query under each entry, and who moved."""

import itertools
import math
import shutil

import numpy as np
import pytest

from cacr_core.checkpoints.frozen import freeze as freeze_encoder
from cacr_core.checkpoints.frozen import pair
from cacr_core.commands.freeze import MOST as MOST_MB
from cacr_core.models import make_encoder
from cacr_core.runs import folder as files
from cacr_core.runs.paths import snapshot_path
from cacr_core.runs.shelf import RECORDED
from tests.alike import alike
from tests.browser_code import run
from tests.test_freeze import FROZEN, PART, frozen, opened_part, parts_of
from web.compare import moved as moved_module
from web.compare.moved import moved
from web.compare.strips import strips
from web.compare.watch import CompareWatcher
from web.frozen.comparison import MOST, movements, spread
from web.frozen.freeze import freeze
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


def test_moments_are_held_against_others_where_they_are_kept_and_evenly_where_they_are_many(
    monkeypatch,
):
    folder = RECORDED / NAMES[0]
    one, *_, other = files.entry_folders(folder)
    steps = files.snapshot_steps(one)[2:5]
    found = movements(folder, {one: steps, other: steps})
    kept = {f"{entry.name}-{step}" for entry in (one, other) for step in steps}
    assert set(found) == {"embeddings"} and found["embeddings"]["nearest"].keys() == kept
    assert found["embeddings"]["pairs"].keys() == {f"{a} {b}" for a in kept for b in kept}
    asked = []
    monkeypatch.setattr(moved_module, "moved", lambda question, _: asked.append(question))
    found = movements(folder, {one: steps, other: steps})  # the file was too large
    assert not asked and len(found["embeddings"]["pairs"]) == 36
    many = list(range(0, 2000, 10))
    offered = [many[math.floor(199 * i / 6 + 0.5)] for i in range(7)]  # as the page spreads them
    assert len(spread(many)) == MOST and set(offered) <= set(spread(many))
    assert spread([4, 20]) == [4, 20] and spread([7]) == [7]


def test_one_moment_is_answered_against_itself_and_a_space_that_is_not_there_is_said():
    folder = RECORDED / NAMES[0]
    end = {"entry": "a", "step": 20}
    same = {"what": "moved", "space": "embeddings", "from": end, "to": end | {"step": 21}}
    body = ANSWER.replace(
        "found.push(await speaker.answer(null, asked))",
        "found.push(await speaker.answer(null, asked).catch((error) => error.message))",
    )
    asked = [same, same | {"space": "features"}]
    ours, refused = run(body, {"parts": parts_of(frozen(NAMES[0])), "asked": asked}, FROZEN)[
        "found"
    ]
    ours.pop("type"), ours.pop("what")
    alike(ours, moved(dict(same), folder), "one moment")
    assert refused == "This was recorded without features; choose embeddings."


def test_a_damaged_snapshot_leaves_the_others_in_their_space(tmp_path):
    folder = tmp_path / "compared"
    shutil.copytree(RECORDED / NAMES[0], folder)
    one, other, *_ = files.entry_folders(folder)
    steps = files.snapshot_steps(one)[:2]
    snapshot_path(one, steps[0]).write_bytes(b"none")
    found = movements(folder, {one: steps, other: steps})["embeddings"]
    assert found["steps"] == {one.name: steps[1:], other.name: steps}


def still(folder, title, seed):
    shown = {"dataset": "digits", "n_probes": 32, "seed": 3, "n_bank": 64, "n_held_out": 32}
    half = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), "input_size": 16, "title": title}
    encoder = make_encoder("small", 16, seed=seed)
    return freeze_encoder(encoder, folder, **shown, **half)


def test_a_comparison_of_checkpoints_is_called_so_and_has_features(tmp_path):
    entries = [still(tmp_path / name, name, seed) for seed, name in enumerate("ab")]
    folder = pair(entries, ["one", "other"], tmp_path / "two")
    page = freeze(folder, int(MOST_MB * 1e6))
    assert "features of 2 checkpoints side by side, to look at" in page
    assert {"embeddings", "features"} == set(opened_part(parts_of(page), "moved"))
    with pytest.raises(ValueError, match=r"two takes \d\.\d MB frozen, more than 0\.1"):
        freeze(folder, 100_000)


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
        for more in ("meaning", "labelled", "draws_far_in"):
            one.get("loss", {}).pop(more, None)
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
